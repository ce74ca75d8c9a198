"""Whatever is killed, and whenever: nothing is lost, nothing is counted twice."""

import multiprocessing
import os
import random
import shutil
import signal
import time
from pathlib import Path

import psutil
import pytest

from sim.files.lock import holder_of

pytestmark = pytest.mark.slow

PATIENCE_S = 600.0
"""A sweep of seconds takes minutes on a machine that is busy with what is more urgent."""


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.01)
    return found


def shards(folder: Path) -> list[Path]:
    return [path for path in folder.glob("shards/*") if not path.name.startswith(".")]


def sweep_here(design: Path, out: Path) -> None:
    """Begin a sweep, or go on with it, in this process."""
    from sim.batch.design_file import read_design
    from sim.batch.orders import Orders
    from sim.batch.serial import Serial
    from sim.batch.sweep import run_sweep

    run_sweep(read_design(design), out, Serial, Orders(resume=True, reuse=()))


class Forked:
    """Sweeps in processes that a server forks with everything imported: a quick start."""

    def __init__(self, sweeper) -> None:
        self.sweeper = sweeper
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(
            ["sim.batch.sweep", "sim.batch.serial", "sim.simulation", "duckdb", __name__]
        )

    def start(self, out: str):
        arguments = (self.sweeper.design, self.sweeper.folder / out)
        process = self.context.Process(target=sweep_here, args=arguments)
        process.start()
        return process

    def end(self, process) -> int | None:
        process.join(PATIENCE_S)
        return process.exitcode


class WithWorkers:
    """Sweeps by the command line, with two worker processes."""

    def __init__(self, sweeper) -> None:
        self.sweeper = sweeper

    def start(self, out: str):
        return self.sweeper.start(out, "--resume", "--workers", "2")

    def end(self, process) -> int | None:
        process.communicate(timeout=PATIENCE_S)
        return process.returncode


def is_at_work(folder: Path, process, way) -> bool:
    has_ended = process.exitcode if isinstance(way, Forked) else process.poll()
    return has_ended is not None or holder_of(folder / "lock").get("pid") == process.pid


def lasts(way, sweeper, out: str) -> float:
    """Return how long an undisturbed sweep has its lock."""
    process = way.start(out)
    wait_for(lambda: is_at_work(sweeper.folder / out, process, way))
    begin = time.monotonic()
    assert way.end(process) == 0
    return time.monotonic() - begin


def kill_at_random(way, sweeper, contents, expected, kills: int, seed: int) -> tuple[int, int]:
    """Kill a sweep again and again, at random moments after it took its lock, and resume it.

    Kills that come after the sweep has ended do not count. Every sweep that reaches its end must
    be the undisturbed one, byte for byte; then another is begun. Returns how many sweeps were
    killed and how many reached their end.
    """
    draws = random.Random(seed)
    lasts(way, sweeper, "cold")
    span = lasts(way, sweeper, "warm")
    killed = finished = 0
    while killed < kills or not finished:
        out = f"out{finished}"
        process = way.start(out)
        wait_for(lambda: is_at_work(sweeper.folder / out, process, way))  # noqa: B023
        if killed < kills:
            time.sleep(draws.uniform(0.0, span))
            process.kill()
        code = way.end(process)
        if code == -signal.SIGKILL:
            killed += 1
            continue
        assert code == 0
        assert contents(sweeper.open(out)) == expected
        shutil.rmtree(sweeper.folder / out)
        finished += 1
    return killed, finished


@pytest.mark.parametrize(("way", "kills"), [(Forked, 7), (WithWorkers, 3)])
def test_ten_kills_at_random_moments_leave_no_trace(way, kills, sweeper, contents, undisturbed):
    sweeper.write(replications=4)
    disturbed = kill_at_random(way(sweeper), sweeper, contents, undisturbed(4), kills, 20240506)
    assert disturbed[0] == kills
    assert disturbed[1] >= 1


@pytest.mark.long
@pytest.mark.parametrize(("way", "kills"), [(Forked, 170), (WithWorkers, 30)])
def test_two_hundred_kills_at_random_moments_leave_no_trace(
    way, kills, sweeper, contents, undisturbed
):
    sweeper.write(replications=4)
    disturbed = kill_at_random(way(sweeper), sweeper, contents, undisturbed(4), kills, seed=42)
    assert disturbed[0] == kills
    assert disturbed[1] >= 1


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(sweeper, contents, undisturbed):
    process = sweeper.start("out", "--workers", "2", fault="slow:0.2")
    wait_for(lambda: shards(sweeper.folder / "out"))
    psutil.Process(process.pid).children()[0].kill()
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    assert contents(sweeper.open("out")) == undisturbed(2)


def test_workers_end_with_the_parent_and_the_sweep_can_be_resumed(sweeper, contents, undisturbed):
    process = sweeper.start("out", "--workers", "2", fault="slow:0.2")
    wait_for(lambda: shards(sweeper.folder / "out"))
    workers = psutil.Process(process.pid).children()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert workers
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert not alive
    before = set(sweeper.open("out").plan.query("state == 'done'")["run_id"])
    code, said = sweeper.run("out", "--resume", "--workers", "2")
    assert code == 0, said
    assert f"12 of 12 runs are done, {12 - len(before)} of them executed now" in said
    assert contents(sweeper.open("out")) == undisturbed(2)


def test_ctrl_c_says_how_to_continue(sweeper, contents, undisturbed):
    process = sweeper.start("out", "--workers", "2", fault="slow:0.2")
    wait_for(lambda: shards(sweeper.folder / "out"))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "continue with --resume" in errors
    assert "Traceback" not in errors
    assert sweeper.run("out", "--resume", "--serial")[0] == 0
    assert contents(sweeper.open("out")) == undisturbed(2)
