"""Hardware upgrades: equal monthly steps, complete at the end of the ramp."""

import datetime as dt
from types import SimpleNamespace
from typing import cast

import pytest

from sim.providers.hardware import FleetMix, fleet_schedule, fleet_steps
from sim.scenario.scenario import Scenario
from sim.scenario.supply import HardwareUpgrade

START = dt.date(2024, 1, 1)
SCENARIO = cast(Scenario, SimpleNamespace(days=lambda date: float((date - START).days)))


def upgrade(to: str, order: dt.date, ramp_days: float = 180.0) -> HardwareUpgrade:
    return HardwareUpgrade(
        accelerator=to, order_date=order, delivery_lag_days=90.0, ramp_days=ramp_days
    )


def test_an_upgrade_moves_the_fleet_in_equal_monthly_steps() -> None:
    mix = FleetMix.all_on("A")
    shares = []
    for step in fleet_steps(upgrade("B", START), SCENARIO):
        mix = mix.moved(step.accelerator, step.part)
        shares.append(dict(mix.shares)["B"])
    assert shares == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1.0])
    assert mix.shares == (("B", 1.0),)


def test_steps_end_the_months_after_delivery() -> None:
    times = [step.time_days for step in fleet_steps(upgrade("B", START), SCENARIO)]
    assert times == pytest.approx([120.0, 150.0, 180.0, 210.0, 240.0, 270.0])


def test_a_short_ramp_is_one_step() -> None:
    (step,) = fleet_steps(upgrade("B", START, ramp_days=10.0), SCENARIO)
    assert (step.time_days, step.part) == (100.0, 1.0)


def test_overlapping_upgrades_end_on_the_one_that_finishes_last() -> None:
    steps = fleet_schedule([upgrade("C", dt.date(2024, 3, 1)), upgrade("B", START)], SCENARIO)
    assert [step.time_days for step in steps] == sorted(step.time_days for step in steps)
    mix = FleetMix.all_on("A")
    for step in steps:
        mix = mix.moved(step.accelerator, step.part)
        assert sum(share for _, share in mix.shares) == pytest.approx(1.0, abs=1e-15)
        assert all(share > 0.0 for _, share in mix.shares)
    assert mix.shares == (("C", 1.0),)


def test_moving_to_the_accelerator_in_place_changes_nothing() -> None:
    assert FleetMix.all_on("A").moved("A", 0.5) == FleetMix.all_on("A")
