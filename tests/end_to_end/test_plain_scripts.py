"""Runs and sweeps start workers from plain scripts, from a pipe, and inside pools of processes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sim
from sim.record.sweep import Sweep

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SMALL = '{"population.users": 50, "end_date": "2024-05-20"}'
DESIGN = """\
name: small
scenario: minimal
set: {population.users: 50, end_date: 2024-05-20}
replications: 2
kind: grid
parameters:
  reaction_rate: {path: war.reaction_per_day, values: [0.02, 0.5]}
"""
CALLS = {
    "run": (
        f'run = MODULE.run(MODULE.load("minimal", {SMALL}), replications=2, out="result", '
        "workers=2)"
    ),
    "sweep": 'sweep = MODULE.sweep("design.yaml", out="result", workers=2)',
}
MODULES = pytest.mark.parametrize("module", ["sim", "pricewar"])
BOTH = pytest.mark.parametrize("call", CALLS)


@pytest.fixture
def python(tmp_path):
    """Return what runs a program in a folder with a design: as a file, or from a pipe."""
    (tmp_path / "design.yaml").write_text(DESIGN)

    def run(program: str, *, piped: bool = False) -> None:
        if not piped:
            (tmp_path / "script.py").write_text(program)
        done = subprocess.run(
            [sys.executable, "-" if piped else "script.py"],
            input=program if piped else None,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert done.returncode == 0, done.stderr

    return run


def assert_finished(call: str, folder: Path) -> None:
    """Hold what was written against all that was asked for."""
    if call == "run":
        assert sim.open_run(folder).replications == [0, 1]
    else:
        market = Sweep(folder).market
        found = set(zip(market["point"], market["replication"], strict=True))
        assert found == {(0, 0), (0, 1), (1, 0), (1, 1)}


@MODULES
@BOTH
def test_a_script_needs_no_main_guard(call, module, python, tmp_path):
    python(f"import {module}\n{CALLS[call].replace('MODULE', module)}\n")
    assert_finished(call, tmp_path / "result")


@BOTH
def test_a_program_may_come_from_a_pipe(call, python, tmp_path):
    python(f"import sim\n{CALLS[call].replace('MODULE', 'sim')}\n", piped=True)
    assert_finished(call, tmp_path / "result")


@BOTH
def test_daemonic_processes_of_a_pool_may_start_workers(call, python, tmp_path):
    python(
        "import multiprocessing\n"
        "import sim\n"
        "def work(_):\n"
        "    assert multiprocessing.current_process().daemon\n"
        f"    {CALLS[call].replace('MODULE', 'sim')}\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        pool.map(work, [1])\n"
    )
    assert_finished(call, tmp_path / "result")


def test_the_example_of_the_readme_is_a_script(python, tmp_path):
    """As it stands there, but for a smaller population and fewer weeks."""
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    smaller = re.sub(r"overrides=\{[^}]*\}", f"overrides={SMALL}", example)
    assert smaller != example
    python(smaller)
    (folder,) = (path.parent for path in tmp_path.rglob("manifest.json"))
    assert sim.open_run(folder).manifest["complete"]
