"""Price indices give the levels of a script that shares no code with them (o17)."""

import csv
from pathlib import Path

import numpy as np
import pytest

from sim.market.price_comparison import geks, time_hedonic
from sim.market.price_index import Period, SplicedIndex

TABLE = Path(__file__).with_name("o17_price_indices.csv")
with TABLE.open(newline="") as file:
    VALUES = {(row["block"], row["key"]): row for row in csv.DictReader(file)}


def grid(key: str) -> np.ndarray:
    lines = VALUES["data", key]["value"].split(";")
    return np.array([[float(x) if x else np.nan for x in line.split(",")] for line in lines])


PRICE, AMOUNT = grid("prices by period"), grid("quantities by period")
CAPABILITY = grid("capability")[0]


def levels_of(block: str, key: str) -> list[float]:
    return [float(level) for level in VALUES[block, key]["value"].split()]


def index_of(window: int, compare, price=PRICE) -> SplicedIndex:
    index = SplicedIndex(window, compare)
    for prices, amounts in zip(price, AMOUNT, strict=True):
        index.add(Period(prices, np.nan_to_num(amounts), CAPABILITY))
    return index


def test_rolling_geks_with_mean_splice():
    wanted = levels_of("rolling_geks_mean_splice", "window 4")
    assert index_of(4, geks).levels == pytest.approx(wanted, rel=1e-9)


def test_a_window_of_two_is_the_chained_fisher_index():
    wanted = levels_of("chained_fisher", "level")
    assert index_of(2, geks).levels == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("last", [4, 5])
def test_a_full_window_is_geks_over_all_its_periods(last):
    wanted = levels_of("full_window_geks", f"window 0..{last}")
    assert index_of(last + 1, geks).levels[: last + 1] == pytest.approx(wanted, rel=1e-9)


def test_time_hedonic_over_all_periods():
    wanted = levels_of("time_hedonic", "level")
    assert index_of(len(PRICE), time_hedonic).levels == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("window", [2, 3, 5, 8])
def test_a_constant_log_slope_at_fixed_quality_is_recovered_exactly_in_every_window(window):
    """The hedonic index sees through entry and exit; weights and windows do not matter."""
    key = "ln p = 1 - 0.2 t + 0.7 q"
    time = np.arange(len(PRICE))[:, None]
    price = np.exp(1.0 - 0.2 * time + 0.7 * CAPABILITY)
    found = np.log(index_of(window, time_hedonic, np.where(np.isnan(PRICE), np.nan, price)).levels)
    assert found == pytest.approx([0.0, *levels_of("time_hedonic_exact", key)], abs=1e-12)
