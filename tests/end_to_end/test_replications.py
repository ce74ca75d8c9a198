"""Replications depend on scenario, seed and number alone, whoever executes them."""

import json

import pandas as pd
import pytest

import sim
from sim.batch.orders import Orders
from sim.batch.processes import Processes
from sim.batch.run import Interrupted, run_scenario
from sim.batch.serial import Serial
from sim.errors import ResultError, UsageError
from sim.record.tables import SCHEMAS

pytestmark = pytest.mark.slow

QUICK = {"population.users": 100, "end_date": "2024-05-31"}


@pytest.fixture
def quick():
    return sim.load("minimal", overrides=QUICK)


def digests(run):
    return {name: table["sha256"] for name, table in run.manifest["tables"].items()}


class Watch:
    """Remembers the states that it is shown."""

    def __init__(self):
        self.states = []

    def update(self, state):
        self.states.append(state)


def test_tables_are_the_same_bytes_whatever_the_number_of_workers(quick, tmp_path):
    alone = sim.run(quick, replications=3, out=tmp_path / "alone", workers=1)
    together = sim.run(quick, replications=3, out=tmp_path / "together", workers=2)
    assert digests(alone) == digests(together)
    for name in SCHEMAS:
        first, second = (run.folder / f"{name}.parquet" for run in (alone, together))
        assert first.read_bytes() == second.read_bytes()


def test_a_replication_does_not_depend_on_how_many_others_are_run(quick, tmp_path):
    two = sim.run(quick, replications=2, out=tmp_path / "two", workers=1)
    one = sim.run(quick, replications=1, out=tmp_path / "one", workers=1)
    pd.testing.assert_frame_equal(two.market.query("replication == 0"), one.market)


def test_seeds_and_replications_differ(quick, tmp_path):
    first = sim.run(quick, replications=2, out=tmp_path / "a", workers=1)
    other = sim.run(quick, replications=2, seed=99, out=tmp_path / "b", workers=1)
    assert digests(first) != digests(other)
    means = first.market.groupby("replication")["tokens_mtok_per_day"].mean()
    assert means.nunique() == 2


def test_the_manifest_says_what_was_run_and_resolved_yaml_runs_the_same(quick, tmp_path):
    run = sim.run(quick, replications=1, seed=9, out=tmp_path / "run", workers=1)
    manifest = json.loads((run.folder / "manifest.json").read_text())
    assert manifest["complete"]
    assert manifest["seed"] == 9
    assert manifest["finished"] == [0]
    assert len(manifest["replication_wall_time_s"]) == 1
    assert manifest["peak_memory_bytes"] > 10**7
    assert {"pricewar", "python", "numpy", "numba"} <= manifest["versions"].keys()
    again = sim.run(sim.load(run.folder / "resolved.yaml"), out=tmp_path / "again", workers=1)
    assert again.manifest["scenario_sha256"] == manifest["scenario_sha256"]
    assert digests(again) == digests(run)
    assert run.scenario == quick.model_copy(update={"replications": 1, "seed": 9})
    assert "source: assumption" in (run.folder / "resolved.yaml").read_text()


def test_a_finished_run_keeps_nothing_but_its_result(quick, tmp_path):
    run = sim.run(quick, replications=2, out=tmp_path / "run", workers=1)
    assert {path.name for path in run.folder.iterdir()} == {
        "manifest.json", "resolved.yaml", *(f"{name}.parquet" for name in SCHEMAS)
    }  # fmt: skip


@pytest.mark.parametrize("start", [Serial, lambda: Processes(1)], ids=["serial", "processes"])
def test_progress_is_shown_within_replications_too(start, tmp_path, monkeypatch):
    monkeypatch.setattr("sim.batch.engine._SHOWN_EVERY_S", 0.0)
    monkeypatch.setattr("sim.batch.worker._REPORT_EVERY_S", 0.0)
    longer = sim.load("minimal", overrides={"population.users": 50_000})
    watch = Watch()
    run_scenario(longer, tmp_path / "run", start, Orders(replications=1), watch)
    running = [state for state in watch.states if state.phase == "running"]
    assert any(0.0 < state.partial < 1.0 for state in running)
    assert all(state.done + state.failed + state.partial <= state.planned for state in running)
    assert watch.states[-1].phase == "finished"
    assert (watch.states[-1].done, watch.states[-1].partial) == (1, 0.0)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("replications", 0), ("replications", 1.5), ("seed", -1), ("seed", 2**32), ("workers", 0),
        ("time_limit_s", 0.0), ("memory_limit_bytes", -1),
    ],
)  # fmt: skip
def test_numbers_that_nothing_can_be_run_with_are_refused_and_nothing_is_written(
    argument, value, quick, tmp_path
):
    with pytest.raises(UsageError, match=str(value)):
        sim.run(quick, out=tmp_path / "run", **{argument: value})
    assert not (tmp_path / "run").exists()


# -------------------------------------------------------------------- interruptions and resuming


class Stop:
    """Interrupts a run as soon as it is shown that enough replications have finished."""

    def __init__(self, after):
        self.after = after

    def update(self, state):
        if state.phase == "running" and state.done >= self.after:
            raise KeyboardInterrupt


class Refuse:
    """An executor that must not be needed."""

    def __init__(self):
        raise AssertionError("something was executed")


@pytest.fixture
def interrupted(quick, tmp_path, monkeypatch):
    """A run of three replications, stopped after the first, and its folder."""
    monkeypatch.setattr("sim.batch.engine._SHOWN_EVERY_S", 0.0)
    with pytest.raises(Interrupted) as stop:
        run_scenario(quick, tmp_path / "run", Serial, Orders(replications=3), Stop(1))
    return stop.value.run


