"""Reading knows no scenario: a dialect of a few lines reads files of quite another kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.quantities import Positive
from sim.reading.dialect import Dialect
from sim.reading.frozen import Frozen, Name
from sim.reading.overriding import parse
from sim.reading.parsed import parse_file
from sim.reading.problems import Problems
from sim.reading.schema import json_schema
from sim.reading.validation import validate


class Rope(Frozen):
    name: Name
    length_m: Positive


class Boat(Frozen):
    name: Name
    mast_m: Positive
    ropes: tuple[Rope, ...]


class BoatInFeet(Frozen):
    mast_ft: Positive


BOAT = Dialect(
    noun="boat",
    record=Boat,
    keys_shown="name, ropes",
    named_lists=frozenset({"ropes"}),
    alternatives=(frozenset({"mast_m", "mast_ft"}),),
    file_only={"Boat": BoatInFeet},
    units=(("_m", "metres"), ("_ft", "feet")),
    advice={"mast_m": "A mast is long."},
)
SLOOP = "name: sloop\nmast_m: 9\nropes:\n  - {name: sheet, length_m: 12}\n"


def read(file: Path, text: str, *overrides: str) -> Boat:
    file.write_text(text, encoding="utf-8")
    problems = Problems()
    parsed = parse_file(file, BOAT).overridden(parse(overrides, problems), BOAT, problems)
    boat = validate(Boat, parsed.root, (), parsed.root, BOAT, problems)
    problems.raise_any()
    assert boat is not None
    return boat


@pytest.fixture
def file(tmp_path) -> Path:
    (tmp_path / "sloop.yaml").write_text(SLOOP, encoding="utf-8")
    return tmp_path / "boat.yaml"


def refused(file: Path, text: str, *overrides: str) -> str:
    with pytest.raises(ScenarioError) as raised:
        read(file, text, *overrides)
    return str(raised.value).replace(str(file), "boat.yaml")


def test_a_file_is_read_into_the_dialects_record(file):
    assert read(file, SLOOP) == Boat(
        name="sloop", mast_m=9.0, ropes=(Rope(name="sheet", length_m=12.0),)
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SLOOP.replace("12", "-12"),
            "boat.yaml:4:29  ropes[0].length_m = -12\n  must be a number > 0 (metres).",
        ),
        (
            SLOOP.replace("ropes", "rops"),
            "boat.yaml:3:1  rops = [list of 1]\n  is not a known key here.  Did you mean 'ropes'?",
        ),
        (
            SLOOP.replace("mast_m: 9", "mast_m: -9"),
            "boat.yaml:2:9  mast_m = -9\n  must be a number > 0 (metres).  A mast is long.",
        ),
        (
            SLOOP.replace("mast_m: 9\n", ""),
            "boat.yaml:1:1  mast_m\n  is missing; must be a number > 0 (metres).  Or use mast_ft.",
        ),
        (
            "- a\n",
            "boat.yaml:1:1  [list of 1]\n  must be a mapping, with keys such as name, ropes.",
        ),
        ("# only words\n", "boat.yaml:1:1\n  holds no boat."),
    ],
)
def test_mistakes_are_reported_at_their_line_in_the_words_of_the_dialect(file, text, message):
    assert refused(file, text) == message


def test_named_lists_of_the_dialect_merge_by_name(file):
    boat = read(file, "extends: sloop.yaml\nropes: [{name: halyard, length_m: 20}]\n")
    assert [rope.name for rope in boat.ropes] == ["sheet", "halyard"]


def test_overrides_know_the_keys_of_the_dialect(file):
    assert read(file, SLOOP, "ropes[sheet].name=line").ropes[0].name == "line"
    assert "there is no key 'lenght_m' here.  Did you mean 'length_m'?" in refused(
        file, SLOOP, "ropes[sheet].lenght_m=5"
    )


def test_the_schema_is_that_of_the_dialect():
    schema = json_schema(BOAT)
    assert schema["title"] == "pricewar boat"
    assert schema["$defs"]["Boat"]["allOf"] == [
        {"oneOf": [{"required": ["mast_ft"]}, {"required": ["mast_m"]}]}
    ]
    assert schema["$defs"]["RopeChange"]["required"] == ["name"]


def test_reading_imports_neither_scenarios_nor_data():
    code = (
        "import pkgutil, sys, importlib, sim.reading\n"
        "for module in pkgutil.iter_modules(sim.reading.__path__):\n"
        "    importlib.import_module(f'sim.reading.{module.name}')\n"
        "print(*(name for name in sys.modules if name.startswith('sim.')))"
    )
    imported = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    above = [name for name in imported if not name.startswith("sim.reading")]
    assert "sim.reading.files" in imported
    ground = ("arguments", "errors", "files", "lookalikes", "nearest", "quantities", "units")
    assert {name.split(".")[1] for name in above} <= {*ground}
