"""Where a value of a scenario stands in its file."""

from __future__ import annotations

from sim.errors import Problem
from sim.reading.nodes import Mapping, Node, Path, Place, Scalar, descend, path_text, shown
from sim.scenario.dialect import SCENARIO
from sim.scenario.scenario import Scenario


class Places:
    """Notes what is implausible in a scenario, with the place of each value.

    Parameters
    ----------
    scenario
        From a reader. Of one that was changed since, values have paths but no lines.
    """

    def __init__(self, scenario: Scenario) -> None:
        parsed = scenario.origin.parsed
        self._root = Mapping({}, {}, Place(f"scenario {scenario.name!r}"))
        if parsed is not None:
            self._root = parsed.root
        self._found: list[Problem] = []

    def note(self, path: Path, value: object, says: str, hint: str = "") -> None:
        """Note a value that is hardly meant.

        Parameters
        ----------
        path
            Where it stands in the scenario.
        value
            The value; what the file says is shown if it stands there as such.
        says
            What follows from it.
        hint
            What was probably meant.
        """
        node = self._node(path)
        inner = node.entries.get("value") if isinstance(node, Mapping) else node
        place = self._root.place if node is None else node.place
        written = shown(inner) if isinstance(inner, Scalar) else f"{value:g}"
        self._found.append(
            Problem(place.file, place.line, place.column, path_text(path), written, says, hint)
        )

    @property
    def found(self) -> tuple[Problem, ...]:
        """All that was noted, in the order of the file."""
        return tuple(sorted(self._found, key=lambda one: (one.file, one.line, one.column)))

    def _node(self, path: Path) -> Node | None:
        """Return the node at a path, or the nearest above it: the value may be left to a default.

        What a file gives in another way, such as a price in CNY, stands under that key.
        """
        node: Node = self._root
        for step in path:
            below = descend(node, (step,))
            if below is None and isinstance(node, Mapping) and isinstance(step, str):
                keys = SCENARIO.alternatives_to(step) & node.entries.keys()
                below = node.entries[min(keys)] if keys else None
            if below is None:
                break
            node = below
        return None if node is self._root else node
