"""Scores of several cases together."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from analysis.backtests.pooled import MEDIAN, Scored, pool, read_scored, write_pooled
from analysis.backtests.scores import weighted_median
from pricewar.cli.main import main
from sim.errors import ResultError


def scored(case: str, target: str, own: float, other: float, quantity: str = "depth") -> Scored:
    return Scored(case, target, quantity, 1, own, math.nan, math.nan, {"no_change": other})


def test_a_ratio_is_of_mean_scores_and_the_median_of_the_targets_own():
    held = [
        scored("a", "one", 0.1, 1.0),
        scored("a", "two", 0.5, 1.0),
        scored("b", "one", 6.0, 3.0),
    ]
    found = pool(held).skills
    assert found["depth", "no_change"].value == pytest.approx(1.0 - 6.6 / 5.0)
    assert found[MEDIAN, "no_change"].value == pytest.approx(0.5)
    assert found["depth", "no_change"].points == found[MEDIAN, "no_change"].points == 3
    assert set(found) == {("depth", "no_change"), (MEDIAN, "no_change")}


def test_a_naive_forecast_that_was_exact_for_one_target_is_held_against_the_others():
    held = [scored("a", str(n), 0.1, 0.0) for n in range(4)] + [scored("a", "moved", 0.2, 1.0)]
    found = pool(held).skills
    assert found[MEDIAN, "no_change"].value == -math.inf
    assert found["depth", "no_change"].value == pytest.approx(1.0 - 0.6)


def test_the_intervals_over_targets_cover_the_true_skill_as_often_as_they_say():
    covered = 0
    for number in range(50):
        draws = np.random.default_rng(number)
        other = draws.gamma(4.0, 1.0, 40)
        own = 0.7 * other * draws.gamma(9.0, 1 / 9, 40)
        held = [scored("ab"[n % 2], str(n), own[n], other[n]) for n in range(40)]
        one = pool(held).skills["depth", "no_change"]
        covered += one.low <= 0.3 <= one.high
    assert 42 <= covered < 50


def test_a_weighted_median_is_the_first_value_that_half_of_the_weight_does_not_exceed():
    values = np.array([1.0, 2.0, 3.0])
    assert weighted_median(values, np.ones(3)) == 2.0
    assert weighted_median(values, np.array([3.0, 1.0, 1.0])) == 1.0
    assert weighted_median(values, np.array([0.0, 0.0, 1.0])) == 3.0
    assert weighted_median(values, np.full(3, 1 / 3)) == 2.0
    assert math.isnan(weighted_median(values, np.zeros(3)))


POINTS = """\
target,quantity,date,observed,median,crps,covered_80,covered_95,no_change,drift
one,change,2025-01-01,1,1,0.5,1,1,1,
one,change,2025-01-08,1,1,1.5,0,1,1,2
two,moved,2025-01-08,1,1,0.1,,,1,2
"""


def a_folder(folder: Path, case: str) -> Path:
    folder.mkdir()
    text = POINTS.replace("no_change,drift", "no_change,drift,log_linear_trend,bass,")
    header, *rows = text.replace("bass,", "bass,exponential_smoothing").splitlines()
    lines = [header, *(f"{row},,," for row in rows)]
    (folder / "points.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "score.json").write_text(json.dumps({"case": case}), encoding="utf-8")
    return folder


def test_folders_are_read_pooled_and_written(tmp_path: Path, capsys):
    folders = [a_folder(tmp_path / name, name) for name in ("A", "B")]
    found = read_scored(folders)
    assert [(one.case, one.quantity, one.points) for one in found] == [
        ("A", "change", 2),
        ("A", "moved", 1),
        ("B", "change", 2),
        ("B", "moved", 1),
    ]
    assert (found[0].crps, found[0].covered_80, found[0].naive) == (1.0, 0.5, {"no_change": 1.0})
    assert found[1].naive == {"no_change": 1.0, "drift": 2.0}
    out = tmp_path / "out"
    write_pooled(pool(found), out)
    assert (out / "pooled.csv").read_text("utf-8").splitlines()[1].startswith(f"{MEDIAN},no_change")
    assert main(["backtest", "--pool", *map(str, folders), "--out", str(out)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "A, B: skill against naive forecasts" in told
    assert main(["backtest", "--pool", *map(str, folders), "--out", str(out), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["group"] for row in rows} == {MEDIAN, "change", "moved"}


def test_what_holds_no_scores_and_a_case_given_twice_are_refused(tmp_path: Path):
    one, same = a_folder(tmp_path / "one", "A"), a_folder(tmp_path / "same", "A")
    with pytest.raises(ResultError, match="is of A, as is"):
        read_scored([one, same])
    with pytest.raises(ResultError, match="holds no scores"):
        read_scored([tmp_path])
    assert main(["backtest", "E5", "--pool", str(one)]) == 2
    assert main(["backtest"]) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "target,quantity\none,change\n",
        lambda text: text.replace("0.5", "half"),
        lambda text: "\ufeff" + text,
        lambda text: text.splitlines()[0],
        lambda text: "",
        lambda text: text + "cut,sh",
        lambda text: text[: text.rindex(",0.1")],
    ],
)
def test_a_damaged_or_empty_table_of_points_is_refused_by_its_name(tmp_path: Path, damage, capsys):
    folder = a_folder(tmp_path / "one", "A")
    points = folder / "points.csv"
    points.write_text(damage(points.read_text("utf-8")), encoding="utf-8")
    assert main(["backtest", "--pool", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert str(folder) in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["E5", "--resume"],
        ["E5", "--replications", "3"],
        ["E5", "--out", "x"],
        ["E5", "--json"],
        ["E5", "--score", "f", "--set", "population.users=5"],
        ["--pool", "s", "--workers", "2"],
    ],
)
def test_options_that_would_change_nothing_are_refused(words, capsys):
    assert main(["backtest", *words]) == 2
    assert "--forecast" in capsys.readouterr().err
