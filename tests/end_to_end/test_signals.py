"""Runs end as whoever ends them means it, and take their workers along."""

import os
import signal
import subprocess
import sys
import time

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


def heed_all_but(ignored):
    """Heed signals that a test runner in the background ignores, as its children would too."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN if number == ignored else signal.SIG_DFL)


def begin(sweeper, fault, ignored=None):
    """Begin a run of four replications with two workers, in a group of processes of its own."""
    command = ("run", "minimal", "--workers", "2", "--replications", "4")
    changes = ("--set", "population.users=50", "--set", "end_date=2024-05-20")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "pricewar",
            *command,
            *changes,
            "--out",
            str(sweeper.folder / "out"),
        ],
        env={**sweeper.environment, "PLANTED_FAULT": fault},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: heed_all_but(ignored),  # noqa: PLW1509
    )
    shards = sweeper.folder / "out" / "replications"
    wait_for(lambda: list(shards.glob("*/done.json")) or process.poll() is not None)
    return process


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_to_the_whole_group_ends_a_run_as_one_to_the_run_alone(number, code, sweeper):
    process = begin(sweeper, "hold:2")
    workers = psutil.Process(process.pid).children()
    os.killpg(process.pid, number)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == code, errors
    assert "Continue with --resume" in errors
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert not alive
    run = sim.open_run(sweeper.folder / "out")
    assert run.replications
    assert not run.failures


def test_a_run_that_is_to_outlive_its_terminal_does(sweeper):
    process = begin(sweeper, "slow:0.3", ignored=signal.SIGHUP)
    os.killpg(process.pid, signal.SIGHUP)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    assert sim.open_run(sweeper.folder / "out").manifest["complete"]


FORKS = """
import os, signal, sys, time
from sim.batch.worker_process import WorkerProcess
worker = WorkerProcess(lambda *_: None)
forked = os.fork()
if not forked:
    time.sleep(600)
while not worker.is_ready:
    time.sleep(0.05)
print(worker.pid, forked, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_worker_ends_with_its_parent_though_a_forked_process_holds_its_pipe(sweeper):
    parent = subprocess.Popen(
        [sys.executable, "-c", FORKS], stdout=subprocess.PIPE, text=True, env=sweeper.environment
    )
    worker, forked = (psutil.Process(int(pid)) for pid in parent.stdout.readline().split())
    try:
        assert parent.wait(timeout=60) == -signal.SIGKILL
        psutil.wait_procs([worker], timeout=30)
        assert not worker.is_running()
        assert forked.is_running()
    finally:
        forked.kill()
        parent.stdout.close()


def test_a_limit_of_memory_that_no_run_can_keep_is_refused_at_once(sweeper):
    code, said = sweeper.run_once("out", "--workers", "1", "--memory-limit", "10MB")
    assert code == 2
    assert "memory limit: 10 MB, but a worker process takes" in said
    assert "Failed replications" not in said
