"""A run that is killed, stopped or fails keeps what finished, and is continued as if left alone."""

import os
import random
import signal
import time
from pathlib import Path

import psutil
import pytest

import sim

pytestmark = pytest.mark.slow

PATIENCE_S = 600.0


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.01)
    return found


def finished(folder: Path) -> list[Path]:
    return list(folder.glob("replications/*/done.json"))


def digests(folder: Path) -> dict[str, str]:
    tables = sim.open_run(folder).manifest["tables"]
    return {name: table["sha256"] for name, table in tables.items()}


@pytest.fixture(scope="module")
def alone(first_point, tmp_path_factory) -> dict[str, str]:
    """Return the tables of the run when nothing disturbs it."""
    scenario = sim.load("minimal", overrides=first_point)
    out = tmp_path_factory.mktemp("alone") / "run"
    return digests(sim.run(scenario, replications=4, out=out, workers=1).folder)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_run_that_is_killed_is_continued_and_equals_one_left_alone(workers, sweeper, alone):
    process = sweeper.start_run("out", "--workers", workers, fault="hold:1")
    out = sweeper.folder / "out"
    wait_for(lambda: finished(out) or process.poll() is not None)
    children = psutil.Process(process.pid).children()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive
    code, said = sweeper.run_once("out", "--workers", workers)
    assert code == 2
    assert "already holds an unfinished run; nothing was touched" in said
    code, said = sweeper.run_once("out", "--workers", workers, "--resume")
    assert code == 0, said
    assert digests(out) == alone
    assert not (out / "unfinished").exists()


def test_kills_at_random_moments_leave_no_trace(sweeper, alone):
    draws = random.Random(20240506)
    killed = 0
    while killed < 4:
        process = sweeper.start_run("out", "--workers", "1", "--resume", fault="slow:0.1")
        out = sweeper.folder / "out"
        wait_for(lambda: (out / "lock").exists() or process.poll() is not None)  # noqa: B023
        time.sleep(draws.uniform(0.0, 0.4))
        process.kill()
        process.communicate()
        killed += 1
    code, said = sweeper.run_once("out", "--workers", "1", "--resume")
    assert code == 0, said
    assert digests(out) == alone


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)
def test_a_run_that_is_stopped_can_be_read_and_continued(number, code, sweeper, alone):
    process = sweeper.start_run("out", "--workers", "2", fault="hold:1")
    out = sweeper.folder / "out"
    wait_for(lambda: finished(out) or process.poll() is not None)
    time.sleep(1.0)  # a worker has written its record; the run has yet to hear of it
    process.send_signal(number)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == code, errors
    assert "replications had finished" in errors
    assert "Continue with --resume" in errors
    assert "Traceback" not in errors
    run = sim.open_run(out)
    assert run.manifest["complete"] is False
    assert set(run.market["replication"]) == set(run.replications) != set()
    again, said = sweeper.run_once("out", "--workers", "1", "--resume")
    assert again == 0, said
    assert digests(out) == alone


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_replication_that_raises_is_a_row_and_the_others_are_kept(workers, sweeper, alone):
    code, said = sweeper.run_once("out", "--workers", workers, fault="raise")
    assert code == 1, said
    assert "Failed replications" in said
    assert "ValueError: a planted fault" in said
    out = sweeper.folder / "out"
    run = sim.open_run(out)
    assert run.replications == [0, 2, 3]
    (failure,) = run.failures
    assert (failure["replication"], failure["stage"]) == (1, "run")
    (trace,) = (out / "unfinished" / "failures").glob("*.txt")
    assert 'raise ValueError("a planted fault")' in trace.read_text()
    code, said = sweeper.run_once("out", "--workers", workers, "--resume")
    assert code == 0, said
    assert digests(out) == alone


def test_a_replication_that_never_ends_meets_its_time_limit(sweeper, alone):
    code, said = sweeper.run_once("out", "--time-limit", "8", fault="hang")
    assert code == 1, said
    out = sweeper.folder / "out"
    (failure,) = sim.open_run(out).failures
    assert failure["stage"] == "time limit"
    assert failure["message"] == "the run took longer than the limit of 8 s"
    assert sweeper.run_once("out", "--workers", "1", "--resume")[0] == 0
    assert digests(out) == alone


def test_a_second_run_into_a_folder_is_refused_even_to_overwrite_it(sweeper, alone):
    process = sweeper.start_run("out", "--workers", "1", fault="hang")
    wait_for((sweeper.folder / "out" / "unfinished" / "plan.parquet").exists)
    for option in ("--resume", "--overwrite"):
        code, said = sweeper.run_once("out", "--workers", "1", option)
        assert code == 2
        assert f"process {process.pid} on" in said
        assert "nothing was touched" in said
    process.kill()
    process.communicate()
    assert sweeper.run_once("out", "--workers", "1", "--resume")[0] == 0
    assert digests(sweeper.folder / "out") == alone


def test_continuing_takes_up_what_the_run_was_begun_with(sweeper):
    code, said = sweeper.run_once("out", "--workers", "1", "--seed", "5", fault="raise")
    assert code == 1, said
    out = str(sweeper.folder / "out")
    more = ("--workers", "1", "--resume", "--replications", "5")
    process = sweeper.begin(("run", "minimal", "--out", out, *more))
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    run = sim.open_run(out)
    assert (run.seed, run.replications) == (5, [0, 1, 2, 3, 4])


def test_the_folder_of_a_run_may_be_the_working_folder_or_behind_a_link(sweeper, monkeypatch):
    real = sweeper.folder / "real"
    real.mkdir(mode=0o775)
    (sweeper.folder / "link").symlink_to(real)
    code, said = sweeper.run_once("link", "--workers", "1")
    assert code == 0, said
    assert (sweeper.folder / "link").is_symlink()
    monkeypatch.chdir(real)
    begun = sweeper.run_arguments("real", ["--workers", "1", "--overwrite"])
    here = ["." if argument == str(real) else argument for argument in begun]
    code, said = sweeper.end(here, "", {})
    assert code == 0, said
    assert sim.open_run(real).manifest["complete"]
