"""The JSON Schema accepts what the reader accepts, and explains every field."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from sim.reading.schema import json_schema
from sim.scenario.dialect import SCENARIO
from sim.scenario.shipped import shipped

BASE = Path(__file__).with_name("base.yaml")


@pytest.fixture(scope="module")
def schema() -> dict:
    return json_schema(SCENARIO)


def document(path: Path) -> object:
    return json.loads(json.dumps(YAML(typ="safe").load(path), default=dt.date.isoformat))


def refusals(schema: dict, instance: object) -> list[str]:
    jsonschema = pytest.importorskip("jsonschema")
    return [
        error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(instance)
    ]


def test_every_reference_leads_to_a_definition(schema):
    text = json.dumps(schema)
    named = {part.split('"')[0] for part in text.split("#/$defs/")[1:]}
    assert named <= set(schema["$defs"])


def test_every_record_and_most_fields_are_explained(schema):
    product = schema["$defs"]["Product"]
    assert product["description"] == "A model on offer."
    assert "Tokens spent on a task" in product["properties"]["tokens_per_task"]["description"]
    review = schema["$defs"]["CostPlus"]["properties"]["review_per_month"]["description"]
    assert review.endswith("Unit: per month.")


def test_a_price_is_required_in_one_of_three_ways(schema):
    product = schema["$defs"]["Product"]
    alone, of_library = product["anyOf"]
    assert "price_usd_per_mtok" not in alone["required"]
    assert of_library == {"required": ["library"]}
    ways = [
        {"required": [key]}
        for key in ("price_cny_per_mtok", "price_from_data", "price_usd_per_mtok")
    ]
    assert {"oneOf": ways} in alone["allOf"]


def test_nothing_is_required_of_a_file_that_extends_but_names(schema):
    assert "required" not in schema["$defs"]["ScenarioChange"]
    assert schema["$defs"]["ProviderChange"]["required"] == ["name"]
    either = [{"required": ["name"]}, {"required": ["library"]}]
    assert schema["$defs"]["ProductChange"]["anyOf"] == either


def test_a_name_of_the_library_may_stand_for_a_domain(schema):
    change = {"extends": "minimal", "domains": ["coding", {"library": "vision", "size": 2}]}
    assert refusals(schema, change) == []
    assert refusals(schema, {**change, "domains": [{"size": 2}]}) != []


def test_it_is_a_valid_schema(schema):
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", [BASE, *shipped().values()], ids=lambda path: path.stem)
def test_it_accepts_valid_files(schema, path):
    assert refusals(schema, document(path)) == []


def test_it_accepts_changes_and_removals(schema):
    change = {"extends": "minimal", "providers": [{"name": "Zhipu", "war": {"depth_share": 0.3}}]}
    assert refusals(schema, {**change, "products": [{"name": "glm-4", "remove": True}]}) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("seed", -1),
        ("colour", 1),
        ("products", []),
        ("start_date", 5),
        ("population", {"users": {"value": 50, "source": "assumption"}}),
        ("population", {"users": {"value": 50}}),
    ],
)
def test_it_refuses_what_the_reader_refuses(schema, key, value):
    assert refusals(schema, {**document(BASE), key: value})


def test_it_accepts_policies_of_files_with_keys_of_their_own(schema):
    scenario = document(BASE)
    scenario["providers"][0]["price"] = {"policy": "below/my_policies.py:Mine", "depth": [1, 2]}
    scenario["providers"][1]["war"] = {"policy": "my_policies.py:Other"}
    assert refusals(schema, scenario) == []
    changed = {"name": "Zhipu", "price": {"policy": "my_policies.py:Mine", "depth": 3}}
    assert refusals(schema, {"extends": "minimal", "providers": [changed]}) == []
    for wrong in ("my_policies.py", "mine", "cost_pluss"):
        scenario["providers"][0]["price"] = {"policy": wrong}
        assert refusals(schema, scenario)
