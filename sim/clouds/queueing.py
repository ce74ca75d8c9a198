"""Waiting in line for a server: the M/M/c queue.

References
----------
Erlang, A. K. (1917). Solution of some problems in the theory of probabilities of significance in
automatic telephone exchanges. Elektroteknikeren 13, 5-13.
Jagerman, D. (1974). Some properties of the Erlang loss function. Bell System Technical Journal
53(3), 525-551: the recursion in its inverse form.
"""

from __future__ import annotations

_NEGLIGIBLE = 1e17


def erlang_b(servers: int, offered_load: float) -> float:
    """Return the share of arrivals lost when nobody may wait, B(c, a).

    Recursion ``1/B_k = 1 + (k/a) / B_{k-1}`` with ``B_0 = 1``, stable for any number of servers:
    all terms are positive. It stops once B is below 1e-17.

    Parameters
    ----------
    servers
        c >= 1.
    offered_load
        a = arrival rate times mean service time > 0.
    """
    inverse = 1.0
    for k in range(1, servers + 1):
        inverse = 1.0 + inverse * k / offered_load
        if inverse > _NEGLIGIBLE and k > offered_load:
            return 0.0
    return 1.0 / inverse


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
