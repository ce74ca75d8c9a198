"""A station with so many slots and so much room to wait: M/M/c/K, and the queue it carries along.

Who finds all slots busy waits; who finds the room full is refused. With the room finite the station
has a stationary state at any load, above one too, so permanent overload is no special case.

Over a stretch of time much longer than a service (a day against half a minute), arrivals and
services average out: the queue moves along its fluid path to the stationary mean, and stays there.

References
----------
Erlang, A. K. (1917). Solution of some problems in the theory of probabilities of significance in
automatic telephone exchanges. Elektroteknikeren 13, 5-13.
Kleinrock, L. (1975). Queueing systems, volume 1, section 3.7.
Halfin, S. and Whitt, W. (1981). Heavy-traffic limits for queues with many exponential servers.
Operations Research 29(3), 567-588.
Newell, G. F. (1982). Applications of queueing theory, chapter 2: the fluid path.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.serving.queueing import inverse_erlang_b

_NEAR_ONE = 1e-4
"""Below this distance of a sum's ratio from one, times its length, closed forms lose digits."""


class Stationary(NamedTuple):
    """The stationary state of a station.

    Attributes
    ----------
    refused_share
        Share of arrivals that find the room full [P_K].
    mean_queue
        Mean number waiting [L_q]; infinite where nothing stops the queue.
    """

    refused_share: float
    mean_queue: float


def stationary(servers: int, offered_load: float, room: float) -> Stationary:
    r"""Return how an M/M/c/K station stands in the long run.

    .. math::
        P_K = \frac{\rho^{r}}{1/B(c, a) + \sum_{i=1}^{r} \rho^i}, \qquad
        L_q = \frac{\sum_{i=1}^{r} i \rho^i}{1/B(c, a) + \sum_{i=1}^{r} \rho^i},

    with :math:`\rho = a / c`, room :math:`r = K - c`, B Erlang's loss formula. Above load one both
    fractions are taken over :math:`\rho^r`, so that nothing overflows.

    Parameters
    ----------
    servers
        c >= 1.
    offered_load
        a = arrival rate times mean service time >= 0.
    room
        Whole number of requests that may wait, or infinity.
    """
    load = offered_load / servers
    if load <= 0.0:  # also where the smallest of numbers, divided, is none
        return Stationary(0.0, 0.0)
    idle = inverse_erlang_b(servers, offered_load)
    if math.isinf(room):
        if load >= 1.0:
            return Stationary(0.0, math.inf)
        return Stationary(0.0, load / (1.0 - load) ** 2 / (idle + load / (1.0 - load)))
    if load <= 1.0:
        total = idle + load * _sum_of_powers(load, room)
        return Stationary(load**room / total, load * _sum_rising(load, room) / total)
    # the same over the highest power, so that nothing overflows
    powers = _sum_of_powers(1.0 / load, room)
    total = idle * (1.0 / load) ** room + powers
    return Stationary(1.0 / max(total, 1.0), _sum_falling(1.0 / load, room, powers) / total)


def _sum_of_powers(ratio: float, length: float) -> float:
    """Return the sum of ``x^i`` over i from 0 to r - 1, x <= 1."""
    gap = 1.0 - ratio
    if gap * length < _NEAR_ONE:
        return length - gap * length * (length - 1.0) / 2.0
    return -math.expm1(length * math.log(ratio)) / gap


def _sum_rising(ratio: float, length: float) -> float:
    """Return the sum of ``(i + 1) x^i`` over i from 0 to r - 1, x <= 1."""
    gap = 1.0 - ratio
    if gap * length < _NEAR_ONE:
        return length * (length + 1.0) / 2.0 - gap * length * (length**2 - 1.0) / 3.0
    return (_sum_of_powers(ratio, length) - length * float(ratio**length)) / gap


def _sum_falling(ratio: float, length: float, powers: float) -> float:
    """Return the sum of ``(r - i) x^i`` over i from 0 to r - 1, x <= 1."""
    gap = 1.0 - ratio
    if gap * length < _NEAR_ONE:
        return length * (length + 1.0) / 2.0 - gap * length * (length**2 - 1.0) / 6.0
    return (length - ratio * powers) / gap


class Passage(NamedTuple):
    """What a station did over a stretch of time, in requests.

    Attributes
    ----------
    served, refused
        Requests; with the change of the queue they add up to those that came.
    queue
        Waiting at the end.
    wait_s
        Mean wait of those who are served, by Little's law.
    """

    served: float
    refused: float
    queue: float
    wait_s: float


def pass_time(
    queue: float, asked: float, seconds: float, servers: int, service_s: float, room: float
) -> Passage:
    """Let requests come evenly over a stretch of time.

    The queue moves at the rate by which arrivals exceed or fall short of the station's capacity
    ``c / s``, until it stands at the stationary mean. While it grows nobody is refused; from then
    on the stationary share is. Served requests never exceed ``c / s`` times the stretch.

    Parameters
    ----------
    queue
        Waiting at the beginning; those for whom there is no room now are refused.
    asked
        Requests that come.
    seconds
        Length of the stretch, > 0.
    servers, service_s
        Slots, and the mean time that a request holds one, > 0.
    room
        Requests that may wait, or infinity.
    """
    waiting = min(queue, room)
    turned_away = queue - waiting
    per_second, capacity_per_second = asked / seconds, servers / service_s
    drift = per_second - capacity_per_second
    long_run = stationary(servers, per_second * service_s, room)
    moving_s = _time_to(waiting, long_run.mean_queue, drift, seconds)
    if moving_s < seconds:
        after = long_run.mean_queue
    elif drift > 0.0:
        after = min(waiting + drift * seconds, room)
    else:
        after = max(waiting + drift * seconds, 0.0)
    refused = long_run.refused_share * per_second * (seconds - moving_s)
    if drift > 0.0 and waiting > long_run.mean_queue:
        refused += waiting - long_run.mean_queue  # the mean of a full room stands below its brim
    served = asked + waiting - refused - after
    if served > capacity_per_second * seconds:  # what fills the queue at once came from nowhere
        after += served - capacity_per_second * seconds
        served = capacity_per_second * seconds
    if served < 0.0:
        after, served = after + served, 0.0
    mean = (0.5 * (waiting + after) * moving_s + after * (seconds - moving_s)) / seconds
    return Passage(served, refused + turned_away, after, mean * seconds / served if served else 0.0)


def _time_to(queue: float, target: float, drift: float, longest_s: float) -> float:
    """Return how long the queue takes to its stationary mean, at most the stretch."""
    gap = target - queue
    if gap == 0.0:
        return 0.0
    if math.isinf(gap):
        return longest_s
    if gap > 0.0 >= drift or gap < 0.0 < drift:
        return 0.0  # chance, not drift, takes it there, within services
    return longest_s if drift == 0.0 else min(abs(gap / drift), longest_s)
