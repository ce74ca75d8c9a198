"""All that an attribution shows, from the folder of its sweep; its tables are left there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from analysis.attribution.attribution import Attribution, attribution_of
from analysis.attribution.factor_worlds import factor_outcomes
from analysis.attribution.local_response import ResponseAt, local_response
from analysis.attribution.war_effects import WarEffects, war_effects
from analysis.attribution.war_worlds import war_worlds
from analysis.worlds import has_war
from sim.errors import ResultError

if TYPE_CHECKING:
    import pandas as pd

    from sim.batch.executor import Executor
    from sim.batch.progress import Progress
    from sim.record.sweep import Sweep
    from sim.scenario.scenario import Scenario

FOLDER: Final = "attribution"
"""Where the tables lie in the folder of a sweep."""
_MOST_RESPONSES: Final = 10
"""Most replications of the local response, which varies little between them."""


@dataclass(frozen=True)
class Evidence:
    """An attribution, and the effects of the war proper.

    Attributes
    ----------
    attribution
        What every factor is worth.
    war
        Effects of the war; None where there is none, or its worlds were not run.
    response
        How users answer to price; empty where it was not measured.
    """

    attribution: Attribution
    war: WarEffects | None
    response: tuple[ResponseAt, ...]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables by name, for CSV."""
        found = {"factors": self.attribution.frame, "interactions": self.attribution.interactions}
        if self.war is not None:
            found["war"] = self.war.frame
        return found

    def to_json(self) -> dict[str, Any]:
        """Return all tables as lists of records, and the local response."""
        records = {name: frame.to_dict(orient="records") for name, frame in self.tables.items()}
        response = [
            {
                "months": one.months,
                **{
                    f"{name}_elasticity{end}": value
                    for name, it in (("tokens", one.tokens), ("adopters", one.adopters))
                    for end, value in (("", it.centre), ("_low", it.low), ("_high", it.high))
                },
            }
            for one in self.response
        ]
        return {"scenario": self.attribution.name, **records, "local_response": response}


def evidence(
    sweep: Sweep,
    *,
    start: Callable[[Scenario, int], Callable[[], Executor]] | None = None,
    progress: Progress | None = None,
    allow_code: bool = False,
) -> Evidence:
    """Return what a sweep of factors shows, and leave its tables in the folder.

    Parameters
    ----------
    sweep
        With at least one replication in all worlds.
    start
        From a scenario and its replications to what starts an executor, for worlds of the war that
        are missing; None: none is run, and nothing is measured.
    progress
        Shows how far those are.
    allow_code
        As of `sim.load`.

    Raises
    ------
    ResultError
        If it is no sweep of factors, or no replication has finished in all worlds.
    """
    scenario = _scenario(sweep, allow_code=allow_code)
    attribution = attribution_of(factor_outcomes(sweep), scenario.name)
    folder = Path(sweep.path) / FOLDER
    war = None
    if has_war(scenario):
        worlds = war_worlds(sweep, scenario, start, progress)
        war = None if worlds is None else war_effects(worlds)
    response = local_response(
        scenario.model_copy(update={"seed": sweep.seed}),
        min(attribution.replications, _MOST_RESPONSES),
        folder,
        may_measure=start is not None,
    )
    found = Evidence(attribution, war, response)
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in found.tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    return found


def _scenario(sweep: Sweep, *, allow_code: bool) -> Scenario:
    """Return the scenario with all factors on, which the sweep's folder holds."""
    from sim.scenario.reader import read

    path = Path(sweep.path) / "resolved.yaml"
    if not path.is_file():
        raise ResultError(f"{path}: is not there, so nothing says what was run.")
    return read(path, allow_code=allow_code)
