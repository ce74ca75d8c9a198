"""Sweeps for tests: a small design, commands in processes of their own, and planted faults."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from textwrap import dedent
from types import MappingProxyType

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pricewar.cli.main import main
from sim.record.sweep import Sweep
from sim.record.tables import SCHEMAS

DESIGN = """\
name: small
scenario: minimal
set:
  population.users: 50
  end_date: 2024-05-20
replications: {replications}
kind: grid
parameters:
  floor_share:
    path: providers[Zhipu].war.floor_cost_share
    values: [0.5, 1.0]
  reaction_rate:
    path: war.reaction_per_day
    values: [0.02, 0.15, 0.5]
"""

FIRST_POINT = (
    "population.users=50",
    "end_date=2024-05-20",
    "providers[Zhipu].war.floor_cost_share=0.5",
    "war.reaction_per_day=0.02",
)
"""What the first point of the design changes in its scenario."""
NOTHING: Mapping[str, str] = MappingProxyType({})
PATIENCE_S = 600.0
"""A sweep of seconds takes minutes on a machine that is busy with what is more urgent."""

FAULTS = """
import os, signal, sys, time
fault = os.environ.get("PLANTED_FAULT", "")
if fault:
    import sim.simulation as market
    kind, _, amount = fault.partition(":")
    original = market.Simulation.run

    def run(self, report=None):
        share = self.scenario.providers[0].war.floor_cost_share
        rate = self.scenario.war.reaction_per_day
        chosen = (self.market.streams.replication, share, rate) == (1, 0.5, 0.02)
        once = os.environ.get("FAULT_ONCE")
        if kind == "slow":
            time.sleep(float(amount))
        elif kind == "hold":
            while self.market.streams.replication >= int(amount):
                time.sleep(0.05)
        elif chosen and not (once and os.path.exists(once)):
            if once:
                open(once, "w").close()
            if kind == "raise":
                raise ValueError("a planted fault")
            if kind == "hang":
                while True:
                    pass
            if kind == "eat":
                held = []
                while True:
                    held.append(bytearray(b"x" * 10_000_000))
            if kind == "die":
                os.kill(os.getpid(), signal.SIGKILL)
        return original(self, report)

    market.Simulation.run = run
"""


class Sweeper:
    """Runs ``pricewar sweep`` on a small design, in processes of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.design = folder / "small.yaml"
        self.write(replications=2)
        planted = folder / "planted"
        planted.mkdir()
        (planted / "sitecustomize.py").write_text(FAULTS, encoding="utf-8")
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(
                filter(None, (str(planted), str(Path(__file__).parents[2])))
            ),
        }

    def write(self, replications: int, text: str = "") -> None:
        """Write the design."""
        self.design.write_text(
            DESIGN.format(replications=replications) + dedent(text), encoding="utf-8"
        )

    def start(self, out: str, *options: str, fault: str = "", **more: str) -> subprocess.Popen[str]:
        """Begin a sweep and return its process."""
        return self.begin(self.sweep_arguments(out, options), fault, more)

    def start_run(
        self, out: str, *options: str, fault: str = "", **more: str
    ) -> subprocess.Popen[str]:
        """Begin a run of the design's first point, of four replications, and return its process."""
        return self.begin(self.run_arguments(out, options), fault, more)

    def begin(
        self, arguments: Sequence[str], fault: str = "", more: Mapping[str, str] = NOTHING
    ) -> subprocess.Popen[str]:
        """Begin a command and return its process."""
        command = [sys.executable, "-m", "pricewar.cli.main", *arguments]
        environment = {**self.environment, "PLANTED_FAULT": fault, **more}
        # a test runner in the background ignores Ctrl-C, and its children would inherit that
        return subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    def sweep_arguments(self, out: str, options: Sequence[str]) -> tuple[str, ...]:
        """Return the command of a sweep."""
        command = ("sweep", str(self.design), "--no-reuse", "--out", str(self.folder / out))
        return (*command, *options)

    def run_arguments(self, out: str, options: Sequence[str]) -> tuple[str, ...]:
        """Return the command of a run of the first point."""
        command = ("run", "minimal", "--replications", "4", "--out", str(self.folder / out))
        changes = [text for change in FIRST_POINT for text in ("--set", change)]
        return (*command, *changes, *options)

    def run(self, out: str, *options: str, fault: str = "", **more: str) -> tuple[int, str]:
        """Run a sweep to its end; returns the exit code and all that it said."""
        return self.end(self.sweep_arguments(out, options), fault, more)

    def run_once(self, out: str, *options: str, fault: str = "", **more: str) -> tuple[int, str]:
        """Run the first point to its end; returns the exit code and all that it said."""
        return self.end(self.run_arguments(out, options), fault, more)

    def end(self, arguments: Sequence[str], fault: str, more: Mapping[str, str]) -> tuple[int, str]:
        """Execute a command to its end: in this process, unless something is planted in it.

        A process of its own takes seconds to start, and is there to be disturbed.
        """
        if fault or more:
            process = self.begin(arguments, fault, more)
            said, errors = process.communicate(timeout=PATIENCE_S)
            return process.returncode, said + errors
        output = io.StringIO()
        with redirect_stdout(output), redirect_stderr(output):
            code = main(arguments)
        return code, output.getvalue()

    def open(self, out: str) -> Sweep:
        """Open a sweep."""
        return Sweep(self.folder / out)


@pytest.fixture(scope="session")
def first_point() -> tuple[str, ...]:
    """Return what the first point of the design changes in its scenario."""
    return FIRST_POINT


@pytest.fixture
def sweeper(tmp_path: Path) -> Sweeper:
    """Run sweeps in a folder of the test's own."""
    return Sweeper(tmp_path)


def sorted_bytes(sweep: Sweep) -> dict[str, bytes]:
    """Each table in order of its key, as the bytes of a Parquet file; and the plan's states."""
    content = {}
    for name in SCHEMAS:
        rows = sweep.relation(name).order("point, replication, row").to_arrow_table()
        sink = pa.BufferOutputStream()
        pq.write_table(rows.combine_chunks(), sink)
        content[name] = sink.getvalue().to_pybytes()
    plan = sweep.plan.drop(columns="seconds")
    content["plan"] = plan.to_csv().encode()
    content["failures"] = sweep.failures.to_csv().encode()
    return content


@pytest.fixture
def contents() -> Callable[[Sweep], dict[str, bytes]]:
    """Return what tells whether two sweeps are the same, byte for byte."""
    return sorted_bytes


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], dict[str, bytes]]:
    """Return the content of the small sweep when nothing disturbs it."""
    known: dict[int, dict[str, bytes]] = {}

    def content(replications: int = 2) -> dict[str, bytes]:
        if replications not in known:
            sweeper = Sweeper(tmp_path_factory.mktemp("undisturbed"))
            sweeper.write(replications)
            code, said = sweeper.run("out", "--serial")
            assert code == 0, said
            known[replications] = sorted_bytes(sweeper.open("out"))
        return known[replications]

    return content
