r"""Demand of the market's own users at other prices, once they have settled at them.

Each type of user, with its own volume, task values, tastes and costs, is the Markov chain of
`sim.users.stationary`: it reviews, considers what comes to mind, chooses with inertia, runs the
tasks that are worth their tokens, and is lost at the churn hazard. Sales a day of product j are

.. math:: D_j(p) = N \sum_k w_k(p)\, s_{kj}(p)\, A_k\, x_{kj}(p_j)\, n_{kj}\, r_k(p),

with :math:`w_k` the aware users of a type to whom adoption pays at these prices, :math:`s_{kj}`
their stationary distribution, averaged over all consideration sets by quadrature,
:math:`A_k x_{kj}` the work that they run, :math:`n` tokens of it, and r the part of the wanted
usage that the mean user has reached. News has faded, who is aware stays.

D is a mean: shares of all users and of neighbours are those that the chains give, and satisfaction
is that of the mean user. It jumps where a price leaves a type no more than its running fee.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from sim.errors import EquilibriumError
from sim.quantities import FloatArray
from sim.scenario.demand import Clocks
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.units import DAYS_PER_MONTH
from sim.users.appraisal import Appraisal
from sim.users.mechanisms.portfolios import PortfolioRules
from sim.users.offers import OfferView
from sim.users.setup import reach_of
from sim.users.stationary import (
    MOST_STEPS,
    TOLERANCE,
    Habits,
    Market,
    State,
    distance,
    first_guess,
    step,
)
from sim.users.user_types import UserTypes

_TOLERANCE = 1e-9
"""Of shares of all users, in a stationary state, for slopes."""
_LOG_STEP = 1e-3
"""Of prices, to either side, in slopes."""


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """One draw of the users' types, and how many are aware of the technology.

    Attributes
    ----------
    types
        K types.
    aware
        As a share of all users in all draws, (K,).
    """

    types: UserTypes
    aware: FloatArray

    @classmethod
    def of_first_day(cls, scenario: Scenario, types: UserTypes, draws: int = 1) -> Draw:
        """Return one of several draws on a scenario's first day."""
        population = scenario.population
        size = np.array([domain.share for domain in scenario.domains])
        aware = size / size.sum() * population.awareness.initial_share
        return cls(types, aware[types.domain] / (population.types_per_domain * draws))


class _Settled(NamedTuple):
    """Users once they have settled: millions of tokens used a day, and billed, and users, (P,)."""

    sold: FloatArray
    billed: FloatArray
    holders: FloatArray


