"""Adoption answers to price as the closed form of the margin says (o16)."""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from adoption_margin import Margin
from demand_settings import ALONE, EVERYBODY
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario import demand
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users.mechanisms.reputation import ReputationRules
from sim.users.offers import OfferView
from sim.users.outside import OutOfReachError, attainable_share, solve_outside
from sim.users.population import Population
from sim.users.stationary import Habits, Market, solve
from sim.users.usage import mean_log_value

TEXT = (Path(__file__).parent / "o16_adoption_margin.csv").read_text(encoding="utf-8")
ROWS = {row["key"]: row for row in csv.DictReader(TEXT.splitlines())}
PRICES = [float(key.removeprefix("p=")) for key in ROWS if key.startswith("p=")]
MARGIN = Margin()


def noted(key: str, what: str) -> float:
    found = re.search(rf"{what} (-?[\d.]+|nan)", ROWS[key]["note"])
    assert found is not None
    return float(found[1])


@pytest.mark.parametrize("price", PRICES)
def test_the_closed_form_is_that_of_the_table(price: float) -> None:
    key = f"p={price:g}" if f"p={price:g}" in ROWS else f"p={price}"
    assert MARGIN.share(price) == pytest.approx(float(ROWS[key]["value"]), abs=1e-11)
    assert MARGIN.surplus(price) == pytest.approx(noted(key, "CS"), rel=1e-8)
    if MARGIN.share(price) > 0.0:
        assert MARGIN.slope(price) == pytest.approx(noted(key, "d ln p"), abs=2e-6)


def test_nobody_keeps_a_product_above_the_price_of_the_table() -> None:
    key = "price at which nobody keeps it (CS = f)"
    assert MARGIN.price_that_stops() == pytest.approx(float(ROWS[key]["value"]), rel=1e-10)
    paid = next(row for row in ROWS.values() if row["block"] == "set_up_paid")
    assert MARGIN.mean_setup_paid(1.0) == pytest.approx(float(paid["value"]), rel=1e-9)


@pytest.fixture
def market(
    demand_scenario: Callable[..., Scenario], offers_of: Callable[..., OfferView]
) -> Callable[..., tuple[Scenario, OfferView]]:
    """The margin as a scenario, and its product at a price.

    Success is 1 to double precision, and of a domain's single type the volume is its mean.
    """

    def build(price: float, users: int, **fields: object) -> tuple[Scenario, OfferView]:
        margin = MARGIN
        viable = float(margin.use(1.0)) / margin.volume
        assert mean_log_value(viable, margin.log_sd, 1.0, 1.0) == pytest.approx(0.3)
        domain = {
            "volume": demand.Volume(
                median_mtok_per_month=margin.volume, log_sd=0.0, pareto_from_quantile=0.998
            ),
            "task_value": demand.TaskValue(
                log_sd=margin.log_sd,
                viable_share=viable,
                reference_price_usd_per_mtok=1.0,
                reference_capability_logit=45.0,
            ),
            "difficulty_spread_logit": 0.0,
            "setup_cost_usd": margin.setup,
            "setup_cost_log_sd": margin.setup_log_sd,
            "running_fee_usd_per_month": margin.fee,
            "taste_scale_usd_per_month": margin.mu,
            "outside_utility": margin.outside,
        }
        scenario = demand_scenario(
            [domain | fields],
            users=users,
            types_per_domain=1,
            start="settled",
            network=ALONE,
            awareness=EVERYBODY,
            setup_horizon_days=12 * 30.44,
            consideration=demand.Consideration(
                base=60.0, market_share_weight=0.0, peer_weight=0.0, news_weight=0.0
            ),
            choice=demand.Choice(
                switching_cost_vendor=margin.sigma, peer_bonus=0.0, satisfaction_weight=0.0
            ),
            clocks=demand.Clocks(churn_per_day=0.0, news_review_per_day=0.0),
        )
        names = {"domains": 1, "price": [price], "capability_logit": np.array([45.0])}
        return scenario, offers_of(["product"], **names)

    return build


def stationary(margin: Margin, price: float) -> tuple[Market, Habits]:
    """The margin as a market and habits of the solver."""
    net = float(margin.surplus(price)) - margin.fee
    utility = np.full((1, 1), net / margin.mu if net > 0.0 else -np.inf)
    habits = Habits(
        base=60.0,
        share_weight=0.0,
        peer_weight=0.0,
        reputation_weight=0.0,
        reputation=ReputationRules(0.0, 0.0),
        peer_bonus=0.0,
        satisfaction_weight=0.0,
        satisfaction_step=0.3,
        loss_weight=1.0,
        vendor_cost=margin.sigma,
        model_cost=0.5,
        dissimilarity=(1.0,),
        review_per_day=1 / 30,
        churn_per_day=0.0,
        churn_slope=0.0,
        neighbours=0.0,
    )
    alone = np.zeros(1, np.int64)
    market = Market(
        utility=utility,
        delivered=np.ones((1, 1)),
        provider=alone,
        model=alone,
        nest=alone,
        weight=margin.eligible([price]),
    )
    return market, habits


