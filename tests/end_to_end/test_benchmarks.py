"""The comparison with the last release runs; how fast anything is, is asserted nowhere."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def has_release() -> bool:
    from_history = [sys.executable, "-c", "from sides import RELEASE; print(RELEASE, end='')"]
    release = subprocess.run(
        from_history, cwd=BENCHMARKS, capture_output=True, text=True, check=True
    ).stdout
    try:
        found = subprocess.run(
            ["git", "cat-file", "-e", f"{release}^{{tree}}"], cwd=BENCHMARKS, capture_output=True
        )
    except FileNotFoundError:
        return False
    return found.returncode == 0


@pytest.mark.slow
def test_both_sides_and_their_peers_are_measured_and_count_the_same_work(tmp_path):
    if not has_release():
        pytest.skip("the last release is not in this clone's history")
    done = subprocess.run(
        [sys.executable, "against_release.py", "--quick", "--out", str(tmp_path / "out.json")],
        cwd=BENCHMARKS,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out.json").read_text())
    measures = {measure["name"]: measure for measure in found["measures"]}
    assert len(measures) >= 12
    for name, measure in measures.items():
        assert measure["release"], name
        assert all(0 < value < math.inf for value in measure["release"] + measure["present"]), name
        assert f"| {name}" in done.stdout
    both = [measure for measure in measures.values() if measure["present"]]
    assert all(len(measure["ratio"]) == 1 for measure in both)
    assert {"`pricewar --help`, start to end", "reviews of 100 users"} <= {
        measure["name"] for measure in both
    }
    (rows,) = [note for note in found["notes"] if note.startswith("Rows of the weekly tables")]
    before, now = [int(word) for word in rows.replace(",", "").split() if word.isdigit()]
    assert before == now > 0


def test_a_part_that_does_not_exist_is_refused():
    done = subprocess.run(
        [sys.executable, "against_release.py", "replications"],
        cwd=BENCHMARKS,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "no part replications; parts are replication, reviews, command_line" in done.stderr
