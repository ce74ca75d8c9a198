"""``--set path=value`` replaces one value, by position or name, or says why it cannot."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.scenario.reader import read
from sim.scenario.scenario import Scenario

BASE = Path(__file__).with_name("base.yaml")


def changed(*overrides: str) -> Scenario:
    return read(BASE, overrides)


def test_a_value_is_replaced_by_its_path():
    assert changed("population.users=500").population.users == 500


def test_list_items_go_by_position_or_by_name():
    by_name = changed("products[glm-3-turbo].initial_weight=2.5")
    assert by_name == changed("products[1].initial_weight=2.5")
    assert by_name.products[1].initial_weight == 2.5


def test_names_may_hold_dots_and_blanks():
    scenario = changed("clouds[0].accelerators[H800 SXM5].prefill_efficiency=0.3")
    assert scenario.clouds[0].accelerators[0].prefill_efficiency == 0.3


def test_values_are_read_as_in_a_file():
    scenario = changed("start_date=2024-04-02", "factors.competition=false", "title='No war: why?'")
    assert scenario.title == "No war: why?"
    assert scenario.start_date == dt.date(2024, 4, 2)
    assert scenario.factors.competition is False


def test_parts_of_a_list_of_numbers_can_be_set():
    scenario = changed(
        "providers[1].fixed_cost_split=[0.2, 0.3, 0.5]", "providers[0].fixed_cost_split[1]=0.25"
    )
    assert scenario.providers[1].fixed_cost_split == (0.2, 0.3, 0.5)


def test_optional_records_not_in_the_file_can_be_set():
    assert changed("population.satisfaction.adjustment_share=0.5") != changed()
    assert changed("providers[Zhipu].war=null").providers[0].war is None
    assert changed("domains[1].tokens.output_share=0.5").domains[1].tokens.output_share == 0.5


def test_another_policy_is_set_as_a_file_would():
    scenario = changed("providers[Zhipu].war.policy=undercut", "providers[Zhipu].price.policy=hold")
    assert scenario.providers[0].war.policy == "undercut"
    assert scenario.providers[0].price.policy == "hold"


def test_a_price_set_whole_takes_the_place_of_one_from_data():
    scenario = changed("products[glm-3-turbo].price_usd_per_mtok={input: 1, output: 2}")
    assert scenario.products[1].price_usd_per_mtok.output == 2.0
    assert scenario.products[1].price_history == ()


def test_a_price_in_cny_is_set_in_cny():
    scenario = changed("products[DeepSeek-V2].price_cny_per_mtok.input=72.327")
    assert scenario.products[2].price_usd_per_mtok.input == pytest.approx(10.0)


def test_a_later_override_wins():
    assert changed("seed=1", "seed=2").seed == 2


def test_python_values_do_as_well_as_text():
    overrides = {"seed": 5, "factors.hardware": False, "end_date": dt.date(2024, 11, 1)}
    scenario = read(BASE, {**overrides, "domains[0].budget_usd_per_month": None})
    assert (scenario.seed, scenario.factors.hardware) == (5, False)
    assert scenario.end_date == dt.date(2024, 11, 1)


def test_a_number_set_for_this_run_says_so_in_place_of_its_source():
    loaded = read(BASE, ["providers[Zhipu].cash_usd=3"])
    assert loaded.provenance["providers[Zhipu].cash_usd"].source == "set for this run"


REFUSED = {
    "population.userz=5": ("population.userz", "Did you mean 'users'?"),
    "populatoin.users=5": ("populatoin", "Did you mean 'population'?"),
    "products[glm3-turbo].initial_weight=1": (
        "there is no item 'glm3-turbo' here",
        "Did you mean 'glm-3-turbo'?",
    ),
    "products[9].initial_weight=1": ("there is no item '9' here", "Known here: glm-4, glm-3-turbo"),
    "seed.deeper=1": ("there is no key 'deeper' here", "Known here: none"),
    "seed[0]=1": ("there is no item '0' here",),
    "population=5": ("population = 5", "must be a mapping"),
    "title=No war: why?": ("title = {No war: ...}", "needs quotes"),
    "seed=many": ("seed = 'many'", "a whole number from 0"),
    "seed=1.5": ("seed = 1.5",),
    "seed=.nan": ("seed = .nan",),
    "start_date=2024-02-30": ("a date of the calendar",),
    "seed": ("path=value, such as population.users=5000",),
    "=5": ("path=value",),
    "a[b=5": ("path=value",),
    "seed={": ("--set seed={",),
    "seed='": ("never closed",),
    "products[1].price_usd_per_mtok.input=1": (
        "the file gives price_from_data",
        "Set all of it: price_usd_per_mtok={input: ..., output: ...}",
    ),
    "products[0].price_usd_per_mtok.input=-1": (
        "products[0].price_usd_per_mtok.input = -1",
        "from 0 to 1,000,000",
    ),
    "domains[0].share=0.5": ("add to 0.75, 0.25 too little",),
    "products[0].provider=Zhipuu": ("'Zhipu'",),
}


@pytest.mark.parametrize("override", REFUSED)
def test_a_wrong_override_is_told_with_itself_as_its_place(override):
    with pytest.raises(ScenarioError) as raised:
        changed(override)
    told = [problem for problem in raised.value.problems if problem.file == f"--set {override}"]
    if override.startswith("domains"):  # the sum is told at the last share, which the file gives
        told = list(raised.value.problems)
    assert len(told) == 1
    for fragment in REFUSED[override]:
        assert fragment in str(told[0])


def test_of_a_record_that_is_not_there_the_policy_comes_first():
    with pytest.raises(ScenarioError, match="no key 'depth_share' here.  Known here: policy"):
        changed("providers[Zhipu].war=null", "providers[Zhipu].war.depth_share=0.1")
    scenario = changed("providers[Zhipu].war=null", "providers[Zhipu].war.policy=match")
    assert scenario.providers[0].war.policy == "match"


def test_all_wrong_overrides_are_told_together_with_those_of_the_file():
    with pytest.raises(ScenarioError) as raised:
        changed("seed=x", "population.userz=1", "products[0].provider=Zhipuu")
    assert len(raised.value.problems) == 3


@pytest.mark.parametrize("path", ["products", "clouds[north].accelerators"])
def test_an_empty_list_of_named_items_cannot_be_set(path):
    with pytest.raises(ScenarioError, match=r"at least one item.*remove: true"):
        read(BASE, [f"{path}=[]"])
