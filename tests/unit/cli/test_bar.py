"""What long commands show: a line now and then in a log, and the time left once a pace is known."""

import pytest

from pricewar.cli import bar
from pricewar.cli.bar import Bar, TimeLeft


@pytest.fixture
def now(monkeypatch) -> list[float]:
    """Return a clock that the test sets."""
    clock = [100.0]
    monkeypatch.setattr(bar.time, "monotonic", lambda: clock[0])
    return clock


def test_no_time_is_told_before_there_is_a_pace(now):
    left = TimeLeft()
    assert left.after(0.0) == ""
    now[0] += 6.0
    assert left.after(0.0008) == ""
    now[0] += 4.0
    assert left.after(0.1) == ", 1 min 30 s left"


def test_what_was_done_before_the_first_report_is_not_part_of_the_pace(now):
    left = TimeLeft()
    left.after(0.5)
    now[0] += 10.0
    assert left.after(0.75) == ", 10 s left"


def test_a_log_gets_a_line_every_ten_seconds_and_at_once_when_asked(now, capsys):
    with Bar(description="x", total=3.0) as shown:
        for line, seconds, at_once in (
            ("first", 0.0, True), ("early", 9.0, False), ("due", 1.0, False), ("news", 0.1, True),
        ):  # fmt: skip
            now[0] += seconds
            shown.show(line, at_once=at_once, completed=1.0)
    assert capsys.readouterr().err.split() == ["first", "due", "news"]
