"""The worked example of a new column is applied to a copy of the program, and runs there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
EXAMPLE = Path(__file__).parents[2] / "docs/architecture.md"
DIFF = re.findall(r"^```diff\n(.*?)^```$", EXAMPLE.read_text(encoding="utf-8"), re.M | re.S)[0]
FILES = re.findall(r"^\+\+\+ b/(.+)$", DIFF, re.M)
SCRIPT = """
import sim
from analysis.figures import plates
from analysis.report import build
from sim.batch.stopping import StoppingRule

runs = {}
for name, war in (("war", True), ("no war", False)):
    scenario = sim.load(
        "minimal",
        overrides={"population.users": 60, "factors.competition": war, "end_date": "2024-07-01"},
    )
    runs[name] = sim.run(scenario, replications=2, seed=1, out=name, workers=1)
found = plates.collected()
plates.collected = lambda: [plate for plate in found if plate.name == "churn"]  # others take long
build(runs)
assert StoppingRule.parse("churn half-width < 2").column == "churn_users_per_day"
assert StoppingRule.parse("churn half-width < 2").unit.symbol == "users/day"
"""


def test_the_example_touches_at_most_three_files():
    assert len(FILES) == len(set(FILES)) <= 3


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the program with the example applied to it."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("sim", "analysis", "pricewar", "scenarios", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tests/unit").mkdir(parents=True)
    shutil.copytree(ROOT / "tests/unit/record", folder / "tests/unit/record")
    for name in ("pyproject.toml", "tests/made_rows.py"):
        shutil.copy(ROOT / name, folder / name)
    subprocess.run(["git", "apply"], input=DIFF, text=True, cwd=folder, check=True)
    return folder


def python(folder: Path, *arguments: str) -> str:
    """Run Python on the copy and return what it prints.

    Its kernel is interpreted: a compiled one would be compiled anew.
    """
    environment = {
        **os.environ,
        "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'tests'}",
        "NUMBA_DISABLE_JIT": "1",
    }
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_new_column_is_written_drawn_and_explained(copy):
    python(copy, "-c", SCRIPT)
    market = pd.read_parquet(copy / "war/market.parquet").set_index(["replication", "time_days"])
    products = pd.read_parquet(copy / "war/products.parquet")
    gone = (products["switches_out"] + products["leaves"]).groupby(
        [products["replication"], products["time_days"]]
    )
    days = market.index.get_level_values("time_days")
    churn = market["churn_users_per_day"]
    assert churn[days == 0].isna().all()
    assert churn.sum() > 0
    pd.testing.assert_series_equal(churn[days > 0], gone.sum()[days > 0] / 7, check_names=False)

    page = (copy / "war/report.html").read_text(encoding="utf-8")
    assert '<figure id="churn">' in page
    assert (copy / "war/figures/churn.png").is_file()
    plain = page.replace("<wbr>", "")
    assert "<code>churn_users_per_day</code></td><td>users/day</td><td>flow</td>" in plain
    assert "Churn: users who leave a product for another or for none" in plain


def test_what_holds_of_every_declared_column_holds_of_the_new_one(copy):
    tests = ["tests/unit/record/test_recorder.py", "tests/unit/record/test_results_page.py"]
    said = python(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not block", *tests)
    assert re.search(r"^\d+ passed", said, re.MULTILINE), said
