"""Runs of the same replications, held against each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.contrast import Contrast, contrast_of
from analysis.contrast_rows import market_frame, provider_frame
from analysis.differences import Difference, differences
from analysis.outcomes import outcomes_of
from analysis.pairing import PRECISION_SHARE
from analysis.provider_comparison import ProviderComparison, compare_provider
from analysis.provider_outcomes import provider_names
from analysis.significance import FAMILY_ERROR, holm
from analysis.statistics import MONTE_CARLO
from analysis.words import counted, joined
from analysis.worlds import Worlds, names_of, others, require_replications, subject
from sim.errors import ResultError, UsageError
from sim.nearest import offer

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
        One an outcome of the market and its domains.
    providers
        One a provider that both runs have.
    in_one_alone
        Providers that only one of the runs has.
    left_out
        How many replications of each run the other lacks.
    differences
        Values in which the scenarios differ, as :func:`analysis.differences.differences` lists
        them.
    """

    names: tuple[str, str]
    replications: tuple[int, ...]
    contrasts: tuple[Contrast, ...]
    providers: tuple[ProviderComparison, ...]
    in_one_alone: tuple[str, ...]
    left_out: tuple[int, int]
    differences: tuple[Difference, ...]

    def __repr__(self) -> str:
        """Names, and how much is compared."""
        return (
            f"<Comparison of {self.names[0]} and {self.names[1]}: {len(self.contrasts)} outcomes, "
            f"{counted(len(self.replications), 'paired replication')}>"
        )

    def __getitem__(self, outcome: str) -> Contrast:
        """Return the contrast of an outcome by its name, such as ``loss.NAME`` of a provider."""
        for contrast in self._every_contrast:
            if contrast.outcome.name == outcome:
                return contrast
        raise KeyError(outcome)

    def __contains__(self, outcome: str) -> bool:
        """Return whether an outcome is compared, by its name."""
        return any(contrast.outcome.name == outcome for contrast in self._every_contrast)

    @property
    def _every_contrast(self) -> list[Contrast]:
        return [*self.contrasts, *(it for one in self.providers for it in one.contrasts)]

    def provider(self, name: str) -> ProviderComparison:
        """Return the comparison of a provider by its name.

        Raises
        ------
        UsageError
            If not both runs have it.
        """
        for one in self.providers:
            if one.provider == name:
                return one
        known = [one.provider for one in self.providers]
        raise UsageError(
            f"{name!r} is no provider that both {joined(self.names)} have.  {offer(name, known)}"
        )

    def of_providers(self, names: Iterable[str]) -> Comparison:
        """Return the comparison with these providers alone; p values stay those of all.

        Raises
        ------
        UsageError
            If not both runs have one of them.
        """
        return replace(self, providers=tuple(self.provider(name) for name in names))

    @property
    def frame(self) -> pd.DataFrame:
        """A row an outcome of the market; see :func:`analysis.contrast_rows.market_frame`."""
        return market_frame(self.contrasts)

    @property
    def provider_frame(self) -> pd.DataFrame:
        """A row a provider and outcome; see :func:`analysis.contrast_rows.provider_frame`."""
        return provider_frame(self.providers)

    def table(self, precision_share: float = PRECISION_SHARE) -> PrintableTable:
        """Lay the market's part out for the terminal; `print` prints it.

        Parameters
        ----------
        precision_share
            Half-width for which replications are counted, as a share of the difference.
        """
        from analysis.contrast_tables import market_table

        return market_table(self.contrasts, self._title, self.note, precision_share)

    def provider_table(self, precision_share: float = PRECISION_SHARE) -> PrintableTable:
        """Lay the providers' part out for the terminal, likewise."""
        from analysis.contrast_tables import provider_table

        return provider_table(self.providers, f"Providers: {self._title}", precision_share)

    @property
    def _title(self) -> str:
        first, second = self.names
        count = counted(len(self.replications), "paired replication")
        return f"{first} (A) minus {second} (B): {count}"

    @property
    def note(self) -> str:
        """How to read the tables, what was left out, and in what the scenarios differ."""
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
        if self.in_one_alone:
            lines.append(f"In one of the two alone, so not compared: {joined(self.in_one_alone)}.")
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
        Adoption, tokens, spend, price paid, surplus, concentration, providers; adoption by domain;
        profit, cash, share, pay-back and chance of a loss of each provider.

    Raises
    ------
    ResultError
        If the runs cannot be paired: other seeds, dates or snapshots, or no common replication.
    """
    return compare_all(first, [second])[0]


def compare_all(first: Run, others: Iterable[Run]) -> tuple[Comparison, ...]:
    """Compare a run with several as :func:`compare` does.

    The differences of all of them are one family, those of the providers another: which of them are
    more than chance is decided with all taken together.

    Parameters
    ----------
    first
        A finished run.
    others
        What it is compared with.
    """
    return _corrected([_compare(first, other, names_of(first, other)) for other in others])


def compare_worlds(worlds: Worlds) -> dict[str, Comparison]:
    """Compare the first of several worlds with each of the others, under their names.

    Parameters
    ----------
    worlds
        Finished runs by name, two at least; the first is the one from which the others are
        subtracted.

    Returns
    -------
    dict
        Comparisons by the name of the other world; corrected as by :func:`compare_all`.
    """
    first = next(iter(worlds))
    compared = [
        _compare(subject(worlds), run, (first, name)) for name, run in others(worlds).items()
    ]
    return dict(zip(others(worlds), _corrected(compared), strict=True))


def frame_of(
    comparisons: Mapping[str, Comparison], precision_share: float = PRECISION_SHARE
) -> pd.DataFrame:
    """Return all rows of several comparisons: a row a world, provider (or none) and outcome.

    Parameters
    ----------
    comparisons
        By the name of the world that is subtracted.
    precision_share
        Half-width for which replications are counted, as a share of the difference.
    """
    import pandas as pd

    parts = []
    for name, comparison in comparisons.items():
        market = market_frame(comparison.contrasts, precision_share).reset_index()
        providers = provider_frame(comparison.providers, precision_share).reset_index()
        parts += [frame.assign(world=name) for frame in (market, providers) if len(frame)]
    whole = pd.concat(parts, ignore_index=True)
    leading = [name for name in ("world", "provider", "outcome") if name in whole]
    return whole[[*leading, *(name for name in whole if name not in leading)]]


def _corrected(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Adjust the p values of the market's outcomes, and those of the providers', as families."""
    of_market = _adjusted([it for one in comparisons for it in one.contrasts])
    of_providers = _adjusted(
        [it for one in comparisons for own in one.providers for it in own.contrasts]
    )
    market, providers = iter(of_market), iter(of_providers)
    return tuple(
        replace(
            comparison,
            contrasts=tuple(next(market) for _ in comparison.contrasts),
            providers=tuple(
                replace(own, contrasts=tuple(next(providers) for _ in own.contrasts))
                for own in comparison.providers
            ),
        )
        for comparison in comparisons
    )


def _adjusted(contrasts: Sequence[Contrast]) -> list[Contrast]:
    adjusted = holm([contrast.p_value for contrast in contrasts])
    return [
        replace(contrast, holm_p_value=p) for contrast, p in zip(contrasts, adjusted, strict=True)
    ]


def _compare(first: Run, second: Run, names: tuple[str, str]) -> Comparison:
    replications = paired_replications(first, second)
    theirs = {outcome.name for outcome in outcomes_of(second)}
    shared = [outcome for outcome in outcomes_of(first) if outcome.name in theirs]
    ours, others = provider_names(first), provider_names(second)
    return Comparison(
        names=names,
        replications=replications,
        contrasts=tuple(contrast_of(one, first, second, replications) for one in shared),
        providers=tuple(
            compare_provider(name, first, second, replications) for name in ours if name in others
        ),
        in_one_alone=tuple(name for name in dict.fromkeys((*ours, *others))
                           if name not in ours or name not in others),
        left_out=(
            len(first.replications) - len(replications),
            len(second.replications) - len(replications),
        ),
        differences=differences(first.scenario, second.scenario),
    )  # fmt: skip


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
