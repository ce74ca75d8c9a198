"""A file that extends another says only what differs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.scenario.reader import read
from sim.scenario.scenario import Scenario
from sim.scenario.shipped import shipped

BASE = Path(__file__).with_name("base.yaml")


@pytest.fixture
def extend(tmp_path):
    """Read a file that extends the base file and says something besides."""

    def extended(change: str) -> Scenario:
        file = tmp_path / "change.yaml"
        file.write_text(f"extends: {BASE}\n{change}", encoding="utf-8")
        return read(file)

    return extended


def names(records) -> list[str]:
    return [record.name for record in records]


def test_without_a_change_it_is_the_scenario_it_extends(extend):
    assert extend("") == read(BASE)


def test_mappings_merge_key_by_key(extend):
    population = extend("population: {users: 50, network: {mean_degree: 4}}").population
    assert (population.users, population.network.mean_degree) == (50, 4)
    assert population.network.rewiring_share == 0.2


def test_a_named_item_is_changed_where_it_stands(extend):
    scenario = extend("products: [{name: glm-3-turbo, initial_weight: 3}]")
    assert names(scenario.products) == ["glm-4", "glm-3-turbo", "DeepSeek-V2"]
    assert scenario.products[1].initial_weight == 3.0
    assert scenario.products[1].capability_logit == -2.0


def test_an_item_of_a_new_name_is_added_at_the_end(extend):
    scenario = extend("clouds: [{name: south, accelerators: [{name: H800 SXM5}]}]")
    assert names(scenario.clouds) == ["north", "south"]


def test_an_item_may_be_removed(extend):
    scenario = extend("products: [{name: glm-3-turbo, remove: true}]")
    assert names(scenario.products) == ["glm-4", "DeepSeek-V2"]


@pytest.mark.parametrize(
    ("change", "path", "name"),
    [
        ("products: []", "products", "glm-4"),
        ("clouds: [{name: north, accelerators: []}]", "accelerators", "H800 SXM5"),
    ],
)
def test_an_empty_list_of_named_items_is_refused_and_told_how_to_remove(extend, change, path, name):
    with pytest.raises(ScenarioError) as told:
        extend(change)
    [problem] = told.value.problems
    assert (problem.line, problem.path.rpartition(".")[2]) == (2, path)
    assert problem.hint == f"To take one out, write {{name: {name}, remove: true}}."


def test_lists_inside_named_items_merge_by_name_too(extend):
    cloud = extend(
        "clouds: [{name: north, accelerators: [{name: H20, decode_efficiency: 0.3}]}]"
    ).clouds[0]
    assert names(cloud.accelerators) == ["H800 SXM5", "H20"]
    assert cloud.accelerators[1].decode_efficiency == 0.3


def test_other_lists_replace(extend):
    assert extend("facts: []").facts == ()
    assert extend("providers: [{name: Zhipu, hardware: []}]").providers[0].hardware == ()


def test_another_policy_drops_the_keys_of_the_first(extend):
    provider = extend("providers: [{name: Zhipu, war: {policy: match}}]").providers[0]
    assert provider.war.policy == "match"


def test_the_same_policy_keeps_the_keys_not_given(extend):
    war = extend("providers: [{name: Zhipu, war: {depth_share: 0.1}}]").providers[0].war
    assert (war.policy, war.depth_share, war.budget_usd) == ("loss_leader", 0.1, 1.0e6)


def test_a_price_given_in_another_way_takes_the_place_of_the_first(extend):
    change = "products: [{name: glm-4, price_cny_per_mtok: {input: 7.2374, output: 14.4748}}]"
    price = extend(change).products[0].price_usd_per_mtok
    assert price.output / price.input == pytest.approx(2.0)
    assert price.input == pytest.approx(1.0, rel=0.02)


def test_a_value_takes_its_source_along_and_drops_that_of_the_value_it_replaces(extend):
    path = "providers[Zhipu].cash_usd"
    assert extend("").provenance[path].source == "a newspaper"
    assert path not in extend("providers: [{name: Zhipu, cash_usd: 1.0}]").provenance
    said = extend("providers: [{name: Zhipu, cash_usd: {value: 1, source: an audit}}]").provenance[
        path
    ]
    assert (said.value, said.source, said.date) == (1, "an audit", None)


def test_null_takes_an_optional_record_away(extend):
    assert extend("providers: [{name: Zhipu, war: null}]").providers[0].war is None


def test_a_shipped_scenario_may_be_extended_by_name(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("extends: minimal\nname: mine\n", encoding="utf-8")
    loaded = read(file)
    assert loaded.name == "mine"
    assert loaded.files == (file, shipped()["minimal"])


def test_a_path_is_taken_from_the_file_that_says_it(tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.yaml").write_text("extends: ../b.yaml\nseed: 99\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(BASE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir("/")
    assert read(tmp_path / "deep" / "a.yaml").seed == 99


def test_files_that_extend_each_other_are_refused(tmp_path):
    (tmp_path / "a.yaml").write_text("extends: b.yaml\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("extends: a.yaml\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"b\.yaml:1:10.*\n.*a\.yaml -> b\.yaml -> a\.yaml"):
        read(tmp_path / "a.yaml")


def test_a_long_chain_of_files_is_refused(tmp_path):
    for n in range(12):
        (tmp_path / f"{n}.yaml").write_text(f"extends: {n + 1}.yaml\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="at most 10 files"):
        read(tmp_path / "0.yaml")


def test_a_mistake_is_told_in_the_file_that_makes_it(tmp_path):
    text = BASE.read_text(encoding="utf-8").replace("seed: 7", "seed: seven")
    (tmp_path / "b.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "a.yaml").write_text("extends: b.yaml\nreplications: 0\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as raised:
        read(tmp_path / "a.yaml")
    assert [(Path(p.file).name, p.line) for p in raised.value.problems] == [
        ("a.yaml", 2),
        ("b.yaml", 7),
    ]


def test_what_is_not_there_cannot_be_removed(extend):
    with pytest.raises(ScenarioError, match="there is no 'glm3-turbo' to remove.*'glm-3-turbo'"):
        extend("products: [{name: glm3-turbo, remove: true}]")


def test_a_shorter_period_needs_no_other_change(extend):
    scenario = extend("end_date: 2024-10-05")
    assert scenario.end_date == dt.date(2024, 10, 5)
