"""One name holds the time at any moment, and the parts add up to the whole."""

from __future__ import annotations

import itertools

import hypothesis.strategies as st
import pytest
from hypothesis import given

from sim.profile.stopwatch import Stopwatch


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_ns = 1_000

    def __call__(self) -> int:
        return self.now_ns


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_what_is_called_takes_the_time_over_from_its_caller(clock: Clock) -> None:
    stopwatch = Stopwatch(clock)

    def inner() -> None:
        clock.now_ns += 7

    def outer() -> None:
        clock.now_ns += 20
        stopwatch.timed("inner", inner)()
        clock.now_ns += 3
        stopwatch.timed("inner", inner)()

    stopwatch.timed("outer", outer)()
    clock.now_ns += 1_000  # nobody's
    assert stopwatch.spent_ns == {"outer": 23, "inner": 14}
    assert stopwatch.calls == {"outer": 1, "inner": 2}
    assert stopwatch.whole_ns == 37


def test_a_name_that_calls_itself_is_counted_once(clock: Clock) -> None:
    stopwatch = Stopwatch(clock)

    def down(levels: int) -> None:
        clock.now_ns += 1
        if levels > 1:
            timed(levels - 1)

    timed = stopwatch.timed("down", down)
    timed(5)
    assert stopwatch.spent_ns["down"] == stopwatch.whole_ns == 5


@given(st.recursive(st.integers(0, 9), lambda inner: st.lists(inner, max_size=4), max_leaves=30))
def test_the_parts_add_up_to_the_whole_however_calls_nest(tree: object) -> None:
    clock, names = Clock(), itertools.cycle("abc")
    stopwatch = Stopwatch(clock)

    def act(node: object) -> None:
        if isinstance(node, int):
            clock.now_ns += node
            return
        assert isinstance(node, list)
        for child in node:
            stopwatch.timed(next(names), act)(child)

    stopwatch.timed("root", act)(tree)
    assert stopwatch.spent_ns.total() == stopwatch.whole_ns == clock.now_ns - 1_000


def test_an_error_hands_the_time_back(clock: Clock) -> None:
    stopwatch = Stopwatch(clock)

    def fail() -> None:
        clock.now_ns += 5
        raise ValueError

    stopwatch.begin("caller")
    with pytest.raises(ValueError):  # noqa: PT011
        stopwatch.timed("fails", fail)()
    clock.now_ns += 2
    stopwatch.end()
    assert stopwatch.spent_ns == {"fails": 5, "caller": 2}


def test_a_process_holds_the_time_while_it_acts_and_not_while_it_waits(clock: Clock) -> None:
    stopwatch = Stopwatch(clock)

    def process(first: int):
        clock.now_ns += first
        got = yield "a"
        clock.now_ns += got
        try:
            yield "b"
        except KeyError:
            clock.now_ns += 100
        return "end"

    timed = stopwatch.timed("process", process)(10)
    assert next(timed) == "a"
    clock.now_ns += 1_000
    assert timed.send(20) == "b"
    clock.now_ns += 1_000
    with pytest.raises(StopIteration, match="end"):
        timed.throw(KeyError())
    assert stopwatch.spent_ns["process"] == 130
    assert stopwatch.calls["process"] == 3
