"""Projects that fail, providers that merge, products that enter."""

from collections.abc import Callable

import pytest
from market_tables import Tables, With, day, events

PROJECT = {
    "product": "glm-3-turbo",
    "start_date": "2024-04-20",
    "method": "gptq_per_group:4",
    "staff_time_days": 20,
}


@pytest.mark.parametrize(
    "line",
    [
        "compression fails from 2024-05-01",
        "compression by gptq_per_group fails from 2024-05-01",
        "compression of glm-3-turbo fails from 2024-05-01",
    ],
)
def test_a_project_of_a_method_that_fails_costs_and_brings_nothing(
    line: str, run_market: Callable[..., Tables]
) -> None:
    tables = run_compressing(run_market, line)
    assert events(tables, "project")["field"].tolist() == ["started", "failed"]
    assert events(tables, "capability").empty
    assert events(tables, "cost").empty
    paid = tables["ledger"].set_index(["payer", "purpose"])["usd"]
    assert paid["provider: Zhipu", "compression"] > 0.0


@pytest.mark.parametrize(
    "line",
    [
        "compression by magnitude fails from 2024-05-01",
        "compression fails from 2024-04-25 until 2024-05-01",
        "compression fails from 2024-07-01",
    ],
)
def test_a_project_of_another_method_or_that_ends_at_another_time_succeeds(
    line: str, run_market: Callable[..., Tables]
) -> None:
    tables = run_compressing(run_market, line)
    assert events(tables, "project")["field"].tolist() == ["started", "finished"]


def run_compressing(run_market: Callable[..., Tables], *do: str) -> Tables:
    from sim.reference import read

    small = {"population.users": 100, "population.represents_users": 100}
    project = {"providers[Zhipu].compression": [PROJECT]}
    return run_market(read("minimal", small | project, do=do))


def test_merged_providers_are_one_to_users_and_answer_none_of_their_own_moves(
    market_with: With,
) -> None:
    apart = market_with("price DeepSeek-V2 -80% on 2024-06-10")
    merged = market_with(
        "merge DeepSeek into Zhipu on 2024-05-22", "price DeepSeek-V2 -80% on 2024-06-10"
    )
    assert "war" in set(events(apart, "price")["cause"])
    assert set(events(merged, "price")["cause"]) == {"intervention"}
    concentration = merged["market"].set_index("time_days")["hhi_tokens"]
    assert concentration[35.0] < 9999.0
    assert (concentration[concentration.index > day("2024-05-22")] == 10_000.0).all()


def test_a_buyer_prices_what_it_bought_by_its_own_policy(
    run_market: Callable[..., Tables],
) -> None:
    # Zhipu's cost_plus passes rents on; DeepSeek, which holds its prices here, never does
    from sim.reference import read

    small = {"population.users": 100, "population.represents_users": 100}
    holds = {"providers[DeepSeek].price": {"policy": "hold"}}
    rents = "rents x2 from 2024-06-03"
    own = run_market(read("minimal", small | holds, do=[rents]))
    merged = ["merge Zhipu into DeepSeek on 2024-05-22", rents]
    bought = run_market(read("minimal", small | holds, do=merged))
    assert "rent" in set(events(own, "price", "glm-4")["cause"])
    assert "rent" not in set(events(bought, "price", "glm-4")["cause"])


def test_a_new_product_enters_like_another_at_its_share_of_the_price(market_with: With) -> None:
    tables = market_with("add lite by NewCo like DeepSeek-V2 at -50% on 2024-05-22")
    launches = events(tables, "launch").set_index("subject")
    assert launches["time_days"].to_dict() == {"DeepSeek-V2": 21.0, "lite": day("2024-05-22")}
    assert launches["new"]["lite"] == pytest.approx(0.5 * launches["new"]["DeepSeek-V2"])
    assert launches["actor"]["lite"] == "NewCo"
    assert set(tables["providers"]["provider"]) == {"Zhipu", "DeepSeek", "NewCo"}
    costs = tables["products"].set_index(["product", "time_days"])["marginal_cost_usd_per_mtok"]
    assert costs["lite", 91.0] == pytest.approx(costs["DeepSeek-V2", 91.0])
