"""Parameters that vary nothing, or that no table could hold, are refused before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.batch.design_file import read_design
from sim.errors import ScenarioError

HEAD = "name: d\nscenario: minimal\nkind: grid\nparameters:\n"


def refusal(folder: Path, parameters: str) -> str:
    file = folder / "d.yaml"
    file.write_text(HEAD + parameters, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_design(file)
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize("path", ["seed", "replications"])
def test_what_a_design_decides_for_all_points_is_no_parameter(tmp_path: Path, path: str):
    told = refusal(tmp_path, f"  number: {{path: {path}, values: [1, 2]}}\n")
    assert f"d.yaml:5:11  parameters.number\n  {path!r} cannot vary between points" in told
    assert f"'{path}: " in told


@pytest.mark.parametrize(
    "path", ["name", "title", "question", "facts[0].low", "sector_revenue[0].date"]
)
def test_what_says_nothing_about_the_market_is_no_parameter(tmp_path: Path, path: str):
    told = refusal(tmp_path, f'  words: {{path: "{path}", values: [a, b]}}\n')
    key = path.partition("[")[0]
    assert f"d.yaml:5:10  parameters.words\n  {key!r} says nothing about the market" in told


NAMES = {
    "a double quote": ("'depth \"x\"'", 'must not hold "'),
    "a backtick": ("'a`b'", "must not hold `"),
    "a backslash": ("'a\\b'", "must not hold \\"),
    "a tab": ('"a\\tb"', "must not hold U+0009"),
    "a zero-width blank": ("a\u200bb", "must not hold U+200B (ZERO WIDTH SPACE)"),
    "a blank at its end": ('"a "', "without blanks at its ends"),
    "nothing": ('""', "must have 1 to 200 characters"),
    "a column": ("Adopters_share", "is the name of a column of the results"),
}


@pytest.mark.parametrize("case", NAMES)
def test_a_name_that_cannot_be_a_column_is_refused(tmp_path: Path, case: str):
    name, told = NAMES[case]
    assert told in refusal(tmp_path, f"  {name}: {{path: war.reaction_per_day, values: [1, 2]}}\n")


@pytest.mark.parametrize("name", ["depth's", "price, USD", "depth (share)", "深度", "a.b[c]"])
def test_other_names_are_accepted(tmp_path: Path, name: str):
    file = tmp_path / "d.yaml"
    parameter = f'  "{name}": {{path: war.reaction_per_day, values: [1, 2]}}\n'
    file.write_text(HEAD + parameter, encoding="utf-8")
    assert [axis.name for axis in read_design(file).axes] == [name]


def test_names_that_differ_in_case_alone_are_refused(tmp_path: Path):
    told = refusal(
        tmp_path,
        "  depth: {path: war.reaction_per_day, values: [1, 2]}\n"
        "  Depth: {path: war.trigger_gap_share, values: [0.1, 0.2]}\n",
    )
    assert "reads like 'depth', in d.yaml:5" in told


def test_two_parameters_of_one_path_are_refused_with_the_place_of_the_first(tmp_path: Path):
    told = refusal(
        tmp_path,
        "  a: {path: war.reaction_per_day, values: [1, 2]}\n"
        "  b: {path: war.reaction_per_day, values: [3, 4]}\n",
    )
    assert "d.yaml:6:6  parameters.b\n  sets what 'a' sets, in d.yaml:5." in told


def test_a_value_listed_twice_is_refused(tmp_path: Path):
    told = refusal(tmp_path, "  a: {path: war.reaction_per_day, values: [0.1, 0.2, 0.10]}\n")
    assert "d.yaml:5:54  parameters.a\n  0.1 is listed twice" in told
