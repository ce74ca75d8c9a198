"""A sweep says what to type next, and that says what its outcomes hang on."""

import json
import shlex
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis.sensitivity.responses import responses_of
from pricewar.cli.main import main
from sim.record.failures import Failure, Failures
from sim.record.sweep import Sweep
from sim.record.sweep_folder import SweepFolder

pytestmark = pytest.mark.slow

DESIGN = """\
name: tiny
scenario: minimal
set: {population.users: 100, end_date: 2024-06-10, war.reaction_per_day: 1.0}
replications: 2
kind: grid
parameters:
  setup_cost: {path: "domains[coding].setup_cost_usd", values: [100.0, 5000.0]}
  floor_share: {path: "providers[Zhipu].war.floor_cost_share", values: [0.2, 1.0]}
contrast:
  war: {path: factors.competition, values: [true, false]}
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A sweep of four points in two worlds, and what it ended with."""
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "tiny.yaml").write_text(DESIGN, encoding="utf-8")
    out = folder / "tiny"
    design = str(folder / "tiny.yaml")
    assert main(["sweep", design, "--serial", "--no-reuse", "--out", str(out)]) == 0
    return out


@pytest.fixture
def folder(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "tiny")
    return tmp_path / "tiny"


def test_what_a_sweep_of_several_points_ends_with_analyses_it(folder, capsys):
    design = str(folder / "design.yaml")
    assert main(["sweep", design, "--serial", "--out", str(folder), "--resume"]) == 0
    _, _, following = capsys.readouterr().out.partition("\nNext:\n")
    lines = [shlex.split(line) for line in following.strip().splitlines()]
    assert [line[1] for line in lines] == ["sensitivity", "report", "query", "export"]
    for line in lines[:2]:
        assert main([*line[1:]]) == 0
    assert "replication noise" in capsys.readouterr().out
    page = (folder / "report.html").read_text(encoding="utf-8")
    for name in ("tornado", "response-surface", "interaction"):
        assert f'id="{name}"' in page
        assert len(pd.read_csv(folder / "figures" / f"{name}.csv")) > 0
    assert "left out" not in page


def test_what_the_war_adds_is_the_difference_of_two_runs_with_the_same_draws(folder):
    sweep = Sweep(folder)
    responses = responses_of(sweep)
    last = sweep.market[sweep.market["time_days"] == sweep.market["time_days"].max()]
    table = last.set_index(["setup_cost", "floor_share", "war", "replication"])
    for number, point in responses.points.iterrows():
        at = (point["setup_cost"], point["floor_share"])
        for replication in range(2):
            worlds = [table.loc[(*at, war, replication), "adopters_share"] for war in (True, False)]
            added = responses.values["adopters_share_end_added"][number, replication]
            assert added == pytest.approx(worlds[0] - worlds[1], abs=1e-15)
    assert set(responses.values["solvent_developers_end"].ravel()) <= {0.0, 1.0, 2.0}


def test_failed_points_are_named_and_never_dropped_in_silence(folder, capsys):
    plan = SweepFolder(folder).read_plan()
    at_two = [point == 2 for point in plan["point"].to_pylist()]
    names = [
        f"failed-{it}" if two else it
        for it, two in zip(plan["run_id"].to_pylist(), at_two, strict=True)
    ]
    SweepFolder(folder).write_plan(plan.set_column(0, "run_id", pa.array(names)))
    for replication, name in enumerate(it for it, two in zip(names, at_two, strict=True) if two):
        failure = Failure(name, "run", "ValueError: a planted fault", "")
        Failures(folder / "failures").add(failure, 2, replication, {})
    found = responses_of(Sweep(folder))
    assert [one.point for one in found.missing] == [2]
    assert "a planted fault" in str(found.missing[0])
    assert np.isnan(found.values["adopters_share_end"]).sum() == 2
    assert main(["sensitivity", str(folder)]) == 2  # three points of a grid make no surrogate
    assert "3 points have" in capsys.readouterr().err


def test_json_and_csv_hold_every_index(folder, capsys):
    assert main(["sensitivity", str(folder), "--outcome", "hhi_tokens_end", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["measure"] for row in rows} == {"first order", "total", "interaction"}
    assert len(rows) == 5
    assert len(pd.read_csv(folder / "sensitivity" / "indices.csv")) == 5
    assert len(pd.read_csv(folder / "sensitivity" / "points.csv")) == 4


def test_an_unknown_outcome_is_refused_with_the_nearest_name(folder, capsys):
    assert main(["sensitivity", str(folder), "--outcome", "adopters_share_ends"]) == 2
    assert "adopters_share_end" in capsys.readouterr().err


def test_a_folder_that_is_no_sweep_is_refused(tmp_path, capsys):
    assert main(["sensitivity", str(tmp_path)]) == 2
    assert "is not a sweep" in capsys.readouterr().err


def test_options_of_runs_are_refused_for_a_sweep(folder, capsys):
    assert main(["report", str(folder), "--leave-one-out"]) == 2
    assert "is a sweep" in capsys.readouterr().err
