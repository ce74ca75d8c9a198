"""Price equilibria are the same compiled and as plain Python."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import sim

SOLVE_PLAIN = """
import json, sys
import numba
import sim
assert numba.config.DISABLE_JIT
utilities, costs, options = json.loads(sys.argv[1])
print(json.dumps(sim.nash_prices(utilities, costs, **options).prices.tolist()))
"""
DRAWS = np.random.default_rng(11)
UTILITIES = DRAWS.normal(1.0, 1.0, (3, 4)).tolist()
COSTS = DRAWS.uniform(0.1, 1.0, 4).tolist()
MARKETS: dict[str, dict[str, object]] = {
    "plain": {"ownership": [0, 0, 1, 2]},
    "nested": {"nests": ["a", "a", "b", None], "nest_correlation": 0.4},
    "one price held": {"fixed": [False, True, False, False], "start": [1.5, 0.9, 1.5, 1.5]},
}


@pytest.mark.parametrize("name", MARKETS)
def test_prices_are_the_same_compiled_or_not(name: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", SOLVE_PLAIN, json.dumps([UTILITIES, COSTS, MARKETS[name]])],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    compiled = sim.nash_prices(UTILITIES, COSTS, **MARKETS[name])
    np.testing.assert_allclose(json.loads(told.stdout), compiled.prices, rtol=1e-9)
