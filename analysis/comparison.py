"""Two runs of the same replications, held against each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.amounts import in_unit
from analysis.contrast import Contrast, contrast_of
from analysis.differences import Difference, differences
from analysis.outcomes import outcomes_of
from analysis.significance import FAMILY_ERROR, holm
from analysis.statistics import MONTE_CARLO
from analysis.worlds import names_of, require_replications
from sim.errors import ResultError

if TYPE_CHECKING:
    import pandas as pd

    from analysis.printable import PrintableTable
    from sim.record.run import Run


MORE_THAN_CHANCE: Final = (
    "more than chance, all differences of the table taken together (paired t tests, Holm, "
    f"{100 * FAMILY_ERROR:g}%)"
)
"""What bold says of a difference."""
_DIFFERENCES_NAMED = 5


@dataclass(frozen=True)
class Comparison:
    """Paired differences of all outcomes of two runs.

    Attributes
    ----------
    names
        What the two runs are called.
    replications
        Numbers of the replications that both runs have.
    contrasts
        One an outcome.
    left_out
        How many replications of each run the other lacks.
    differences
        Values in which the scenarios differ, as :func:`analysis.differences.differences` lists
        them.
    """

    names: tuple[str, str]
    replications: tuple[int, ...]
    contrasts: tuple[Contrast, ...]
    left_out: tuple[int, int]
    differences: tuple[Difference, ...]

    def __repr__(self) -> str:
        """Names, and how much is compared."""
        return (
            f"<Comparison of {self.names[0]} and {self.names[1]}: {len(self.contrasts)} outcomes, "
            f"{len(self.replications)} paired replications>"
        )

    def __getitem__(self, outcome: str) -> Contrast:
        """Return the contrast of an outcome by its name."""
        for contrast in self.contrasts:
            if contrast.outcome.name == outcome:
                return contrast
        raise KeyError(outcome)

    def __contains__(self, outcome: str) -> bool:
        """Return whether an outcome is compared, by its name."""
        return any(contrast.outcome.name == outcome for contrast in self.contrasts)

    @property
    def frame(self) -> pd.DataFrame:
        """A row an outcome: means, paired difference, interval, variance-reduction factor."""
        import pandas as pd

        rows = [
            {
                "outcome": contrast.outcome.name,
                "unit": contrast.outcome.unit.stored,
                "first": contrast.first.centre,
                "second": contrast.second.centre,
                "difference": contrast.difference.centre,
                "low": contrast.difference.low,
                "high": contrast.difference.high,
                "p_value": contrast.p_value,
                "holm_p_value": contrast.holm_p_value,
                "variance_reduction": contrast.variance_reduction,
                "replications": contrast.difference.replications,
            }
            for contrast in self.contrasts
        ]
        return pd.DataFrame(rows).set_index("outcome")

    def table(self) -> PrintableTable:
        """Lay the comparison out for the terminal; `print` prints it."""
        from rich.box import SIMPLE_HEAD
        from rich.text import Text

        from analysis.printable import PrintableTable

        first, second = self.names
        table = PrintableTable(
            title=f"{first} (A) minus {second} (B): {len(self.replications)} paired replications",
            caption=Text(self.note),
            caption_justify="left",
            box=SIMPLE_HEAD,
            pad_edge=False,
            collapse_padding=True,
        )
        table.add_column("outcome", min_width=13)
        for name in ("A", "B", "A - B"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("95% interval", justify="right", min_width=11)
        table.add_column("variance cut", justify="right", min_width=8)
        for contrast in self.contrasts:
            unit, difference = contrast.unit, contrast.difference
            number = in_unit(unit)
            table.add_row(
                f"{contrast.outcome.label}, {unit.symbol}",
                number(contrast.first.centre),
                number(contrast.second.centre),
                number(difference.centre),
                difference.bounds(number),
                contrast.variance_reduction_text,
                style="bold" if contrast.settled else None,
            )
        return table

    @property
    def note(self) -> str:
        """How to read the table, what was left out, and in what the scenarios differ."""
        lines = [
            "One replication says nothing about chance: run at least two for intervals."
            if len(self.replications) < 2
            else f"Bold: {MORE_THAN_CHANCE}.\nIntervals: of one outcome each, 95%; "
            f"{MONTE_CARLO}.\nVariance cut: how many times more replications independent draws "
            "would need for an interval as narrow. Money is undiscounted."
        ]
        if any(self.left_out):
            lines.append(
                f"Replications that only one run has are left out: {self.left_out[0]} of A, "
                f"{self.left_out[1]} of B."
            )
        if self.differences:
            lines.append("The scenarios differ in (A against B):")
            lines += [f"  {difference}" for difference in self.differences[:_DIFFERENCES_NAMED]]
            more = len(self.differences) - _DIFFERENCES_NAMED
            lines += [f"  and {more} more"] if more > 0 else []
        else:
            lines.append("The scenarios are the same.")
        return "\n".join(lines)


def compare(first: Run, second: Run) -> Comparison:
    """Pair two runs replication by replication and take differences, first minus second.

    Both runs share every draw that means the same in both worlds, so their difference is an effect
    and not noise; replications are paired by number, those that only one run has are left out.

    Parameters
    ----------
    first, second
        Finished runs with the same seed, first day, last day and snapshots.

    Returns
    -------
    Comparison
        Adoption, tokens, spend, price paid, surplus, concentration, providers; adoption by domain.

    Raises
    ------
    ResultError
        If the runs cannot be paired: other seeds, dates or snapshots, or no common replication.
    """
    return compare_all(first, [second])[0]


def compare_all(first: Run, others: Iterable[Run]) -> tuple[Comparison, ...]:
    """Compare a run with several as :func:`compare` does, in one table.

    The differences of all of them are one family: which of them are more than chance is decided
    with all taken together.

    Parameters
    ----------
    first
        A finished run.
    others
        What it is compared with.
    """
    comparisons = [_compare(first, other) for other in others]
    family = holm([it.p_value for comparison in comparisons for it in comparison.contrasts])
    adjusted = iter(family)
    return tuple(
        replace(
            comparison,
            contrasts=tuple(
                replace(contrast, holm_p_value=next(adjusted)) for contrast in comparison.contrasts
            ),
        )
        for comparison in comparisons
    )


def _compare(first: Run, second: Run) -> Comparison:
    replications = paired_replications(first, second)
    mine = {outcome.name for outcome in outcomes_of(second)}
    contrasts = [
        contrast_of(outcome, first, second, replications)
        for outcome in outcomes_of(first)
        if outcome.name in mine
    ]
    return Comparison(
        names=names_of(first, second),
        replications=replications,
        contrasts=tuple(contrasts),
        left_out=(
            len(first.replications) - len(replications),
            len(second.replications) - len(replications),
        ),
        differences=differences(first.scenario, second.scenario),
    )


def paired_replications(first: Run, second: Run) -> tuple[int, ...]:
    """Numbers of the replications that both runs have, after checking that they can be paired.

    Raises
    ------
    ResultError
        As :func:`compare`.
    """
    require_replications(first, second)
    if first.seed != second.seed:
        raise ResultError(
            f"{first.folder} has seed {first.seed}, {second.folder} has seed {second.seed}: "
            "their replications share no draws and cannot be paired.\n"
            f"  Run one of them again with --seed {first.seed}."
        )
    snapshots = [
        run.market[["time_days", "date"]].drop_duplicates().sort_values("time_days")
        for run in (first, second)
    ]
    if not np.array_equal(snapshots[0].to_numpy(), snapshots[1].to_numpy()):
        spans = [
            f"{s['date'].min():%Y-%m-%d} to {s['date'].max():%Y-%m-%d}, {len(s)} snapshots"
            for s in snapshots
        ]
        raise ResultError(
            f"{first.folder} ({spans[0]}) and {second.folder} ({spans[1]}) differ in their "
            "snapshots and cannot be compared.\n"
            "  Run both with the same start_date, end_date and snapshot_every_days."
        )
    common = sorted(set(first.replications) & set(second.replications))
    if not common:
        raise ResultError(
            f"{first.folder} and {second.folder} have no replication in common.\n"
            "  Run both with the same --replications."
        )
    return tuple(common)
