"""One provider in two runs: what it earns, holds and sells, and when the difference pays back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.contrast import Contrast, contrast_of
from analysis.pay_back import PayBack, pay_back
from analysis.provider_accounts import weekly_profits
from analysis.provider_outcomes import provider_outcomes

if TYPE_CHECKING:
    from sim.record.run import Run


@dataclass(frozen=True)
class ProviderComparison:
    """Paired differences of one provider's outcomes in two runs.

    Attributes
    ----------
    provider
        Its name.
    contrasts
        Profit, cash, share of tokens and chance of a loss.
    pay_back
        When the first run's course has paid back what it costs the provider against the second's.
    start_date
        First day of the runs, from which its days count.
    """

    provider: str
    contrasts: tuple[Contrast, ...]
    pay_back: PayBack
    start_date: dt.date

    def __getitem__(self, outcome: str) -> Contrast:
        """Return the contrast of an outcome, by its name without the provider's."""
        for contrast in self.contrasts:
            if contrast.outcome.name == f"{outcome}.{self.provider}":
                return contrast
        raise KeyError(outcome)


def compare_provider(
    name: str, first: Run, second: Run, replications: tuple[int, ...]
) -> ProviderComparison:
    """Pair a provider's outcomes, first minus second.

    Parameters
    ----------
    name
        Of a provider that both runs have.
    first, second
        Finished runs that can be paired.
    replications
        Numbers of the replications that both have.
    """
    profits = (weekly_profits(run.providers, name)[list(replications)] for run in (first, second))
    return ProviderComparison(
        provider=name,
        contrasts=tuple(
            contrast_of(outcome, first, second, replications) for outcome in provider_outcomes(name)
        ),
        pay_back=pay_back(*profits),
        start_date=first.scenario.start_date,
    )
