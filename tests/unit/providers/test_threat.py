"""War: who threatens whom."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from sim.providers.threat import is_open, is_threat, trigger
from sim.scenario.pricing import War
from sim.strategies.pricing.undercut import Undercut
from sim.strategies.pricing.view import PriceView

VIEW = PriceView(
    time_days=0.0,
    date=dt.date(2024, 5, 10),
    own=0,
    product="own",
    blended_price_usd_per_mtok=np.array([4.0, 1.0, 3.5, 0.1, 0.5]),
    capability_logit=np.array([1.0, 0.5, 1.2, 0.49, 2.0]),
    listed=np.array([True, True, True, True, False]),
    provider_index=np.array([0, 1, 2, 3, 4], dtype=np.int16),
    user_share=np.full(5, 0.1),
    marginal_cost_usd_per_mtok=0.9,
    peace_markup_share=0.5,
    token_share=0.1,
    comparable_gap_logit=0.5,
)
WAR = War(trigger_gap_share=0.1)
POLICY = Undercut(policy="undercut", depth_share=0.1, floor_cost_share=1.0)


def prices(*values: float) -> PriceView:
    return replace(VIEW, blended_price_usd_per_mtok=np.array(values))


def test_a_comparable_cheaper_listed_rival_is_a_threat() -> None:
    threats = [is_threat(VIEW, WAR, POLICY, rival) for rival in range(5)]
    assert threats == [False, True, True, False, False]
    assert trigger(VIEW, WAR, POLICY) == 1


def test_a_rival_within_the_gap_is_no_threat() -> None:
    assert trigger(prices(4.0, 3.6, 5.0, 0.1, 0.1), WAR, POLICY) is None
    assert trigger(prices(4.0, 3.59, 5.0, 0.1, 0.1), WAR, POLICY) == 1


def test_who_is_at_the_floor_does_not_react() -> None:
    assert trigger(prices(0.9, 0.1, 0.1, 0.1, 0.1), WAR, POLICY) is None
    assert trigger(prices(0.91, 0.1, 0.1, 0.1, 0.1), WAR, POLICY) == 1


def test_products_of_one_provider_do_not_fight() -> None:
    siblings = replace(VIEW, provider_index=np.zeros(5, dtype=np.int16))
    assert trigger(siblings, WAR, POLICY) is None


def test_the_first_of_equally_cheap_rivals_triggers() -> None:
    assert trigger(prices(4.0, 1.0, 1.0, 0.1, 0.1), WAR, POLICY) == 1


@pytest.mark.parametrize(
    ("date", "open_"),
    [
        (dt.date(2024, 5, 5), False),
        (dt.date(2024, 5, 6), True),
        (dt.date(2024, 8, 1), True),
        (dt.date(2024, 8, 2), False),
    ],
)
def test_the_war_is_open_from_its_first_to_its_last_day(date: dt.date, open_: bool) -> None:
    war = WAR.model_copy(
        update={"start_date": dt.date(2024, 5, 6), "end_date": dt.date(2024, 8, 1)}
    )
    assert is_open(war, date) is open_
    assert (trigger(replace(VIEW, date=date), war, POLICY) is not None) is open_


def test_a_war_without_dates_is_always_open() -> None:
    assert is_open(WAR, dt.date(1990, 1, 1))
