"""How many users are simulated changes how well a market is known, not what it is."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from sim.reference import read

SAMPLE = 12
"""Replications at each size."""


def test_twice_the_simulated_users_leave_every_mean_within_its_interval(
    run_market: Callable[..., dict[str, pd.DataFrame]],
) -> None:
    # five amounts, four standard errors of the difference: one false alarm in 3,000; replications
    # of the two sizes have other numbers, so that they share no draws
    columns = [
        "adopters_share",
        "aware_share",
        "tokens_mtok_per_day",
        "spend_usd_per_day",
        "consumer_surplus_usd_per_day",
    ]
    ends = []
    for users, first in ((1000, 0), (2000, 1000)):
        scenario = read("minimal", {"population.users": users, "end_date": "2024-06-10"})
        assert scenario.population.users_represented == 100_000
        runs = [run_market(scenario, replication=first + n)["market"] for n in range(SAMPLE)]
        ends.append(np.array([run[columns].iloc[-1].to_numpy(dtype=float) for run in runs]))
    few, many = ends
    error = np.hypot(few.std(axis=0, ddof=1), many.std(axis=0, ddof=1)) / np.sqrt(SAMPLE)
    assert (error < 0.15 * many.mean(axis=0)).all()  # so that a factor of two could not hide
    assert (np.abs(few.mean(axis=0) - many.mean(axis=0)) < 4 * error).all()
