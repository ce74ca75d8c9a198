"""The market's stationary state: who holds what once nothing new happens.

Each experienced user of type k is a Markov chain over the products and none. It reviews at rate
lambda and is lost at the churn hazard; what a review comes to is in `sim.users.outcomes`. Market
shares and neighbours enter by their means (for a graph, the binomial of the mean degree), and are
those that the chains give: a fixed point.

References
----------
Goeree (2008), for random consideration; Brock and Durlauf (2001), for the fixed point.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenario.demand import Network, Population
from sim.scenario.tie_files import read_ties
from sim.users.extrapolation import Extrapolation
from sim.users.mechanisms.reputation import ReputationRules, heard, mean_satisfactions
from sim.users.outcomes import Relations, outcomes

Floats = NDArray[np.float64]

_BLOCK = 32
"""Types that are integrated together, those of like reach."""
_HARDLY_EVER_PER_DAY = 1e-9
"""Stands for reviews that never come: the state that they would lead to."""
TOLERANCE = 1e-6
"""Shares of all users: a hundredth of a user in 10,000."""
MOST_STEPS = 500
EXTRAPOLATED_STEPS = 60
"""What has not come to rest after so many extrapolated steps goes on by plain ones."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What is the same for all users, symbols as in ``sim.scenario.demand``.

    Attributes
    ----------
    base, share_weight, peer_weight, reputation_weight : float
        Of consideration [a0, a1, a2, a4].
    reputation : ReputationRules
    peer_bonus, satisfaction_weight, satisfaction_step, loss_weight : float
        [eta, zeta, g, l].
    vendor_cost, model_cost : float
        [sigma].
    dissimilarity : tuple of float
        lambda of each nest, after that of products in none.
    review_per_day, churn_per_day, churn_slope : float
        Rates [lambda, c0] and slope [c1].
    neighbours : float
        Mean degree; infinite where everyone hears from everyone, 0 where nobody does.
    """

    base: float
    share_weight: float
    peer_weight: float
    reputation_weight: float
    reputation: ReputationRules
    peer_bonus: float
    satisfaction_weight: float
    satisfaction_step: float
    loss_weight: float
    vendor_cost: float
    model_cost: float
    dissimilarity: tuple[float, ...]
    review_per_day: float
    churn_per_day: float
    churn_slope: float
    neighbours: float

    @classmethod
    def of(cls, population: Population) -> "Habits":
        """Read them off a scenario's population."""
        consideration, choice, clocks = (
            population.consideration,
            population.choice,
            population.clocks,
        )
        return cls(
            consideration.base,
            consideration.market_share_weight,
            consideration.peer_weight,
            consideration.reputation_weight,
            ReputationRules.from_scenario(population),
            choice.peer_bonus,
            choice.satisfaction_weight,
            population.satisfaction.adjustment_share,
            population.satisfaction.loss_weight,
            choice.switching_cost_vendor,
            choice.switching_cost_model,
            (1.0, *(1.0 - nest.correlation for nest in choice.nests)),
            clocks.review_per_day,
            clocks.churn_per_day,
            clocks.churn_satisfaction_slope,
            _degree(population.network, population.users),
        )

    def intensity(self, share: Floats, reputation: Floats) -> Floats:
        """Return the mean-field intensity of consideration at shares of all users, (P,)."""
        certain = (self.base + self.share_weight * share) * np.exp(
            self.reputation_weight * reputation
        )
        if self.neighbours == 0.0:
            return np.asarray(certain)
        if np.isinf(self.neighbours):
            return np.asarray(certain + self.peer_weight * share)
        missed = 1.0 - share * -np.expm1(-self.peer_weight / self.neighbours)
        return np.asarray(certain - self.neighbours * np.log(missed))

    def bonus(self, share: Floats) -> Floats:
        """Return the mean peer bonus, (P,)."""
        return self.peer_bonus * share * (self.neighbours > 0.0)


def _degree(network: Network, users: int) -> float:
    match network.kind:
        case "complete":
            return math.inf
        case "none":
            return 0.0
        case "edge_list":
            return 2.0 * int(read_ties(network.ties).shape[1]) / users
        case _:
            return float(network.mean_degree)


