"""``pricewar calibrate market`` from a file to parameters that are run and drawn."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest

import sim
from analysis.estimation.estimate import LEVEL
from pricewar.cli.main import main
from sim.batch.design_file import read_design

pytestmark = pytest.mark.slow

FILE = """
name: tiny
scenario: tiny-market.yaml
cut: 2024-12-31
view: all
set: {population.users: 300}
parameters:
  initial: {path: population.awareness.initial_share, range: [0.3, 0.8]}
worlds:
  no-war: {set: {factors.competition: false}}
moments:
  aware: {measure: market_value, column: aware_share, observed: 0.5, range: [0.4, 0.6], fact: F16,
    until_date: 2024-06-03, known_on: 2024-06-03, source: made up}
  entrant: {measure: provider_tokens_share, provider: DeepSeek, observed: 0.5, range: [0.2, 0.8],
    until_date: 2024-06-03, known_on: 2024-06-03, source: made up}
  growth: {measure: provider_tokens_multiple_over_no_war, provider: Zhipu, world: no-war,
    scale: log, observed: 1.2, range: [0.8, 1.8],
    until_date: 2024-06-03, known_on: 2024-06-03, source: made up}
estimation: {points: 5, replications: 2, zooms: 0, final_replications: 2, most_steps: 0}
confirm: {users: 400, replications: 2}
"""
MARKET = """
extends: minimal
name: tiny-market
end_date: 2024-06-03
facts:
  - {name: provider_tokens_share, role: validation, provider: DeepSeek, until_date: 2024-06-03,
     low: 0.2, high: 0.8, description: a share, source: made up}
  - {name: provider_tokens_share, role: validation, provider: Zhipu, until_date: 2024-06-03,
     low: 0.2, high: 0.8, description: another share, source: made up}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "tiny.yaml").write_text(FILE)
    (tmp_path / "tiny-market.yaml").write_text(MARKET)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_calibration_ends_in_parameters_that_are_run_and_drawn_together(folder, capsys):
    assert main(["calibrate", "market", "tiny.yaml", "--serial", "--out", "out"]) == 0
    said = capsys.readouterr().out
    assert "all of them calibrated to" in said
    assert "hit" not in said.casefold()
    assert "are of all dates (view: all)" in " ".join(said.split())
    out = folder / "out"
    assert "cut 2024-12-31, view: all" in (out / "parameters.yaml").read_text()
    estimates = pd.read_csv(out / "estimates.csv")
    assert LEVEL == 0.9
    assert (estimates["low"] <= estimates["value"]).all()
    assert pd.read_csv(out / "moments.csv")["confirmed"].notna().all()
    assert len(pd.read_csv(out / "runs.csv")) == 16
    for figure in ("estimates", "moments"):
        assert {f"{figure}{it}" for it in (".png", ".svg", ".csv")} <= {
            it.name for it in out.iterdir()
        }

    journal = (out / "journal.jsonl").read_text()
    assert main(["calibrate", "market", "tiny.yaml", "--serial", "--out", "out"]) == 2
    assert "already holds a calibration" in capsys.readouterr().err
    before = (out / "summary.json").read_text()
    for path in ("steps.csv", "summary.json"):
        (out / path).unlink()  # as a kill just before the end leaves it
    (out / "lock").write_text('{"pid": 1, "host": "elsewhere"}')
    again = ["calibrate", "market", "tiny.yaml", "--serial", "--out", "out", "--resume", "--json"]
    assert main(again) == 2  # a living writer elsewhere is respected
    os.utime(out / "lock", (0.0, 0.0))  # and a stale one is not
    capsys.readouterr()
    assert main(again) == 0
    printed = json.loads(capsys.readouterr().out)
    assert json.loads(before) == json.loads((out / "summary.json").read_text()) == printed
    assert (out / "journal.jsonl").read_text() == journal

    kept = (out / "calibration.yaml").read_bytes()
    changed = (folder / "tiny.yaml").read_text().replace("range: [0.3, 0.8]", "range: [0.3, 0.7]")
    (folder / "other.yaml").write_text(changed)
    other = ["calibrate", "market", "other.yaml", "--serial", "--out", "out", "--resume"]
    assert main(other) == 2
    assert "is the journal of another calibration" in capsys.readouterr().err
    assert (out / "calibration.yaml").read_bytes() == kept

    scenario = sim.load(out / "parameters.yaml")
    assert scenario.population.awareness.initial_share == pytest.approx(
        estimates.loc[0, "value"], rel=1e-5
    )
    base = sim.load("tiny-market.yaml", {"population.awareness.initial_share": 0.4})
    assert [it.outside_utility for it in scenario.domains] == [
        it.outside_utility for it in base.domains
    ]
    assert [fact.role for fact in scenario.facts] == ["calibration", "validation"]
    (folder / "draws.yaml").write_text(
        "name: draws\nscenario: out/parameters.yaml\nkind: monte_carlo\npoints: 3\n"
        "include: [nothing]\njoint: out/joint.yaml\n"
    )
    assert [axis.name for axis in read_design("draws.yaml").axes] == ["initial"]
    bank = sim.Sweep(out / "sweeps" / "bank")
    assert bank.query("select count(distinct initial) from plan").fetchall() == [(5,)]


def test_a_folder_of_something_else_is_not_touched(folder, capsys):
    (folder / "notes").mkdir()
    (folder / "notes" / "mine.txt").write_text("mine")
    assert main(["calibrate", "market", "tiny.yaml", "--serial", "--out", "notes"]) == 2
    assert "is not a calibration" in capsys.readouterr().err
    assert [it.name for it in (folder / "notes").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tiny.yaml", "--replicatons", "2"], "--replications"),
        (["tiny.yaml", "--weights", "best"], "optimal"),
        (["china-2042"], "china-2024"),
        (["tiny.yaml", "--set", "population.usrs=5"], "users"),
        (["tiny.yaml", "--points", "3"], "at least 5"),
    ],
)
def test_wrong_arguments_are_refused_without_a_traceback(arguments, said, folder, capsys):
    assert main(["calibrate", "market", *arguments, "--serial"]) == 2
    complaint = capsys.readouterr().err
    assert said in complaint
    assert "Traceback" not in complaint
