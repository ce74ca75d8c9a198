"""A profile finds the time where it is spent, and changes nothing that it looks at."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from simpy import Environment

from sim import simulation
from sim.clouds.host import Host
from sim.market.market import Market
from sim.profile.kernel_events import CLOCKS, EventSampler, copied
from sim.profile.measurement import TimedReplication, measure, timed_replication
from sim.profile.mechanisms import KERNEL, MECHANISMS, REST, home_of, replaced
from sim.providers.pricing import Pricing
from sim.providers.product import Product
from sim.record.event import Cause
from sim.record.recorder import Recorder
from sim.reference import read
from sim.scenario.reader import with_
from sim.scenario.scenario import Scenario
from sim.simulation import Simulation
from sim.snapshot import Snapshots
from sim.streams import Streams
from sim.users import kernel
from sim.users.accounts import Accounts
from sim.users.appraisal import Appraisal
from sim.users.records import MIGRATION, World
from sim.users.rules import wind_clocks, write_rules
from sim.users.user_types import UserTypes

SLOW_NS = 150_000_000
FUNCTIONS = [function for one in MECHANISMS.values() for function in one.functions]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read("minimal", ["population.users=300"])


def ignore(_: float) -> None:
    """Take no notice of how far a replication is."""


def originals() -> list[object]:
    return [*(vars(home_of(one))[one.__name__] for one in FUNCTIONS), *simulation.WEEK]


class Clock:
    """Takes a microsecond to be read, and stands still otherwise."""

    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        self.now_ns += 1_000
        return self.now_ns


def timed(
    scenario: Scenario, folder: Path, clock: Callable[[], int] = time.thread_time_ns
) -> TimedReplication:
    return timed_replication(scenario, 0, folder, ignore, clock)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: one.__qualname__)
def test_every_declared_function_is_where_its_callers_look_it_up(function) -> None:
    assert vars(home_of(function))[function.__name__] is function


def test_no_function_belongs_to_two_mechanisms() -> None:
    assert len(FUNCTIONS) == len(set(FUNCTIONS)) > 20


def test_every_mechanism_takes_time_in_a_run(scenario, tmp_path) -> None:
    spent_ns = timed(scenario, tmp_path).stopwatch.spent_ns
    assert all(spent_ns[name] > 0 for name in MECHANISMS)


def test_mechanisms_add_up_to_the_whole_and_the_whole_is_what_a_clock_shows(
    scenario, tmp_path
) -> None:
    begin_ns = time.thread_time_ns()
    profile = measure(scenario, 1, lambda number, days: None)
    taken_ms = (time.thread_time_ns() - begin_ns) / 1e6
    parts_ms = sum(part.milliseconds[0] for part in profile.parts)
    assert parts_ms == pytest.approx(profile.whole.milliseconds[0], rel=1e-9)
    assert 0.0 < parts_ms < taken_ms
    (users,) = [part for part in profile.parts if part.name == KERNEL]
    causes_ms = sum(cause.milliseconds[0] for cause in users.parts)
    assert causes_ms == pytest.approx(users.milliseconds[0], rel=1e-9)
    assert {cause.name for cause in users.parts} == {*CLOCKS, "each call", "migration"}


def test_a_timed_replication_has_the_results_of_one_without_timers(scenario, tmp_path) -> None:
    plain = Simulation(scenario, scenario.seed, 0)
    plain.run()
    tables = plain.recorder.tables()
    measured = timed(scenario, tmp_path).tables
    assert measured.keys() == tables.keys()
    for name, table in tables.items():
        pd.testing.assert_frame_equal(
            measured[name].to_pandas(), table.to_pandas(), check_exact=True
        )


def test_all_is_put_back_after_a_profile(scenario) -> None:
    before = originals()
    measure(scenario, 1, lambda number, days: None)
    assert originals() == before


def test_all_is_put_back_after_an_error(scenario, tmp_path, monkeypatch) -> None:
    def fail(_: Snapshots, days: float) -> None:
        raise RuntimeError(f"planted after {days} days")

    monkeypatch.setattr(Snapshots, "take", fail)
    before = originals()
    with pytest.raises(RuntimeError, match="planted"):
        timed(scenario, tmp_path)
    assert originals() == before


def test_all_is_put_back_if_replacing_fails_half_way() -> None:
    before, wrapped = originals(), []

    def wrap(name: str, function: Callable[..., object]) -> Callable[..., object]:
        if len(wrapped) == 7:
            raise RuntimeError("planted")
        wrapped.append(function)
        return lambda: None

    with pytest.raises(RuntimeError, match="planted"), replaced(wrap):
        pass
    assert originals() == before


@pytest.mark.parametrize(
    ("home", "name", "mechanism"),
    [
        (kernel, "execute", KERNEL),
        (Appraisal, "read", "valuation"),
        (Accounts, "flow", "accounts of users"),
        (Pricing, "review_phase", "pricing"),
        (Pricing, "view", "pricing"),
        (Host, "rent_dates", "costs"),
        (Product, "settle", "settlement"),
        (Snapshots, "take", "snapshot"),
        (Recorder, "tables", "writing"),
        (Market, "open", "building"),
        (Environment, "run", REST),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_slow_down_shows_in_its_own_mechanism_and_in_no_other(
    home, name, mechanism, scenario, tmp_path, monkeypatch
) -> None:
    clock, quick, slow_calls = Clock(), getattr(home, name), []

    def slow(*arguments, **keywords):
        if not slow_calls:
            clock.now_ns += SLOW_NS
        slow_calls.append(name)
        return quick(*arguments, **keywords)

    normal_ns = timed(scenario, tmp_path, Clock()).stopwatch.spent_ns
    monkeypatch.setattr(home, name, slow)
    spent_ns = timed(scenario, tmp_path, clock).stopwatch.spent_ns
    assert slow_calls
    more_ns = {one: spent_ns[one] - normal_ns[one] for one in MECHANISMS}
    assert more_ns == dict.fromkeys(MECHANISMS, 0) | {mechanism: SLOW_NS}


def test_reporting_progress_is_no_part_of_a_replication(scenario, tmp_path) -> None:
    clock, reported_days = Clock(), []

    def report(days: float) -> None:
        clock.now_ns += SLOW_NS
        reported_days.append(days)

    quick = timed(scenario, tmp_path, Clock())
    measured = timed_replication(scenario, 0, tmp_path, report, clock)
    stopwatch = measured.stopwatch
    assert stopwatch.calls["reporting"] == len(reported_days) == 13
    assert stopwatch.whole_ns - quick.stopwatch.whole_ns == 13 * SLOW_NS
    assert measured.whole_ns == quick.whole_ns
    assert sum(stopwatch.spent_ns[name] for name in MECHANISMS) == measured.whole_ns


def test_events_are_counted_by_cause(scenario, tmp_path) -> None:
    """Poisson counts lie within six standard deviations: five false alarms in a billion seeds."""
    events = timed(scenario, tmp_path).kernel_events[:MIGRATION]
    streams = Streams(scenario.seed, 0)
    rules = write_rules(scenario, UserTypes.draw(scenario, streams), streams)
    clocks = wind_clocks(rules, scenario.population.users, streams)
    expected = clocks["rate_per_day"] * scenario.duration_days
    assert events.min() > 0
    assert np.all(np.abs(events - expected) <= 6.0 * np.sqrt(expected))


def test_users_of_a_withdrawn_product_are_counted_as_migrants(scenario, tmp_path) -> None:
    assert timed(scenario, tmp_path).kernel_events[MIGRATION] == 0
    retiring = with_(scenario, [f"products[{scenario.products[0].name}].retire_date=2024-06-15"])
    simulation = Simulation(retiring, retiring.seed, 0)
    held = []
    withdraw = simulation.market.withdraw

    def count(product: int, cause: Cause) -> None:
        simulation.market.advance()
        held.append(int(simulation.market.population.count_users()[product]))
        withdraw(product, cause)

    simulation.market.withdraw = count  # type: ignore[method-assign]
    simulation.run()
    assert timed(retiring, tmp_path).kernel_events[MIGRATION] == held[0] > 0


def test_sampling_the_kernel_leaves_its_world_as_it_was(scenario) -> None:
    worlds: list[tuple[World, World]] = []
    execute = kernel.execute

    def compare(now_days: float, until_days: float, migrate: bool, world: World) -> None:
        twin = copied(world)
        sampler = EventSampler(execute)
        sampler.execute(now_days, until_days, migrate, world)
        execute(now_days, until_days, migrate, twin)
        worlds.append((world, twin))
        for mine, other in zip(
            (*world.users, *world.totals, world.clocks),
            (*twin.users, *twin.totals, twin.clocks),
            strict=True,
        ):
            np.testing.assert_array_equal(mine, other)

    with replaced(lambda name, function: compare if name == KERNEL else function):
        Simulation(scenario, 1, 0).run()
    assert len(worlds) > 10


def test_a_cause_that_is_slower_has_the_larger_share(scenario) -> None:
    """A clock by which a call takes 700 ns and each event what its cause takes, to the digit."""
    cost_ns = np.array([2_000, 1_000, 3_000, 5_000, 4_000])
    now_ns, execute = [0], kernel.execute

    def slow(now_days: float, until_days: float, migrate: bool, world: World) -> None:
        before = world.clocks["ordinal"].astype(np.int64)
        execute(now_days, until_days, migrate, world)
        events = world.clocks["ordinal"].astype(np.int64) - before
        now_ns[0] += 700 + int(events @ cost_ns)

    sampler = EventSampler(slow, lambda: now_ns[0])
    with replaced(lambda name, function: sampler.execute if name == KERNEL else function):
        Simulation(scenario, 1, 0).run()
    assert sampler.costs.event_ns.tolist() == cost_ns.tolist()
    assert sampler.costs.call_ns == 700.0
    shares = sampler.costs.shares(np.array([0, 10, 0, 10, 0]), calls=10)
    np.testing.assert_allclose(shares, np.array([0, 10, 0, 50, 0, 7]) / 67.0)


def test_without_any_estimate_the_time_belongs_to_the_calls(scenario) -> None:
    costs = EventSampler(kernel.execute).costs
    assert costs.shares(np.zeros(5, np.int64), calls=3).tolist() == [0, 0, 0, 0, 0, 1]


def test_progress_counts_the_replication_that_warms_up(scenario) -> None:
    heard: dict[int, float] = {}
    profile = measure(scenario, 2, heard.__setitem__)
    assert heard == dict.fromkeys((0, 1, 2), scenario.duration_days)
    assert profile.replications == 2
