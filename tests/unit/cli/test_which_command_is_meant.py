"""Whoever gives a command what another takes is told which."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pricewar.cli.main import main
from sim.scenario.shipped import shipped, shipped_sweeps

DESIGN, SCENARIO = str(shipped_sweeps()["war-depth"]), str(shipped()["minimal"])


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["run", DESIGN], "this is a sweep design, not a scenario.  `pricewar sweep "),
        (["check", DESIGN], "this is a sweep design, not a scenario."),
        (["run", "war-depth"], "`pricewar sweep war-depth` takes the shipped sweep design."),
        (["sweep", SCENARIO], "this is a scenario, not a design.  `pricewar run "),
        (["sweep", "china-2024-price-war"], "`pricewar run china-2024-price-war` takes"),
        (["report", SCENARIO], f"`pricewar run {SCENARIO}` runs a scenario"),
    ],
)
def test_a_file_of_another_kind_is_told_its_command(capsys, command: list[str], told: str):
    assert main(command) == 2
    assert told in capsys.readouterr().err


def test_a_sweep_where_a_run_is_asked_for_is_told_its_commands(capsys, tmp_path: Path):
    (tmp_path / "plan.parquet").touch()
    assert main(["compare", str(tmp_path), str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert f"`pricewar status {tmp_path}`" in told
    assert f"`pricewar query {tmp_path} SQL`" in told


def test_a_run_where_a_sweep_is_asked_for_is_told_its_command(tmp_path: Path):
    from sim.errors import ResultError
    from sim.record.sweep import Sweep

    (tmp_path / "manifest.json").write_text(json.dumps({}))
    with pytest.raises(ResultError, match=r"It is a run: `pricewar report "):
        Sweep(tmp_path)


def test_a_result_named_without_its_folder_is_found(capsys, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results" / "mine").mkdir(parents=True)
    assert main(["report", "mine"]) == 2
    assert "Did you mean results/mine?" in capsys.readouterr().err
