"""Whatever changes in the offers: tables that follow them equal tables made at once, to the bit."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.quantities import BoolArray
from sim.scenario import demand
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.units import DAYS_PER_MONTH
from sim.users.appraisal import Appraisal
from sim.users.offers import OfferView
from sim.users.records import OFFER, UNIT, Rows
from sim.users.usage import mean_value, success_share, surplus_per_mtok, usage_share
from sim.users.user_types import UserTypes
from sim.users.valuation import Valuation

DOMAINS, PRODUCTS = 2, 11
HORIZON_DAYS = 40.0


def valued_at_once(types: UserTypes, offers: OfferView, was_listed: BoolArray) -> Valuation:
    """Value all types and products by the formulas, each written once over whole tables.

    Nothing is free of charge here, and nothing takes a device; a quota is known from the first
    listing on.
    """
    listed = offers.listed
    tokens = np.where(listed, offers.tokens_per_task, 0.0)
    token_cost = np.where(listed, offers.domain_price_usd_per_mtok, 0.0) * tokens
    by_type = token_cost[types.domain]
    price = (
        by_type
        + types.handling_cost_usd_per_mtok[:, None]
        + types.delay_cost_usd_per_mtok_second[:, None] * np.where(listed, offers.delay_s, 0.0)
    )
    mean, sd = types.mean_log_value[:, None], types.log_sd[:, None]
    success = success_share(
        np.where(listed, offers.capability_logit, 0.0),
        types.difficulty_logit[:, None],
        types.difficulty_scale_logit[:, None],
    )
    with np.errstate(divide="ignore", over="ignore"):
        budget = np.where(by_type > 0.0, types.budget_usd_per_mtok[:, None] / by_type, np.inf)
    affordable = np.minimum(budget, 1.0)
    usage = np.minimum(usage_share(price, mean, sd, success), affordable)
    surplus = types.volume_mtok_per_month[:, None] * surplus_per_mtok(
        usage, price, mean, sd, success
    )
    quota = np.where(was_listed, 0.0, np.nan) + np.zeros_like(usage)
    value, no_device = success * mean_value(mean, sd), np.zeros_like(usage)
    return Valuation(
        token_cost, price, success, value, usage, surplus, affordable, quota, no_device
    )


def written_at_once(types: UserTypes, valuation: Valuation, offers: OfferView) -> Rows:
    """Write what the kernel reads, over whole tables."""
    listed = offers.listed
    net = valuation.surplus_usd_per_month - types.running_fee_usd_per_month[:, None]
    target = np.rint(valuation.usage * UNIT)
    utility = net / types.taste_scale_usd_per_month[:, None] + offers.brand_utility
    above = offers.capability_logit - types.reference_capability_logit[:, None]
    utility = utility + types.quality_taste[:, None] * above
    utility = utility - types.privacy_cost[:, None] * offers.cloud
    utility = np.where(listed & (target > 0.0) & (net > 0.0), utility, -np.inf)
    gain = HORIZON_DAYS / DAYS_PER_MONTH * net
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.log(np.maximum(gain, 0.0)) - np.log(types.setup_cost_usd[:, None])
        quantile = np.where(gain > 0.0, gap / types.setup_cost_log_sd[:, None], -np.inf)
    table = np.zeros(net.shape, OFFER)
    table["utility"] = utility
    table["setup_quantile"] = quantile
    table["delivered"] = np.where(utility > -np.inf, valuation.success, 0.0)
    table["usage_target"] = target
    return table


@st.composite
def a_change(draw: st.DrawFn) -> dict[str, tuple[object, object]]:
    """Some products' new numbers, by field: where, and what."""

    def some(low: float, high: float) -> tuple[list[int], list[float]]:
        where = draw(st.lists(st.integers(0, PRODUCTS - 1), max_size=3, unique=True))
        value = st.one_of(st.sampled_from([low, high]), st.floats(low, high))
        return where, [draw(value) for _ in where]

    kinds = {
        "domain_price_usd_per_mtok": lambda: some(0.0, 30.0),
        "capability_logit": lambda: some(-5.0, 5.0),
        "delay_s": lambda: some(0.0, 500.0) if draw(st.booleans()) else some(0.0, 1e-15),
        "tokens_per_task": lambda: some(0.1, 30.0),
        "brand_utility": lambda: some(-2.0, 2.0),
        "news": lambda: some(0.0, 2.0),
        "listed": lambda: some(0.0, 1.0),
        "cloud": lambda: some(0.0, 1.0),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(kinds)), max_size=3, unique=True))
    return {kind: kinds[kind]() for kind in chosen}


def changed(offers: OfferView, change: dict[str, tuple[object, object]]) -> OfferView:
    fields = {}
    for name, (where, values) in change.items():
        array = getattr(offers, name).copy()
        array[..., where] = np.asarray(values) >= 0.5 if array.dtype == bool else values
        if array.ndim == 2 and where:
            array[1, where] *= 0.7
        fields[name] = array
    return replace(offers, **fields)


def bits(array: np.ndarray) -> bytes:
    return np.ascontiguousarray(array).tobytes()


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    listed=st.lists(st.booleans(), min_size=PRODUCTS, max_size=PRODUCTS),
    changes=st.lists(a_change(), max_size=8),
    budget=st.none() | st.floats(1e-3, 10.0),
    delay_cost=st.floats(0.0, 1.0),
)
def test_tables_that_follow_the_offers_equal_tables_made_at_once(
    listed: list[bool],
    changes: list[dict[str, tuple[object, object]]],
    budget: float | None,
    delay_cost: float,
    demand_scenario: Callable[..., Scenario],
    offers_of: Callable[..., OfferView],
) -> None:
    domain = {
        "privacy_share": 0.5,
        "privacy_cost": 1.5,
        "setup_cost_usd": 3.0,
        "running_fee_usd_per_month": 0.05,
        "difficulty_spread_logit": 0.7,
        "handling_cost_usd_per_mtok": 0.3,
        "delay_cost_usd_per_mtok_second": delay_cost,
        "budget_usd_per_month": budget,
    }
    choice = demand.Choice(volume_exponent=0.5, quality_utility=0.3)
    scenario = demand_scenario(
        [domain, domain | {"difficulty_logit": 1.0}],
        types_per_domain=5,
        choice=choice,
        setup_horizon_days=HORIZON_DAYS,
    )
    types = UserTypes.draw(scenario, Streams(1))
    names = [f"product {n}" for n in range(PRODUCTS)]
    offers = offers_of(names, domains=DOMAINS, listed=np.array(listed))
    appraisal = Appraisal(scenario, types, offers)
    was_listed = offers.listed.copy()
    for change in ({}, *changes):
        offers = changed(offers, change)
        appraisal.read(offers)
        was_listed |= offers.listed
        valuation = valued_at_once(types, offers, was_listed)
        for name in Valuation.__slots__:
            assert bits(getattr(appraisal.valuation, name)) == bits(getattr(valuation, name)), name
        book, table = appraisal.book, written_at_once(types, valuation, offers)
        for name in OFFER.names or ():
            assert bits(book.offers[name]) == bits(table[name]), name
        assert book.products["key"].tolist() == offers.product_keys.tolist()
        assert book.products["listed"].tolist() == offers.listed.tolist()
        assert book.news.tolist() == np.where(offers.listed, offers.news, 0.0).tolist()
        assert book.news_total == np.sum(offers.news, where=offers.listed)
