"""Portfolios: which product serves which class of requests, and what that costs."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from demand_settings import ALONE, EVERYBODY, Build, Offers, Start
from hypothesis import given
from hypothesis import strategies as st
from portfolio_settings import EASY_AND_HARD, THREE, UNCHANGING, several, ten_offers
from scipy.special import softmax

from sim.scenario import demand
from sim.scenario.portfolios import MOST_CLASSES, Portfolio, RequestClass
from sim.scenario.scenario import Scenario
from sim.users.portfolio import choosing
from sim.users.records import Portfolios, new_scratch


@st.composite
def trials(draw: st.DrawFn) -> tuple[Portfolios, int, int, int, float]:
    """Return candidates with values and vendors, how many, classes, the most, and the fee."""
    count, classes = draw(st.integers(1, 6)), draw(st.integers(1, MOST_CLASSES))
    space = new_scratch(count, 0).portfolios
    worth = st.floats(-5.0, 5.0)
    for c, n in itertools.product(range(classes), range(count)):
        space.value[c, n] = draw(worth)
    space.vendor[:] = draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
    return space, count, classes, draw(st.integers(1, 3)), draw(st.floats(0.0, 3.0))


def worth_by_hand(space: Portfolios, serving: tuple[int, ...], most: int, fee: float) -> float:
    """Return what an assignment of candidates to classes is worth, from the definition."""
    if len(set(serving)) > most:
        return -math.inf
    vendors = {int(space.vendor[n]) for n in serving}
    value = sum(space.value[c, n] for c, n in enumerate(serving))
    return float(value - fee * (len(vendors) - 1))


@given(trial=trials(), outside=st.floats(-10.0, 10.0))
def test_the_choice_is_the_best_of_all_assignments_and_none(
    trial: tuple[Portfolios, int, int, int, float], outside: float
) -> None:
    space, count, classes, most, fee = trial
    everything = itertools.product(range(count), repeat=classes)
    best = max(worth_by_hand(space, serving, most, fee) for serving in everything)
    for choose in (choosing.choose_best, getattr(choosing.choose_best, "py_func", None)):
        if choose is None:
            continue
        found = choose(count, outside, fee, most, classes, space)
        assert found == pytest.approx(max(best, outside), abs=1e-12)
        chosen = tuple(space.best[:classes].tolist())
        if found > outside:
            assert worth_by_hand(space, chosen, most, fee) == pytest.approx(found, abs=1e-12)
        else:
            assert chosen == (choosing.NOBODY,) * classes


@given(trial=trials(), data=st.data())
def test_news_is_compared_with_what_is_held_and_moves_classes_to_it_alone(
    trial: tuple[Portfolios, int, int, int, float], data: st.DataObject
) -> None:
    space, count, classes, most, fee = trial
    members = data.draw(st.integers(1, min(count, most, classes)))
    present = data.draw(
        st.lists(st.integers(0, members - 1), min_size=classes, max_size=classes).filter(
            lambda serving: len(set(serving)) == members
        )
    )
    space.present[:classes] = present
    alternatives = [tuple(present)]
    for new in range(members, count):
        for given_up in itertools.product((False, True), repeat=classes):
            if any(given_up):
                pairs = zip(present, given_up, strict=True)
                alternatives.append(tuple(new if gone else old for old, gone in pairs))
    best = max(worth_by_hand(space, serving, most, fee) for serving in alternatives)
    choose = getattr(choosing.choose_on_news, "py_func", choosing.choose_on_news)
    for chooser in (choosing.choose_on_news, choose):
        found = chooser(members, count, fee, most, classes, space)
        chosen = tuple(space.best[:classes].tolist())
        assert found == pytest.approx(best, abs=1e-12)
        assert chosen in alternatives
        assert worth_by_hand(space, chosen, most, fee) == pytest.approx(best, abs=1e-12)


# ------------------------------------------------------------------------------- the law


@pytest.mark.parametrize(
    ("classes", "most"), [((), 2), ((RequestClass(name="all", share=1.0),), 3)]
)
def test_with_one_class_portfolios_are_the_users_of_one_product_user_by_user(
    classes: tuple[RequestClass, ...],
    most: int,
    lively: Scenario,
    offers_of: Offers,
    started: Start,
) -> None:
    """Every review, on news and of the withdrawn too, comes to the same, and costs the same."""
    offers = ten_offers(offers_of)
    fewer = dataclasses.replace(offers, listed=np.arange(10) % 3 > 0)
    lively = lively.model_copy(
        update={"population": lively.population.model_copy(update={"users": 500})}
    )
    reached = []
    for scenario in (lively, several(lively, classes, most)):
        population = started(scenario, offers)
        flows = [population.advance(20.0, offers), population.advance(40.0, fewer)]
        costs = [[flow.switching_cost_usd, flow.setup_cost_usd, flow.mtok] for flow in flows]
        moves = [
            [flow.switches_in, flow.switches_out, flow.adoptions, flow.leaves] for flow in flows
        ]
        reached.append((population.users, population.snapshot(fewer), costs, moves))
    (users, snapshot, costs, moves), (others, other_snapshot, other_costs, other_moves) = reached
    assert users.product.tobytes() == others.product.tobytes()
    assert users.rows.tobytes() == others.rows.tobytes()
    np.testing.assert_array_equal(snapshot.users, other_snapshot.users)
    np.testing.assert_array_equal(snapshot.adopters, other_snapshot.adopters)
    for before, after in zip(costs, other_costs, strict=True):
        for one, other in zip(before, after, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)
    for before, after in zip(moves, other_moves, strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("switching_cost", [0.0, 1.5])
def test_without_fees_each_class_of_requests_has_the_stationary_shares_of_its_own_logit(
    switching_cost: float, demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    # chi-square of 4 types x 2 classes x 3 free shares, one of them above 71 once in 1e6; users who
    # move slowly stay for some 12 reviews, so that 200 days of daily reviews are at rest
    choice = UNCHANGING | dict.fromkeys(
        ("switching_cost_vendor", "switching_cost_model"), switching_cost
    )
    scenario = demand_scenario(
        [{"outside_utility": -60.0, "initial_adopter_share": 1.0}],
        users=12_000,
        network=ALONE,
        awareness=EVERYBODY,
        consideration=demand.Consideration(base=60.0),
        choice=demand.Choice(**choice),
        clocks=demand.Clocks(
            review_per_day=1.0, news_review_per_day=0.0, usage_per_day=0.0, churn_per_day=0.0
        ),
    )
    scenario = several(scenario, EASY_AND_HARD, 2)
    offers = offers_of("abcd", domains=1, capability_logit=np.linspace(-2.0, 2.0, 4))
    population = started(scenario, offers)
    population.advance(200.0, offers)
    world = population._world()
    value = world.book.offers["utility"] / world.rules.work_share[:, None]
    stay = switching_cost * np.eye(4)
    chance = softmax(value[:, None, :] + stay, axis=2)  # (C K, from, to)
    share = np.linalg.matrix_power(chance, 500)[:, 0, :]
    count = world.totals.cells["users"]
    expected = share * count.sum(axis=1, keepdims=True)
    assert count.sum() == 2 * 12_000
    assert ((count - expected) ** 2 / expected).sum() < 71.0
    assert np.abs(share[:4] - share[4:]).max() > 0.1  # the classes differ, or nothing was tested


def few_tastes(demand_scenario: Build, fee: float) -> Scenario:
    """A market in which tastes hardly differ, so that surplus alone decides."""
    scenario = demand_scenario(
        [
            {"outside_utility": -60.0, "initial_adopter_share": 1.0}
            | {"taste_scale_usd_per_month": 1e-4, "difficulty_spread_logit": 0.0}
        ],
        users=200,
        types_per_domain=1,
        network=ALONE,
        awareness=EVERYBODY,
        consideration=demand.Consideration(base=60.0),
        choice=demand.Choice(**UNCHANGING),
        clocks=demand.Clocks(
            review_per_day=1.0, news_review_per_day=0.0, usage_per_day=0.0, churn_per_day=0.0
        ),
    )
    return several(scenario, EASY_AND_HARD, 2, further_vendor_fee_usd_per_month=fee)


def test_a_second_vendor_is_held_up_to_the_fee_that_routing_gains(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    """Closed form: sum over classes of the best surplus, less the best sum over classes."""
    fields = {
        "domains": 1,
        "price": np.array([0.05, 1.0]),
        "capability_logit": np.array([2.0, 5.0]),
    }
    offers = offers_of("ab", **fields)
    surplus = started(few_tastes(demand_scenario, 0.0), offers)._appraisal.valuation
    by_class = surplus.surplus_usd_per_month  # (2, 2)
    gain = by_class.max(axis=1).sum() - by_class.sum(axis=0).max()
    assert by_class.argmax(axis=1).tolist() == [0, 1]
    for fee, provider, vendors in (
        (0.99 * gain, [0, 1], 2),
        (1.01 * gain, [0, 1], 1),
        (1.01 * gain, [0, 0], 2),  # both of one vendor: there is no further one to pay
    ):
        market = offers_of("ab", provider_index=np.array(provider, np.int16), **fields)
        population = started(few_tastes(demand_scenario, fee), market)
        population.advance(30.0, market)
        holdings = population.totals.holdings["users"]
        assert holdings.sum() == vendors * 200
        expected = 200 if len(set(provider)) == 2 and vendors == 2 else 0
        assert population.totals.types["further_vendors"].sum() == expected


def test_a_domain_with_fewer_classes_has_its_last_cut_into_equal_ones(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    """It changes nothing: parts that are alike are served alike, and sum to the whole."""
    offers = offers_of("abc", capability_logit=np.array([-1.0, 0.0, 1.0]))
    plain = demand_scenario(users=400, awareness=EVERYBODY)
    one, other = plain.domains
    mixed = plain.model_copy(
        update={
            "domains": (one, other.model_copy(update={"request_classes": THREE})),
            "population": plain.population.model_copy(
                update={"portfolio": Portfolio(most_products=2)}
            ),
        }
    )
    population = started(mixed, offers)
    population.advance(60.0, offers)
    kind = population.users.rows["type_index"][:400]
    served = population.users.product.reshape(3, -1)
    plainly = served[:, kind < 4]
    assert (plainly == plainly[0]).all()
    assert (served[:, kind >= 4] != served[0, kind >= 4]).any()
    alone = started(plain, offers)
    valued, whole = population._appraisal, alone._appraisal.book.whole
    np.testing.assert_allclose(valued.book.whole["utility"][:4], whole["utility"][:4], rtol=1e-12)
    rows = valued.rows.volume_mtok_per_month.reshape(3, -1)
    np.testing.assert_allclose(rows.sum(axis=0), valued._types.volume_mtok_per_month, rtol=1e-12)


# ------------------------------------------------------------------------------- the books
