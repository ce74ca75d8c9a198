"""What a sweep costs beside its runs: throughput, resuming, queries, the parent's memory.

Run it as ``python tests/benchmarks/sweeps.py``, with names of parts to run only those. Every sweep
is a process of its own. One and two workers take turns, so that a busy machine disturbs both alike;
processor time, which other processes do not add to, is printed beside the wall time.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import sim

DESIGN = """\
name: benchmark
scenario: minimal
set: {{population.users: {users}, end_date: {end_date}}}
replications: {replications}
kind: grid
parameters:
  reaction_rate: {{path: war.reaction_per_day, range: [0.02, 0.2], levels: {points}}}
"""
QUARTER, EIGHTY_WEEKS = "2024-07-15", "2025-10-27"
COMMAND = """\
import sys
from pricewar.cli.main import main
code = main()
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
sys.stderr.write("peak " + status["VmHWM"].split()[0])
sys.exit(code)
"""


@dataclass(frozen=True)
class Measured:
    """What one sweep took."""

    wall_s: float
    processor_s: float
    peak_mb: float


def design(folder: Path, users: int, points: int, replications: int, end_date: str) -> Path:
    """Write a design and return its path."""
    path = folder / "benchmark.yaml"
    path.write_text(
        DESIGN.format(users=users, points=points, replications=replications, end_date=end_date)
    )
    return path


def sweep(path: Path, out: Path, *options: str) -> Measured:
    """Run a sweep in a process of its own."""
    command = [sys.executable, "-c", COMMAND, "sweep", str(path), "--out", str(out), "--no-reuse"]
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        errors = said.read().decode()
    if process.returncode:
        raise SystemExit(errors)
    peak = float(errors.rpartition("peak ")[2]) / 1024
    return Measured(time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, peak)


def users_for(seconds: float) -> int:
    """Find the number of users with which a run of the minimal scenario takes that long."""
    from present import Replication

    def took(users: int) -> float:
        minimal = Replication("minimal", {"population.users": users})
        begin = time.process_time()
        minimal.run(0)
        return time.process_time() - begin

    took(1000)
    users = 50_000
    for _ in range(3):
        users = max(1000, round(users * seconds / took(users)))
    return users


def throughput(folder: Path, repeats: int) -> None:
    """One worker against two, on 200 runs of half a second."""
    users = users_for(0.5)
    path = design(folder, users, 20, 10, QUARTER)
    found: dict[int, list[Measured]] = {1: [], 2: []}
    for turn in range(repeats):
        for workers in (1, 2):
            out = folder / f"throughput-{turn}-{workers}"
            found[workers].append(sweep(path, out, "--workers", str(workers)))
    runs = [sim.Sweep(folder / f"throughput-{turn}-1").plan["seconds"] for turn in range(repeats)]
    for workers, measured in found.items():
        walls = [one.wall_s for one in measured]
        processor = [one.processor_s for one in measured]
        show(f"200 runs of {users} users, {workers} workers, wall s", walls)
        show("  processor s, everything", processor)
    show("  inside runs, wall s", [float(one.sum()) for one in runs])
    ratios = [one.wall_s / two.wall_s for one, two in zip(found[1], found[2], strict=True)]
    show("throughput of two workers over one", ratios)
    outside = [
        1.0 - float(inside.sum()) / one.wall_s for inside, one in zip(runs, found[1], strict=True)
    ]
    show("share of one worker's time outside runs", outside)


def reading(folder: Path, repeats: int) -> None:
    """Recognise a finished sweep of 1,000 runs of 80 weeks, and ask it a question."""
    path = design(folder, 50, 100, 10, EIGHTY_WEEKS)
    out = folder / "reading"
    sweep(path, out, "--workers", "2")
    show("resume of 1,000 finished runs, wall s", [
        sweep(path, out, "--resume").wall_s for _ in range(repeats)
    ])  # fmt: skip
    sql = "select reaction_rate, avg(price_index), max(adopters_share) from market group by 1"
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        rows = sim.Sweep(out).query(sql).fetchall()
        times.append(time.perf_counter() - begin)
    show(f"open and query 1,000 runs x 80 weeks ({len(rows)} groups), s", times)
    opened = sim.Sweep(out)
    opened.query(sql).fetchall()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        opened.query(sql).fetchall()
        times.append(time.perf_counter() - begin)
    show("a further query, s", times)


def memory(folder: Path, repeats: int) -> None:
    """Peak memory of the parent at 100 and at 2,000 runs."""
    for runs in (100, 2000):
        path = design(folder, 50, runs // 10, 10, QUARTER)
        show(
            f"peak memory of the parent, {runs} runs, MB",
            [
                sweep(path, folder / f"memory-{runs}-{turn}", "--workers", "2").peak_mb
                for turn in range(repeats)
            ],
        )


def overhead(folder: Path, repeats: int) -> None:
    """What starting and a task cost beside the runs."""
    from sim.batch.execution import execute
    from sim.batch.run_key import code_version
    from sim.batch.task import Delivery, Job, Limits, Task

    path = design(folder, 50, 2, 1, QUARTER)
    show("a sweep of two short runs, start to end, wall s", [
        sweep(path, folder / f"start-{turn}", "--workers", "2").wall_s for turn in range(repeats)
    ])  # fmt: skip
    scenario = sim.load("minimal", overrides={"population.users": 50})
    times = []
    for turn in range(repeats * 10):
        jobs = (Job(f"{turn:032d}", scenario, 1, 0),)
        delivery = Delivery(str(folder / "shards"))
        task = Task(f"{turn:06d}", jobs, Limits(), delivery, code_version())
        begin = time.perf_counter()
        result = execute(task, lambda _reached: None)
        times.append(1e3 * (time.perf_counter() - begin - sum(result.seconds.values())))
    show("a task beside its runs: tables, digests, writing, ms", times[1:])


def show(what: str, values: list[float]) -> None:
    """Print the median, and the spread."""
    spread = f"{min(values):.3g} to {max(values):.3g}" if len(values) > 1 else "once"
    sys.stdout.write(f"{what:<62} {statistics.median(values):8.3g}   ({spread})\n")
    sys.stdout.flush()


PARTS = {"overhead": overhead, "throughput": throughput, "reading": reading, "memory": memory}


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS), help=", ".join(PARTS))
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    sys.stdout.write(f"{platform.processor()} {os.cpu_count()} cores, load {load:.1f}\n")
    for part in arguments.parts:
        with tempfile.TemporaryDirectory() as folder:
            PARTS[part](Path(folder), arguments.repeats)


if __name__ == "__main__":
    main()
