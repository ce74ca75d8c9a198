"""The sweeps of a decision: its options as stated, then under other assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.batch.design_file import Space, space_of
from sim.batch.made_design import made_design
from sim.reading.nodes import Mapping as Tree
from sim.reading.nodes import Place
from sim.reading.python_values import node_of

if TYPE_CHECKING:
    from analysis.whatif.assumptions import Assumptions


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decides, about what, in which market.

    Attributes
    ----------
    scenario
        A file, or the name of a shipped scenario.
    provider
        Who decides.
    options
        Interventions of each option, by its name.
    overrides, given
        Values and interventions of every option, as of a run.
    allow_code
        Whether Python files that the scenario names policies of may be executed.
    """

    scenario: str
    provider: str
    options: Mapping[str, tuple[str, ...]]
    overrides: Mapping[str, object] | Sequence[str] = ()
    given: Sequence[str] = ()
    allow_code: bool = False

    def space(
        self,
        stage: str,
        options: Sequence[str],
        assumptions: Assumptions | None = None,
        replications: int | None = None,
    ) -> Space:
        """Return the sweep of some options: as stated or, if there are any, under assumptions.

        Parameters
        ----------
        stage
            Name of the sweep.
        options
            Which, by name.
        assumptions
            To be moved one at a time.
        replications
            Of each point; None: as the scenario says.
        """
        design: dict[str, Any] = {
            "name": stage,
            "title": f"{stage} of a decision of {self.provider}",
            "question": f"What is best for {self.provider}?",
            "kind": "options",
            "scenario": self.scenario,
            "options": {name: list(self.options[name]) for name in options},
            "as_stated": assumptions is None,
        }
        if assumptions is not None:
            design["one_at_a_time"] = {
                name: {path: list(ends) for path, ends in paths.items()}
                for name, paths in assumptions.items()
            }
        if replications is not None:
            design["replications"] = replications
        document = made_design(
            "pricewar whatif",
            design,
            {"scenario": self.scenario},
            {"options": _options({name: self.options[name] for name in options})},
        )
        return space_of(document, self.overrides, do=self.given, allow_code=self.allow_code)


def _options(options: Mapping[str, tuple[str, ...]]) -> Tree:
    """Return options as a file would hold them; their places are what was typed."""
    places = {name: Place(f"--do {name!r}") for name in options}
    nodes = {name: node_of(lines, places[name]) for name, lines in options.items()}
    return Tree(nodes, places, Place("--do"))
