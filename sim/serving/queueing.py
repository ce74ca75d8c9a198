"""Waiting in line for a server: the M/M/c queue.

References
----------
Erlang, A. K. (1917). Solution of some problems in the theory of probabilities of significance in
automatic telephone exchanges. Elektroteknikeren 13, 5-13.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sim.quantities import FloatArray

OUTPUT_TOKENS_PER_REQUEST = 500.0
"""Assumed length of an answer, for the time that a request holds its slot."""


_MOST_TERMS = 1_000_000
_NEGLIGIBLE_EXPONENT = 30.0
_STANDARD_DEVIATIONS = 9.0
"""How far the terms of a sum are followed: beyond, they are below rounding."""


@cache
def _gamma_functions() -> tuple[Callable[..., float], Callable[..., float]]:
    from scipy.special import gammaincc, gammaln  # a third of a second to import

    return gammaincc, gammaln


def inverse_erlang_b(servers: int, offered_load: float) -> float:
    """Return one over the share of arrivals lost when nobody may wait, 1 / B(c, a).

    Below load one, ``Q(c + 1, a) c! e^a / a^c`` with Q the regularised upper incomplete gamma
    function; above, where both underflow, the terms of Erlang's sum, ``1 + c/a + c(c - 1)/a^2 +
    ...``, of which some ``9 sqrt(c)`` count.

    Parameters
    ----------
    servers
        c >= 1.
    offered_load
        a = arrival rate times mean service time > 0.

    Returns
    -------
    float
        Infinite where the loss is below the smallest number.
    """
    if offered_load > servers:
        terms = min(servers, _MOST_TERMS, math.ceil(_STANDARD_DEVIATIONS * math.sqrt(servers)) + 64)
        ratios = (float(servers) - np.arange(terms)) / offered_load
        return 1.0 + float(np.cumprod(ratios).sum())
    gammaincc, gammaln = _gamma_functions()
    shape = float(servers) + 1.0  # whole numbers beyond 64 bits are no type of scipy's
    log_all_busy = servers * math.log(offered_load) - offered_load - float(gammaln(shape))
    all_busy = math.exp(log_all_busy)
    return float(gammaincc(shape, offered_load)) / all_busy if all_busy > 0.0 else math.inf


def erlang_b(servers: int, offered_load: float) -> float:
    """Return the share of arrivals lost when nobody may wait, B(c, a); parameters as above."""
    return 1.0 / inverse_erlang_b(servers, offered_load)


def erlang_c(servers: int, utilisation: float) -> float:
    """Return the probability of waiting, ``C = B / (1 - rho + rho B)``.

    Parameters
    ----------
    servers
        c >= 1.
    utilisation
        rho = a / c, in [0, 1).

    Raises
    ------
    ValueError
        If there is no server, or utilisation is outside [0, 1): the queue would grow for ever.
    """
    if servers < 1 or not 0.0 <= utilisation < 1.0:
        raise ValueError(
            "a queue needs servers >= 1 and 0 <= utilisation < 1, "
            f"got {servers} and {utilisation!r}"
        )
    if utilisation == 0.0:
        return 0.0
    lost = erlang_b(servers, servers * utilisation)
    return lost / (1.0 - utilisation + utilisation * lost)


def mean_wait_s(servers: int, utilisation: float, service_s: float) -> float:
    """Return the mean time in line, ``C(c, rho) / (c (1 - rho))`` times the mean service time.

    Parameters
    ----------
    servers, utilisation
        As in `erlang_c`.
    service_s
        Mean service time in seconds.
    """
    waiting = erlang_c(servers, utilisation)
    return service_s * waiting / (servers * (1.0 - utilisation))


def is_wait_negligible(servers: FloatArray, utilisation: FloatArray) -> NDArray[np.bool_]:
    """Return whether fewer than one request in a million million waits, by Chernoff's bound.

    ``P(N >= c) <= exp(-c (rho - 1 - ln rho))`` for the number N of busy servers of an M/M/infinity
    station with load ``a = rho c < c``, which bounds Erlang's B; C is at most ``B / (1 - rho)``.

    Parameters
    ----------
    servers
        Of each station, c >= 1.
    utilisation
        Of each, rho = a / c > 0.
    """
    is_stable = utilisation < 1.0
    rho = np.where(is_stable, utilisation, 0.5)
    exponent = servers * (rho - 1.0 - np.log(rho))
    return is_stable & (exponent + np.log1p(-rho) > _NEGLIGIBLE_EXPONENT)
