"""Stations with finite room: closed forms, a SimPy queue, and what must add up."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
import simpy
from hypothesis import example, given
from hypothesis import strategies as st

from sim.serving.finite_queue import pass_time, stationary
from sim.serving.queueing import erlang_b, erlang_c, mean_wait_s

ORACLES = Path(__file__).parents[2] / "oracles" / "o05_learning_queue.csv"


def by_the_chain(servers: int, load: float, room: int) -> tuple[float, float]:
    """Return loss and mean queue from the birth and death chain, state by state."""
    log_weight = np.zeros(servers + room + 1)
    for state in range(1, servers + room + 1):
        log_weight[state] = log_weight[state - 1] + math.log(load / min(state, servers))
    weight = np.exp(log_weight - log_weight.max())
    share = weight / weight.sum()
    return float(share[-1]), float(np.arange(room + 1) @ share[servers:])


def test_losses_are_those_of_the_table() -> None:
    with ORACLES.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["block"] == "mmcK"]
    assert len(rows) == 4
    for row in rows:
        said = dict(part.split("=") for part in row["key"].split()[:3])
        servers, places = int(said["c"]), int(said["K"])
        load = float(said["rho"]) * servers
        found = stationary(servers, load, places - servers)
        assert found.refused_share == pytest.approx(float(row["value"]), abs=6e-11)


@pytest.mark.parametrize("servers", [1, 10, 300])
@pytest.mark.parametrize("room", [0, 1, 7, 400, 5000])
@pytest.mark.parametrize("per_slot", [0.3, 0.98, 1.0 - 1e-9, 1.0, 1.0 + 1e-9, 1.02, 2.0, 40.0])
def test_loss_and_queue_are_those_of_the_chain(servers: int, room: int, per_slot: float) -> None:
    found = stationary(servers, per_slot * servers, room)
    loss, queue = by_the_chain(servers, per_slot * servers, room)
    assert found.refused_share == pytest.approx(loss, rel=1e-7, abs=1e-300)
    assert found.mean_queue == pytest.approx(queue, rel=1e-7, abs=1e-12)


def test_without_room_the_loss_is_erlang_s_and_with_endless_room_the_wait_is() -> None:
    assert stationary(10, 12.0, 0).refused_share == pytest.approx(erlang_b(10, 12.0))
    endless = stationary(10, 9.0, math.inf)
    assert endless.refused_share == 0.0
    assert endless.mean_queue / 9.0 == pytest.approx(mean_wait_s(10, 0.9, 1.0))
    assert stationary(10, 9.0, 10_000).mean_queue == pytest.approx(endless.mean_queue)
    assert stationary(10, 10.0, math.inf).mean_queue == math.inf


def test_many_slots_in_heavy_traffic_wait_as_halfin_and_whitt_say() -> None:
    from scipy.stats import norm

    slack = 0.7
    limit = 1.0 / (1.0 + slack * norm.cdf(slack) / norm.pdf(slack))
    errors = [
        abs(erlang_c(servers, 1.0 - slack / math.sqrt(servers)) / limit - 1.0)
        for servers in (100, 10_000, 1_000_000)
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-3


def test_a_swamped_station_of_many_slots_refuses_what_it_cannot_do() -> None:
    for servers in (10, 1000, 100_000):
        found = stationary(servers, 1.5 * servers, 2 * servers)
        assert found.refused_share == pytest.approx(1.0 - 1.0 / 1.5, rel=2e-2 / math.sqrt(servers))
        assert found.mean_queue == pytest.approx(2 * servers - 2.0, rel=0.1)


def simulated(
    servers: int, per_second: float, seconds: float, room: float, seed: int, after_s: float = 0.0
) -> tuple[int, int, float, int]:
    """Run a SimPy station with exponential times: asked, refused, mean wait, waiting at the end."""
    draws = np.random.default_rng(seed)
    environment = simpy.Environment()
    slots = simpy.Resource(environment, servers)
    asked = refused = 0
    waits: list[float] = []

    def request(came: float) -> simpy.events.ProcessGenerator:
        with slots.request() as slot:
            yield slot
            if came >= after_s:
                waits.append(environment.now - came)
            yield environment.timeout(draws.exponential(1.0))

    def arrivals() -> simpy.events.ProcessGenerator:
        nonlocal asked, refused
        while True:
            yield environment.timeout(draws.exponential(1.0 / per_second))
            counts = environment.now >= after_s
            asked += counts
            if slots.count == servers and len(slots.queue) >= room:
                refused += counts
            else:
                environment.process(request(environment.now))

    environment.process(arrivals())
    environment.run(seconds)
    return asked, refused, float(np.mean(waits)), len(slots.queue)


@pytest.mark.parametrize("per_slot", [0.8, 1.0, 1.3])
def test_a_simpy_queue_loses_and_waits_as_often(per_slot: float) -> None:
    servers, room, seconds = 10, 12, 2_500.0
    runs = [
        simulated(servers, per_slot * servers, seconds, room, seed, after_s=100.0)
        for seed in range(8)
    ]
    refused_share = [refused / asked for asked, refused, _, _ in runs]
    waits = [wait for _, _, wait, _ in runs]
    long_run = stationary(servers, per_slot * servers, room)
    wait = long_run.mean_queue / (per_slot * servers * (1.0 - long_run.refused_share))
    for found, expected in ((refused_share, long_run.refused_share), (waits, wait)):
        error = np.std(found, ddof=1) / math.sqrt(len(found))
        assert error < 0.05 * max(expected, 0.02)
        assert abs(np.mean(found) - expected) < 4.0 * error


def test_a_queue_that_never_empties_grows_as_in_simpy() -> None:
    servers, seconds, per_slot = 20, 400.0, 1.25
    runs = [simulated(servers, per_slot * servers, seconds, math.inf, seed) for seed in range(8)]
    asked = float(np.mean([run[0] for run in runs]))
    passage = pass_time(0.0, per_slot * servers * seconds, seconds, servers, 1.0, math.inf)
    assert passage.refused == 0.0
    left = [run[3] for run in runs]
    error = np.std(left, ddof=1) / math.sqrt(len(left))
    assert abs(np.mean(left) - passage.queue) < 4.0 * error + 0.01 * asked
    assert passage.queue == pytest.approx((per_slot - 1.0) * servers * seconds)
    assert passage.served == pytest.approx(servers * seconds)


def test_permanent_overload_serves_all_that_the_slots_can_day_after_day() -> None:
    queue, day, servers, service_s, room = 0.0, 86_400.0, 50, 25.0, 500.0
    most = servers / service_s * day
    for _ in range(30):
        passage = pass_time(queue, 3.0 * most, day, servers, service_s, room)
        queue = passage.queue
    assert passage.served == pytest.approx(most)
    assert passage.refused == pytest.approx(2.0 * most)
    assert passage.wait_s == pytest.approx(room / servers * service_s, rel=0.01)


def test_a_backlog_is_worked_off_when_the_load_falls() -> None:
    swamped = pass_time(0.0, 2_000.0, 1_000.0, 1, 1.0, math.inf)
    assert swamped.queue == pytest.approx(1_000.0)
    later = pass_time(swamped.queue, 500.0, 1_000.0, 1, 1.0, math.inf)
    assert later.queue == pytest.approx(500.0)
    assert later.served == pytest.approx(1_000.0)
    last = pass_time(later.queue, 500.0, 1_000.0, 1, 1.0, math.inf)
    assert last.queue < 2.0


AMOUNTS = st.floats(0.0, 1e9)


@example(queue=0.0, asked=5e-324, seconds=1.0, servers=2, service_s=1.0, room=1.0)
@given(
    queue=AMOUNTS,
    asked=AMOUNTS,
    seconds=st.floats(1.0, 1e6),
    servers=st.integers(1, 10**6),
    service_s=st.floats(0.01, 1e4),
    room=st.one_of(st.integers(0, 10**7).map(float), st.just(math.inf)),
)
def test_served_refused_and_queued_are_what_was_asked_and_capacity_is_never_exceeded(
    queue: float, asked: float, seconds: float, servers: int, service_s: float, room: float
) -> None:
    passage = pass_time(queue, asked, seconds, servers, service_s, room)
    slack = 1e-9 * (queue + asked) + 1e-9
    assert passage.served + passage.refused + passage.queue == pytest.approx(
        queue + asked, rel=1e-9, abs=1e-9
    )
    assert passage.served <= servers / service_s * seconds * (1.0 + 1e-12) + slack
    assert min(passage.served, passage.refused, passage.queue, passage.wait_s) >= -slack
    assert passage.queue <= room + slack


@given(
    servers=st.integers(1, 10_000),
    per_slot=st.floats(0.01, 5.0),
    room=st.integers(0, 100_000),
)
def test_more_slots_refuse_fewer_and_more_load_refuses_more(
    servers: int, per_slot: float, room: int
) -> None:
    load = per_slot * servers
    now = stationary(servers, load, room)
    assert 0.0 <= now.refused_share <= 1.0
    assert 0.0 <= now.mean_queue <= room
    assert stationary(servers + 1, load, room).refused_share <= now.refused_share + 1e-12
    assert stationary(servers, 1.1 * load, room).refused_share >= now.refused_share - 1e-12