class MarketDemand:
    """Sales a day at prices that are factors of the present ones.

    Parameters
    ----------
    scenario
        Its population and domains.
    draws
        Of the types: those of a replication, or of several.
    offers
        The present offers of P products.
    blended_price_usd_per_mtok
        Their prices at the industry's mix, (P,).
    users
        How many there are.

    Raises
    ------
    EquilibriumError
        Users may hold several products, or have classes of requests.
    """

    def __init__(
        self,
        scenario: Scenario,
        draws: Sequence[Draw],
        offers: OfferView,
        blended_price_usd_per_mtok: FloatArray,
        users: float,
    ) -> None:
        if PortfolioRules.from_scenario(scenario).is_on:
            raise EquilibriumError(
                "the demand of users with several products or classes of requests is not known at "
                "other prices.  Leave population.portfolio.most_products at 1 and no "
                "request_classes, or give best_response a taste_scale_usd_per_mtok."
            )
        self._scenario, self._draws = scenario, draws
        self._offers = replace(offers, news=np.zeros_like(offers.news))
        self._blended = blended_price_usd_per_mtok.copy()
        self._users = users
        self._habits = Habits.of(scenario.population)
        self._clocks: Clocks = scenario.population.clocks
        self._begin: State | None = None
        self._last: tuple[FloatArray, _Settled] | None = None
        self.sales(np.ones(blended_price_usd_per_mtok.size))

    @classmethod
    def of_first_day(
        cls,
        scenario: Scenario,
        offers: OfferView,
        blended_price_usd_per_mtok: FloatArray,
        draws: int,
    ) -> MarketDemand:
        """Return the demand on a scenario's first day, over several draws of types.

        Parameters
        ----------
        scenario
            From `sim.load`.
        offers, blended_price_usd_per_mtok
            Of the first day.
        draws
            How many draws of types are averaged: those of the first replications.
        """
        population = scenario.population
        made = []
        for number in range(draws):
            types = UserTypes.draw(scenario, Streams(scenario.seed, number))
            made.append(Draw.of_first_day(scenario, types, draws))
        users = population.users * population.users_per_simulated
        return cls(scenario, made, offers, blended_price_usd_per_mtok, users)

    def sales(self, factor: FloatArray) -> FloatArray:
        """Return tokens used a day, (P,), in millions.

        Parameters
        ----------
        factor : ndarray, shape (P,)
            Prices, as factors of the present ones.

        Raises
        ------
        EquilibriumError
            Shares never come to rest.
        """
        return self._settled_at(factor).sold.copy()

    def billed(self, factor: FloatArray) -> FloatArray:
        """Return those of `sales` that are beyond free quotas, (P,)."""
        return self._settled_at(factor).billed.copy()

    def holders(self, factor: FloatArray) -> FloatArray:
        """Return how many users have each product, (P,)."""
        return self._settled_at(factor).holders.copy()

    def with_quota(self, product: int, quota_mtok_per_month: float) -> MarketDemand:
        """Return the demand if users had so many tokens of a product free of charge."""
        terms = self._offers.terms
        quotas = terms.free_quota_mtok_per_month.copy()
        quotas[product] = quota_mtok_per_month
        offers = replace(self._offers, terms=replace(terms, free_quota_mtok_per_month=quotas))
        return MarketDemand(self._scenario, self._draws, offers, self._blended, self._users)

    def _settled_at(self, factor: FloatArray) -> _Settled:
        """Return the same as `_solved_at`; tokens used and billed at one price take one solve."""
        if self._last is None or not np.array_equal(self._last[0], factor):
            self._last = factor.copy(), self._solved_at(factor)
        return self._last[1]

    def _solved_at(self, factor: FloatArray) -> _Settled:
        """Return what is used at prices, as factors of the present ones."""
        prices = self._offers.domain_price_usd_per_mtok * factor
        offers = replace(self._offers, domain_price_usd_per_mtok=prices)
        seen = [Appraisal(self._scenario, draw.types, offers) for draw in self._draws]
        market = _joined(seen, [draw.aware for draw in self._draws], offers)
        outside = np.concatenate([draw.types.outside_utility for draw in self._draws])
        state = self._settled(market, outside)
        if self._begin is None:
            self._begin = state  # one for all later prices: sales do not depend on what was asked
        work, billed = (
            np.concatenate(
                [of(one, draw.types) for one, draw in zip(seen, self._draws, strict=True)]
            )
            for of in (_work, _billed)
        )
        reached = _reached(state.leave_per_day, self._clocks)
        holders = self._users * market.weight[:, None] * state.held[:, :-1]
        active = holders * reached[:, None]
        return _Settled(
            (active * work).sum(axis=0), (active * billed).sum(axis=0), holders.sum(axis=0)
        )

    def _settled(self, market: Market, outside: FloatArray) -> State:
        """Return the stationary state, exact enough for slopes."""
        state = first_guess(market) if self._begin is None else self._begin
        for _ in range(MOST_STEPS):
            before, state = state, step(market, self._habits, outside, state)
            gap = distance(before, state, market)
            if gap < _TOLERANCE:
                break
        if gap < TOLERANCE:
            return state
        raise EquilibriumError(
            "no demand to respond to: at some prices users never come to rest.  Lower "
            "population.choice.peer_bonus and population.consideration.market_share_weight."
        )

    def sales_at(self, price_usd_per_mtok: FloatArray) -> FloatArray:
        """Return the same at blended prices, (P,); products that are given away stay so."""
        return self.sales(self._factor(price_usd_per_mtok))

    def billed_at(self, price_usd_per_mtok: FloatArray) -> FloatArray:
        """Return those of them that are beyond free quotas, (P,)."""
        return self.billed(self._factor(price_usd_per_mtok))

    def holders_at(self, price_usd_per_mtok: FloatArray) -> FloatArray:
        """Return how many users have each product, (P,)."""
        return self.holders(self._factor(price_usd_per_mtok))

    def _factor(self, price_usd_per_mtok: FloatArray) -> FloatArray:
        now = self._blended
        return np.divide(price_usd_per_mtok, now, out=np.ones_like(now), where=now > 0.0)

    def slopes(self, factor: FloatArray) -> FloatArray:
        """Return elasticities d ln D_j / d ln p_k, (P, P), by central differences.

        A product that nobody uses has NaN in its row.
        """
        steps = _LOG_STEP * np.eye(factor.size)
        above, below = (
            np.array([self.sales(factor * np.exp(sign * step)) for step in steps])
            for sign in (1.0, -1.0)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(above / below).T / (2.0 * _LOG_STEP))


def _joined(seen: Sequence[Appraisal], aware: Sequence[FloatArray], offers: OfferView) -> Market:
    """Return the offers as the experienced users of all draws see them."""
    books = [one.book.offers for one in seen]
    return Market(
        np.concatenate([book["utility"] for book in books]),
        np.concatenate([book["delivered"] for book in books]).astype(np.float64),
        offers.provider_index.astype(np.int64),
        offers.model_index,
        offers.nest_index,
        np.concatenate([n * ndtr(reach_of(book)) for n, book in zip(aware, books, strict=True)]),
    )


def _work(seen: Appraisal, types: UserTypes) -> FloatArray:
    """Return what a user of each type comes to use of each product, in Mtok of tokens a day."""
    return _tokens(seen, types) * np.nan_to_num(seen.valuation.usage)


def _billed(seen: Appraisal, types: UserTypes) -> FloatArray:
    """Return what of it is beyond the free quota."""
    beyond = np.maximum(seen.valuation.usage - np.nan_to_num(seen.valuation.quota), 0.0)
    return np.asarray(_tokens(seen, types) * np.nan_to_num(beyond))


def _tokens(seen: Appraisal, types: UserTypes) -> FloatArray:
    """Return tokens of all that a user of each type might do with each product, in Mtok a day."""
    verbosity = np.where(seen.offers.listed, seen.offers.tokens_per_task, 0.0)
    volume = types.volume_mtok_per_month[:, None] / DAYS_PER_MONTH
    return np.asarray(volume * types.tokens_per_work[:, None] * verbosity)


def _reached(leave_per_day: FloatArray, clocks: Clocks) -> FloatArray:
    """Return the mean of ``1 - (1 - g)^(n + 1)``, n usage events before a user leaves, (K,)."""
    if clocks.usage_per_day == 0.0:
        return np.ones_like(leave_per_day)
    again = clocks.usage_per_day / (clocks.usage_per_day + leave_per_day)
    short = 1.0 - clocks.usage_adjustment_share
    return np.asarray(1.0 - short * (1.0 - again) / (1.0 - again * short))
