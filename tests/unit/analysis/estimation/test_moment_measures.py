"""Moments of the market, on tables whose moments are known."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.estimation.calibration_file import Moment
from analysis.estimation.measures import values_of

START = dt.date(2024, 1, 1)
DAYS = np.arange(0.0, 71.0, 7.0)


def runs_of(price=1.0, tokens=10.0, replications=(4, 9)):
    products, market = [], []
    for number in replications:
        for day in DAYS:
            market.append((number, day, 0.1 + 0.001 * number + 0.01 * day / 7, 5.0 + day / 7))
            falling = 8.0 * np.exp(-np.log(16.0) * day / 365.25)
            for name, cost, able, sold, users in (
                ("open", price, 0.0, tokens, 3.0),
                ("closed", falling, 1.0, 30.0, 1.0),
            ):
                products.append((number, day, name, "Maker", True, cost, able, sold, users))
    scenario = SimpleNamespace(
        start_date=START,
        duration_days=70,
        days=lambda date: (date - START).days,
        products=[
            SimpleNamespace(name="open", open_weights=True),
            SimpleNamespace(name="closed", open_weights=False),
        ],
    )
    names = ["replication", "time_days", "product", "provider", "listed", "price_usd_per_mtok"]
    return SimpleNamespace(
        scenario=scenario,
        replications=sorted(replications),
        market=pd.DataFrame(
            market, columns=["replication", "time_days", "adopters_share", "tokens_mtok_per_day"]
        ),
        products=pd.DataFrame(
            products, columns=[*names, "capability_logit", "tokens_mtok_per_day", "users"]
        ),
    )


def moment(measure, **more):
    keys = {
        "since_date": dt.date(2024, 1, 8), "until_date": dt.date(2024, 3, 4),
        "known_on": dt.date(2024, 3, 4), "observed": 1.0, "range": (0.5, 2.0), "source": "made up",
    }  # fmt: skip
    return Moment(measure=measure, **(keys | more))


def taken(one, **worlds):
    return values_of(one, {"": runs_of(), **worlds})


def test_a_column_is_taken_at_the_last_snapshot_up_to_the_day():
    one = moment("market_value", column="adopters_share")
    assert taken(one) == pytest.approx([0.104 + 0.09, 0.109 + 0.09])
    ratio = moment("market_multiple", column="adopters_share", scale="log")
    assert taken(ratio) == pytest.approx(np.log([0.194 / 0.114, 0.199 / 0.119]))


def test_growth_is_held_against_all_tokens_of_the_other_world():
    one = moment(
        "provider_tokens_multiple_over_market", provider="Maker", world="calm", scale="log",
        since_date=dt.date(2024, 1, 15),
    )  # fmt: skip
    calm = runs_of()
    # the market: 14 at the end over the mean of 6 and 7; the maker sells 40 all the time
    assert taken(one, calm=calm) == pytest.approx(np.log([6.5 / 14.0] * 2))
    calm.market["tokens_mtok_per_day"] = 0.0
    assert np.isnan(taken(one, calm=calm)).all()


def test_shares_of_tokens_and_of_users():
    assert taken(moment("open_weights_tokens_share")) == pytest.approx([0.25, 0.25])
    share = moment("product_share_of_provider_users", provider="Maker", product="open")
    assert taken(share) == pytest.approx([0.75, 0.75])


def test_a_price_of_constant_quality_that_falls_sixteen_times_a_year():
    fall = moment("constant_quality_price_fall_per_year", capability_logit=0.5, range=(1.0, 20.0))
    assert taken(fall) == pytest.approx([16.0, 16.0])


def test_an_elasticity_is_the_ratio_of_log_changes_between_worlds():
    one = moment("own_price_elasticity", product="open", world="cut", range=(-2.0, 2.0))
    cut = runs_of(price=0.8, tokens=10.0 * 0.8**-1.5)
    assert taken(one, cut=cut) == pytest.approx([-1.5, -1.5])


def test_an_elasticity_does_not_explode_where_prices_come_together_again():
    one = moment("own_price_elasticity", product="open", world="cut", range=(-2.0, 2.0))
    own, cut = runs_of(), runs_of(price=0.8, tokens=10.0 * 0.8**-1.5)
    late = (cut.products["product"] == "open") & (cut.products["time_days"] == DAYS[-3])
    cut.products.loc[late, "price_usd_per_mtok"] = 1.0 - 1e-9
    cut.products.loc[late, "tokens_mtok_per_day"] = 10.1  # as other draws would have it
    assert taken(one, cut=cut) == pytest.approx([-1.5, -1.5], abs=1e-6)
    assert np.isnan(taken(one, cut=own)).all()


def test_a_run_without_the_moment_is_not_a_number():
    beyond = moment("market_value", column="adopters_share", until_date=dt.date(2025, 1, 1))
    assert np.isnan(taken(beyond)).all()
    own, other = runs_of(), runs_of(price=0.8)
    other.products = other.products[other.products["replication"] == 9]
    one = moment("own_price_elasticity", product="open", world="cut", range=(-2.0, 2.0))
    found = values_of(one, {"": own, "cut": other})
    assert np.isnan(found).tolist() == [True, False]
