"""A decision's results as data frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.json_text import json_text
from analysis.pairing import PRECISION_SHARE

if TYPE_CHECKING:
    import pandas as pd

    from analysis.contrast import Contrast
    from analysis.statistics import Interval
    from analysis.whatif.outcomes import Ranking
    from analysis.whatif.swings import End, Swing


def options_frame(ranking: Ranking) -> pd.DataFrame:
    """Return a row an option: profit, share, chance of a loss, pay-back, and whether it is best.

    ``profit_usd_per_year`` and the like are means; ``..._gain`` are differences from doing nothing,
    with their 95% interval, and p values adjusted by Holm over the whole table. The interval of the
    chance of a loss is that of Clopper and Pearson. ``same_as`` names an earlier option that it
    cannot be told from.
    """
    import pandas as pd

    rows = [
        {
            "option": it.option,
            **_contrast("profit_usd_per_year", it.profit),
            **_contrast("tokens_share_end", it.tokens_share),
            **_contrast("loss", it.loss),
            "loss_low": it.loss.first.low,
            "loss_high": it.loss.first.high,
            **_interval("pay_back_days", it.pay_back.median),
            **_interval("behind_at_end", it.pay_back.behind_at_end.interval),
            "probability_best": it.probability_best,
            "is_best": it.option == ranking.best,
            "same_as": ranking.alike.get(it.option, ""),
            "replications": len(ranking.replications),
            "replications_needed": it.profit.replications_needed(PRECISION_SHARE),
        }
        for it in ranking.results
    ]
    return pd.DataFrame(rows)


def swings_frame(swings: Sequence[Swing]) -> pd.DataFrame:
    """Return a row an assumption: the gain at both ends and as stated, and what lies between."""
    import pandas as pd

    rows = [
        {
            "assumption": it.assumption,
            **_interval("gain_low_usd_per_year", it.low),
            **_interval("gain_stated_usd_per_year", it.stated),
            **_interval("gain_high_usd_per_year", it.high),
            **_interval("high_minus_low_usd_per_year", it.difference),
            "width_usd_per_year": it.width,
            "replications": it.difference.replications,
        }
        for it in swings
    ]
    return pd.DataFrame(rows)


def ends_frame(ends: Sequence[End]) -> pd.DataFrame:
    """Return a row an assumption, end and option: its gain there, and whether it is the best."""
    import pandas as pd

    parts = [options_frame(it.ranking).assign(assumption=it.assumption, end=it.end) for it in ends]
    if not parts:
        return pd.DataFrame()
    whole = pd.concat(parts, ignore_index=True)
    leading = ["assumption", "end"]
    return whole[[*leading, *(name for name in whole if name not in leading)]]


def as_json(ranking: Ranking, swings: Sequence[Swing], ends: Sequence[End]) -> str:
    """Return all of it as JSON: ``options``, ``assumptions`` and ``ends``, a record a row."""
    return json_text(
        {
            "options": options_frame(ranking),
            "assumptions": swings_frame(swings),
            "ends": ends_frame(ends),
            "indifference_usd_per_year": ranking.indifference_usd_per_year,
        }
    )


def _contrast(name: str, contrast: Contrast) -> dict[str, float]:
    return {
        name: contrast.first.centre,
        **_interval(f"{name}_gain", contrast.difference),
        f"{name}_holm_p_value": contrast.holm_p_value,
    }


def _interval(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.centre, f"{name}_low": interval.low, f"{name}_high": interval.high}
