"""What a grid may ask for, and what is said when it asks for something else."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from analysis.compression.configuration import configuration
from analysis.compression.errors import CalibrationError
from analysis.compression.grid import read_grid, shipped_grids
from sim.errors import ScenarioError


def test_a_configuration_reads_back_as_its_name():
    name = "neurons:0.1+activation_aware:0.3+uniform_per_group:4"
    read = configuration(name)
    assert read.name == name
    assert read.method == "neurons+activation_aware+uniform_per_group"
    assert read.strength == "0.1+0.3+4"
    assert read.family == "stack"


def test_a_configuration_knows_whether_it_prunes():
    assert configuration("neurons:0.1+activation_aware:0.5+nf4:4").is_pruned
    assert not configuration("nf4:4").is_pruned


def test_students_and_recovered_models_belong_to_the_family_of_what_was_done_to_them():
    assert configuration("distilled_layers:0.5").family == "distillation"
    assert configuration("layers_recovered:0.1").family == "pruning"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("uniform_per_grup:4", "Did you mean 'uniform_per_group'?"),
        ("uniform_per_group", "is not a method with a strength"),
        ("uniform_per_group:four", "is not a method with a strength"),
        ("uniform_per_group:40", "bits must lie from"),
        ("magnitude:1.5", "sparsity_share must lie from"),
        ("distilled_layers:1.2", "lies between 0 and 1"),
        ("nf4:4+distilled_layers:0.5", "must stand first"),
        ("nf4_recovered:4", "only pruned and factored models"),
        ("distiled_width:0.5", "Did you mean 'distilled_width'?"),
    ],
)
def test_a_wrong_configuration_is_refused_with_what_is_allowed(name, said):
    with pytest.raises(CalibrationError) as refused:
        configuration(name)
    assert said in str(refused.value)


@pytest.mark.parametrize("name", sorted(shipped_grids()))
def test_every_shipped_grid_can_be_read(name):
    grid, plans = read_grid(name)
    assert grid.name == name
    assert all(plan.configurations for plan in plans)


def test_the_shipped_grid_asks_for_at_least_150_rows_and_every_family():
    _, plans = read_grid("standard")
    every = [one for plan in plans for one in plan.configurations]
    assert len(every) >= 150
    assert {one.family for one in every} == {
        "pruning", "low_rank", "quantization", "distillation", "cache", "stack",
    }  # fmt: skip


def test_all_mistakes_of_form_are_told_with_their_places(tmp_path: Path):
    path = tmp_path / "bad.yaml"
    path.write_text(
        dedent(
            """\
            name: bad
            measured:
              - model: smollm2-135m
                tokens: 12
                stcks: []
                methods:
                  uniform_per_group: [4, 99]
            """
        )
    )
    with pytest.raises(ScenarioError) as refused:
        read_grid(path)
    places = {problem.line: str(problem) for problem in refused.value.problems}
    assert sorted(places) == [4, 5, 7]
    assert "Did you mean 'stacks'?" in places[5]


def test_values_that_the_models_refuse_are_told_with_their_places(tmp_path: Path):
    path = tmp_path / "bad.yaml"
    path.write_text(
        dedent(
            """\
            name: bad
            measured:
              - model: gpt-3m
                tokens: 512
                calibration_tokens: 2000
                methods:
                  magnitud: [0.5]
                stacks:
                  - nf4
              - model: smolm2-135m
                tokens: 512
              - model: minilm
                tokens: 512
                draw: 1
            """
        )
    )
    with pytest.raises(ScenarioError) as refused:
        read_grid(path)
    places = {problem.line: str(problem) for problem in refused.value.problems}
    assert "must be at least 16000" in places[5]
    assert "Did you mean 'magnitude'?" in places[7]
    assert "is not a method with a strength" in places[9]
    assert "Did you mean 'smollm2-135m'?" in places[10]
    assert "minilm has one draw" in places[14]


def test_the_grid_of_the_documentation_is_one(tmp_path: Path):
    page = (Path(__file__).parents[2] / "docs" / "compression.md").read_text(encoding="utf-8")
    (text,) = [
        block.partition("```")[0]
        for block in page.split("```yaml\n")[1:]
        if "measured:" in block.partition("```")[0]
    ]
    path = tmp_path / "grid.yaml"
    path.write_text(text, encoding="utf-8")
    _, (plan,) = read_grid(path)
    assert plan.configurations[-1].family == "stack"


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "name: x\n", "name: x\nmeasured: []\n"])
def test_a_file_that_is_no_grid_is_refused(tmp_path: Path, content: str):
    path = tmp_path / "grid.yaml"
    path.write_text(content)
    with pytest.raises(ScenarioError):
        read_grid(path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("uniform_per_group:3.5", "bits must be a whole number"),
        ("uniform_per_group:4+nf4:4", "both set the bits"),
        ("uniform_per_group:4+magnitude:0.5", "Put uniform_per_group at the end"),
        ("gguf_f32:32", "unknown compression method"),
    ],
)
def test_what_would_be_measured_in_vain_is_refused(name: str, said: str) -> None:
    with pytest.raises(CalibrationError, match=said):
        configuration(name)