@pytest.mark.parametrize("price", PRICES)
def test_the_stationary_state_is_that_of_the_table(price: float) -> None:
    market, habits = stationary(MARGIN, price)
    held = solve(market, habits, np.full(1, MARGIN.outside)).held[0, 0]
    assert market.weight[0] * held == pytest.approx(float(MARGIN.share(price)), abs=2e-6)


def test_the_outside_utility_of_a_share_is_that_of_the_table() -> None:
    market, habits = stationary(MARGIN, 1.0)
    domain, aware = np.zeros(1, np.int64), np.ones(1)
    found = solve_outside(market, habits, domain, aware, np.array([0.25]))
    row = next(row for row in ROWS.values() if row["block"] == "outside_constant")
    assert found[0] == pytest.approx(float(row["value"]), abs=1e-4)
    most = attainable_share(market, habits, domain, aware)[0]
    assert most == pytest.approx(noted(row["key"], "attainable share"), abs=1e-6)
    with pytest.raises(OutOfReachError):
        solve_outside(market, habits, domain, aware, np.array([0.8541]))


@pytest.mark.parametrize("price", [1.0, 10.0, 30.0, 100.0, 271.0, 272.0, 2000.0])
def test_a_settled_market_starts_and_stays_at_the_share_of_the_table(
    price: float, market: Callable[..., tuple[Scenario, OfferView]]
) -> None:
    # users are independent: binomial on both days, five standard errors each
    users = 40_000
    scenario, offers = market(price, users)
    population = Population.build(scenario, Streams(16))
    population.start(offers)
    wanted = float(MARGIN.share(price))
    error = 5 * np.sqrt(wanted * (1 - wanted) / users) + 1e-12
    assert population.snapshot(offers).adopters[0] / users == pytest.approx(wanted, abs=error)
    flow = population.advance(180.0, offers)
    assert population.snapshot(offers).adopters[0] / users == pytest.approx(wanted, abs=error)
    assert flow.setup_cost_usd[0] == 0.0  # those who may adopt at these prices have paid before


@pytest.mark.parametrize("price", [10.0, 30.0, 100.0])
def test_adoption_falls_with_price_between_fresh_starts_as_the_closed_form_does(
    price: float, market: Callable[..., tuple[Scenario, OfferView]]
) -> None:
    # the same users at two prices 4% apart; the difference is a count of few, near Poisson
    users, step = 400_000, 0.02
    counts = []
    for factor in (1 - step, 1 + step):
        scenario, offers = market(price * factor, users)
        population = Population.build(scenario, Streams(17))
        population.start(offers)
        counts.append(int(population.snapshot(offers).users.sum()))
    width = np.log((1 + step) / (1 - step))
    slope = np.log(counts[1] / counts[0]) / width
    error = 5 * np.sqrt(2 * abs(counts[1] - counts[0]) + 1) / (counts[0] * width)
    assert error < 0.6 * abs(MARGIN.slope(price))
    assert slope == pytest.approx(MARGIN.slope(price), abs=error + 1e-3)


def test_the_setup_cost_that_adopters_pay_is_that_of_the_table(
    market: Callable[..., tuple[Scenario, OfferView]],
) -> None:
    # everybody hears and may adopt within days; lognormal, cut above: five standard errors
    scenario, offers = market(1.0, 40_000)
    aware = demand.Awareness(initial_share=0.0, innovation_per_day=1.0, imitation_per_day=0.0)
    people = scenario.population.model_copy(
        update={"awareness": aware, "clocks": demand.Clocks(review_per_day=1.0, churn_per_day=0.0)}
    )
    population = Population.build(replace_population(scenario, people), Streams(18))
    population.start(offers)
    flow = population.advance(60.0, offers)
    first = int((population.users.rows["flags"] == 3).sum())
    assert first / 40_000 == pytest.approx(float(MARGIN.eligible(1.0)), abs=0.01)
    mean = flow.setup_cost_usd[0] / first
    assert mean == pytest.approx(MARGIN.mean_setup_paid(1.0), rel=5 / np.sqrt(first))
    moves = population.types.taste_scale_usd_per_month[0] * MARGIN.sigma
    assert flow.switching_cost_usd[0] == pytest.approx(moves * flow.leaves.sum(), rel=1e-12)


def replace_population(scenario: Scenario, people: demand.Population) -> Scenario:
    fields = {"population": people, "domains": scenario.domains, "products": ()}
    return Scenario.model_construct(**fields)


@given(
    st.floats(0.05, 500.0),
    st.floats(1.001, 50.0),
    st.floats(1.0, 3000.0),
    st.floats(0.0, 3.0),
    st.floats(-4.0, 8.0),
)
def test_adoption_falls_in_price_and_vanishes_as_the_surplus_does(
    price: float, factor: float, fee: float, sigma: float, outside: float
) -> None:
    margin = replace(MARGIN, fee=fee, sigma=sigma, outside=outside)
    shares = []
    for at in (price, price * factor, margin.price_that_stops() if fee > 60.0 else 1e9):
        market, habits = stationary(margin, at * (1 + 1e-9))
        held = solve(market, habits, np.full(1, outside)).held[0, 0]
        shares.append(market.weight[0] * held)
    assert shares[0] >= shares[1] - 1e-9
    assert shares[2] == 0.0
