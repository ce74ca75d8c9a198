"""Price equilibria beside PyBLP (Conlon and Gortmaker 2020), on the same markets in one run.

::

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/beside_pyblp.py

Prints milliseconds of the processor's time: of `sim.nash_prices`, which searches from three starts
and checks what it finds; of PyBLP's ``replace_endogenous``, one search without checks; and of that
with the ``Simulation`` that it needs, from arrays to prices. Beside them the largest difference of
prices. The three take turns, and each one's least time counts: the machine may do other work.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pyblp_prices import RandomMarket, pyblp_prices, simulation

import sim

MARKETS = {
    "mixed logit, 500 types, 40 products, 12 providers": (500, 40, 12, 0),
    "mixed logit, 50 types, 40 products, 12 providers": (50, 40, 12, 0),
    "nested logit, 40 products, 12 providers": (1, 40, 12, 5),
}
_TURNS = 15
_TOLERANCE = 1e-12


def least_ms(*works: Callable[[], object]) -> list[float]:
    """Return the least processor time of each work, in milliseconds; works take turns."""
    found = [[] for _ in works]
    for _ in range(_TURNS):
        for times, work in zip(found, works, strict=True):
            began = time.process_time()
            work()
            times.append(time.process_time() - began)
    return [1e3 * min(times) for times in found]


def main() -> None:
    """Print a line a market."""
    for name, shape in MARKETS.items():
        market = RandomMarket.draw(1, *shape)
        arguments, seen = market.arguments(), simulation(market)
        gap = np.abs(
            sim.nash_prices(**arguments).prices - pyblp_prices(seen, market, _TOLERANCE)
        ).max()
        own, solved, whole = least_ms(
            lambda given=arguments: sim.nash_prices(**given),
            lambda at=seen, of=market: pyblp_prices(at, of, _TOLERANCE),
            lambda of=market: pyblp_prices(simulation(of), of, _TOLERANCE),
        )
        print(  # noqa: T201 - its purpose
            f"{name}: {own:.1f} ms; PyBLP {solved:.1f} ms ({solved / own:.1f} times as long), with "
            f"its Simulation {whole:.1f} ms ({whole / own:.1f}); prices differ by {gap:.1e}"
        )


if __name__ == "__main__":
    main()
