"""From a scenario's name to its report, with the world without the war run on the way."""

import json
import re

import pytest

import sim
from analysis.comparison import compare
from analysis.figures import plates
from analysis.price_account import price_account
from analysis.variants import finished_variant, no_war, run_variant
from pricewar.cli.main import main
from sim.errors import ResultError

pytestmark = pytest.mark.slow

QUICK = {"population.users": 100, "end_date": "2024-06-15"}


def quick_run(folder):
    return sim.run(sim.load("minimal", QUICK), replications=2, out=folder / "run", workers=1)


def test_the_world_without_the_war_is_run_once_and_shares_all_draws(tmp_path):
    run = quick_run(tmp_path)
    assert finished_variant(run, no_war(run.scenario)) is None
    calm = run_variant(run, no_war(run.scenario), workers=1)
    assert (calm.seed, calm.replications) == (run.seed, run.replications)
    assert not calm.scenario.factors.competition
    before = (calm.folder / "manifest.json").stat().st_mtime_ns
    assert run_variant(run, no_war(run.scenario)).folder == calm.folder
    assert (calm.folder / "manifest.json").stat().st_mtime_ns == before
    war_begins = run.scenario.days(run.scenario.products[-1].launch_date)
    peace = run.market["time_days"] <= war_begins
    assert run.market[peace].equals(calm.market[peace])
    assert compare(run, calm)["adopters_share_end"].difference.replications == 2


def test_a_world_of_another_run_is_not_taken_for_this_one(tmp_path):
    run = quick_run(tmp_path)
    run_variant(run, no_war(run.scenario), workers=1)
    run.manifest["seed"] = run.seed + 1
    assert finished_variant(run, no_war(run.scenario)) is None


def test_the_account_of_a_real_run_leaves_no_remainder(tmp_path):
    account = price_account(quick_run(tmp_path))
    sums = account.frame.groupby("replication")["usd_per_mtok"].sum()
    assert (sums - (account.levels["end"] - account.levels["start"])).abs().max() < 1e-12
    assert abs(account.parts()["other_cost"].centre) < 1e-12


def test_the_report_command_needs_nothing_but_the_runs_folder(tmp_path, monkeypatch, capsys):
    first = plates.collected()[:1]
    monkeypatch.setattr(plates, "collected", lambda: first)
    run = quick_run(tmp_path)
    assert main(["report", str(run.folder)]) == 0
    told = capsys.readouterr()
    assert told.out == f"Report: {run.folder / 'report.html'}\n"
    assert "without the war" in told.err
    assert main(["report", str(run.folder), "--no-counterfactual", "--out", str(tmp_path)]) == 0
    assert "Running" not in capsys.readouterr().err
    assert "war minus no war" in (run.folder / "report.html").read_text()
    assert "Variance cut" not in (tmp_path / "report.html").read_text()


def test_no_world_is_run_beside_a_run_of_another_version_of_the_program(
    tmp_path, monkeypatch, capsys
):
    first = plates.collected()[:1]
    monkeypatch.setattr(plates, "collected", lambda: first)
    run = quick_run(tmp_path)
    path = run.folder / "manifest.json"
    stated = json.loads(path.read_text())
    path.write_text(json.dumps({**stated, "code": "0.0+0123456789ab"}))
    run = sim.open_run(run.folder)
    older = f"{run.folder} was made by another version of the program: run it again"
    with pytest.raises(ResultError, match=re.escape(older)):
        run_variant(run, no_war(run.scenario), workers=1)
    assert not (run.folder / "worlds").exists()
    assert main(["report", str(run.folder)]) == 0
    told = capsys.readouterr()
    assert told.out == f"Report: {run.folder / 'report.html'}\n"
    assert [line for line in told.err.splitlines() if older in line] == [
        f"Note: {older}, to have a world run beside it. The page is of this run alone."
    ]
    page = (run.folder / "report.html").read_text()
    assert "minus no war" not in page
    assert "All else is the same" not in page
    assert main(["report", str(run.folder), "--leave-one-out"]) == 2
    assert older in capsys.readouterr().err
