"""``pricewar calibrate compression --fit``: curves from a table measured before, without torch."""

import subprocess
import sys
from pathlib import Path

import pytest
from made_measurements import made_rows

from analysis.compression.measured_rows import read_rows, write_rows
from pricewar.cli.main import main
from sim.reference import read


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "my_measured.csv"
    write_rows(path, made_rows())
    return path


def test_the_curves_of_a_table_are_written_beside_it_and_a_scenario_takes_them(table, capsys):
    assert main(["calibrate", "compression", "--fit", str(table)]) == 0
    curves = table.with_name("my_curves.yaml")
    printed = capsys.readouterr().out
    assert f"Curves: {curves}" in printed
    assert "parameters agree with the shipped ones." in printed
    assert "which another text and permutation may give" in printed
    scenario = read("minimal", [f"compression.curves_from={curves}"])
    assert scenario.compression.curves is not None


def test_a_table_that_lacks_stacks_is_refused_and_leaves_no_curves(table, capsys):
    write_rows(table, [row for row in read_rows(table) if row.family != "stack"])
    assert main(["calibrate", "compression", "--fit", str(table)]) == 2
    assert "no stack was measured" in capsys.readouterr().err
    assert not table.with_name("my_curves.yaml").exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--model", "gpt-3m"),
        ("--out", "a.csv"),
        ("--device", "cpu"),
        ("--seed", "2"),
        ("--repeats", "3"),
    ],
)
def test_an_option_of_measuring_is_refused(table, capsys, option, value):
    assert main(["calibrate", "compression", "--fit", str(table), option, value]) == 2
    assert f"it does not take {option}." in capsys.readouterr().err


def test_a_full_disk_is_told_without_a_traceback(table, capsys, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.files.durable.os.fsync", full)
    assert main(["calibrate", "compression", "--fit", str(table)]) == 2
    assert "my_curves.yaml: cannot be written (No space left" in capsys.readouterr().err
    assert not table.with_name("my_curves.yaml").exists()


def test_fitting_needs_no_torch():
    code = "import sys, analysis.compression.fitted_table; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
