"""What a provider would gain by another price, in simulation: a check of prices found on demand.

Users begin settled at the prices, who is aware stays, and there is no news. Of a grid of prices of
one product the one that gains most over some replications is evaluated again on fresh ones, so that
the largest of many noisy gains is not mistaken for one. Worlds at two prices share their draws.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sim.equilibrium.market_nash import DEVIATIONS
from sim.quantities import BoolArray, FloatArray
from sim.scenario.scenario import Scenario
from sim.statistics import half_width
from sim.streams import Streams
from sim.users.offers import OfferView
from sim.users.population import Population

_DAYS = 28.0
"""Over which sales are counted."""
_MOST_GAIN, _MOST_HALF_WIDTH = 0.01, 0.005
"""Shares of profit: a bound up to which prices count as best, if it is known so well."""

Verdict = Literal["no gain", "gain", "undecided"]


@dataclass(frozen=True, slots=True)
class SimulatedGain:
    """The gain of the best of other prices of a product.

    Attributes
    ----------
    factor
        Of the present price, at the best other price.
    gain_share
        Mean gain, as a share of the provider's profit at the present prices.
    half_width_share
        Half the width of its 95% interval, over fresh paired replications.
    """

    factor: float
    gain_share: float
    half_width_share: float

    @property
    def upper_bound_share(self) -> float:
        """End of the interval."""
        return self.gain_share + self.half_width_share

    @property
    def verdict(self) -> Verdict:
        """Whether the provider gains by more than 1%; undecided where replications do not tell."""
        if self.gain_share - self.half_width_share > _MOST_GAIN:
            return "gain"
        if self.upper_bound_share <= _MOST_GAIN and self.half_width_share <= _MOST_HALF_WIDTH:
            return "no gain"
        return "undecided"


def simulated_gain(
    scenario: Scenario,
    offers: OfferView,
    price: FloatArray,
    cost: FloatArray,
    own: BoolArray,
    product: int,
    replications: tuple[int, int],
) -> SimulatedGain:
    """Return what the best other price of a product gains its provider in simulation.

    Parameters
    ----------
    scenario
        From `sim.load`; its users begin settled.
    offers
        At the present prices.
    price, cost
        Blended prices and marginal costs, (P,), USD per million tokens.
    own
        Products of the provider, (P,).
    product
        Whose price is tried: at each of `sim.equilibrium.market_nash.DEVIATIONS`.
    replications
        How many choose the best price, and how many fresh ones evaluate it: at least 2.
    """
    population = scenario.population
    frozen = population.awareness.model_copy(
        update={"innovation_per_day": 0.0, "imitation_per_day": 0.0}
    )
    still = scenario.model_copy(
        update={"population": population.model_copy(update={"awareness": frozen})}
    )
    quiet = replace(offers, news=np.zeros_like(offers.news))
    factors = DEVIATIONS[DEVIATIONS != 1.0]

    def profit(factor: float, number: int) -> float:
        changed = np.where(np.arange(price.size) == product, factor, 1.0)
        view = replace(quiet, domain_price_usd_per_mtok=quiet.domain_price_usd_per_mtok * changed)
        users = Population.build(still, Streams(still.seed, number))
        users.start(view)
        sales = users.advance(_DAYS, view).mtok.sum(axis=0)
        return float(((price * changed - cost) * sales)[own].sum())

    choosing, fresh = replications
    grid = [np.mean([profit(factor, r) for r in range(choosing)]) for factor in factors]
    best = float(factors[int(np.argmax(grid))])
    numbers = range(choosing, choosing + fresh)
    now = np.array([profit(1.0, number) for number in numbers])
    gains = (np.array([profit(best, number) for number in numbers]) - now) / now.mean()
    spread = half_width(float(gains.std(ddof=1)), fresh)
    return SimulatedGain(best, float(gains.mean()), spread)
