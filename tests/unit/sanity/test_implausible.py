"""What is valid and hardly meant is told with its place and a computed sum; the rest is not."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import sim
from sim.errors import ImplausibleWarning, Problem
from sim.reference import read
from sim.sanity.implausible import implausible
from sim.scenario.shipped import shipped


def found(*overrides: str) -> list[Problem]:
    return list(implausible(read("minimal", overrides)))


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_scenario_says_nothing_that_is_hardly_meant(name: str):
    assert implausible(read(name)) == ()


CASES = {
    "price per thousand tokens": (
        "products[glm-4].price_usd_per_mtok={input: 0.0004, output: 0.0006}",
        "products[1].price_usd_per_mtok",
        "Is it a price per thousand tokens? Per million tokens it is 1,000 times as much.",
    ),
    "price per token": (
        "products[glm-4].price_usd_per_mtok={input: 4.5e-07, output: 3.2e-06}",
        "products[1].price_usd_per_mtok",
        "Is it a price per token? Per million tokens it is 1,000,000 times as much.",
    ),
    "price per token in CNY": (
        "products[glm-4].price_cny_per_mtok={input: 4.5e-07, output: 3.2e-06}",
        "products[1].price_usd_per_mtok",
        "Is it a price per token?",
    ),
    "price of an edge product": (
        "products[glm-4].price_usd_per_mtok={input: 4.5e-07, output: 3.2e-06}",
        "products[1].price_usd_per_mtok",
        "Is it a price per token?",
    ),
    "later price per token": (
        "products[glm-4].price_history=[{date: 2024-06-01, "
        "price_usd_per_mtok: {input: 4.5e-07, output: 3.2e-06}}]",
        "products[1].price_history[0].price_usd_per_mtok",
        "Is it a price per token?",
    ),
    "price of 2,000 USD": (
        "products[DeepSeek-V2].price_usd_per_mtok={input: 1, output: 2000}",
        "products[2].price_usd_per_mtok.output",
        "2,000 USD per million tokens is above every list price in the table: o1-pro cost 600.",
    ),
    "campaign beyond the cash": (
        "providers[Zhipu].seeding=[{date: 2024-04-15, users: 10000, cost_usd_per_user: 50000}]",
        "providers[0].seeding[0].cost_usd_per_user",
        "10,000 users cost 500,000,000 USD, and Zhipu has 100,000,000 USD on the first day",
    ),
    "volume in tokens": (
        "domains[coding].volume.median_mtok_per_month=60e6",
        "domains[1].volume.median_mtok_per_month",
        "41,400,000 USD a month at the reference price.  Is it in tokens? "
        "In millions of tokens it is 60.",
    ),
    "more users than people": (
        "population.represents_users=1e11",
        "population.represents_users",
        "there are fewer people than that",
    ),
    "nest of one product": (
        "population.choice.nests=[{name: small, capability_below_logit: -1.9}]",
        "population.choice.nests[0].name",
        "1 of the products is in it, and a nest of fewer than two changes nothing",
    ),
    "benchmark score as capability": (
        "products[glm-4].capability_logit=45",
        "products[1].capability_logit",
        "no model is anywhere near.  The scale is in logits",
    ),
    "rents beyond their data": (
        "end_date=2027-01-01",
        "clouds[0].accelerators[0].name",
        "its rents end in October 2025",
    ),
    "4 bits that cost more": (
        "providers[Zhipu].compression="
        "[{product: glm-4, start_date: 2024-05-01, method: 'gptq_per_group:4'}]",
        "providers[0].compression[0].method",
        "a token of glm-4 costs 5% more by it on H800 SXM5",
    ),
    "mark-up in percent": (
        "providers[Zhipu].price={policy: cost_plus, markup_share: 30}",
        "providers[0].price.markup_share",
        "the price would be 31 times the cost.  Is it in percent? As a share it is 0.3.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_hardly_meant_is_told_once_with_what_follows_from_it(case: str):
    override, path, told = CASES[case]
    edge = ["products[glm-4].deployment=edge"] if "edge" in case else []
    [problem] = [one for one in found(override, *edge) if one.path == path]
    assert told in f"{problem.allowed}  {problem.hint}"


@pytest.mark.parametrize(
    "override",
    [
        "products[glm-4].price_usd_per_mtok={input: 0, output: 0}",
        "products[glm-4].price_usd_per_mtok={input: 0.5, output: 0.5}",
        "domains[coding].volume.median_mtok_per_month=6000",
        "domains[coding].setup_cost_usd=1e12",
        "end_date=2025-12-01",
        "products[glm-4].capability_logit=3",
    ],
)
def test_what_may_well_be_meant_is_passed_over(override: str):
    assert found(override) == []


def test_rents_of_its_own_have_no_end():
    rents = "clouds[0].accelerators[0].rents=[{date: 2024-01-01, rent_usd_per_hour: 2}]"
    assert found("end_date=2027-01-01", rents) == []


def test_a_market_that_nobody_would_enter_is_told_in_every_domain_with_the_gain():
    told = found("domains[0].setup_cost_usd=1e9", "domains[1].setup_cost_usd=1e9")
    assert [one.path for one in told] == ["domains[0].name", "domains[1].name"]
    assert "and setup costs 1e+09 in the median" in told[0].allowed


def test_a_market_that_nobody_would_enter_is_told_by_name_of_a_scenario_changed_in_memory():
    scenario = read("minimal")
    dear = tuple(it.model_copy(update={"setup_cost_usd": 1e9}) for it in scenario.domains)
    told = implausible(scenario.model_copy(update={"domains": dear}).untraced())
    assert [(one.path, one.value) for one in told] == [
        (f"domains[{number}].name", domain.name) for number, domain in enumerate(dear)
    ]


def test_a_market_without_a_task_worth_running_is_told():
    told = found(
        *(
            f"domains[{number}].task_value.reference_price_usd_per_mtok=1e-6"
            for number in (0, 1)
        ),
        *(f"domains[{number}].task_value.log_sd=0.1" for number in (0, 1)),
        *(f"domains[{number}].task_value.viable_share=0.001" for number in (0, 1)),
    )  # fmt: skip
    assert [one.path for one in told] == ["domains[0].name", "domains[1].name"]
    assert "no product is worth a single task" in told[0].allowed


def test_a_share_of_types_that_is_none_is_told():
    [told] = found("domains[0].privacy_share=0.3", "domains[0].privacy_blocked_share=0.01")
    assert told.path == "domains[0].privacy_blocked_share"
    assert "of 8 types that is none" in told.allowed
    assert found("domains[0].privacy_share=0.3", "domains[0].privacy_blocked_share=0.1") == []


def test_a_technology_of_which_nobody_hears_is_told():
    told = found("population.awareness={initial_share: 0, innovation_per_day: 0}")
    assert [one.path for one in told] == ["population.awareness"]


def test_a_value_is_told_at_its_line_of_the_file(tmp_path: Path):
    file = tmp_path / "war.yaml"
    file.write_text(
        "extends: minimal\nproducts:\n  - name: glm-4\n"
        "    price_usd_per_mtok: {input: 4.5e-07, output: 3.2e-06}\n"
        "population:\n  represents_users: {value: 1e11, source: a guess}\n",
        encoding="utf-8",
    )
    assert [(one.line, one.file) for one in implausible(read(file))] == [
        (4, str(file)),
        (6, str(file)),
    ]


def test_a_scenario_that_was_changed_is_told_by_path():
    scenario = read("minimal")
    people = scenario.population.model_copy(update={"represents_users": 1e11})
    [told] = implausible(scenario.model_copy(update={"population": people}))
    assert told.place == "scenario 'minimal'"
    assert told.path == "population.represents_users"


def test_loading_in_python_warns_at_the_callers_line_once():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default", ImplausibleWarning)
        for _ in range(3):
            sim.load("minimal", {"population.represents_users": 1e11})
    [warning] = caught
    assert warning.category is ImplausibleWarning
    assert warning.filename == __file__
    assert "there are fewer people" in str(warning.message)


def test_a_scenario_without_such_values_loads_without_a_warning():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sim.load("minimal")
    assert caught == []


def test_a_variant_is_warned_of_for_what_is_new_in_it():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ImplausibleWarning)
        base = sim.load("minimal")
        before = len(caught)
        sim.with_(base, {"population.users": 300})
        assert len(caught) == before
        sim.with_(base, {"products[glm-4].price_usd_per_mtok": {"input": 2000.0, "output": 2000.0}})
    assert any("products[" in str(one.message) for one in caught[before:])
