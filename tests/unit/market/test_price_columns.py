"""What a run's tables say of prices at equal quality: when, from what, and never revised."""

import numpy as np
import pytest

from analysis.price_indices import INDICES
from sim.market.price_index import Period, SplicedIndex

COLUMNS = [*INDICES, "free_tokens_share", "frontier_price_usd_per_mtok"]


@pytest.fixture
def played(scenario_of, run_market):
    def play(end="2024-09-09", **overrides):
        return run_market(scenario_of(end_date=end, population__users=400, **overrides))

    return play


def test_a_run_that_ends_later_changes_no_published_level_by_a_bit(played):
    short, long = played("2024-08-05")["market"], played("2024-09-30")["market"]
    assert short["price_index"].notna().sum() == 4
    for column in COLUMNS:
        before, after = short[column].to_numpy(), long[column].to_numpy()[: len(short)]
        assert before.tobytes() == after.tobytes(), column


def test_the_first_level_is_that_of_week_thirteen(played):
    market = played()["market"]
    weeks = market["time_days"] / 7
    for column in INDICES:
        assert market[column][weeks < 13].isna().all()
        assert market[column][weeks >= 13].notna().all()


def test_a_window_of_fortnights_holds_six(played):
    market = played(snapshot_every_days=14)["market"]
    first = market["time_days"][market["price_index"].notna()].min()
    assert first == 6 * 14  # the whole number of fortnights nearest to thirteen weeks


@pytest.mark.parametrize("column", INDICES)
def test_the_indices_follow_from_the_products_table(played, column):
    tables = played()
    weeks = tables["products"].query("time_days > 0")
    index = SplicedIndex(13, INDICES[column])
    wide = [
        weeks.pivot(index="time_days", columns="product", values=name).to_numpy()
        for name in ("revenue_usd_per_day", "tokens_mtok_per_day", "capability_logit")
    ]
    found = [index.add(Period.of_sales(*cells)) for cells in zip(*wide, strict=True)]
    assert tables["market"][column].to_numpy()[1:] == pytest.approx(found, rel=1e-9, nan_ok=True)


def test_tokens_that_are_free_are_counted_and_leave_no_index(played):
    free = {
        f"products[{name}].price_usd_per_mtok": {"input": 0, "output": 0}
        for name in ("glm-3-turbo", "glm-4")
    }
    policies = {"providers[Zhipu].price": {"policy": "hold"}}
    market = played("2024-05-06", factors__competition=False, **free, **policies)["market"]
    assert (market["free_tokens_share"][1:] == 1.0).all()
    assert market["price_index"].isna().all()
    assert (market["frontier_price_usd_per_mtok"] == 0.0).all()


def test_the_frontier_has_the_tolerance_of_the_best_of_the_first_day(played):
    """DeepSeek-V2 enters at 0.17 USD, a little below glm-4: within its error it counts."""
    close = {"products[DeepSeek-V2].capability_logit": -1.22}
    error = "products[glm-4].capability_standard_error_logit"
    price = "frontier_price_usd_per_mtok"
    off = {"factors__competition": False, **close}
    strict, tolerant = (
        played("2024-06-03", **off, **{error: value})["market"][price].iloc[-1]
        for value in (0.0, 0.05)
    )
    assert strict > 10.0
    assert tolerant == pytest.approx(0.17, rel=0.1)


def test_fixed_costs_are_what_producer_surplus_is_lower_by(played):
    costs = {"providers[Zhipu].fixed_cost_usd_per_month": 30_440.0}
    market = played("2024-06-03", **costs)["market"][1:]
    before = market["surplus_before_fixed_usd_per_day"]
    after = market["producer_surplus_usd_per_day"]
    assert np.allclose(before - after, 1000.0, rtol=1e-6)
