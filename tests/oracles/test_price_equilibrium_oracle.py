"""Logit pricing against closed forms and PyBLP (tables o01, o02, o06)."""

import csv
import math
import re
from pathlib import Path

import numpy as np
import pytest
from logit_demand import log_rivals, logit_shares, logit_surplus
from price_equilibrium import first_order_gap, nash_prices, pass_through

from sim.strategies.logit_best_response import best_response

HERE = Path(__file__).parent
TOLERANCE = 1e-8


def rows(table: str) -> list[dict[str, str]]:
    with (HERE / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def numbers(cell: str) -> np.ndarray:
    return np.array([float(text) for text in cell.split()])


BERTRAND = {row["case"]: row for row in rows("o01_logit_bertrand")}
PYBLP = {row["case"]: row for row in rows("o02_pyblp_crosscheck") if row["model"] == "logit"}
FRINGE = "open_weight_fringe"
SINGLE_PRODUCT = [
    case
    for case, row in BERTRAND.items()
    if len(set(row["firm"].split())) == len(row["firm"].split())
]


def repeated_best_response(
    quality: np.ndarray, cost: np.ndarray, taste: float, outside: float, fixed: set[int]
) -> np.ndarray:
    price = cost.copy()
    for _ in range(2000):
        before = price.copy()
        for own in range(len(price)):
            if own not in fixed:
                rivals = log_rivals(own, price, quality, taste, outside)
                price[own] = best_response(quality[own], cost[own], taste, rivals)
        if np.abs(price - before).max() < 1e-14:
            break
    return price


def parameters(row: dict[str, str]) -> tuple[np.ndarray, np.ndarray, float, float, np.ndarray]:
    return (
        numbers(row["a"]),
        numbers(row["c"]),
        float(row["mu"]),
        float(row["a0"]),
        numbers(row["firm"]),
    )


@pytest.mark.parametrize("case", sorted(set(BERTRAND) - {FRINGE}))
def test_zeta_iteration_and_newton_reach_the_bertrand_nash_prices(case: str) -> None:
    quality, cost, taste, outside, firm = parameters(BERTRAND[case])
    price = nash_prices(quality, cost, taste, outside, firm)
    np.testing.assert_allclose(price, numbers(BERTRAND[case]["p_nash"]), rtol=TOLERANCE)


@pytest.mark.parametrize("case", SINGLE_PRODUCT)
def test_repeated_best_response_reaches_the_same_prices_for_single_products(case: str) -> None:
    quality, cost, taste, outside, _ = parameters(BERTRAND[case])
    fixed = {2} if case == FRINGE else set()
    price = repeated_best_response(quality, cost, taste, outside, fixed)
    np.testing.assert_allclose(price, numbers(BERTRAND[case]["p_nash"]), rtol=TOLERANCE)


@pytest.mark.parametrize("case", sorted(BERTRAND))
def test_shares_and_surplus_at_the_equilibrium_are_those_of_the_table(case: str) -> None:
    row = BERTRAND[case]
    quality, _, taste, outside, _ = parameters(row)
    price = numbers(row["p_nash"])
    shares = logit_shares(price, quality, taste, outside)
    np.testing.assert_allclose(shares, numbers(row["s_nash"]), rtol=2e-8)
    if math.isfinite(outside):
        surplus = logit_surplus(price, quality, taste, outside)
        assert surplus == pytest.approx(float(row["cs_nash"]), rel=TOLERANCE)


@pytest.mark.parametrize(
    "case", [case for case, row in BERTRAND.items() if not row["p_mono"].startswith("nan")]
)
def test_one_owner_of_everything_charges_the_monopoly_prices(case: str) -> None:
    quality, cost, taste, outside, firm = parameters(BERTRAND[case])
    price = nash_prices(quality, cost, taste, outside, np.zeros_like(firm))
    np.testing.assert_allclose(price, numbers(BERTRAND[case]["p_mono"]), rtol=TOLERANCE)


@pytest.mark.parametrize("case", sorted(PYBLP))
def test_prices_and_shares_agree_with_pyblp(case: str) -> None:
    quality, cost, taste, outside, firm = parameters(BERTRAND[case])
    price = nash_prices(quality, cost, taste, outside, firm)
    np.testing.assert_allclose(price, numbers(PYBLP[case]["p_pyblp"]), rtol=TOLERANCE)
    shares = logit_shares(price, quality, taste, outside)
    np.testing.assert_allclose(shares, numbers(PYBLP[case]["s_pyblp"]), rtol=2e-8)


def test_profit_per_consumer_is_the_markup_minus_mu() -> None:
    quality, cost, taste, outside, _ = parameters(BERTRAND["calvano_n3"])
    price = nash_prices(quality, cost, taste, outside)
    profit = (price - cost) * logit_shares(price, quality, taste, outside)
    np.testing.assert_allclose(profit, price - cost - taste, rtol=1e-9)


@pytest.mark.parametrize("firms", [1, 2, 3, 4, 10])
def test_pass_through_of_common_and_own_cost_is_that_of_the_closed_form(firms: int) -> None:
    key = f"logit sym n={firms} industry-wide dp/dc"
    row = next(row for row in rows("o06_passthrough_welfare_layers") if row["key"] == key)
    through = pass_through([2.0] * firms, [1.0] * firms, 0.25)
    np.testing.assert_allclose(through.sum(axis=1), float(row["value"]), rtol=2e-8)
    own = re.search(r"dp1/dc1=([\d.]+)", row["note"])
    assert own is not None
    assert through[0, 0] == pytest.approx(float(own[1]), rel=2e-8)
    rival = re.search(r"dp2/dc1=([\d.]+)", row["note"])
    if rival is not None:
        assert through[1, 0] == pytest.approx(float(rival[1]), rel=1e-6)


def test_without_an_outside_good_common_cost_passes_through_in_full() -> None:
    through = pass_through([2.0, 1.0, 3.0], [1.0, 0.5, 0.7], 0.25, -np.inf)
    np.testing.assert_allclose(through.sum(axis=1), 1.0, rtol=1e-9)


def test_pass_through_is_the_slope_of_the_equilibrium_of_multi_product_firms() -> None:
    quality, cost, taste, outside, firm = parameters(BERTRAND["multi_2x2"])
    through = pass_through(quality, cost, taste, outside, firm)
    step = 1e-5
    for product in range(len(cost)):
        shift = np.zeros_like(cost)
        shift[product] = step
        up = nash_prices(quality, cost + shift, taste, outside, firm)
        down = nash_prices(quality, cost - shift, taste, outside, firm)
        np.testing.assert_allclose(through[:, product], (up - down) / (2 * step), atol=1e-7)


@pytest.mark.parametrize(
    ("prices", "key"),
    [
        ([1.0, 1.0], "a=[2, 2] p=[1, 1] mu=0.25"),
        ([1.47292666] * 2, "a=[2, 2] p=[1.47292666, 1.47292666] mu=0.25"),
        ([1.37016273] * 3, "a=[2, 2, 2] p=[1.37016273, 1.37016273, 1.37016273] mu=0.25"),
    ],
)
def test_surplus_is_the_log_sum_and_gives_the_outside_share(prices: list[float], key: str) -> None:
    row = next(row for row in rows("o06_passthrough_welfare_layers") if row["key"] == key)
    quality = [2.0] * len(prices)
    surplus = logit_surplus(prices, quality, 0.25)
    assert surplus == pytest.approx(float(row["value"]), rel=1e-9)
    outside_share = 1.0 - logit_shares(prices, quality, 0.25).sum()
    assert outside_share == pytest.approx(math.exp(-surplus / 0.25), rel=1e-12)


@pytest.mark.parametrize(("fixed_cost", "firms"), [(0.05, 5), (0.02, 13), (0.01, 25), (0.005, 50)])
def test_free_entry_stops_at_the_tabled_number_of_firms(fixed_cost: float, firms: int) -> None:
    def profit(number: int) -> float:
        price = nash_prices([2.0] * number, [1.0] * number, 0.25)
        return float((price[0] - 1.0) * logit_shares(price, [2.0] * number, 0.25)[0])

    assert profit(firms) >= fixed_cost > profit(firms + 1)


def test_first_order_gap_vanishes_at_the_tabled_prices() -> None:
    row = BERTRAND["multi_2x2"]
    quality, cost, taste, outside, firm = parameters(row)
    gap = first_order_gap(numbers(row["p_nash"]), quality, cost, taste, outside, firm)
    np.testing.assert_allclose(gap, 0.0, atol=1e-9)
