"""A file's name is that of the folder of its results, and never leads to another one."""

from pathlib import Path

import pytest

from sim.batch.design_file import read_design
from sim.errors import ScenarioError
from sim.scenario.reader import read

OUTSIDE = ["a/../../../escaped", "/etc/cron.d/x", "..", ".", ".hidden", "-rf", "a/b", "a:b", "~x"]
NOT_PORTABLE = ["CON", "nul.txt", "com1 .x", "Lpt9", "ends.", "ends "]
TOO_LONG = ["x" * 81, "大" * 80, "\U0001d54f" * 60]
FINE = [
    "china-2024-price-war",
    "大模型价格战 2024",
    "Llama 3.1 (8B)",
    "consul",
    "com10",
    "_x",
    "é" * 80,
]


def written(folder: Path, kind: str, name: str) -> Path:
    path = folder / "file.yaml"
    what = (
        "extends: minimal\n"
        if kind == "scenario"
        else (
            "scenario: minimal\nkind: grid\nparameters:\n"
            "  rate: {path: war.reaction_per_day, values: [0.1]}\n"
        )
    )
    path.write_text(f'name: "{name}"\n{what}', encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["scenario", "design"])
@pytest.mark.parametrize("name", [*OUTSIDE, *NOT_PORTABLE, *TOO_LONG])
def test_a_name_that_could_not_be_one_folder_is_refused_with_its_place(name, kind, tmp_path):
    reader = read if kind == "scenario" else read_design
    with pytest.raises(ScenarioError) as refusal:
        reader(written(tmp_path, kind, name))
    (problem,) = refusal.value.problems
    assert (problem.path, problem.line) == ("name", 1)


@pytest.mark.parametrize("name", FINE)
def test_a_name_that_every_system_can_give_to_a_folder_is_taken_as_it_is(name, tmp_path):
    assert read(written(tmp_path, "scenario", name)).name == name
    (tmp_path / name).mkdir()


def test_what_is_allowed_in_a_folder_s_name_is_told_without_the_slash(tmp_path):
    with pytest.raises(ScenarioError, match=r"blanks and _ \. \+ - \( \), beginning"):
        read(written(tmp_path, "scenario", "a/b"))
    with pytest.raises(ScenarioError, match="Windows keeps 'CON' for itself"):
        read(written(tmp_path, "scenario", "CON"))