@dataclass(frozen=True, slots=True)
class Market:
    """The offers as experienced users of each type see them.

    Attributes
    ----------
    utility : ndarray, shape (K, P)
        In units of mu, net of the running fee; minus infinity if not on offer.
    delivered : ndarray, shape (K, P)
        What users experience, between 0 and 1.
    provider, model, nest : ndarray of int, shape (P,)
        As in ``sim.users.offers.OfferView``.
    weight : ndarray, shape (K,)
        Experienced users of each type, as a share of all users.
    """

    utility: Floats
    delivered: Floats
    provider: NDArray[np.int64]
    model: NDArray[np.int64]
    nest: NDArray[np.int64]
    weight: Floats


@dataclass(frozen=True, slots=True)
class State:
    """Where the chains are.

    Attributes
    ----------
    held : ndarray, shape (K, P + 1)
        Distribution of an experienced user over the products, the last column none.
    satisfaction : ndarray, shape (K, P)
        Mean satisfaction of a product's users.
    leave_per_day : ndarray, shape (K,)
        Rate at which users of any product come to hold none.
    """

    held: Floats
    satisfaction: Floats
    leave_per_day: Floats

    def vector(self) -> Floats:
        """Return all that the next step depends on, in one row."""
        return np.concatenate([self.held.ravel(), self.satisfaction.ravel()])

    def at(self, vector: Floats) -> "State":
        """Return the state of a vector, which may lie a little beyond what a state can be."""
        held = np.maximum(vector[: self.held.size].reshape(self.held.shape), 0.0)
        satisfaction = vector[self.held.size :].reshape(self.satisfaction.shape)
        return State(held / held.sum(axis=1, keepdims=True), satisfaction, self.leave_per_day)

    def change_from(self, state: "State", market: Market) -> Floats:
        """Return the difference from an earlier state, each type by the users that it stands for.

        Satisfaction counts by those who feel it.
        """
        weight = market.weight[:, None]
        felt = (self.satisfaction - state.satisfaction) * self.held[:, :-1]
        return np.concatenate(
            [(weight * (self.held - state.held)).ravel(), (weight * felt).ravel()]
        )

    def shares(self, market: Market) -> Floats:
        """Return each product's share of all users, (P,)."""
        return np.asarray(market.weight @ self.held[:, :-1])

    def reputation(self, market: Market, rules: ReputationRules) -> Floats:
        """Return each product's reputation once it has followed its users' satisfaction, (P,)."""
        total = market.weight @ (self.held[:, :-1] * self.satisfaction)
        known = mean_satisfactions(self.shares(market), total, market.provider)
        return heard(*known, market.provider, rules)


def first_guess(market: Market) -> State:
    """Return a state to start from: nobody holds anything, nobody is disappointed."""
    types, products = market.utility.shape
    held = np.zeros((types, products + 1))
    held[:, -1] = 1.0
    return State(held, np.zeros((types, products)), np.zeros(types))


def step(market: Market, habits: Habits, outside: Floats, state: State) -> State:
    """Return the chains' stationary state at the shares and satisfaction of a given state.

    Parameters
    ----------
    market : Market
    habits : Habits
    outside : ndarray, shape (K,)
        Utility of no product [a0].
    state : State
        A guess; where it is returned unchanged, it is the market's stationary state.
    """
    share = state.shares(market)
    intensity = habits.intensity(share, state.reputation(market, habits.reputation))
    utility = market.utility + habits.bonus(share)
    types = utility.shape[0]
    held, satisfaction = np.empty_like(state.held), np.empty_like(state.satisfaction)
    leave = np.empty(types)
    relations = Relations(
        market.provider,
        market.model,
        market.nest,
        habits.dissimilarity,
        habits.vendor_cost,
        habits.model_cost,
    )
    order = np.argsort(np.max(utility, axis=1, initial=-np.inf) - outside)
    for start in range(0, types, _BLOCK):
        rows = order[start : start + _BLOCK]
        felt = state.satisfaction[rows]
        surprise = habits.loss_weight * _surprise(
            market.delivered[rows], np.isfinite(utility[rows])
        )
        at_review = felt + habits.satisfaction_step * (surprise - felt)
        loyalty = habits.satisfaction_weight * at_review
        moves = outcomes(utility[rows], outside[rows], loyalty, intensity, relations)
        held[rows], satisfaction[rows], leave[rows] = _settle(
            moves, surprise, np.isfinite(utility[rows]), habits, felt
        )
    return State(held, satisfaction, leave)


