"""What is hardly meant at the points of a design is told before anything runs."""

from pathlib import Path

import pytest

import sim
from pricewar.cli.main import main
from sim.batch.design_file import read_design
from sim.batch.implausible_points import implausible_points
from sim.errors import ImplausibleWarning

HEAD = """\
name: strange
scenario: minimal
set: {population.users: 50, end_date: 2024-05-20}
replications: 1
"""
DEAR = f"""{HEAD}kind: grid
parameters:
  rate: {{path: war.reaction_per_day, values: [0.1, 0.2]}}
  price: {{path: "products[glm-4].price_usd_per_mtok.output", values: [1, 3, 5000]}}
"""
DEAR = DEAR.replace(
    "end_date: 2024-05-20", '"products[glm-4].price_usd_per_mtok": {input: 1, output: 1}'
)


@pytest.fixture
def design(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "strange.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def found(path: Path):
    return implausible_points(read_design(path))


def test_a_value_of_a_parameter_is_told_once_with_its_place_and_its_point(design):
    (problem,) = found(design(DEAR))
    assert problem.place.endswith("strange.yaml:8:77")
    assert problem.path == "products[1].price_usd_per_mtok.output"
    assert "5,000 USD per million tokens is above every list price" in problem.allowed
    assert problem.hint.endswith("So it is where rate = 0.1, price = 5000.")


def test_what_holds_at_every_point_is_told_without_a_point(design):
    text = DEAR.replace("input: 1, output: 1", "input: 2000, output: 1").replace(", 5000", "")
    (problem,) = found(design(text))
    assert problem.path == "products[1].price_usd_per_mtok.input"
    assert "So it is where" not in problem.hint


def test_a_constraint_leaves_its_points_out(design):
    assert found(design(f"{DEAR}constraints: [price < 100]\n")) == ()


def test_the_end_of_a_range_is_looked_at(design):
    text = f"""{HEAD}kind: latin_hypercube
points: 8
parameters:
  volume: {{path: "domains[coding].volume.median_mtok_per_month", range: [10, 1.0e9]}}
"""
    problems = found(design(text))
    assert {problem.path for problem in problems} == {"domains[1].volume.median_mtok_per_month"}


def test_values_that_are_no_numbers_are_looked_at_one_by_one(design):
    text = f"""{HEAD}kind: grid
parameters:
  price:
    path: "products[glm-4].price_usd_per_mtok"
    values: [{{input: 1, output: 2}}, {{input: 2, output: 7000}}]
"""
    assert [problem.value for problem in found(design(text))] == ["7000"]


def test_a_sweep_tells_and_a_strict_one_refuses_before_anything_is_written(
    design, capsys, tmp_path: Path
):
    out = tmp_path / "out"
    assert main(["sweep", str(design(DEAR)), "--strict", "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert "valid, but 1 value is hardly meant" in told
    assert "Refused, as --strict asks." in told
    assert not out.exists()


def test_python_warns_of_it(design, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine", encoding="utf-8")
    with (
        pytest.warns(ImplausibleWarning, match="5,000 USD") as warned,
        pytest.raises(sim.ResultError),
    ):
        sim.sweep(design(DEAR), out="taken")
    assert warned[0].filename == __file__
