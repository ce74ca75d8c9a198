"""What a bar says of a run or a sweep, and when there is a pace."""

import pytest

import sim
from pricewar.cli.progress import DoingBar, StudyBar, line_of
from sim.batch import progress
from sim.batch.progress import Pace, State
from sim.users import kernel


def state(**changes) -> State:
    fields = {
        "planned": 10, "done": 4, "failed": 0, "running": 2, "partial": 0.5, "latest": 0.25,
        "workers": 2, "seconds_left": 90.0, "phase": "running", "at": 0.0,
    }  # fmt: skip
    return State(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "4 of 10 done, 2 running, 45%, 1 min 30 s left"),
        ({"failed": 1, "seconds_left": None}, "4 of 10 done, 2 running, 1 failed, 55%"),
        ({"phase": "planning"}, "planning, 10 points"),
        ({"phase": "merging", "running": 0, "partial": 0.0}, "4 of 10 done, merging"),
    ],
)
def test_a_line_counts_parts_of_runs(changes, line):
    assert line_of(state(**changes)) == line


def test_a_run_shows_the_date_that_a_replication_has_reached(capsys, monkeypatch):
    monkeypatch.setattr("pricewar.cli.bar._LOG_EVERY_S", 0.0)
    scenario = sim.load("minimal")
    with StudyBar("minimal", scenario) as bar:
        bar.update(state(latest=0.0))
    assert f"simulated date {scenario.start_date}" in capsys.readouterr().err


def test_a_log_is_told_that_kernels_are_compiled_and_only_then(capsys, monkeypatch):
    compiled = []
    monkeypatch.setattr(kernel, "is_compiled", lambda: bool(compiled))
    monkeypatch.setattr(kernel, "warm_up", lambda: compiled.append(True))
    with StudyBar("minimal") as bar:
        assert bar.before(lambda: "executor")() == "executor"
        told = capsys.readouterr().err.splitlines()
        assert bar.before(lambda: "executor")() == "executor"
    assert "compiling the user kernel (once a machine" in told[0]
    assert "compiled in 0 s" in told[1]
    assert capsys.readouterr().err == ""
    assert compiled == [True]


def test_a_log_is_told_which_figure_is_being_drawn_now_and_then(capsys, monkeypatch):
    monkeypatch.setattr("pricewar.cli.bar._LOG_EVERY_S", 0.0)
    with DoingBar() as bar:
        bar.show_step("drawing figure 3 of 9: Prices", 2 / 9)
    assert capsys.readouterr().err == "drawing figure 3 of 9: Prices ...\n"


@pytest.fixture
def now(monkeypatch) -> list[float]:
    clock = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    return clock


def test_starting_workers_is_no_part_of_the_pace(now):
    pace = Pace()
    assert pace.seconds_left(10.0, 0.0) is None
    now[0] += 5.0
    assert pace.seconds_left(9.5, 0.5) is None
    now[0] += 10.0
    assert pace.seconds_left(9.0, 1.0) == pytest.approx(180.0)


def test_where_runs_do_not_report_the_pace_is_that_since_the_first_was_under_way(now):
    pace = Pace()
    assert pace.seconds_left(10.0, 0.0) is None
    now[0] += 10.0
    assert pace.seconds_left(8.0, 2.0) == pytest.approx(40.0)


def test_too_little_gives_no_pace(now):
    pace = Pace()
    pace.seconds_left(100.0, 0.1)
    now[0] += 1.0
    assert pace.seconds_left(99.5, 0.6) is None
