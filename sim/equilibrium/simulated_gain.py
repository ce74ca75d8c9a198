"""What a provider would gain by another price, in simulation: a check of prices found on demand.

Users begin settled at the prices, who is aware stays, and there is no news. Of a grid of prices of
one product the one that gains most over some replications is evaluated again on fresh ones, so that
the largest of many noisy gains is not mistaken for one. Worlds at two prices share their draws.

References
----------
Chow, Y. S., Robbins, H. (1965). On the asymptotic theory of fixed-width sequential confidence
intervals for the mean. Annals of Mathematical Statistics 36(2), 457-462.
Cochran, W. G. (1977). Sampling Techniques. Wiley, chapter 6: ratio estimators.
"""

from __future__ import annotations

import math
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
        Mean gain, as a share of the size of the provider's profit at the present prices, so that it
        is above 0 where a loss grows smaller; NaN where it is not known whether that is a profit.
    half_width_share
        Half the width of its 95% interval, over fresh paired replications.
    replications
        How many fresh ones there were.
    undecided_because
        Why there is no share; empty if there is one.
    """

    factor: float
    gain_share: float
    half_width_share: float
    replications: int
    undecided_because: str = ""

    @property
    def replications_needed(self) -> int:
        """How many fresh replications a half-width of 0.5% takes, at the spread that was seen.

        Where no spread is known, twice as many as there were.
        """
        if self.undecided_because:
            return 2 * self.replications
        return max(
            self.replications,
            math.ceil(self.replications * (self.half_width_share / _MOST_HALF_WIDTH) ** 2),
        )

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
    most: int = 0,
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
    most
        Up to how many fresh ones are added until the half-width is 0.5%, as many as it seems to
        take at a time (Chow and Robbins 1965); none where that is not above what there are.
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
        flow = users.advance(_DAYS, view)
        used, billed = flow.mtok.sum(axis=0), flow.billed_mtok.sum(axis=0)
        return float((price * changed * billed - cost * used)[own].sum())

    choosing, fresh = replications
    grid = [np.mean([profit(factor, r) for r in range(choosing)]) for factor in factors]
    best = float(factors[int(np.argmax(grid))])
    now, then = np.empty(0), np.empty(0)
    wanted = fresh
    while True:
        numbers = range(choosing + now.size, choosing + wanted)
        now = np.append(now, [profit(1.0, number) for number in numbers])
        then = np.append(then, [profit(best, number) for number in numbers])
        found = _of_pairs(best, now, then)
        wanted = min(most, found.replications_needed)
        if wanted <= found.replications:
            return found


def _of_pairs(factor: float, now: FloatArray, then: FloatArray) -> SimulatedGain:
    r"""Return the gain of paired profits at the present and at another price.

    It is the ratio of means, :math:`(\bar y - \bar x) / |\bar x|`, whose error is that of the mean
    of :math:`(y - R x)/|\bar x|`, R their ratio (Cochran 1977, eq. 6.13): what makes a
    replication's market large makes both profits large, and is no noise of the gain. Where present
    profits are not all of one sign, x may be near zero in the mean, and nothing is divided by it.
    """
    if not ((now > 0.0).all() or (now < 0.0).all()):
        why = "present profits are of either sign: there is nothing to take a share of"
        return SimulatedGain(factor, math.nan, math.nan, now.size, why)
    ratio = float(then.sum() / now.sum())
    size = abs(float(now.mean()))
    spread = half_width(float((then - ratio * now).std(ddof=1)) / size, now.size)
    return SimulatedGain(factor, float((then - now).mean()) / size, spread, now.size)
