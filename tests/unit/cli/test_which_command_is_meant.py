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


KINDS = {
    "sweep": ({"plan.parquet": ""}, "It is a sweep: `pricewar sensitivity "),
    "game": ({"plan.parquet": "", "sweep.json": '{"kind": "game"}'}, "`pricewar game {}` tells"),
    "factors": (
        {"plan.parquet": "", "sweep.json": '{"kind": "factors"}'},
        "It is a sweep of kind factors: `pricewar attribute {}`",
    ),
    "run": ({"manifest.json": "{}"}, "It is a run: `pricewar report {}` explains it"),
    "decision": ({"options/plan.parquet": ""}, "`pricewar query {}/options SQL`"),
    "calibration": (
        {"journal.jsonl": "", "calibration.yaml": ""},
        "It is a calibration: `pricewar calibrate market` with --out {} --resume",
    ),
    "forecast": ({"forecast.json": "{}"}, "`pricewar backtest CASE --score {}` scores it"),
    "case": ({"case.yaml": ""}, "It is a case: `pricewar backtest {}`"),
}
TAKERS = [
    ["run"],
    ["check"],
    ["attribute"],
    ["whatif", "--for", "Zhipu", "--do", "floor 0.1 from 2024-09-01"],
    ["calibrate", "market"],
    ["backtest"],
    ["report"],
    ["sensitivity"],
    ["query"],
    ["status"],
]


@pytest.mark.parametrize("taker", TAKERS, ids=lambda words: words[0])
@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_of_another_kind_is_told_what_it_is(taker, kind, capsys, tmp_path: Path):
    files, told = KINDS[kind]
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    further = ["select 1"] if taker == ["query"] else []
    code = main([*taker, str(tmp_path), *further])
    said = capsys.readouterr().err
    reads_it = {
        "sweep": {"report", "sensitivity", "query", "status", "attribute"},
        "run": {"report", "query", "status"},
        "case": {"backtest"},
    }
    family = "sweep" if kind in ("sweep", "game", "factors") else kind
    assert code == 2  # these folders are only called so: who reads the kind finds nothing in it
    if taker[0] not in reads_it.get(family, ()):
        assert told.format(tmp_path) in said


def test_a_folder_with_nothing_in_it_says_so(capsys, tmp_path: Path):
    assert main(["run", str(tmp_path)]) == 2
    assert "is a folder.  There is no scenario in it." in capsys.readouterr().err
