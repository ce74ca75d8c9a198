"""The elasticity of a host within a model, against which the dispersion between hosts was set."""

import math

import numpy as np
import pandas as pd
import pytest

import sim
from sim.simulation import Simulation

CUT_DATE, FACTOR, DAYS_AFTER = "2025-01-15", 0.9, 28
REPLICATIONS = 20
FEWER_USERS = {"population.users": 5_000, "end_date": "2025-02-12"}


def tokens(overrides: dict[str, object], replication: int) -> pd.Series:
    """Tokens of every product in the last week."""
    market = Simulation(sim.load("hosts", overrides=FEWER_USERS | overrides), 1, replication)
    market.run()
    rows = market.recorder.tables()["products"].to_pandas()
    return rows[rows.time_days == rows.time_days.max()].set_index("product").tokens_mtok_per_day


def a_cut(*names: str) -> dict[str, object]:
    price = sim.load("hosts").products[0].price_usd_per_mtok
    cut = {"input": FACTOR * price.input, "output": FACTOR * price.output}
    entry = [{"date": CUT_DATE, "price_usd_per_mtok": cut}]
    return {f"products[{name}].price_history": entry for name in names}


@pytest.mark.slow
def test_a_hosts_cut_raises_its_tokens_as_measured_within_a_model() -> None:
    """1.11 in ln tokens for each in ln price (NBER w34608), over hosts and replications."""
    names = [product.name for product in sim.load("hosts").products]
    elasticity = np.zeros((REPLICATIONS, len(names)))
    for replication in range(REPLICATIONS):
        before = tokens({}, replication)
        for n, name in enumerate(names):
            after = tokens(a_cut(name), replication)
            elasticity[replication, n] = math.log(after[name] / before[name]) / -math.log(FACTOR)
    assert elasticity.mean() == pytest.approx(1.11, abs=0.15)
