"""The sensitivity of a sweep: what its outcomes hang on, as a table, sentences and files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from analysis.sensitivity.discovery import FEWEST_POINTS, GOOD_WAR, Discovery, discover
from analysis.sensitivity.outcome_indices import OutcomeIndices, indices_of
from analysis.sensitivity.responses import Responses, responses_of
from analysis.sensitivity.telling import sentence_of, table_of
from analysis.words import counted
from sim.errors import ResultError

if TYPE_CHECKING:
    import pandas as pd

    from analysis.printable import PrintableTable
    from sim.record.sweep import Sweep

MAIN: Final = (
    "adopters_share_end",
    "tokens_mtok_per_day_end",
    "consumer_surplus_long_run_usd_per_year",
    "producer_surplus_usd_per_year",
)
"""Outcomes that are analysed unless others are asked for; with a contrast, what it adds to them."""
_MOST_MISSING: Final = 20


@dataclass(frozen=True)
class Sensitivity:
    """What the outcomes of a sweep hang on.

    Attributes
    ----------
    responses
        What its points come to.
    outcomes
        Indices of each outcome that was analysed.
    discovery
        Conditions under which what is wanted comes about, if anything was asked for.
    """

    responses: Responses
    outcomes: tuple[OutcomeIndices, ...]
    discovery: Discovery | None = None

    def __repr__(self) -> str:
        """Name of the sweep, method and outcomes."""
        method = self.outcomes[0].method
        return f"<Sensitivity of {self.responses.name}: {method}, {len(self.outcomes)} outcomes>"

    def __getitem__(self, outcome: str) -> OutcomeIndices:
        """Return the indices of an outcome by its name."""
        for one in self.outcomes:
            if one.outcome.name == outcome:
                return one
        raise KeyError(outcome)

    @property
    def frame(self) -> pd.DataFrame:
        """A row an outcome, parameter and measure: index, interval, whether it is above zero."""
        import pandas as pd

        rows = [
            {
                "outcome": one.outcome.name,
                "unit": "share of variance" if it.measure.is_share else one.outcome.unit.stored,
                "parameter": it.parameter,
                "measure": str(it.measure),
                "index": it.interval.centre,
                "low": it.interval.low,
                "high": it.interval.high,
                "above_zero": it.is_above_zero,
                "method": one.method,
                "used": one.used,
                "of": one.of,
                "noise_share": one.noise.centre,
                "hold_out_error": one.hold_out.error if one.hold_out else None,
                "hold_out_share": one.hold_out.share if one.hold_out else None,
            }
            for one in self.outcomes
            for it in one.indices
        ]
        return pd.DataFrame(rows)

    @property
    def missing_frame(self) -> pd.DataFrame:
        """A row a point that is left out: its number, why, and its parameters."""
        import pandas as pd

        rows = [{"point": it.point, "why": it.why, **it.values} for it in self.responses.missing]
        return pd.DataFrame(rows, columns=None if rows else ["point", "why"])

    @property
    def points_frame(self) -> pd.DataFrame:
        """A row a point: parameters, and mean outcomes over its replications."""
        points = self.responses.points
        means = {name: it.mean(axis=1) for name, it in self.responses.values.items()}
        return points.assign(**means)

    def tables(self) -> list[PrintableTable]:
        """Lay the indices out for the terminal, a table an outcome."""
        return [table_of(one) for one in self.outcomes]

    def sentences(self) -> list[str]:
        """Say what matters, what was left out, and what was discovered."""
        said = [sentence_of(one) for one in self.outcomes]
        missing = self.responses.missing
        if missing:
            said.append(
                f"Left out, with the blocks that they belong to: {counted(len(missing), 'point')}."
            )
            said += [f"  {one}" for one in missing[:_MOST_MISSING]]
            more = len(missing) - _MOST_MISSING
            said += [f"  and {more} more, all in left-out.csv"] if more > 0 else []
        if self.discovery is not None:
            said.append(self.discovery.sentence)
        return said

    def write(self, folder: Path) -> Path:
        """Write indices, points and what was left out as CSV, and return the folder.

        Raises
        ------
        ResultError
            If the folder cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.frame.to_csv(folder / "indices.csv", index=False)
            self.points_frame.to_csv(folder / "points.csv", index=False)
            self.missing_frame.to_csv(folder / "left-out.csv", index=False)
            if self.discovery is not None:
                _boxes(self.discovery).to_csv(folder / "boxes.csv", index=False)
        except OSError as error:
            raise ResultError(
                f"{folder}: cannot be written ({error.strerror}).\n"
                "  Choose another folder with --out."
            ) from error
        return folder


def sensitivity(
    sweep: Sweep,
    outcomes: Sequence[str] = (),
    *,
    where: str | None = None,
    surrogate: bool = False,
    progress: Callable[[str, float], None] = lambda *_: None,
) -> Sensitivity:
    """Analyse what the outcomes of a sweep hang on.

    Parameters
    ----------
    sweep
        Finished, or as far as it is.
    outcomes
        Names of outcomes; none: the main ones; ``all``: every one.
    where
        A condition on outcomes that is to come about; None: a good war, if the sweep has a contrast
        and enough points.
    surrogate
        Whether to use a surrogate whatever the design.
    progress
        Called before each outcome with what it is and the share of the work done.

    Raises
    ------
    ResultError
        If there is nothing to analyse, or no such outcome.
    """
    responses = responses_of(sweep)
    names = list(outcomes) or _main(responses)
    if names == ["all"]:
        names = [outcome.name for outcome in responses.outcomes]
    found = []
    for done, name in enumerate(names):
        progress(responses.outcome(name).label, done / len(names))
        found.append(indices_of(responses, name, surrogate=surrogate))
    enough = len(responses.points) - len(responses.missing) >= FEWEST_POINTS
    wanted = where if where is not None else GOOD_WAR if responses.contrast and enough else None
    return Sensitivity(
        responses, tuple(found), None if wanted is None else discover(responses, wanted)
    )


def _main(responses: Responses) -> list[str]:
    ending = "_added" if responses.contrast else ""
    return [f"{name}{ending}" for name in MAIN]


def _boxes(discovery: Discovery) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for number, box in enumerate([*discovery.trajectory, discovery.box]):
        last = number == len(discovery.trajectory)
        row: dict[str, object] = {
            "box": "chosen" if last else number,
            "density": box.density,
            "coverage": box.coverage,
            "mass": box.mass,
        }
        by_name = {axis.name: axis for axis in discovery.axes}
        for name, limit in box.limits.items():
            row[f"{name}_low"] = by_name[name].at(max(limit.low, 0.0))
            row[f"{name}_high"] = by_name[name].at(min(limit.high, 1.0))
        rows.append(row)
    return pd.DataFrame(rows)
