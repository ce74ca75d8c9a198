"""Log-sum surplus, its identities, and deadweight loss: oracles W1 and N1, and U2 as its limit."""

import csv
from pathlib import Path

import numpy as np
import pytest
from logit_demand import logit_nash

from sim.users.log_sum import log_sums
from sim.users.usage import surplus_per_mtok, usage_share

HERE = Path(__file__).parent
MU, A, C = 0.25, 2.0, 1.0
WELFARE = {
    row["key"]: float(row["value"])
    for row in csv.DictReader(
        (HERE / "o06_passthrough_welfare_layers.csv").read_text(encoding="utf-8").splitlines()
    )
    if row["block"] == "logsum"
}


def market(price: np.ndarray, cost: np.ndarray, mu: float = MU) -> tuple[float, float, float]:
    """Surplus, profit and the share of those who buy, all products known to everyone."""
    advantage, known = np.array([(A - price) / mu]), np.ones((1, price.size))
    all_rows = np.ones(1, np.bool_)
    log_sum, profit = log_sums(advantage, known, np.array([price - cost]), all_rows)
    _, buyers = log_sums(advantage, known, known, all_rows)
    return mu * float(log_sum[0]), float(profit[0]), float(buyers[0])


def prices(count: int, owner: list[int] | None = None) -> np.ndarray:
    return logit_nash(np.full(count, A), np.full(count, C), MU, firm=owner).prices


@pytest.mark.parametrize(
    ("price", "key"),
    [
        (np.ones(2), "a=[2, 2] p=[1, 1] mu=0.25"),
        (prices(2), "a=[2, 2] p=[1.47292666, 1.47292666] mu=0.25"),
        (prices(3), "a=[2, 2, 2] p=[1.37016273, 1.37016273, 1.37016273] mu=0.25"),
    ],
)
def test_surplus_is_that_of_the_table(price: np.ndarray, key: str) -> None:
    surplus, _, _ = market(price, np.full(price.size, C))
    assert surplus == pytest.approx(WELFARE[key], rel=1e-8)


def test_who_buys_nothing_is_the_exponential_of_surplus() -> None:
    for price in (np.ones(2), prices(2), prices(3), np.array([1.1, 1.9])):
        surplus, _, buyers = market(price, np.full(price.size, C))
        assert 1.0 - buyers == pytest.approx(np.exp(-surplus / MU), rel=1e-7)


def test_gains_from_monopoly_to_competition_to_cost_are_those_of_the_table() -> None:
    cost = np.full(2, C)
    monopoly, _, _ = market(prices(2, [0, 0]), cost)
    nash, _, _ = market(prices(2), cost)
    at_cost, _, _ = market(cost, cost)
    assert monopoly == pytest.approx(0.3270780478, rel=1e-8)
    assert nash - monopoly == pytest.approx(
        WELFARE["CS gain monopoly->Nash (Calvano n=2)"], rel=1e-8
    )
    assert at_cost - nash == pytest.approx(WELFARE["CS gain Nash->marginal cost"], rel=1e-8)


def test_deadweight_loss_of_the_duopoly_is_that_of_the_table() -> None:
    cost = np.full(2, C)
    surplus, profit, _ = market(prices(2), cost)
    assert surplus == pytest.approx(0.7150977112, rel=1e-8)
    assert profit == pytest.approx(2.0 * 0.2229266600, rel=1e-8)
    efficient, nothing, _ = market(cost, cost)
    assert nothing == 0.0
    assert efficient - surplus - profit == pytest.approx(0.0146147991, rel=1e-6)


def test_without_tastes_it_is_the_surplus_of_use_and_its_slope_is_minus_use() -> None:
    mean, sd, mu = 0.3, 1.7, 1e-4  # one product that everybody knows, and next to no Gumbel noise

    def surplus(price: float) -> float:
        usage = usage_share(price, mean, sd, 1.0)
        advantage = surplus_per_mtok(usage, price, mean, sd, 1.0) / mu
        one = np.ones((1, 1))
        return mu * float(log_sums(one * advantage, one, one, np.ones(1, np.bool_))[0][0])

    assert surplus(1.0) == pytest.approx(4.9823954423, rel=1e-8)
    step = 1e-4
    slope = (surplus(1.0 + step) - surplus(1.0 - step)) / (2.0 * step)
    assert -slope == pytest.approx(0.57003787, rel=1e-6)