def solve(
    market: Market,
    habits: Habits,
    outside: Floats,
    *,
    tolerance: float = TOLERANCE,
    start: State | None = None,
) -> State:
    """Return the market's stationary state.

    Parameters
    ----------
    market : Market
    habits : Habits
    outside : ndarray, shape (K,)
        Utility of no product [a0].
    tolerance : float
        Shares of all users that a further step may move.
    start : State, optional
        A guess of the same types and products; default: nobody holds anything.

    Raises
    ------
    NotSettledError
        The state keeps moving: habits so strong that shares never come to rest.
    """
    state, extrapolation = first_guess(market) if start is None else start, Extrapolation()
    for _ in range(MOST_STEPS):
        following = step(market, habits, outside, state)
        if distance(state, following, market) < tolerance:
            return following
        change = following.change_from(state, market)
        state = following.at(extrapolation.after(following.vector(), change))
    raise NotSettledError


class NotSettledError(ValueError):
    """A market whose shares never come to rest."""


def distance(state: State, other: State, market: Market) -> float:
    """Return how far two states are apart: the largest difference of a product's share."""
    gap = np.abs(state.shares(market) - other.shares(market))
    felt = np.abs((state.satisfaction - other.satisfaction) * state.held[:, :-1])
    return float(max(gap.max(initial=0.0), felt.max(initial=0.0)))


def _surprise(delivered: Floats, on_offer: NDArray[np.bool_]) -> Floats:
    """Return what products deliver less the best on offer, which all have seen by then, (K, P)."""
    best = np.max(delivered, axis=1, where=on_offer, initial=0.0)
    return np.where(on_offer, delivered - best[:, None], 0.0)


def _settle(
    moves: Floats,
    surprise: Floats,
    on_offer: NDArray[np.bool_],
    habits: Habits,
    satisfaction: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Stationary distribution of each type's chain, satisfaction that goes with it, and losses.

    Satisfaction after n reviews with a product is ``(1 - (1 - g)^n)`` times the surprise; n is
    geometric, with the odds of a stay against a loss.
    """
    types, states = moves.shape[0], moves.shape[1]
    reviews = max(habits.review_per_day, _HARDLY_EVER_PER_DAY)
    churn = habits.churn_per_day * np.exp(-habits.churn_slope * satisfaction)
    rates = moves.copy()  # per review
    rates[:, :-1, -1] += churn / reviews
    to_none = rates[:, :-1, -1].copy()
    diagonal = np.arange(states)
    stay = rates[:, diagonal, diagonal].copy()
    rates[:, diagonal, diagonal] -= rates.sum(axis=2)
    lost = -rates[:, diagonal, diagonal][:, :-1]
    balance = np.swapaxes(rates, 1, 2).copy()
    balance[:, -1, :] = 1.0
    right = np.zeros((types, states, 1))
    right[:, -1, 0] = 1.0
    held = np.maximum(np.linalg.solve(balance, right)[:, :, 0], 0.0)
    held[:, :-1] = np.where(on_offer, held[:, :-1], 0.0)
    held /= held.sum(axis=1, keepdims=True)
    learnt = habits.satisfaction_step * stay[:, :-1]
    holders = held[:, :-1].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        known = np.where(learnt > 0.0, learnt / (lost + learnt), 0.0)
        leave = (held[:, :-1] * to_none).sum(axis=1) / holders
    return held, known * surprise, np.where(holders > 0.0, reviews * leave, 0.0)
