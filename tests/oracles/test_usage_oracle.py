"""Usage of lognormal tasks reproduces its closed forms (o10), and Roy's identity holds."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from sim.users import usage

TEXT = (Path(__file__).parent / "o10_usage_demand.csv").read_text(encoding="utf-8")
TABLE = list(csv.DictReader(TEXT.splitlines()))
TASKS = [row for row in TABLE if "target elasticity" in row["key"]]
NUMBER = r"([\d.]+)"


@pytest.mark.parametrize("row", TASKS, ids=lambda row: row["key"])
def test_usage_after_price_cuts_is_that_of_the_table(row: dict[str, str]) -> None:
    sd, wanted = map(
        float, re.search(rf"s={NUMBER} target elasticity {NUMBER}", row["key"]).groups()
    )
    mean = float(row["value"].removeprefix("m="))  # eight decimals
    assert usage.elasticity(1.0, mean, sd, 1.0) == pytest.approx(wanted, rel=3e-8)
    viable, half, tenth, thirtieth, hundredth, saturation, late = map(
        float,
        re.search(
            rf"viable share {NUMBER}; usage x after price/2 {NUMBER}, /10 {NUMBER}, /30 {NUMBER}, "
            rf"/100 {NUMBER}; saturation {NUMBER}; elasticity at p/10 {NUMBER}",
            row["note"],
        ).groups(),
    )
    assert usage.mean_log_value(viable, sd, 1.0, 1.0) == pytest.approx(mean, abs=3e-3)
    share = usage.usage_share([1, 1 / 2, 1 / 10, 1 / 30, 1 / 100, 0], mean, sd, 1.0)
    # the table has six decimals of factors and shares, four of the saturation, eight of m
    assert share[0] == pytest.approx(viable, abs=5.1e-7)
    assert share[1:5] / share[0] == pytest.approx(
        [half, tenth, thirtieth, hundredth], abs=5.1e-7, rel=1e-8
    )
    assert share[5] / share[0] == pytest.approx(saturation, abs=5.1e-5)
    assert usage.elasticity(0.1, mean, sd, 1.0) == pytest.approx(late, abs=5.1e-7)


def test_surplus_and_its_price_derivative_are_those_of_the_table() -> None:
    rows = {row["key"]: row["value"] for row in TABLE}
    mean, sd = 0.3, 1.7

    def surplus(price: float) -> float:
        return float(
            usage.surplus_per_mtok(usage.usage_share(price, mean, sd, 1.0), price, mean, sd, 1.0)
        )

    wanted = float(rows["cond. surplus at p=1, A=1,m=.3,s=1.7"])
    assert surplus(1.0) == pytest.approx(wanted, rel=1e-10)
    step = 1e-5
    slope = (surplus(1.0 + step) - surplus(1.0 - step)) / (2 * step)
    assert -slope == pytest.approx(float(rows["-dCS/dp at p=1 (must equal x)"]), abs=1e-8)
    assert -slope == pytest.approx(float(usage.usage_share(1.0, mean, sd, 1.0)), rel=1e-8)


@pytest.mark.parametrize("success", [1.0, 0.6, 0.05])
@pytest.mark.parametrize("sd", [0.5, 1.7, 3.0])
def test_roys_identity_holds_whatever_the_price_and_success(sd: float, success: float) -> None:
    price = np.geomspace(1e-3, 10.0, 25)
    step = 1e-6 * price

    def surplus(at: np.ndarray) -> np.ndarray:
        return usage.surplus_per_mtok(usage.usage_share(at, 0.3, sd, success), at, 0.3, sd, success)

    slope = (surplus(price + step) - surplus(price - step)) / (2 * step)
    assert -slope == pytest.approx(usage.usage_share(price, 0.3, sd, success), rel=1e-5, abs=1e-9)
