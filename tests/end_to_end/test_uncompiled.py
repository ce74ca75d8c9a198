"""A run writes the same tables compiled and as plain Python, in both modes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import sim

pytestmark = pytest.mark.slow

CASES = {
    "minimal": {
        "population.mode": "cohorts",
        "population.network": {"kind": "complete"},
    },
    "hosts": {},
    "seeding": {"end_date": "2024-08-15"},
    "privacy-and-edge": {"end_date": "2025-01-31"},
}

RUN_PLAIN = """
import json, sys
import numba
import sim
assert numba.config.DISABLE_JIT
name, overrides, out = json.loads(sys.argv[1])
sim.run(sim.load(name, overrides=overrides), out=out)
"""


@pytest.mark.parametrize("name", CASES)
def test_a_run_writes_the_same_tables_compiled_or_not(name: str, tmp_path: Path) -> None:
    overrides = {"population.users": 100, "replications": 1, **CASES[name]}
    out = tmp_path / "plain"
    subprocess.run(
        [sys.executable, "-c", RUN_PLAIN, json.dumps([name, overrides, str(out)])],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        check=True,
    )
    compiled = sim.run(sim.load(name, overrides=overrides), out=tmp_path / "compiled")
    plain = sim.open_run(out)
    names = [path.stem for path in sorted((tmp_path / "compiled").glob("*.parquet"))]
    assert "products" in names
    for table in names:
        pd.testing.assert_frame_equal(plain.table(table), compiled.table(table), check_exact=True)
