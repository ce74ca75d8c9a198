"""What is dated after the last day does not happen, whatever it is, and `check` lists it."""

from __future__ import annotations

import datetime as dt

import pytest

from pricewar.cli.main import main
from sim.errors import ScenarioError
from sim.scenario.beyond import beyond_the_end
from sim.scenario.reader import read
from sim.scenario.shipped import shipped


@pytest.mark.parametrize("days", [8, 40, 200])
@pytest.mark.parametrize("name", shipped())
def test_a_shipped_scenario_may_be_cut_short_at_any_day(name: str, days: int):
    last = read(name).start_date + dt.timedelta(days=days)
    assert read(name, {"end_date": last}).end_date == last


def test_a_war_may_end_beyond_the_scenario():
    assert not beyond_the_end(read("minimal", ["war={end_date: 2030-01-01}"]))


def test_no_scenario_says_when_a_war_begins():
    with pytest.raises(ScenarioError, match="start_date"):
        read("minimal", ["war={start_date: 2024-05-06}"])


def test_check_lists_what_does_not_happen(capsys):
    assert main(["check", "china-2024-price-war", "--set", "end_date=2024-05-01"]) == 0
    told = capsys.readouterr().out
    assert "dated after the last day, so it does not happen: 15" in told
    assert main(["check", "minimal"]) == 0
    assert "dated after" not in capsys.readouterr().out
