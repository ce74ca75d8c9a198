"""Equilibrium prices from PyBLP (Conlon and Gortmaker 2020), for markets that it can express.

Utility is ``theta_i a_j - alpha_i p_j + xi_j``: types of users by agent data with ``theta`` and
``alpha`` as demographics.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.quantities import FloatArray, IntegerArray


@dataclass(frozen=True)
class RandomMarket:
    """K types, P products; arrays of one a type, or one a product."""

    alpha: FloatArray
    theta: FloatArray
    weight: FloatArray
    quality: FloatArray
    xi: FloatArray
    cost: FloatArray
    owner: IntegerArray
    nest: IntegerArray | None = None
    correlation: float = 0.0

    @classmethod
    def draw(
        cls, seed: int, types: int, products: int, owners: int, nests: int = 0
    ) -> RandomMarket:
        """Draw one."""
        draws = np.random.default_rng(seed)
        return cls(
            alpha=np.exp(draws.normal(0.7, 0.4 if types > 1 else 0.0, types)),
            theta=np.exp(draws.normal(0.0, 0.3 if types > 1 else 0.0, types)),
            weight=draws.dirichlet(np.full(types, 5.0)),
            quality=draws.uniform(1.0, 3.0, products),
            xi=draws.normal(0.0, 1.0, products),
            cost=draws.uniform(0.1, 1.0, products),
            owner=draws.integers(0, owners, products),
            nest=draws.integers(0, nests, products) if nests else None,
            correlation=float(draws.uniform(0.2, 0.8)) if nests else 0.0,
        )

    def arguments(self) -> dict[str, Any]:
        """Return what `sim.nash_prices` takes of it."""
        return {
            "utilities": np.outer(self.theta, self.quality) + self.xi,
            "costs": self.cost,
            "price_coefficient": self.alpha,
            "weights": self.weight,
            "ownership": self.owner,
            "nests": None if self.nest is None else self.nest.tolist(),
            "nest_correlation": self.correlation,
        }


def simulation(market: RandomMarket) -> Any:
    """Return the market as PyBLP sees it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyblp

        pyblp.options.verbose = False
        products, types = market.cost.size, market.alpha.size
        data = {
            "market_ids": np.zeros(products, int),
            "firm_ids": market.owner,
            "a": market.quality,
            "c": market.cost,
        }
        nests = {}
        if market.nest is not None:
            data["nesting_ids"] = market.nest
            nests = {"rho": market.correlation}
        agents = {
            "market_ids": np.zeros(types, int),
            "weights": market.weight,
            "alpha": market.alpha,
            "theta": market.theta,
            "nodes": np.zeros((types, 2)),
        }
        tastes = pyblp.Formulation("0 + prices + a")
        return pyblp.Simulation(
            (tastes, tastes, pyblp.Formulation("0 + c")),
            data,
            beta=[0.0, 0.0],
            sigma=np.zeros((2, 2)),
            pi=[[-1.0, 0.0], [0.0, 1.0]],
            gamma=[1.0],
            xi=market.xi,
            omega=np.zeros(products),
            agent_formulation=pyblp.Formulation("0 + alpha + theta"),
            agent_data=agents,
            **nests,
        )


def pyblp_prices(seen: Any, market: RandomMarket, tolerance: float = 1e-13) -> FloatArray:
    """Return the equilibrium prices, (P,), that PyBLP finds to a tolerance in prices."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyblp

        found = seen.replace_endogenous(
            costs=market.cost[:, None],
            iteration=pyblp.Iteration("simple", {"atol": tolerance, "max_evaluations": 100_000}),
        )
    return np.asarray(found.product_data.prices[:, 0], np.float64)
