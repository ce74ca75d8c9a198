"""Portfolios: which product serves which class of requests, what that costs, and who counts it."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from demand_settings import ALONE, EVERYBODY, Build, Offers, Start
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from sim.scenario import demand
from sim.scenario.portfolios import MOST_CLASSES, Portfolio, RequestClass
from sim.scenario.scenario import Scenario
from sim.users.offers import OfferView
from sim.users.population import Population
from sim.users.portfolio import choosing, moving
from sim.users.portfolio.holdings import first_of_product
from sim.users.records import NO_PRODUCT, USER, Portfolios, Users, new_scratch

EASY_AND_HARD = (
    RequestClass(name="easy", share=0.7, difficulty_shift_logit=-1.0),
    RequestClass(name="hard", share=0.3, difficulty_shift_logit=2.0),
)
HASTY = RequestClass(name="hasty", share=0.2, delay_cost_factor=5.0)
THREE = (
    EASY_AND_HARD[0].model_copy(update={"share": 0.5}),
    EASY_AND_HARD[1],
    HASTY,
)
UNCHANGING = {
    "switching_cost_vendor": 0.0,
    "switching_cost_model": 0.0,
    "peer_bonus": 0.0,
    "satisfaction_weight": 0.0,
}


def several(
    scenario: Scenario, classes: tuple[RequestClass, ...], most: int, **domain: object
) -> Scenario:
    """Return a scenario whose users may hold so many products for these classes of requests."""
    domains = tuple(
        one.model_copy(update={"request_classes": classes} | domain) for one in scenario.domains
    )
    population = scenario.population.model_copy(update={"portfolio": Portfolio(most_products=most)})
    return scenario.model_copy(update={"domains": domains, "population": population})


def ten_offers(offers_of: Offers, **fields: object) -> OfferView:
    rng = np.random.default_rng(2)
    market = {
        "domains": 1,
        "price": rng.lognormal(0.0, 1.0, 10),
        "capability_logit": rng.normal(0.0, 1.5, 10),
        "delay_s": rng.uniform(0.0, 2.0, 10),
        "provider_index": np.array([0, 0, 0, 1, 1, 2, 2, 3, 4, 5], np.int16),
        "model_index": np.array([0, 1, 2, 3, 4, 5, 5, 6, 7, 8]),
        "news": rng.uniform(0.0, 0.5, 10) * (np.arange(10) % 2),
    }
    return offers_of("abcdefghij", **(market | fields))


# ------------------------------------------------------------------------------- choosing


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


@pytest.fixture
def busy(lively: Scenario) -> Scenario:
    """Users of up to three products for three classes of requests, to whom everything happens."""
    cheap = {"switching_cost_vendor": 0.5, "switching_cost_model": 0.2}
    choice = lively.population.choice.model_copy(update=cheap)
    population = lively.population.model_copy(update={"choice": choice, "users": 600})
    scenario = lively.model_copy(update={"population": population})
    fee = {"further_vendor_fee_usd_per_month": 0.05, "running_fee_usd_per_month": 0.1}
    return several(scenario, THREE, 3, delay_cost_usd_per_mtok_second=0.1, **fee)


def vendors_by_hand(population: Population, offers: OfferView) -> list[set[int]]:
    served = population.users.product.reshape(3, -1)
    return [{int(offers.provider_index[j]) for j in own if j != NO_PRODUCT} for own in served.T]


def test_all_counts_are_those_of_the_users_themselves(
    busy: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = ten_offers(offers_of)
    fewer = dataclasses.replace(offers, listed=np.arange(10) % 3 > 0)
    population = started(busy, offers)
    for time, view in ((15.0, offers), (30.0, fewer), (45.0, offers)):
        population.advance(time, view)
        served = population.users.product.reshape(3, -1)
        totals, users = population.totals, population.users
        held = [set(own.tolist()) - {NO_PRODUCT} for own in served.T]
        counts = np.bincount([j for own in held for j in own], minlength=10)
        assert max(map(len, held)) > 1
        np.testing.assert_array_equal(population.count_users(), counts)
        np.testing.assert_array_equal(totals.holdings["users"].sum(axis=0), counts)
        assert population.count_holders() == counts.sum()
        assert totals.users_of[-1] == sum(1 for own in held if own)
        vendors = vendors_by_hand(population, offers)
        further = sum(len(own) - 1 for own in vendors if own)
        assert totals.types["further_vendors"].sum() == further
        assert population.missed_by_meters() == 0.0
        for field in ("usage", "value"):
            found = np.zeros(totals.cells.shape)
            at = users.product != NO_PRODUCT
            np.add.at(
                found,
                (users.rows["type_index"][at], users.product[at]),
                users.rows[field][at].astype(float),
            )
            np.testing.assert_array_equal(found, totals.cells[field])
        snapshot = population.snapshot(view)
        assert snapshot.users.sum() == counts.sum()
        assert snapshot.adopters.sum() <= totals.users_of[-1]
        assert (served == NO_PRODUCT).all(axis=0).sum() == (served == NO_PRODUCT).any(axis=0).sum()
        assert not np.isin(served, np.flatnonzero(~view.listed)).any()


def test_results_do_not_depend_on_how_time_is_cut(
    busy: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = ten_offers(offers_of)
    whole, parts = started(busy, offers), started(busy, offers)
    one = whole.advance(30.0, offers)
    many = [parts.advance(float(day), offers) for day in range(1, 31)]
    assert parts.users.rows.tobytes() == whole.users.rows.tobytes()
    assert parts.users.product.tobytes() == whole.users.product.tobytes()
    for name in (
        "mtok",
        "user_days",
        "surplus_usd",
        "running_fee_usd",
        "switching_cost_usd",
        "setup_cost_usd",
        "adoptions",
        "switches_in",
        "switches_out",
        "leaves",
    ):
        summed = sum(getattr(flow, name) for flow in many)
        np.testing.assert_allclose(summed, getattr(one, name), rtol=1e-9, err_msg=name)
    assert one.switches_in.sum() > 100
    assert (one.running_fee_usd > 0.0).all()


def test_users_of_a_product_change_by_who_came_and_who_went(
    busy: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = ten_offers(offers_of)
    population = started(busy, offers)
    before = population.count_users()
    flow = population.advance(40.0, offers)
    came = flow.adoptions + flow.switches_in - flow.switches_out - flow.leaves
    np.testing.assert_array_equal(population.count_users() - before, came.sum(axis=0))


def test_a_further_vendor_costs_its_fee_for_as_long_as_it_is_kept(
    busy: Scenario, offers_of: Offers, started: Start
) -> None:
    """Nobody does anything: fees are holders and further vendors, times their fees and time."""
    offers = ten_offers(offers_of)
    population = started(busy, offers)
    population.advance(40.0, offers)
    totals = population.totals
    holders = totals.users_of[-1]
    further = totals.types["further_vendors"].sum()
    population._clocks["next_days"] = np.inf
    flow = population.advance(40.0 + 30.44, offers)
    assert further > 20
    assert flow.running_fee_usd.sum() == pytest.approx(0.1 * holders + 0.05 * further, rel=1e-9)


def test_moving_a_class_costs_its_share_of_a_switch(
    busy: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = ten_offers(offers_of)
    population = started(busy, offers)
    world = population._world()
    user = int(np.flatnonzero(world.users.product[:600] == 0)[0])
    kind = world.totals.types[world.users.rows[user]["type_index"]]
    wanted = world.scratch.portfolios.wanted
    for given_up, product, vendor, model in (
        (1, 1, 0.0, 0.3),  # another model of the same provider
        (2, 5, 0.2, 0.0),  # another provider
        (2, 6, 0.0, 0.0),  # another host of the same model
        (0, 6, 0.5, 0.0),
    ):
        kind["vendor_moves"] = kind["model_moves"] = 0.0
        wanted[:3] = population.users.product.reshape(3, -1)[:, user]
        wanted[given_up] = product
        moving.move_portfolio(user, 0.0, 1.0, world)
        assert kind["vendor_moves"] == pytest.approx(vendor)
        assert kind["model_moves"] == pytest.approx(model)
    kind["vendor_moves"] = 0.0
    moving.give_up(user, 0.0, 1.0, world)
    assert kind["vendor_moves"] == 1.0
    assert (population.users.product.reshape(3, -1)[:, user] == NO_PRODUCT).all()


def test_more_work_is_more_of_every_class_and_is_accounted_for(
    busy: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = ten_offers(offers_of)
    population, other = started(busy, offers), started(busy, offers)
    for one in (population, other):
        one.advance(20.0, offers)
        one._clocks["next_days"] = np.inf
    population.set_demand(np.array([2.0]), offers)
    more, same = population.advance(30.0, offers), other.advance(30.0, offers)
    np.testing.assert_allclose(more.mtok, 2.0 * same.mtok, rtol=1e-9)
    np.testing.assert_allclose(more.task_share_days, same.task_share_days, rtol=1e-9)
    np.testing.assert_allclose(more.surplus_usd_by_offer.sum(), more.surplus_usd.sum(), rtol=1e-9)


def test_what_is_withdrawn_is_replaced_and_what_is_left_may_stay(
    busy: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = ten_offers(offers_of)
    population = started(busy, offers)
    population.advance(40.0, offers)
    before = population.users.product.reshape(3, -1).copy()
    gone = int(population.count_users().argmax())
    population.advance(40.0, dataclasses.replace(offers, listed=np.arange(10) != gone))
    after = population.users.product.reshape(3, -1)
    had = (before == gone).any(axis=0)
    np.testing.assert_array_equal(after[:, ~had], before[:, ~had])
    assert not (after == gone).any()
    partly = had & (before != gone).any(axis=0)
    stayed = (after == before) & (before != gone)
    assert partly.sum() > 10
    assert stayed[:, partly].any(axis=0).mean() > 0.5


def test_places_that_are_a_users_first_with_a_product_are_counted_once() -> None:
    served = np.array([[0, 1, 2, -1], [0, 2, 1, -1], [1, 1, 2, -1]], np.int16)
    users = Users(np.zeros(12, USER), served.ravel())
    first = first_of_product(users, 3)
    wanted = [[True, True, True, False], [False, True, True, False], [True, False, False, False]]
    np.testing.assert_array_equal(first, wanted)


# ------------------------------------------------------------------------------- welfare


def test_what_is_drawn_is_the_log_sum_where_that_is_known(
    lively: Scenario, offers_of: Offers, started: Start
) -> None:
    # means of some 20,000 gains, each of a standard deviation of about 1.3 mu: five standard errors
    offers = ten_offers(offers_of, news=np.zeros(10))
    choice = lively.population.choice.model_copy(
        update={"peer_bonus": 0.0, "satisfaction_weight": 0.0}
    )
    update = {"choice": choice, "network": ALONE, "users": 1500}
    plain = lively.model_copy(update={"population": lively.population.model_copy(update=update)})
    cost = 0.5 * offers.domain_price_usd_per_mtok
    closed = started(plain, offers).welfare(offers, cost)
    drawn = started(several(plain, (), 2), offers).welfare(offers, cost)
    for name in ("log_sum_usd_per_day", "margin_usd_per_day"):
        wanted, found = getattr(closed, name).sum(), getattr(drawn, name).sum()
        assert found == pytest.approx(wanted, rel=0.05)
    assert drawn.deadweight_loss_usd_per_day.sum() == pytest.approx(
        closed.deadweight_loss_usd_per_day.sum(), rel=0.15
    )
    np.testing.assert_allclose(drawn.viable_tasks_share, closed.viable_tasks_share, rtol=1e-12)


def test_holding_several_is_worth_more_than_holding_one(
    busy: Scenario, offers_of: Offers, started: Start
) -> None:
    """At the same state: whoever may choose among more portfolios gains, look by look."""
    offers = ten_offers(offers_of)
    cost = 0.5 * offers.domain_price_usd_per_mtok
    population = started(busy, offers)
    worth = []
    for most in (1, 2, 3):
        rules = population._rules
        population._rules = rules._replace(portfolios=rules.portfolios._replace(most_products=most))
        worth.append(population.welfare(offers, cost).log_sum_usd_per_day)
    assert (worth[1] >= worth[0]).all()
    assert (worth[2] >= worth[1]).all()
    assert (worth[1] > worth[0]).any()
