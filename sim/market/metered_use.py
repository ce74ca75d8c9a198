"""What users owe by their own meters: tokens, and money at the list prices of the time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.quantities import FloatArray
from sim.scenario.scenario import Scenario
from sim.tokens import PerToken
from sim.users.mechanisms.hours import paid_shares
from sim.users.populations import AnyPopulation


class Used(NamedTuple):
    """Weeks of use.

    Attributes
    ----------
    mtok, revenue_usd, cost_usd
        (W, D, P): tokens in millions, what they cost at list prices, and their marginal cost.
    war_cost_usd
        (W, D, P): marginal cost less revenue, while at war.
    kinds_mtok
        (W, P, 3): tokens by kind, in the order of `PerToken`.
    """

    mtok: FloatArray
    revenue_usd: FloatArray
    cost_usd: FloatArray
    war_cost_usd: FloatArray
    kinds_mtok: FloatArray


class MeteredUse:
    """A week of use by the users' own meters, apart from the sums that bills are made of.

    Prices and costs are kept here from the scenario and the moves that are announced, and blended
    by the scenario's shares of tokens; the offer book is not looked at. Amounts are of the whole
    market.

    Parameters
    ----------
    scenario
        First prices, shares of tokens, and how many users a simulated one stands for.
    """

    def __init__(self, scenario: Scenario) -> None:
        products = scenario.products
        shape = len(scenario.domains), len(products)
        scale = scenario.population.users_per_simulated
        self._tokens_per_work = scale * np.array(
            [[d.tokens_per_work * p.tokens_per_task for p in products] for d in scenario.domains]
        )
        tokens = [domain.tokens for domain in scenario.domains]
        hit = np.array([one.cache_hit_share for one in tokens])
        output = np.array([one.output_share for one in tokens])
        self._kinds = np.stack([1.0 - hit - output, hit, output], axis=1)
        self._price = np.array([p.price_usd_per_mtok.per_token for p in products])
        policies = {provider.name: provider.price for provider in scenario.providers}
        tariffs = [policies[product.provider].tariff for product in products]
        self._paid_shares = paid_shares(scenario.domains, tariffs)
        self._cost = np.zeros_like(self._price)
        self._at_war = np.zeros(len(products))
        self._shape = 4, *shape
        self._factors, self._sums = np.zeros(self._shape), np.zeros(self._shape)
        self._factors[0] = self._tokens_per_work
        self._free = np.zeros(self._shape)
        self._weeks: list[FloatArray] = []
        self._is_stale = True

    def set_price(self, product: int, list_price_usd_per_mtok: PerToken) -> None:
        """Sell at another list price from now on."""
        self._price[product] = list_price_usd_per_mtok
        self._is_stale = True

    def set_cost(self, product: int, marginal_cost_usd_per_mtok: PerToken) -> None:
        """Serve at another marginal cost from now on."""
        self._cost[product] = marginal_cost_usd_per_mtok
        self._is_stale = True

    def set_at_war(self, product: int, at_war: bool) -> None:
        """Sell at war, or not, from now on."""
        self._at_war[product] = at_war
        self._is_stale = True

    def add_from(self, population: AnyPopulation, served_share: FloatArray | None = None) -> None:
        """Add the time since the last call, at the prices and costs that were set before it.

        Parameters
        ----------
        population
            Its users' meters are read.
        served_share
            (P,): part of what users asked for that they got; None: all of it.
        """
        if self._is_stale:
            self._blend()
        if served_share is None:
            population.read_meters(self._factors, self._free, self._sums)
        else:
            factors, free = self._factors * served_share, self._free * served_share
            population.read_meters(factors, free, self._sums)

    def end_week(self) -> None:
        """Begin another week."""
        self._weeks.append(self._sums)
        self._sums = np.zeros(self._shape)

    def take(self) -> Used:
        """Return the weeks that have ended since the last call."""
        sums = np.stack(self._weeks, axis=1)
        self._weeks = []
        mtok, revenue, cost, loss = sums
        return Used(mtok, revenue, cost, loss, mtok.transpose(0, 2, 1) @ self._kinds)

    def _blend(self) -> None:
        """Reckon what a million tokens of work are worth: tokens, money, cost, loss at war.

        Those within a free quota bring no money.
        """
        _, price, cost, loss = self._factors  # the first, tokens, never changes
        np.matmul(self._kinds, self._price.T, out=price)
        price *= self._paid_shares
        np.matmul(self._kinds, self._cost.T, out=cost)
        self._factors[1:3] *= self._tokens_per_work
        np.multiply(cost - price, self._at_war, out=loss)
        self._free[1] = -price
        self._free[3] = price * self._at_war
        self._is_stale = False
