"""Where a scenario comes from travels with it, and a variant of it is one of its file."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.scenario.reader import read, with_
from sim.scenario.scenario import Scenario
from sim.scenario.shipped import shipped
from sim.scenario.writer import scenario_hash, to_yaml

BASE = Path(__file__).with_name("base.yaml")
CASH = "providers[Zhipu].cash_usd"


@pytest.fixture(scope="module")
def base() -> Scenario:
    return read(BASE)


@pytest.mark.parametrize(
    "copied",
    [
        copy.copy,
        copy.deepcopy,
        lambda scenario: scenario.model_copy(),
        lambda scenario: scenario.model_copy(deep=True),
        lambda scenario: pickle.loads(pickle.dumps(scenario)),  # noqa: S301 - our own bytes
    ],
)
def test_copies_and_pickles_keep_provenance_and_files(base, copied):
    twin = copied(base)
    assert twin == base
    assert twin.provenance[CASH].source == "a newspaper"
    assert twin.provenance == base.provenance
    assert twin.files == base.files == (BASE,)
    assert to_yaml(twin) == to_yaml(base)


def test_provenance_is_no_part_of_what_a_scenario_says(base):
    bare = base.untraced()
    assert not bare.provenance
    assert bare == base
    assert hash(bare) == hash(base)
    assert scenario_hash(bare) == scenario_hash(base)
    assert "newspaper" not in repr(base)


def test_another_value_is_another_scenario(base):
    other = base.model_copy(update={"seed": 8})
    assert other != base
    assert hash(other) != hash(base)
    assert base != "base"


def test_a_source_of_a_value_that_was_changed_is_not_written(base):
    poorer = base.providers[0].model_copy(update={"cash_usd": 1.0})
    changed = base.model_copy(update={"providers": (poorer, *base.providers[1:])})
    assert "a newspaper" in to_yaml(base)
    assert "a newspaper" not in to_yaml(changed)
    assert "  cash_usd: 1.0\n" in to_yaml(changed)


OVERRIDES = [
    {"population.users": 60},
    {CASH: 3.0},
    {"title": "another", "factors.competition": False},
    {"end_date": dt.date(2025, 3, 1)},
    {
        "start_date": dt.date(2024, 5, 3),
        "exchange_rates": [{"date": "2024-01-01", "cny_per_usd": 7}],
    },
    {"products[DeepSeek-V2].launch_date": dt.date(2024, 7, 1)},
    {"providers[Zhipu].war": {"policy": "match"}},
    {"domains[coding].share": 0.5, "domains[translation].share": 0.5},
]


@pytest.mark.parametrize("overrides", OVERRIDES, ids=lambda overrides: next(iter(overrides)))
def test_a_variant_is_what_its_file_gives_with_the_same_overrides(base, overrides):
    variant, loaded = with_(base, overrides), read(BASE, overrides)
    assert variant == loaded
    assert variant.provenance == loaded.provenance
    assert variant.files == loaded.files


@pytest.mark.parametrize("name", shipped())
def test_variants_of_variants_are_those_of_both_overrides(name):
    first, second = {"population.users": 60, "seed": 3}, {"seed": 4}
    twice = with_(with_(read(name), first), second)
    assert twice == read(name, first | second)
    assert twice.provenance["population.users"].source == "set for this run"
    assert with_(read(name), {}) == read(name)


def test_a_variant_of_a_changed_scenario_keeps_the_change(base):
    changed = base.model_copy(update={"seed": 99})
    variant = with_(changed, {"population.users": 60})
    assert variant == base.model_copy(update={"seed": 99, "population": variant.population})
    assert variant.population.users == 60
    assert variant.provenance[CASH] == base.provenance[CASH]


def test_a_wrong_variant_is_refused_in_words(base):
    with pytest.raises(ScenarioError, match=r"\['seed'\]  seed = 'x'\n  must be a whole number"):
        with_(base, {"seed": "x"})
    built = base.model_copy(update={"seed": 99})
    with pytest.raises(ScenarioError, match="scenario 'base'.*share.*\n.*add to 0.75, 0.25 too"):
        with_(built, {"domains[0].share": 0.5})
