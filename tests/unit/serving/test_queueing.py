"""Erlang's formulas at their edges."""

import numpy as np
import pytest

from sim.serving.queueing import erlang_b, erlang_c, is_wait_negligible, mean_wait_s


@pytest.mark.parametrize("servers", [1, 17, 1000, 100_000])
def test_a_hundred_thousand_servers_are_no_trouble(servers: int) -> None:
    for utilisation in (0.01, 0.5, 0.95, 0.9999):
        assert 0.0 <= erlang_c(servers, utilisation) <= 1.0


def test_more_servers_than_64_bits_count_have_no_queue() -> None:
    assert erlang_c(10**30, 0.5) == pytest.approx(0.0)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (10, 9.0), (300, 250.0), (5000, 4990.0)])
def test_the_closed_form_equals_erlang_s_recursion(servers: int, load: float) -> None:
    inverse = 1.0
    for k in range(1, servers + 1):
        inverse = 1.0 + inverse * k / load
    assert erlang_b(servers, load) == pytest.approx(1.0 / inverse, rel=1e-10)


def test_one_server_waits_as_often_as_it_is_busy() -> None:
    assert erlang_c(1, 0.7) == pytest.approx(0.7)
    assert mean_wait_s(1, 0.5, 3.0) == pytest.approx(3.0)


def test_an_idle_station_has_no_queue() -> None:
    assert erlang_c(5, 0.0) == 0.0


def test_a_huge_station_with_room_loses_nobody() -> None:
    assert erlang_b(100_000, 50_000.0) == 0.0


@pytest.mark.parametrize(("servers", "utilisation"), [(0, 0.5), (3, 1.0), (3, -0.1)])
def test_a_queue_that_would_grow_for_ever_is_refused(servers: int, utilisation: float) -> None:
    with pytest.raises(ValueError, match="a queue needs"):
        erlang_c(servers, utilisation)


@pytest.mark.parametrize("servers", [20, 300, 5000])
def test_a_wait_that_is_called_negligible_is(servers: int) -> None:
    utilisations = np.array([0.05, 0.3, 0.6, 0.9, 0.99, 1.0, 3.0])
    negligible = is_wait_negligible(np.full(7, servers), utilisations)
    assert {*negligible[:5].tolist()} == {False, True}
    assert not negligible[5:].any()
    for utilisation in utilisations[negligible]:
        assert erlang_c(servers, utilisation) < 1e-12
