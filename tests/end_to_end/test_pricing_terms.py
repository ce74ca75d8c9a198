"""Peak prices, batches, caches and free tiers in a market: placebos, money, refusals."""

import pandas as pd
import pytest

from sim.errors import ScenarioError

pytestmark = pytest.mark.slow

DAY = "[" + ", ".join(["1"] * 8 + ["4"] * 10 + ["1"] * 6) + "]"
DOMAINS = f"""\
domains:
  - name: customer service
    load_by_hour: {DAY}
    deferrable_share: 0.2
    tokens: {{cache_hit_share: 0.5}}
  - name: coding
    load_by_hour: {DAY}
    deferrable_share: 0.5
    tokens: {{cache_hit_share: 0.5}}
"""
SETTINGS = {"population__users": 200, "end_date": "2024-06-03"}


def market_of(price: str) -> str:
    return f"{DOMAINS}providers:\n  - name: Zhipu\n    price: {price}\n"


PLACEBOS = {
    "peak": "{policy: peak, peak_hours: [9, 10]}",
    "batch": "{policy: batch_discount, discount_share: 0}",
    "cache": "{policy: cache_discount, discount_share: 0}",
    "freemium": "{policy: freemium, most_quota_mtok_per_month: 1.0e-300}",
}


@pytest.mark.parametrize("name", PLACEBOS)
def test_terms_that_change_nothing_change_nothing(name, scenario_of, run_market) -> None:
    plain, placebo = (
        run_market(scenario_of(market_of(price), **SETTINGS))
        for price in ("{policy: cost_plus}", PLACEBOS[name])
    )
    for table, rows in plain.items():
        pd.testing.assert_frame_equal(rows, placebo[table])


def paid_over_listed(tables, product: str = "glm-3-turbo") -> float:
    rows = tables["products"]
    row = rows[(rows["product"] == product) & (rows["tokens_mtok_per_day"] > 0.0)].iloc[0]
    return row["revenue_usd_per_day"] / (row["tokens_mtok_per_day"] * row["price_usd_per_mtok"])


def test_who_can_wait_pays_less_and_the_busiest_hour_falls(scenario_of, run_market) -> None:
    """Closed forms: 40 of 54 tokens by day, at 1; a fifth to a half of them moves and pays half."""
    hours = list(range(8, 18))
    dear = f"{{policy: peak, peak_hours: {hours}, off_peak_discount_share: 0.5}}"
    tables = run_market(scenario_of(market_of(dear), **SETTINGS))
    by_day = 40 / 54
    bounds = [0.5 + 0.5 * by_day * (1.0 - wait) for wait in (0.5, 0.2)]
    assert bounds[0] <= paid_over_listed(tables) <= bounds[1]
    rows = tables["products"].set_index("product").loc["glm-3-turbo"]
    peak = rows["peak_ratio"].dropna()
    assert (peak < 24 * 4 / 54 * 0.81).all()


def test_batches_and_cache_hits_are_paid_for_at_their_discounts(scenario_of, run_market) -> None:
    batch, cache = (
        run_market(scenario_of(market_of(price), **SETTINGS))
        for price in (
            "{policy: batch_discount, discount_share: 0.5}",
            "{policy: cache_discount, discount_share: 0.9}",
        )
    )
    assert 0.75 <= paid_over_listed(batch) <= 0.9
    price = cache["products"].set_index("product").loc["glm-3-turbo"].iloc[-1]
    hit, fresh = price["price_cache_hit_usd_per_mtok"], price["price_input_usd_per_mtok"]
    assert hit == pytest.approx(0.1 * fresh)
    assert paid_over_listed(cache) == pytest.approx(1.0)


def test_a_free_tier_is_decided_once_recorded_and_used(scenario_of, run_market) -> None:
    price = "{policy: freemium, most_quota_mtok_per_month: 100, user_worth_usd_per_month: 1.0e5}"
    tables = run_market(scenario_of(market_of(price), **SETTINGS))
    decided = tables["events"].query("kind == 'quota'")
    assert decided["subject"].tolist() == ["glm-3-turbo"]
    assert decided[["time_days", "old", "new"]].to_numpy().tolist() == [[0.0, 0.0, 100.0]]
    assert (tables["market"]["free_tokens_share"].iloc[1:] > 0.0).all()


REFUSED = {
    "hour": ("{policy: peak, peak_hours: [24]}", {}, "peak_hours"),
    "no hour": ("{policy: peak, peak_hours: []}", {}, "peak_hours"),
    "discount": ("{policy: batch_discount, discount_share: 1.1}", {}, "discount_share"),
    "no discount": ("{policy: batch_discount}", {}, "discount_share"),
    "quota": ("{policy: freemium, most_quota_mtok_per_month: 0}", {}, "most_quota_mtok_per_month"),
    "name": ("{policy: peek}", {}, "Did you mean 'peak'"),
    "cohorts": (
        "{policy: freemium, most_quota_mtok_per_month: 1}",
        {"population__mode": "cohorts", "population__network__kind": "complete"},
        "must not be freemium",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_terms_that_make_no_sense_are_refused_by_name(case, scenario_of) -> None:
    price, settings, message = REFUSED[case]
    with pytest.raises(ScenarioError, match=message):
        scenario_of(market_of(price), **settings)


def test_who_looks_forward_says_what_it_expects_at_every_review(scenario_of, run_market) -> None:
    price = "{policy: forward, horizon_days: 14, review_per_month: 2}"
    tables = run_market(scenario_of(market_of(price), **SETTINGS))
    said = tables["events"].query("kind == 'forecast'")
    assert not said.empty
    assert set(said["subject"]) <= {"glm-3-turbo", "glm-4"}
    assert (said[["old", "new"]] >= 0.0).all(axis=None)
    reviewed = tables["events"].query("kind == 'price' and cause == 'clock' and actor == 'Zhipu'")
    assert set(reviewed["time_days"]) <= set(said["time_days"])
