"""Closed form of the adoption margin: one product, always in mind, no churn, no neighbours.

A product costs f USD a month to keep. It is on offer only if its surplus CS exceeds f; a first
adoption needs h_i <= T (CS - f), ln h_i ~ N(ln h, s_h^2). At reviews whoever may adopt joins with
probability L(V - a0), V = (CS - f) / mu, and a holder leaves with 1 - L(V - a0 + sigma). The
stationary share of the aware is E s, E = Phi((ln T (CS - f) - ln h) / s_h), s = join / (join +
leave). None of it is taken from the simulator.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import expit, ndtr

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Margin:
    """A market of one product; money in USD, time in months, sigma and a0 in units of mu."""

    volume: float = 1000.0
    mean_log_value: float = 0.3
    log_sd: float = 1.7
    fee: float = 200.0
    horizon: float = 12.0
    setup: float = 20_000.0
    setup_log_sd: float = 1.0
    mu: float = 1000.0
    sigma: float = 2.0
    outside: float = 1.0

    def use(self, price: ArrayLike) -> Floats:
        """Return Mtok a month of a user at a price."""
        z = (self.mean_log_value - np.log(price)) / self.log_sd
        return np.asarray(self.volume * ndtr(z))

    def surplus(self, price: ArrayLike) -> Floats:
        """Return the surplus of a user at a price, USD a month."""
        z = (self.mean_log_value - np.log(price)) / self.log_sd
        mean = np.exp(self.mean_log_value + self.log_sd**2 / 2)
        return np.asarray(self.volume * (mean * ndtr(z + self.log_sd) - price * ndtr(z)))

    def eligible(self, price: ArrayLike) -> Floats:
        """Return the share of users to whom a first adoption pays."""
        net = self.surplus(price) - self.fee
        with np.errstate(divide="ignore"):
            gain = np.log(self.horizon * np.maximum(net, 0.0))
        return np.asarray(ndtr((gain - np.log(self.setup)) / self.setup_log_sd))

    def holds(self, price: ArrayLike) -> Floats:
        """Return the share of those who may adopt that hold the product in the long run."""
        net = self.surplus(price) - self.fee
        join = expit(net / self.mu - self.outside)
        leave = expit(-(net / self.mu - self.outside + self.sigma))
        return np.where(net > 0.0, join / (join + leave), 0.0)

    def share(self, price: ArrayLike) -> Floats:
        """Return adopters as a share of the aware."""
        return self.eligible(price) * self.holds(price)

    def slope(self, price: float, step: float = 1e-6) -> float:
        """Return d ln share / d ln price, by differences."""
        above, below = self.share([price * (1 + step), price * (1 - step)])
        return float((np.log(above) - np.log(below)) / (2 * step))

    def price_that_stops(self) -> float:
        """Return the price at which the surplus no longer exceeds the fee."""
        return float(brentq(lambda price: float(self.surplus(price)) - self.fee, 1.0, 1e4))

    def mean_setup_paid(self, price: float) -> float:
        """Return the mean setup cost of those to whom adoption pays, USD."""
        net = float(self.surplus(price)) - self.fee
        z = (np.log(self.horizon * net) - np.log(self.setup)) / self.setup_log_sd
        mean = np.exp(np.log(self.setup) + self.setup_log_sd**2 / 2)
        return float(mean * ndtr(z - self.setup_log_sd) / ndtr(z))