def test_an_interruption_keeps_what_had_finished(interrupted):
    assert interrupted.replications == [0]
    assert not interrupted.manifest["complete"]
    assert interrupted.manifest["planned"] == 3
    assert set(interrupted.market["replication"]) == {0}


def test_an_interrupted_run_is_continued_and_equals_one_left_alone(interrupted, quick, tmp_path):
    report = run_scenario(quick, interrupted.folder, Serial, Orders(replications=3, resume=True))
    assert report.executed == 2
    assert report.run.manifest["complete"]
    alone = sim.run(quick, replications=3, out=tmp_path / "alone", workers=1)
    assert digests(report.run) == digests(alone)
    assert not (interrupted.folder / "replications").exists()


def test_nothing_is_executed_when_a_finished_run_is_continued(quick, tmp_path):
    run = sim.run(quick, replications=2, out=tmp_path / "run", workers=1)
    report = run_scenario(quick, run.folder, Refuse, Orders(replications=2, resume=True))
    assert report.executed == 0
    assert digests(report.run) == digests(run)


def test_replications_are_added_to_a_finished_run(quick, tmp_path):
    run = sim.run(quick, replications=2, out=tmp_path / "run", workers=1)
    report = run_scenario(quick, run.folder, Serial, Orders(replications=4, resume=True))
    assert report.executed == 2
    alone = sim.run(quick, replications=4, out=tmp_path / "alone", workers=1)
    assert digests(report.run) == digests(alone)


def test_continuing_begins_a_run_that_is_not_there_yet(quick, tmp_path):
    run = sim.run(quick, replications=1, out=tmp_path / "run", workers=1, resume=True)
    assert run.replications == [0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"population.users": 99}, "holds a run of another scenario"),
        ({"seed": 77}, "holds a run with seed 1, not 77"),
        ({"replications": 1}, "holds 2 replications, not 1"),
    ],
)
def test_another_run_is_never_continued(change, message, quick, tmp_path):
    run = sim.run(quick, replications=2, out=tmp_path / "run", workers=1)
    before = digests(run)
    other = sim.load("minimal", overrides={**QUICK, "replications": 2, **change})
    with pytest.raises(ResultError, match=message):
        sim.run(other, out=run.folder, resume=True)
    assert digests(sim.open_run(run.folder)) == before


def test_a_run_of_another_version_is_never_continued(interrupted, quick, monkeypatch):
    monkeypatch.setattr("sim.batch.taking_up.code_version", lambda: "9.9")
    with pytest.raises(ResultError, match=r"was made by pricewar .*; this is 9\.9"):
        sim.run(quick, replications=3, out=interrupted.folder, resume=True)


def test_a_damaged_replication_is_run_again_when_a_run_is_continued(interrupted, quick, tmp_path):
    (shard,) = (interrupted.folder / "replications").glob("0*")
    (shard / "market.parquet").write_bytes(b"damaged")
    report = run_scenario(quick, interrupted.folder, Serial, Orders(replications=3, resume=True))
    assert report.executed == 3
    alone = sim.run(quick, replications=3, out=tmp_path / "alone", workers=1)
    assert digests(report.run) == digests(alone)


def test_a_run_whose_manifest_is_damaged_is_replaced_only_when_asked(quick, tmp_path):
    run = sim.run(quick, replications=1, out=tmp_path / "run", workers=1)
    (run.folder / "manifest.json").write_text("{")
    for options in ({}, {"resume": True}):
        with pytest.raises(ResultError, match="already holds a result|is damaged"):
            sim.run(quick, replications=1, out=run.folder, workers=1, **options)
    again = sim.run(quick, replications=1, out=run.folder, workers=1, overwrite=True)
    assert digests(again) == digests(run)


def test_a_replication_that_fails_is_not_hidden_and_the_others_are_kept(
    quick, tmp_path, monkeypatch
):
    from sim.batch import execution

    original = execution._run

    def faulty(job, report):
        if job.replication == 1:
            return execution.Failure(job.run_id, "run", "ValueError: a fault")
        return original(job, report)

    monkeypatch.setattr(execution, "_run", faulty)
    with pytest.raises(ResultError, match="1 of 3 replications failed") as error:
        sim.run(quick, replications=3, out=tmp_path / "run", workers=1)
    assert "replication 1, run: ValueError: a fault" in str(error.value)
    run = sim.open_run(tmp_path / "run")
    assert run.replications == [0, 2]
    assert run.failures == [{"replication": 1, "stage": "run", "message": "ValueError: a fault"}]
    monkeypatch.undo()
    again = sim.run(quick, replications=3, out=tmp_path / "run", workers=1, resume=True)
    assert (again.replications, again.failures) == ([0, 1, 2], [])


def test_to_resume_and_to_overwrite_at_once_is_refused_and_nothing_is_touched(quick, tmp_path):
    run = sim.run(quick, replications=1, out=tmp_path / "run", workers=1)
    before = digests(run)
    with pytest.raises(UsageError, match="choose one"):
        sim.run(quick, replications=1, out=run.folder, workers=1, resume=True, overwrite=True)
    assert digests(sim.open_run(run.folder)) == before


def test_what_is_no_scenario_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(UsageError, match=r"load it first, as in sim.run\(sim.load"):
        sim.run("minimal", out=tmp_path / "run")
