"""Replications depend on scenario, seed and number alone, and survive interruption."""

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

import sim
from sim.batch.replicate import Interrupted, replicate
from sim.errors import ResultError
from sim.record.tables import SCHEMAS

QUICK = {"population.users": 100, "end_date": "2024-05-31"}


@pytest.fixture
def quick():
    return sim.load("minimal", overrides=QUICK)


def digests(run):
    return {name: table["sha256"] for name, table in run.manifest["tables"].items()}


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
    run = sim.run(quick, replications=1, out=tmp_path / "run", workers=1)
    manifest = json.loads((run.folder / "manifest.json").read_text())
    assert manifest["complete"]
    assert manifest["seed"] == quick.seed
    assert manifest["finished"] == [0]
    assert manifest["peak_memory_bytes"] > 10**7
    assert {"pricewar", "python", "numpy", "numba"} <= manifest["versions"].keys()
    again = sim.run(
        sim.load(run.folder / "resolved.yaml"), replications=1, out=tmp_path / "again", workers=1
    )
    assert again.manifest["scenario_sha256"] == manifest["scenario_sha256"]
    assert digests(again) == digests(run)
    assert run.scenario == quick
    assert "source: assumption" in (run.folder / "resolved.yaml").read_text()


def test_progress_reaches_the_end_of_every_replication(quick, tmp_path):
    class Remember:
        reached: dict[int, float] = {}  # noqa: RUF012 - one use

        def update(self, replication, time_days):
            self.reached[replication] = time_days

    remember = Remember()
    replicate(quick, out=tmp_path / "run", replications=2, workers=2, progress=remember)
    assert remember.reached == {0: quick.duration_days, 1: quick.duration_days}


def test_an_interruption_keeps_what_had_finished(quick, tmp_path):
    class Impatient:
        def update(self, replication, time_days):
            if replication == 1:
                raise KeyboardInterrupt

    with pytest.raises(Interrupted) as stop:
        replicate(quick, out=tmp_path / "run", replications=3, workers=1, progress=Impatient())
    run = stop.value.run
    assert run.replications == [0]
    assert not run.manifest["complete"]
    assert set(run.market["replication"]) == {0}


def test_a_fault_in_a_replication_keeps_the_others_and_is_not_hidden(quick, tmp_path):
    class Broken:
        def update(self, replication, time_days):
            if replication == 1:
                raise RuntimeError("a fault")

    with pytest.raises(RuntimeError, match="a fault"):
        replicate(quick, out=tmp_path / "run", replications=2, workers=1, progress=Broken())
    assert sim.open_run(tmp_path / "run").replications == [0]


def test_a_worker_that_dies_is_reported_and_the_rest_is_kept(quick, tmp_path):
    class Killer:
        killed = False

        def update(self, replication, time_days):
            import multiprocessing

            for child in multiprocessing.active_children():
                os.kill(child.pid, signal.SIGKILL)

    with pytest.raises(ResultError, match="a worker process died"):
        replicate(quick, out=tmp_path / "run", replications=6, workers=2, progress=Killer())
    assert sim.open_run(tmp_path / "run").manifest["complete"] is False


@pytest.mark.slow
def test_ctrl_c_in_a_terminal_leaves_a_readable_run_and_no_traceback(tmp_path):
    command = [
        sys.executable, "-m", "pricewar.cli.main", "run", "minimal", "--out", str(tmp_path / "run"),
        "--replications", "400", "--workers", "2", "--set", "population.users=2000",
    ]  # fmt: skip
    # a test runner in the background ignores Ctrl-C, and its children would inherit that
    with subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as process:
        parts = tmp_path / "run/replications"
        deadline = time.monotonic() + 600
        while not list(parts.glob("*/done.json")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=600)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "replications had finished" in errors
    assert "Traceback" not in errors
    assert len(sim.open_run(tmp_path / "run").replications) >= 1
