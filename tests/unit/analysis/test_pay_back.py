"""When a course has paid back what it costs a provider against another."""

import math

import duckdb
import numpy as np
import pandas as pd
import pytest

from analysis.pay_back import pay_back
from analysis.provider_accounts import (
    PROFIT_SQL,
    discounted_sql,
    mean_profits,
    weekly_profits,
)

WEEKS = [0.0, 7.0, 14.0, 21.0]


def profits(*columns):
    return pd.DataFrame(dict(enumerate(columns)), index=WEEKS)


HOLD = profits(*([0.0, 10.0, 10.0, 10.0],) * 4)


def test_it_is_the_day_on_which_the_gap_closes_for_good_linear_within_a_week():
    # gaps: -6, -4, +2 closes after 2/3 of the third week; -6, +1, +1 after 6/7 of the second
    cut = profits([0, 4, 12, 16], [0, 4, 17, 10], [0, 12, 10, 10], [0, 4, 10, 10])
    found = pay_back(cut, HOLD)
    assert found.days == pytest.approx([14 + 7 * 2 / 3, 7 + 7 * 6 / 7, 0.0, math.inf])
    assert (found.behind_at_end.hits, found.never_behind.hits) == (1, 1)
    assert found.median.centre == pytest.approx((13.0 + 14 + 14 / 3) / 2)


def test_a_gap_that_closes_and_opens_again_counts_from_when_it_closed_last():
    found = pay_back(profits([0, 4, 20, 10]), HOLD[[0]] + profits([0, 0, 0, 0]))
    assert found.days == pytest.approx([7 + 7 * 6 / 10])
    again = pay_back(profits([0, 4, 20, 2]), HOLD[[0]])
    assert np.isinf(again.days).all()


def test_equal_courses_are_at_no_time_behind_whatever_rounding_does():
    found = pay_back(HOLD * (1.0 - 1e-15), HOLD)
    assert found.never_behind.hits == 4
    assert found.behind_at_end.hits == 0


def table(**flows):
    rows = [
        {"provider": "P", "replication": 0, "time_days": day, **flows} for day in (0.0, 7.0, 14.0)
    ]
    frame = pd.DataFrame(rows)
    costs = ("compute", "training", "data", "staff", "compression", "seeding")
    for name in (f"{cost}_usd_per_day" for cost in costs):
        frame[name] = frame.get(name, 1.0)
    return frame.assign(war_budget_usd_per_day=50.0)


def test_profit_is_revenue_less_all_costs_and_no_money_of_the_owner():
    rows = table(revenue_usd_per_day=16.0)
    assert weekly_profits(rows, "P")[0].tolist() == [0.0, 70.0, 70.0]
    assert mean_profits(rows, "P")[0] == pytest.approx(10.0 * 365.25)


def test_a_later_dollar_counts_less_where_money_is_discounted():
    rows = table(revenue_usd_per_day=16.0)
    discounted = weekly_profits(rows, "P", discount_rate_per_year=0.1)[0]
    assert discounted.tolist() == pytest.approx(
        [0.0, 70.0 * math.exp(-0.35 / 365.25), 70.0 * math.exp(-1.05 / 365.25)]
    )


@pytest.mark.parametrize("rate", [0.0, 0.3])
@pytest.mark.parametrize("missing", [[], ["training_usd_per_day"], ["revenue_usd_per_day"]])
def test_a_query_and_a_table_of_weeks_count_the_same_profit_what_is_not_written_as_none(
    rate, missing
):
    rows = table(revenue_usd_per_day=16.0)
    rows.loc[1, missing] = math.nan
    sql = discounted_sql("rows", "provider, replication", PROFIT_SQL, rate)
    found = duckdb.sql(sql).df()["usd"]
    weeks = weekly_profits(rows, "P", rate)[0]
    assert found.tolist() == pytest.approx([weeks.sum()])
    lost = {(): 0.0, ("training_usd_per_day",): 7.0, ("revenue_usd_per_day",): -112.0}
    assert mean_profits(rows, "P")[0] * 14 / 365.25 == pytest.approx(140.0 + lost[tuple(missing)])
