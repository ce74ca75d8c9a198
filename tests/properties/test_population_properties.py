"""Whatever the users, the offers and the calendar: users' books balance and shares add up."""

from collections.abc import Callable

import numpy as np
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from sim.scenario import demand
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users.offers import OfferView
from sim.users.population import Population
from sim.users.stationary import NotSettledError
from sim.users.totals import count_totals

SHARE = st.floats(0.0, 1.0)
RATE = st.floats(0.0, 0.3)
PRODUCTS = 4


def a_domain(share: float) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(
        {
            "share": st.just(share),
            "initial_adopter_share": SHARE,
            "initial_usage_share": SHARE,
            "privacy_share": SHARE,
            "privacy_cost": st.floats(0.0, 5.0),
            "setup_cost_usd": st.floats(0.0, 50.0),
            "setup_cost_log_sd": st.floats(0.0, 3.0),
            "running_fee_usd_per_month": st.floats(0.0, 5.0),
            "outside_utility": st.floats(-5.0, 5.0),
            "difficulty_logit": st.floats(-3.0, 3.0),
            "budget_usd_per_month": st.none() | st.floats(1e-3, 10.0),
            "delay_cost_usd_per_mtok_second": st.floats(0.0, 1.0),
        }
    )


POPULATION = st.fixed_dictionaries(
    {
        "users": st.integers(20, 120),
        "start": st.sampled_from(["settled", "declared"]),
        "types_per_domain": st.integers(1, 5),
        "network": st.builds(
            demand.Network,
            kind=st.sampled_from(
                ["watts_strogatz", "barabasi_albert", "erdos_renyi", "complete", "none"]
            ),
            mean_degree=st.integers(2, 10),
        ),
        "awareness": st.builds(
            demand.Awareness, innovation_per_day=RATE, imitation_per_day=RATE, initial_share=SHARE
        ),
        "clocks": st.builds(
            demand.Clocks,
            review_per_day=RATE,
            news_review_per_day=RATE,
            usage_per_day=RATE,
            usage_adjustment_share=SHARE,
            churn_per_day=st.floats(0.0, 0.02),
        ),
        "choice": st.builds(
            demand.Choice,
            volume_exponent=SHARE,
            switching_cost_vendor=st.floats(0.0, 5.0),
            peer_bonus=st.floats(0.0, 5.0),
        ),
    }
)


@st.composite
def some_offers(draw: st.DrawFn) -> dict[str, object]:
    def floats(low: float, high: float, *shape: int) -> np.ndarray:
        count = int(np.prod(shape))
        values = draw(st.lists(st.floats(low, high), min_size=count, max_size=count))
        return np.array(values).reshape(shape)

    return {
        "domain_price_usd_per_mtok": floats(0.0, 20.0, 2, PRODUCTS),
        "capability_logit": floats(-4.0, 4.0, PRODUCTS),
        "delay_s": floats(0.0, 10.0, PRODUCTS),
        "tokens_per_task": floats(0.1, 30.0, PRODUCTS),
        "listed": floats(0.0, 1.0, PRODUCTS) < 0.7,
        "cloud": floats(0.0, 1.0, PRODUCTS) < 0.7,
        "news": floats(0.0, 2.0, PRODUCTS),
    }


@settings(
    max_examples=60,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    domains=st.tuples(a_domain(0.3), a_domain(0.7)),
    population=POPULATION,
    market=st.lists(some_offers(), min_size=1, max_size=4),
    step_days=st.floats(0.0, 40.0),
)
def test_the_books_of_users_balance_in_any_world(
    domains: tuple[dict[str, object], ...],
    population: dict[str, object],
    market: list[dict[str, object]],
    step_days: float,
    demand_scenario: Callable[..., Scenario],
    offers_of: Callable[..., OfferView],
) -> None:
    scenario = demand_scenario(domains, **population)
    views = [offers_of("abcd", **fields) for fields in market]
    people = Population.build(scenario, Streams(4))
    try:
        people.start(views[0])
    except NotSettledError:  # habits so strong that shares never come to rest: no first day
        reject()
    number = scenario.population.users
    for step, offers in enumerate(views):
        before = people.snapshot(offers).users
        flow = people.advance((step + 1) * step_days, offers)
        after = people.snapshot(offers)

        change = flow.adoptions + flow.switches_in - flow.switches_out - flow.leaves
        assert (after.users - before == change).all()
        assert flow.switches_in.sum() == flow.switches_out.sum()
        assert (after.users[:, ~offers.listed] == 0).all()
        totals = people._world().totals
        worthless = people._appraisal.book.offers["utility"] == -np.inf
        assert not totals.cells["users"][worthless].any()
        assert after.population.sum() == number
        assert (after.adopters <= after.users.sum(axis=1)).all()
        assert (after.users.sum(axis=1) <= after.aware).all()
        assert (after.aware <= after.population).all()
        assert (after.barrier_blocked + after.privacy_blocked <= 2 * after.aware).all()
        tolerance = 1e-9 * max(step_days, 1.0)
        assert (flow.user_days.sum(axis=1) <= after.population * step_days + tolerance).all()
        assert (flow.task_share_days <= step_days + tolerance).all()
        for values in (flow.mtok, flow.work_mtok, flow.user_days):
            assert np.isfinite(values).all()
            assert (values >= -1e-12 * np.abs(values).max(initial=0.0)).all()
        assert np.isfinite(flow.surplus_usd).all()
        assert ((after.tasks_share >= 0.0) & (after.tasks_share <= 1.0 + 1e-12)).all()
        assert (np.abs(after.satisfaction_mean) <= 1.0).all()

        recount = count_totals(people.types, people.users, people._appraisal.book, people._rules)
        totals = people._world().totals
        for field in ("users", "usage", "value"):
            assert (totals.cells[field] == recount.cells[field]).all()


@given(st.floats(1e-4, 50.0), st.floats(1.0, 20.0))
def test_a_price_cut_never_lowers_wanted_usage_or_surplus(price: float, factor: float) -> None:
    from sim.users.usage import surplus_per_mtok, usage_share

    both = np.array([price, price / factor])
    share = usage_share(both, 0.2, 2.4, 0.7)
    surplus = surplus_per_mtok(share, both, 0.2, 2.4, 0.7)
    assert share[1] >= share[0]
    assert surplus[1] >= surplus[0] * (1 - 1e-12)
