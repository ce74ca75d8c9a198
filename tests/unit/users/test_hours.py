"""Tokens by hour of the day add up to the day's, and peaks mix."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import ScenarioError
from sim.scenario.scenario import Scenario
from sim.strategies.pricing.tariff import Tariff
from sim.users.mechanisms.hours import by_hour, hour_shares, peaks, served_hours

WEIGHTS = st.lists(st.floats(0.01, 10.0), min_size=24, max_size=24)


@given(first=WEIGHTS, second=WEIGHTS, use=st.lists(st.floats(0.01, 1e6), min_size=2, max_size=2))
def test_hours_add_up_and_no_mix_peaks_more_than_its_parts(
    first: list[float], second: list[float], use: list[float]
) -> None:
    weights = np.array([first, second])
    shares = weights / weights.sum(axis=1, keepdims=True)
    mtok, shares = np.array(use)[:, None], shares[:, None]
    assert by_hour(mtok, shares).sum() == pytest.approx(sum(use))
    alone = 24.0 * shares.max(axis=2)
    (mixed,) = peaks(mtok, shares)
    assert 1.0 - 1e-12 <= mixed <= alone.max() * (1.0 + 1e-12)


def test_two_domains_that_peak_half_a_day_apart_fill_each_others_valley(
    scenario_of: Callable[..., Scenario],
) -> None:
    day = [2.0] * 12 + [1.0] * 12
    domains = scenario_of().domains
    one, two = (
        domain.model_copy(update={"load_by_hour": tuple(weights)})
        for domain, weights in zip(domains[:2], (day, day[::-1]), strict=True)
    )
    mtok = np.array([[3.0, 3.0, 0.0], [0.0, 3.0, 0.0]])
    found = peaks(mtok, served_hours([one, two], [Tariff()] * 3))
    assert found[:2] == pytest.approx([24 * 2 / 36, 1.0])
    assert math.isnan(found[2])
    assert hour_shares(domains[:1]) == pytest.approx(np.full((1, 24), 1 / 24))


def test_a_run_records_the_peak_and_users_do_what_they_did(
    scenario_of: Callable[..., Scenario], run_market: Callable[..., dict[str, pd.DataFrame]]
) -> None:
    weights = [0.5] * 8 + [1.5] * 10 + [0.5] * 6
    named = "".join(
        f"  - name: {name}\n    load_by_hour: {weights}\n"
        for name in ("customer service", "coding")
    )
    settings = {"population__users": 300, "end_date": "2024-05-15"}
    plain, peaked = (
        run_market(scenario_of(text, **settings))["products"] for text in ("", f"domains:\n{named}")
    )
    sold = plain["tokens_mtok_per_day"] > 0.0
    assert plain["peak_ratio"][sold].to_numpy() == pytest.approx(1.0)
    assert peaked["peak_ratio"][sold].to_numpy() == pytest.approx(24 * 1.5 / sum(weights))
    # accelerators by the hour serve the peak, at other use of them, while users do the same
    same = ["product", "users", "tokens_mtok_per_day", "revenue_usd_per_day", "satisfaction"]
    pd.testing.assert_frame_equal(plain[same], peaked[same])
    assert (peaked["utilisation_share"] != plain["utilisation_share"])[sold].any()


@pytest.mark.parametrize("weights", ["[1, 2]", "[" + "0, " * 23 + "0]", "[" + "1, " * 23 + "-1]"])
def test_weights_that_are_no_day_are_refused(
    weights: str, scenario_of: Callable[..., Scenario]
) -> None:
    with pytest.raises(ScenarioError, match="load_by_hour"):
        scenario_of(f"domains:\n  - name: coding\n    load_by_hour: {weights}\n")
