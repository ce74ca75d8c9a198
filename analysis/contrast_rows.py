"""Contrasts as data frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.contrast import Contrast
from analysis.pairing import PRECISION_SHARE
from analysis.provider_comparison import ProviderComparison

if TYPE_CHECKING:
    import pandas as pd


def market_frame(
    contrasts: Sequence[Contrast], precision_share: float = PRECISION_SHARE
) -> pd.DataFrame:
    """Return a row an outcome of the market and its domains, by the outcome's name.

    Parameters
    ----------
    contrasts
        Of two runs.
    precision_share
        Half-width for which replications are counted, as a share of the difference.

    Returns
    -------
    pandas.DataFrame
        Both means, the paired difference with its 95% interval, p values before and after Holm's
        adjustment, the variance-reduction factor, replications, and those that are needed.
    """
    import pandas as pd

    rows = [_row(contrast, precision_share) for contrast in contrasts]
    return pd.DataFrame(rows).set_index("outcome")


def provider_frame(
    providers: Sequence[ProviderComparison], precision_share: float = PRECISION_SHARE
) -> pd.DataFrame:
    """Return a row a provider and outcome; see `market_frame`.

    The row ``pay_back_days`` has the median of the days to the pay-back, and its interval, in the
    place of a difference; infinite: not by the end of the run. The row ``behind_at_end`` has the
    share of replications in which the provider has earned less in the first world by the end.
    """
    import pandas as pd

    rows: list[dict[str, object]] = []
    for own in providers:
        for contrast in own.contrasts:
            row = _row(contrast, precision_share)
            name = contrast.outcome.name.removesuffix(f".{own.provider}")
            rows.append({"provider": own.provider, **row, "outcome": name})
        rows += _pay_back_rows(own)
    keys = ["provider", "outcome"]
    return pd.DataFrame(rows, columns=None if rows else keys).set_index(keys)


def _row(contrast: Contrast, precision_share: float) -> dict[str, object]:
    return {
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
        "replications_needed": contrast.replications_needed(precision_share),
    }


def _pay_back_rows(own: ProviderComparison) -> list[dict[str, object]]:
    median, behind = own.pay_back.median, own.pay_back.behind_at_end.interval
    return [
        {
            "provider": own.provider,
            "outcome": name,
            "unit": unit,
            "difference": interval.centre,
            "low": interval.low,
            "high": interval.high,
            "replications": interval.replications,
        }
        for name, unit, interval in (
            ("pay_back_days", "days", median),
            ("behind_at_end", "share", behind),
        )
    ]
