"""The outcomes of each provider that runs are compared by: one number a replication each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from analysis.outcomes import Outcome
from analysis.provider_accounts import mean_profits
from analysis.scales import SHARE, SIGNED, Scale
from analysis.statistics import at_end
from sim.record.tables import TABLES
from sim.record.unit import USD, Unit

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run

USD_PER_YEAR: Final = Unit("USD/year")
_OF_REPLICATIONS: Final = Unit("%", 100.0, of="replications")


def provider_names(run: Run) -> list[str]:
    """Return the providers of a run, in the order of its table."""
    return [str(name) for name in dict.fromkeys(run.providers["provider"])]


def provider_outcomes(provider: str) -> tuple[Outcome, ...]:
    """Profit, cash, share of tokens and chance of a loss of a provider.

    Profit is revenue less all that it pays, of the whole run, undiscounted; a loss is a profit
    below zero.
    """

    def outcome(
        name: str,
        label: str,
        unit: Unit,
        measure: Callable[[pd.DataFrame], pd.Series[float]],
        scale: Scale = SIGNED,
        *,
        is_chance: bool = False,
    ) -> Outcome:
        return Outcome(
            name=f"{name}.{provider}",
            label=label,
            unit=unit,
            measure=lambda run: measure(run.providers),
            scale=scale,
            is_chance=is_chance,
        )

    def of(rows: pd.DataFrame) -> pd.DataFrame:
        return rows[rows["provider"] == provider]

    share = TABLES["providers"]["tokens_share"]
    return (
        outcome(
            "profit_usd_per_year",
            "Profit",
            USD_PER_YEAR,
            lambda rows: mean_profits(rows, provider),
        ),
        outcome("cash_usd_end", "Cash at the end", USD, lambda rows: at_end(of(rows), "cash_usd")),
        outcome(
            "tokens_share_end",
            f"{share.label} at the end",
            share.unit,
            lambda rows: at_end(of(rows), share.name),
            SHARE,
        ),
        outcome(
            "loss",
            "Chance of a loss",
            _OF_REPLICATIONS,
            lambda rows: (mean_profits(rows, provider) < 0.0).astype(float),
            SHARE,
            is_chance=True,
        ),
    )
