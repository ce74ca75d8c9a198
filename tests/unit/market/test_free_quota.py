"""Free quotas, devices and private data in a whole market, against the market without them."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from sim.reference import read
from sim.scenario.scenario import Scenario
from sim.simulation import Simulation

QUOTA = "products[glm-3-turbo].free_quota_mtok_per_month"
SHORT = {"population.users": 400, "end_date": "2024-06-15"}


def market_with(overrides: dict[str, object]) -> Scenario:
    return read("minimal", SHORT | overrides)


@pytest.fixture(scope="module")
def tables() -> Callable[[Scenario], dict[str, pd.DataFrame]]:
    def run(scenario: Scenario) -> dict[str, pd.DataFrame]:
        simulation = Simulation(scenario, seed=1)
        simulation.run()
        return {name: table.to_pandas() for name, table in simulation.recorder.tables().items()}

    return run


def test_a_quota_that_nobody_exceeds_makes_a_product_free(tables) -> None:
    ledger = tables(market_with({QUOTA: 1e6}))["ledger"]
    products = tables(market_with({QUOTA: 1e6}))["products"]
    sold = products[products["product"] == "glm-3-turbo"]
    assert sold["tokens_mtok_per_day"].sum() > 0.0
    assert sold["revenue_usd_per_day"].sum() == 0.0
    assert ledger["usd"].sum() > 0.0


def test_a_quota_is_billed_beyond_and_served_in_full(tables) -> None:
    """The audit holds the bill against users' meters, and the fleet against all tokens."""
    some = tables(market_with({QUOTA: 1.0}))
    sold = some["products"].query("product == 'glm-3-turbo' and tokens_mtok_per_day > 0")
    price = sold["revenue_usd_per_day"] / sold["tokens_mtok_per_day"]
    listed = sold["price_usd_per_mtok"]
    assert (price[1:] < listed[1:]).all()
    assert (price[1:] > 0.0).all()
    share = some["market"]["free_tokens_share"].dropna()
    assert share.between(0.0, 1.0).all()
    assert (share > 0.0).all()


def test_no_user_spends_more_than_its_budget_whatever_prices_do() -> None:
    """Also after a rise, when usage has not yet adjusted."""
    capped = market_with(
        {
            "domains[coding].budget_usd_per_month": 60,
            "domains[customer service].budget_usd_per_month": 15,
            QUOTA: 2.0,
        },
    )
    simulation = Simulation(capped, seed=3)
    simulation._open()
    market = simulation.market
    population = market.population
    rng, trimmed = np.random.default_rng(7), 0
    for day in range(1, 40):
        population.advance(float(day), market.book.view())
        _require_within_budgets(simulation)
        product = int(rng.integers(2))
        price = market.book.price_at_blend(product, float(rng.lognormal(0.0, 1.5)))
        market.book.set_price(product, price)
        before = population.users.rows["usage"].copy()
        population.advance(day + 1e-9, market.book.view())
        trimmed += int((population.users.rows["usage"] < before).sum())
        _require_within_budgets(simulation)
    assert trimmed > 0


def _require_within_budgets(simulation: Simulation) -> None:
    population = simulation.market.population
    types, users = population.types, population.users
    held = np.flatnonzero(users.product >= 0)
    k, j = users.rows["type_index"][held], users.product[held]
    valuation = population._appraisal.valuation
    usage = users.rows["usage"][held] / ((1 << 32) - 1)
    free = np.nan_to_num(valuation.quota)[k, j]
    cost = valuation.token_cost_usd_per_mtok_of_work[types.domain[k], j]
    bill = cost * np.maximum(usage - free, 0.0)
    assert (bill <= types.budget_usd_per_mtok[k] * (1.0 + 1e-6) + 1e-9).all()
    assert held.size > 0


def test_bills_follow_the_tokens_that_each_domain_needs(tables) -> None:
    """The audit of every week holds them against the meters."""
    needs = {
        "domains[coding].tokens_per_work": 4.0,
        "domains[customer service].tokens_per_work": 0.25,
    }
    usual, other = tables(market_with({})), tables(market_with(needs))
    tokens = [
        run["domains"].groupby("domain")["tokens_mtok_per_day"].sum() for run in (usual, other)
    ]
    ratio = tokens[1] / tokens[0]
    assert ratio["coding"] > 1.0
    assert ratio["customer service"] < 1.0
