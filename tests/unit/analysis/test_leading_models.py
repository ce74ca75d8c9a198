"""Moments of the nine leading models are those of lists that can be counted by hand."""

import math

import pandas as pd
import pytest

from analysis.leading_models import leading_models, observed_weeks
from sim.data.weekly_leaders import weekly_leaders


def weekly(lists: list[dict[str, float]]) -> pd.DataFrame:
    rows = [(n, model, tokens) for n, one in enumerate(lists) for model, tokens in one.items()]
    return pd.DataFrame(rows, columns=["week", "model", "tokens"])


def test_entries_stays_and_shares_are_counted_as_by_hand() -> None:
    # b was there before the first week: its stay has no beginning; d lasts, and is censored
    lists = [
        {"a": 6.0, "b": 4.0},
        {"a": 6.0, "c": 2.0, "b": 1.0},  # b is third of two: gone
        {"d": 9.0, "c": 3.0, "a": 1.0},
        {"d": 5.0, "e": 5.0},
        {"d": 5.0, "a": 3.0},
    ]
    found = leading_models(weekly(lists), listed=2)
    assert (found.weeks, found.names) == (5, 5)
    assert found.entries_per_week == (1 + 1 + 1 + 1) / 4
    assert found.leader_share == pytest.approx((0.6 + 0.75 + 0.75 + 0.5 + 0.625) / 5)
    # stays: c of 2 weeks, e of 1, d of 3 and a of 1 that last; at 1: 3/4 stay, at 2: 3/8
    assert found.median_stay_weeks == 2.0


def test_a_stay_that_lasts_is_censored_and_not_short() -> None:
    lists = [{"a": 1.0}, {"b": 1.0}, {"b": 1.0}, {"b": 1.0}]
    assert math.isinf(leading_models(weekly(lists), listed=1).median_stay_weeks)
    lists.append({"c": 1.0})
    assert leading_models(weekly(lists), listed=1).median_stay_weeks == 3.0


def test_absence_takes_no_part_in_shares_and_the_scale_of_tokens_does_not_matter() -> None:
    lists = [{"a": 3.0, "b": 1.0, "z": 0.9}, {"a": 1.0, "b": 1.0, "y": 0.5}]
    found = leading_models(weekly(lists), listed=2)
    assert found.leader_share == pytest.approx((0.75 + 0.5) / 2)
    assert found.entries_per_week == 0.0
    more = weekly(lists)
    more["tokens"] *= 1e9
    assert leading_models(more, listed=2).leader_share == pytest.approx(found.leader_share)


def test_too_few_weeks_say_nothing() -> None:
    found = leading_models(weekly([{"a": 1.0}]))
    assert math.isnan(found.entries_per_week)
    assert math.isnan(found.median_stay_weeks)


def test_the_shipped_table_gives_the_published_moments() -> None:
    rows = weekly_leaders()
    assert len(rows) == 333
    assert {row.rank for row in rows} == set(range(1, 10))
    apart = leading_models(observed_weeks(variants_apart=True))
    assert (apart.weeks, apart.names) == (37, 50)
    assert apart.entries_per_week == pytest.approx(57 / 36)
    together = leading_models(observed_weeks())
    assert (together.weeks, together.names) == (37, 41)
    assert together.entries_per_week == pytest.approx(48 / 36)
    assert together.median_stay_weeks == 2.0
    assert together.leader_share == pytest.approx(0.3197, abs=1e-4)
