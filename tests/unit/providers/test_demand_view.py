"""What a rival's move takes from a product, as its provider sees demand."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.data.capabilities import capability_logit
from sim.data.prices import POSTED, price_points
from sim.errors import UnknownName
from sim.market.move import Move, Standing
from sim.providers.demand_view import move_to_answer, sales_at_risk_share
from sim.scenario.pricing import War

WAR = War(
    trigger_gap_share=0.1,
    share_elasticity=2.0,
    log_price_per_logit=1.0,
    comparable_capability_gap_logit=0.5,
)
OWN, RIVAL, WEAK, ENTRANT = range(4)


def offers(*prices: float, listed=(True, True, True, False), capability=(0.0, 0.0, -2.0, 0.0)):
    return Standing(np.array(listed), np.array(prices), np.array(capability))


BEFORE = offers(4.0, 8.0, 0.1, 0.0)


def launch(price: float, capability: float = 0.0) -> tuple[Move, Standing]:
    """Let the entrant launch; return the move, and the offers with it."""
    after = offers(
        4.0, 8.0, 0.1, price, listed=(True,) * 4, capability=(0.0, 0.0, -2.0, capability)
    )
    return Move(
        ENTRANT, 0.0, offers(4.0, 8.0, 0.1, price, capability=after.capability_logit)
    ), after


def answered(price: float, capability: float = 0.0):
    move, after = launch(price, capability)
    return move_to_answer((move,), after, OWN, 4.0, WAR)


def at_risk(price: float, capability: float = 0.0) -> float:
    return sales_at_risk_share(*launch(price, capability), OWN, WAR)


def test_a_launch_takes_what_it_adds_to_the_best_offer_that_stood():
    """Attractions: 1/16 of the own product, 1/64 of the rival, 1/4 of an entrant at 2."""
    assert at_risk(2.0) == pytest.approx((1 / 4 - 1 / 16) / (1 / 4 + 1 / 16 + 1 / 64))


@pytest.mark.parametrize("price", [4.0, 5.0, 20.0, 1e6])
def test_a_launch_at_a_price_that_others_ask_already_takes_nothing(price: float):
    assert at_risk(price) == 0.0
    assert answered(price) is None


def test_a_gap_that_stood_before_takes_nothing():
    """The rival asked a tenth of the own price all along, and now asks 1% less."""
    stood = offers(4.0, 0.4, 0.1, 9.0)
    move, after = Move(RIVAL, 0.0, stood), offers(4.0, 0.396, 0.1, 9.0)
    assert sales_at_risk_share(move, after, OWN, WAR) < 0.021
    assert move_to_answer((move,), after, OWN, 4.0, WAR) is None


def test_a_cut_that_stays_above_the_best_that_stood_takes_nothing():
    move, after = Move(RIVAL, 0.0, offers(4.0, 80.0, 0.1, 0.0)), offers(4.0, 4.1, 0.1, 0.0)
    assert sales_at_risk_share(move, after, OWN, WAR) == 0.0


def test_a_rival_that_can_do_less_is_cheaper_for_it_by_what_capability_is_worth():
    move = answered(1.0, -0.4)
    assert move is not None
    assert move.price_usd_per_mtok == pytest.approx(np.exp(0.4))
    assert move.stood_usd_per_mtok == 4.0
    assert at_risk(1.0, -0.4) == pytest.approx(at_risk(np.exp(0.4)))


def test_what_is_far_less_able_is_no_rival():
    assert at_risk(0.01, -0.51) == 0.0
    assert answered(0.01, -0.51) is None


def test_a_move_within_the_gap_is_not_answered():
    assert answered(3.61) is None
    assert answered(3.59) is not None


def test_a_product_given_away_takes_all_and_one_that_stood_so_is_no_offer_to_compare_with():
    assert at_risk(0.0) == 1.0
    stood = offers(4.0, 0.0, 0.1, 2.0)
    after = offers(4.0, 0.0, 0.1, 2.0, listed=(True,) * 4)
    assert sales_at_risk_share(Move(ENTRANT, 0.0, stood), after, OWN, WAR) > 0.5


def test_of_several_moves_the_cheapest_is_answered_beside_what_stood_before_the_first():
    first = Move(RIVAL, 0.0, BEFORE)
    second = Move(ENTRANT, 1.0, offers(4.0, 2.0, 0.1, 0.0))
    now = offers(4.0, 2.0, 0.1, 1.0, listed=(True,) * 4)
    move = move_to_answer((first, second), now, OWN, 4.0, WAR)
    assert move is not None
    assert (move.product, move.remaining_share) == (ENTRANT, 0.25)


def test_a_move_taken_back_is_not_answered():
    move, _ = launch(1.0)
    assert move_to_answer((move,), BEFORE, OWN, 4.0, WAR) is None


prices = st.floats(0.001, 1000.0)


@given(st.lists(prices, min_size=4, max_size=4), prices, st.floats(0.0, 1.0))
def test_what_a_launch_takes_falls_weakly_in_its_price(stood, price, share):
    listed = (True, True, True, False)
    capability = (0.0, 0.3, -0.2, 0.1)
    taken = []
    for asked in (price, price * share):
        before = offers(*stood[:3], asked, listed=listed, capability=capability)
        after = offers(*stood[:3], asked, listed=(True,) * 4, capability=capability)
        taken.append(sales_at_risk_share(Move(ENTRANT, 0.0, before), after, OWN, WAR))
    assert 0.0 <= taken[0] <= taken[1] <= 1.0


def test_the_default_worth_of_a_logit_is_the_slope_of_list_prices_on_the_capability_scale():
    """Ordinary least squares with half-years held fixed: 134 prices, a slope of 1.5 +- 0.2."""
    rows = []
    for point in price_points():
        blend = 0.7 * point.input_usd_per_mtok + 0.3 * point.output_usd_per_mtok
        if point.event == "retire" or point.kind not in POSTED - {"free", "promo"} or not blend > 0:
            continue
        try:
            capability = capability_logit(point.model).value
        except UnknownName:
            continue
        rows.append((_half_year(point.date), capability, np.log(blend)))
    halves = sorted({half for half, _, _ in rows})
    design = np.array([[one, *(half == it for it in halves)] for half, one, _ in rows], float)
    slope = np.linalg.lstsq(design, np.array([row[2] for row in rows]), rcond=None)[0][0]
    assert len(rows) == 134
    assert slope == pytest.approx(1.47, abs=0.01)
    assert War().log_price_per_logit == pytest.approx(slope, abs=0.19)


def _half_year(date: dt.date) -> tuple[int, bool]:
    return date.year, date.month > 6
