"""The nine models with the most tokens, week by week: how often they change, how long they stay.

The same moments are taken of a run and of what OpenRouter publishes. The list ends with the ninth:
who is absent had fewer tokens than the ninth, not none, so that shares are of the nine alone and an
absence ends a stay on the list, not the use of a model. A stay that had begun before the first week
has an unknown beginning and is left out; one that lasts to the last week is censored there.

``entries_per_week``
    Models on the list that were not on it the week before, mean over weeks.
``median_stay_weeks``
    Median of stays of consecutive weeks by the estimator of Kaplan and Meier (1958).
``leader_share``
    Tokens of the first of the nine over those of the nine, mean over weeks.

References
----------
Kaplan, Meier (1958). Nonparametric estimation from incomplete observations. Journal of the American
Statistical Association 53, 457-481.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

LISTED = 9


@dataclass(frozen=True, slots=True)
class LeadingModels:
    """Moments of the leading models.

    Attributes
    ----------
    weeks
        How many were seen.
    names
        How many models were ever on the list.
    entries_per_week, median_stay_weeks, leader_share
        See above; not a number where too few weeks were seen. A median that is not reached before
        the last week is infinite.
    """

    weeks: int
    names: int
    entries_per_week: float
    median_stay_weeks: float
    leader_share: float


def observed_weeks(variants_apart: bool = False) -> pd.DataFrame:
    """Return the published lists.

    Parameters
    ----------
    variants_apart
        Whether ``:free`` and other variants of a model count as models of their own.

    Returns
    -------
    DataFrame
        Columns ``week`` (day of its end), ``model`` and ``tokens``.
    """
    import pandas as pd

    from sim.data.weekly_leaders import weekly_leaders

    rows = [
        (row.week_ending, row.name if variants_apart else row.model, row.tokens)
        for row in weekly_leaders()
    ]
    return pd.DataFrame(rows, columns=["week", "model", "tokens"])


def leading_models(weekly: pd.DataFrame, listed: int = LISTED) -> LeadingModels:
    """Take the moments of tokens by week and model.

    Parameters
    ----------
    weekly
        Columns ``week``, in any type that sorts, ``model`` and ``tokens``; rows of one model in one
        week are added up. Models without tokens are never on the list.
    listed
        Length of the list.
    """
    tokens = weekly[weekly["tokens"] > 0.0].groupby(["week", "model"])["tokens"].sum()
    lists = [week.droplevel("week").nlargest(listed) for _, week in tokens.groupby(level="week")]
    on_list = [set(one.index) for one in lists]
    entries = [len(now - before) for before, now in itertools.pairwise(on_list)]
    return LeadingModels(
        weeks=len(lists),
        names=len(set().union(*on_list)),
        entries_per_week=float(np.mean(entries)) if entries else np.nan,
        median_stay_weeks=_median_stay(on_list),
        leader_share=float(np.mean([one.max() / one.sum() for one in lists])) if lists else np.nan,
    )


def _median_stay(on_list: list[set[str]]) -> float:
    from scipy.stats import CensoredData, ecdf

    ended, lasting = _stays(on_list)
    if not ended:
        return np.inf if lasting else np.nan
    survival = ecdf(CensoredData(uncensored=ended, right=lasting)).sf
    below = survival.probabilities <= 0.5
    return float(survival.quantiles[below][0]) if below.any() else np.inf


def _stays(on_list: list[set[str]]) -> tuple[list[int], list[int]]:
    """Return the lengths of stays that began and ended in sight, and of those that last."""
    ended: list[int] = []
    present: dict[str, int] = {}
    for before, now in itertools.pairwise(on_list):
        ended += [present.pop(model) for model in sorted(before - now) if model in present]
        present = {model: weeks + 1 for model, weeks in present.items()}
        present |= dict.fromkeys(sorted(now - before), 1)
    return ended, list(present.values())
