"""Price equilibria against closed forms and PyBLP (tables o01, o02, o06 and o10)."""

import csv
import math
import re
from pathlib import Path

import numpy as np
import pytest
from logit_demand import log_rivals, logit_nash, logit_shares, logit_surplus

import sim
from sim.strategies.logit_best_response import best_response

HERE = Path(__file__).parent
TOLERANCE = 1e-8


def rows(table: str) -> list[dict[str, str]]:
    with (HERE / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def numbers(cell: str) -> np.ndarray:
    return np.array([float(text) for text in cell.split()])


BERTRAND = {row["case"]: row for row in rows("o01_logit_bertrand")}
CROSS = {row["case"]: row for row in rows("o02_pyblp_crosscheck")}
PYBLP = {case: row for case, row in CROSS.items() if row["model"] == "logit"}
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
def test_the_bertrand_nash_prices_are_those_of_the_table(case: str) -> None:
    quality, cost, taste, outside, firm = parameters(BERTRAND[case])
    price = logit_nash(quality, cost, taste, outside, firm).prices
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
    price = logit_nash(quality, cost, taste, outside, np.zeros_like(firm)).prices
    np.testing.assert_allclose(price, numbers(BERTRAND[case]["p_mono"]), rtol=TOLERANCE)


@pytest.mark.parametrize("case", sorted(PYBLP))
def test_prices_and_shares_agree_with_pyblp(case: str) -> None:
    quality, cost, taste, outside, firm = parameters(BERTRAND[case])
    price = logit_nash(quality, cost, taste, outside, firm).prices
    np.testing.assert_allclose(price, numbers(PYBLP[case]["p_pyblp"]), rtol=TOLERANCE)
    shares = logit_shares(price, quality, taste, outside)
    np.testing.assert_allclose(shares, numbers(PYBLP[case]["s_pyblp"]), rtol=2e-8)


def test_a_price_held_at_cost_is_answered_as_in_the_table() -> None:
    row = BERTRAND[FRINGE]
    quality, cost, taste, _, _ = parameters(row)
    found = sim.nash_prices(
        quality / taste, cost, 1.0 / taste, fixed=[False, False, True], start=cost
    )
    np.testing.assert_allclose(found.prices, numbers(row["p_nash"]), rtol=TOLERANCE)


TIERS = ([3.0, 2.8, 1.8, 1.6], [1.5, 1.2, 0.5, 0.4], [0, 0, 1, 1])
NESTED = {
    "nest2_sym4": ([2.0] * 4, [1.0] * 4, [0, 0, 1, 1], None),
    "nest2_tiers": (*TIERS, None),
    "nest2_multi": (*TIERS, [0, 1, 0, 1]),
    "nest1_all": ([2.0, 2.0], [1.0, 1.0], [0, 0], None),
    "nest1_high": ([2.0, 2.0], [1.0, 1.0], [0, 0], None),
}


@pytest.mark.parametrize("case", NESTED)
def test_prices_and_shares_with_nests_are_those_of_pyblp(case: str) -> None:
    quality, cost, nests, owners = NESTED[case]
    row = CROSS[case]
    found = sim.nash_prices(
        np.array(quality) / 0.25,
        cost,
        1.0 / 0.25,
        ownership=owners,
        nests=nests,
        nest_correlation=float(row["rho"]),
    )
    np.testing.assert_allclose(found.prices, numbers(row["p_pyblp"]), rtol=TOLERANCE)
    np.testing.assert_allclose(found.shares, numbers(row["s_pyblp"]), rtol=2e-8)


SMALL_AND_LARGE = ([6.0, 2.0], [5.0, 3.0], [0.7, 0.3])
FOUR = ([2.4, 2.0, 1.4, 1.2], [1.2, 1.0, 0.4, 0.3])
MIXED = {
    "mix_2types": ([2.0, 2.0], [1.0, 1.0], None, [4.0, 4.0], [4.0, 4.0], [0.7, 0.3]),
    "mix_sme_ent": ([2.0, 1.4], [1.0, 0.4], None, *SMALL_AND_LARGE),
    "mix_sme_ent_4": (*FOUR, None, *SMALL_AND_LARGE),
    "mix_sme_ent_multi": (*FOUR, [0, 1, 0, 1], *SMALL_AND_LARGE),
}


@pytest.mark.parametrize("case", MIXED)
def test_prices_and_shares_with_types_of_users_are_those_of_pyblp(case: str) -> None:
    quality, cost, owners, coefficient, taste, weights = MIXED[case]
    found = sim.nash_prices(
        np.outer(taste, quality), cost, coefficient, weights=weights, ownership=owners
    )
    np.testing.assert_allclose(found.prices, numbers(CROSS[case]["p_pyblp"]), rtol=TOLERANCE)
    np.testing.assert_allclose(found.shares, numbers(CROSS[case]["s_pyblp"]), rtol=2e-8)


USAGE = {row["key"]: row for row in rows("o10_usage_demand") if row["block"] == "dc_nash"}


@pytest.mark.slow
@pytest.mark.parametrize("case", USAGE)
def test_prices_and_usage_are_those_of_the_table_where_users_choose_how_much(case: str) -> None:
    row = USAGE[case]
    note = dict(
        re.findall(r"(usage|tokens) ([\d. ]+?) (?=tokens|foc)", row["note"])
        + re.findall(r"(q|c)=\[([\d., ]+)\]", row["note"].replace(", ", " "))
    )
    found = sim.nash_prices(
        numbers(note["q"]) / 0.25,
        numbers(note["c"]),
        1.0 / 0.25,
        usage=sim.TaskValues(volume=1.0, mean_log_value=0.3, log_sd=1.7),
    )
    np.testing.assert_allclose(found.prices, numbers(row["value"]), rtol=TOLERANCE)
    np.testing.assert_allclose(found.quantities, numbers(note["tokens"]), rtol=5e-8)
    np.testing.assert_allclose(
        found.quantities / found.shares, numbers(note["usage"]), rtol=TOLERANCE
    )


def test_profit_per_consumer_is_the_markup_minus_mu() -> None:
    quality, cost, taste, outside, _ = parameters(BERTRAND["calvano_n3"])
    price = logit_nash(quality, cost, taste, outside).prices
    profit = (price - cost) * logit_shares(price, quality, taste, outside)
    np.testing.assert_allclose(profit, price - cost - taste, rtol=1e-9)


@pytest.mark.parametrize("firms", [1, 2, 3, 4, 10])
def test_pass_through_of_common_and_own_cost_is_that_of_the_closed_form(firms: int) -> None:
    key = f"logit sym n={firms} industry-wide dp/dc"
    row = next(row for row in rows("o06_passthrough_welfare_layers") if row["key"] == key)
    through = logit_nash([2.0] * firms, [1.0] * firms, 0.25).pass_through
    np.testing.assert_allclose(through.sum(axis=1), float(row["value"]), rtol=2e-8)
    own = re.search(r"dp1/dc1=([\d.]+)", row["note"])
    assert own is not None
    assert through[0, 0] == pytest.approx(float(own[1]), rel=2e-8)
    rival = re.search(r"dp2/dc1=([\d.]+)", row["note"])
    if rival is not None:
        assert through[1, 0] == pytest.approx(float(rival[1]), rel=1e-6)


def test_without_an_outside_good_common_cost_passes_through_in_full() -> None:
    through = logit_nash([2.0, 1.0, 3.0], [1.0, 0.5, 0.7], 0.25, -np.inf).pass_through
    np.testing.assert_allclose(through.sum(axis=1), 1.0, rtol=1e-9)


def test_pass_through_is_the_slope_of_the_equilibrium_of_multi_product_firms() -> None:
    quality, cost, taste, outside, firm = parameters(BERTRAND["multi_2x2"])
    through = logit_nash(quality, cost, taste, outside, firm).pass_through
    step = 1e-5
    for product in range(len(cost)):
        shift = np.zeros_like(cost)
        shift[product] = step
        up = logit_nash(quality, cost + shift, taste, outside, firm).prices
        down = logit_nash(quality, cost - shift, taste, outside, firm).prices
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
        price = logit_nash([2.0] * number, [1.0] * number, 0.25).prices
        return float((price[0] - 1.0) * logit_shares(price, [2.0] * number, 0.25)[0])

    assert profit(firms) >= fixed_cost > profit(firms + 1)
