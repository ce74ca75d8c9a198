"""The mistakes found so far in a file."""

from __future__ import annotations

from sim.errors import Problem, ScenarioError
from sim.lookalikes import visible
from sim.reading.nodes import Node, Path, Place, Scalar, path_text, shown


class Problems:
    """Collects mistakes, so that all of a file are reported together."""

    def __init__(self) -> None:
        self._found: dict[tuple[Place, str | int | Path], Problem] = {}

    def add(
        self,
        place: Place,
        path: Path,
        allowed: str,
        *,
        node: Node | None = None,
        value: str = "",
        hint: str = "",
    ) -> None:
        """Note a mistake; a second one of the same value is not noted."""
        self._found.setdefault(
            (place, _distinguished_by(place, path, bool(value) or isinstance(node, Scalar))),
            Problem(
                file=place.file,
                line=place.line,
                column=place.column,
                path=visible(path_text(path)),
                value=value or (shown(node) if node is not None else ""),
                allowed=allowed,
                hint=hint,
            ),
        )

    def copy(self) -> Problems:
        """Return the same mistakes, to which others can be added apart."""
        twin = Problems()
        twin._found = dict(self._found)
        return twin

    def raise_any(self) -> None:
        """Raise all that was found.

        Raises
        ------
        ScenarioError
            Anything was found.
        """
        if self._found:
            raise self.error()

    def error(self) -> ScenarioError:
        """Return the error that lists all that was found."""
        return ScenarioError(
            sorted(
                self._found.values(),
                key=lambda problem: (problem.line > 0, problem.file, problem.line, problem.column),
            )
        )

    def fail(
        self,
        place: Place,
        allowed: str,
        *,
        path: Path = (),
        node: Node | None = None,
        hint: str = "",
    ) -> ScenarioError:
        """Note a mistake after which reading cannot continue; returns the error to raise."""
        self.add(place, path, allowed, node=node, hint=hint)
        return self.error()

    def __len__(self) -> int:
        """How many were found."""
        return len(self._found)


def _distinguished_by(place: Place, path: Path, is_value: bool) -> str | int | Path:
    """Return what distinguishes mistakes at one place: a single value can have only one."""
    if not place.line:  # much may stand there
        return path
    return "" if is_value or not path else path[-1]
