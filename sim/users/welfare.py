"""What the offers are worth to users by the log-sum, and what that loses against prices at cost.

At the present state every aware user is taken to review once, at the usage that it wants: with its
holding, within its consideration set, net of the cost of switching. The value of type k is

    mu_k sum over its users of E ln(exp(a - sigma 1{holder}) + sum over C of exp(V_j)) - mu_k a

so that using nothing, for whoever holds nothing, is worth zero; who is not aware has that alone.
Prices may be put at other values with everything else held: consideration, holdings, and which
products are on offer to whom. At fixed eligibility the derivative of the value by a price is minus
the use that is expected (the envelope; Small and Rosen 1981, McFadden 1981).

Two things that differ between users of a type are taken at their means: satisfaction with the
product held, and neighbours, whose shares are the market's.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import compiled
from sim.quantities import BoolArray, FloatArray, IntegerArray
from sim.units import DAYS_PER_MONTH
from sim.users.appraisal import Appraisal
from sim.users.log_sum import log_sums
from sim.users.mechanisms import consideration
from sim.users.mechanisms.choice import ChoiceRules, switching_cost
from sim.users.nested_log_sum import nested_log_sums
from sim.users.offers import served_share
from sim.users.records import (
    ADOPTED_ONCE,
    AWARE,
    NO_PRODUCT,
    OFFER,
    USER,
    Rows,
    Rules,
    Totals,
    Users,
)
from sim.users.shortlist import news_weight
from sim.users.user_types import UserTypes
from sim.users.valuation import Valuation


class Value(NamedTuple):
    """What all users of each type get and give at some prices, (K,), USD a day.

    Attributes
    ----------
    log_sum_usd_per_day : ndarray
        Log-sum consumer surplus.
    margin_usd_per_day : ndarray
        What providers expect from them: price less marginal cost, times tokens.
    """

    log_sum_usd_per_day: FloatArray
    margin_usd_per_day: FloatArray


@dataclass(frozen=True, slots=True)
class Welfare:
    """Welfare by type at one moment, (K,), per simulated user.

    Attributes
    ----------
    log_sum_usd_per_day, margin_usd_per_day : ndarray
        As `Value` has them, at the present prices.
    deadweight_loss_usd_per_day : ndarray
        Log-sum surplus at prices of marginal cost, free quotas left out, less both. Not negative
        unless a budget binds.
    viable_tasks_share : ndarray
        Share of tasks worth running with the best offer.
    """

    log_sum_usd_per_day: FloatArray
    margin_usd_per_day: FloatArray
    deadweight_loss_usd_per_day: FloatArray
    viable_tasks_share: FloatArray


class State(NamedTuple):
    """Everything that is held fixed while prices are put at other values.

    Attributes
    ----------
    types : UserTypes
    appraisal : Appraisal
        Of the present offers.
    totals : Totals
        Who holds what.
    choice : ChoiceRules
    dissimilarity : ndarray, shape (G + 1,)
        lambda of each nest, the first standing for products in none.
    first_takers : ndarray of int64, shape (K, P + 1)
        Of the users who are aware and never adopted, how many could take so many of the products:
        those that pay best for a setup.
    attention : ndarray, shape (P,)
        Probability that each product comes to mind.
    peers : ndarray, shape (P,)
        Share of neighbours on each product.
    satisfaction : ndarray, shape (K, P)
        Mean satisfaction of those who hold the product.
    """

    types: UserTypes
    appraisal: Appraisal
    totals: Totals
    choice: ChoiceRules
    dissimilarity: FloatArray
    first_takers: IntegerArray
    attention: FloatArray
    peers: FloatArray
    satisfaction: FloatArray


def standing(
    types: UserTypes,
    appraisal: Appraisal,
    totals: Totals,
    rules: Rules,
    *,
    now_days: float,
    has_peers: bool,
    first_takers: IntegerArray,
    satisfaction: FloatArray,
) -> State:
    """Put together the state of any population: of users, or of counts of them.

    Parameters
    ----------
    types, appraisal, totals, first_takers, satisfaction
        As `State` has them.
    rules : Rules
    now_days : float
        Time, which news has faded to.
    has_peers : bool
        Whether users hear from each other.
    """
    share = totals.users_of[:-1] / totals.types["population"].sum()
    peers = share if has_peers else np.zeros_like(share)
    news = news_weight(now_days, appraisal.book, rules) * appraisal.book.news
    known = rules.consideration
    intensity = [
        consideration.intensity(
            consideration.shared_intensity(share[j], appraisal.book.reputation[j], known),
            peers[j],
            news[j],
            known,
        )
        for j in range(share.size)
    ]
    return State(
        types=types,
        appraisal=appraisal,
        totals=totals,
        choice=rules.choice,
        dissimilarity=rules.nests.dissimilarity,
        first_takers=first_takers,
        attention=np.where(appraisal.offers.listed, -np.expm1(np.negative(intensity)), 0.0),
        peers=peers,
        satisfaction=satisfaction,
    )


def welfare(state: State, domain_cost_usd_per_mtok: FloatArray) -> Welfare:
    """Value the present offers, and the same products at prices of marginal cost.

    Parameters
    ----------
    state : State
    domain_cost_usd_per_mtok : ndarray, shape (D, P)
        Marginal cost at each domain's mix of tokens.
    """
    price = state.appraisal.offers.domain_price_usd_per_mtok
    now = value_at(state, price, domain_cost_usd_per_mtok)
    efficient = value_at(
        state, domain_cost_usd_per_mtok, domain_cost_usd_per_mtok, free_quotas=False
    )
    usage = state.appraisal.valuation.usage
    taken = state.appraisal.book.offers["utility"] > -np.inf
    return Welfare(
        log_sum_usd_per_day=now.log_sum_usd_per_day,
        margin_usd_per_day=now.margin_usd_per_day,
        deadweight_loss_usd_per_day=efficient.log_sum_usd_per_day - sum(now),
        viable_tasks_share=np.max(usage, axis=1, where=taken, initial=0.0),
    )


def value_at(
    state: State,
    domain_price_usd_per_mtok: FloatArray,
    domain_cost_usd_per_mtok: FloatArray,
    *,
    free_quotas: bool = True,
) -> Value:
    """Value the products at any prices, all else held.

    Parameters
    ----------
    state : State
    domain_price_usd_per_mtok, domain_cost_usd_per_mtok : ndarray, shape (D, P)
        Prices and marginal costs at each domain's mix of tokens.
    free_quotas : bool
        Whether products keep the tokens that they give away.
    """
    types, appraisal, choice, totals = state.types, state.appraisal, state.choice, state.totals
    offers, on = appraisal.offers, np.flatnonzero(appraisal.offers.listed)
    scale = types.taste_scale_usd_per_month
    at = valuation_at(appraisal, domain_price_usd_per_mtok, free_quotas=free_quotas)
    moved = at.surplus_usd_per_month - appraisal.valuation.surplus_usd_per_month
    added = moved / scale[:, None] + choice.peer_bonus * state.peers
    added -= totals.types["outside_utility"][:, None]
    margin = margin_at(appraisal, at, domain_price_usd_per_mtok, domain_cost_usd_per_mtok, on)
    nest = np.where(state.dissimilarity[offers.nest_index[on]] < 1.0, offers.nest_index[on], 0)
    attention = np.tile(state.attention[on], (types.count, 1))
    log_sum, expected = np.zeros(types.count), np.zeros(types.count)

    def add(count: IntegerArray, advantage: FloatArray, attention: FloatArray, base: float) -> None:
        value, weight = (
            nested_log_sums(advantage, attention, margin, count > 0, nest, state.dissimilarity)
            if nest.any()
            else log_sums(advantage, attention, margin, count > 0)
        )
        log_sum[:] += count * (value + base)
        expected[:] += count * weight

    holders, aware = totals.cells["users"], totals.types["aware"]
    later = (appraisal.book.offers["utility"] + added)[:, on]
    add(aware - totals.types["untried"] - holders.sum(axis=1), later, attention, 0.0)
    rank = setup_rank(appraisal.book.offers)[:, on]
    for reach in range(1, state.first_takers.shape[1]):
        first = np.where(rank < reach, later, -np.inf)
        add(state.first_takers[:, reach], first, attention, 0.0)
    for place in np.flatnonzero(holders[:, on].any(axis=0)):
        held = on[place]
        switching = switching_costs(
            offers.model_index[on] == offers.model_index[held],
            offers.provider_index[on] == offers.provider_index[held],
            choice,
        )
        switching[place] = 0.0
        own, known = later - switching + choice.switching_cost_vendor, attention.copy()
        own[:, place] += choice.satisfaction_weight * state.satisfaction[:, held]
        known[:, place] = 1.0
        add(holders[:, held], own, known, -choice.switching_cost_vendor)
    return Value(log_sum * scale / DAYS_PER_MONTH, expected / DAYS_PER_MONTH)


def switching_costs(
    same_model: BoolArray, same_provider: BoolArray, rules: ChoiceRules
) -> FloatArray:
    """Return `switching_cost` of whoever holds a product, for each of some others."""
    within, across = (switching_cost(True, False, same, rules) for same in (True, False))
    return np.where(same_model, 0.0, np.where(same_provider, within, across))


def valuation_at(
    appraisal: Appraisal, domain_price_usd_per_mtok: FloatArray, *, free_quotas: bool
) -> Valuation:
    """Value the present products at other prices; arguments as of `value_at`."""
    offers = appraisal.offers
    terms, none = offers.terms, np.zeros(offers.listed.size)
    if not free_quotas:
        terms = replace(terms, free_quota_mtok_per_month=none)
    priced = replace(offers, domain_price_usd_per_mtok=domain_price_usd_per_mtok, terms=terms)
    return Valuation.of(appraisal.rows, priced)


def margin_at(
    appraisal: Appraisal,
    at: Valuation,
    domain_price_usd_per_mtok: FloatArray,
    domain_cost_usd_per_mtok: FloatArray,
    on: IntegerArray,
) -> FloatArray:
    """Return what providers expect from a user of each of some products, in USD a month.

    Parameters
    ----------
    appraisal : Appraisal
    at : Valuation
        At these prices.
    domain_price_usd_per_mtok, domain_cost_usd_per_mtok : ndarray, shape (D, P)
    on : ndarray of int64
        The products, all of them listed.
    """
    rows = appraisal.rows
    verbosity = appraisal.offers.tokens_per_task
    price, cost = (
        (amount[rows.domain] * rows.tokens_per_work[:, None] * verbosity)[:, on]
        for amount in (domain_price_usd_per_mtok, domain_cost_usd_per_mtok)
    )
    usage = at.usage[:, on]
    billed = np.maximum(usage - np.nan_to_num(at.quota[:, on]), 0.0)
    margin = rows.volume_mtok_per_month[:, None] * (price * billed - cost * usage)
    return np.asarray(margin * served_share(appraisal.offers)[on])


def setup_rank(offers: Rows) -> IntegerArray:
    """Return how many products pay better for a setup than each, (K, P).

    Whoever could take a product could take all of lower rank.
    """
    order = np.argsort(-payable(offers), axis=1, kind="stable")
    return np.argsort(order, axis=1, kind="stable")


def payable(offers: Rows) -> FloatArray:
    """Return the largest setup that each product pays for, in the users' z; -inf if off offer."""
    quantile = np.where(offers["utility"] > -np.inf, offers["setup_quantile"], -np.inf)
    return np.asarray(quantile, np.float64)


def first_takers(users: Users, offers: Rows) -> IntegerArray:
    """Count the aware who never adopted by how many products they could take, (K, P + 1)."""
    quantile = payable(offers)
    count = np.zeros((quantile.shape[0], quantile.shape[1] + 1), np.int64)
    _count_first_takers(users.rows, quantile, count)
    return count


@compiled
def _count_first_takers(rows: Rows, quantile: FloatArray, count: IntegerArray) -> None:
    for user in range(rows.size):
        row = rows[user]
        if row["flags"] & (AWARE | ADOPTED_ONCE) == AWARE:
            k = row["type_index"]
            could = 0
            for j in range(quantile.shape[1]):
                could += row["setup_z"] <= quantile[k, j]
            count[k, could] += 1


def mean_satisfaction(users: Users, holders: IntegerArray) -> FloatArray:
    """Return the mean satisfaction of those who hold each product, (K, P); zero without any."""
    total = np.zeros(holders.shape)
    _add_by_cell(users.rows, users.product, total)
    return total / np.maximum(holders, 1)


@compiled
def _add_by_cell(rows: Rows, product: NDArray[np.int16], total: FloatArray) -> None:
    for user in range(product.size):
        if product[user] != NO_PRODUCT:
            total[rows[user]["type_index"], product[user]] += np.float64(rows[user]["satisfaction"])


def warm_up() -> None:
    """Compile the sums, or read them from the cache."""
    users = Users(np.zeros(1, USER), np.zeros(1, np.int16))
    mean_satisfaction(users, np.ones((1, 1), np.int64))
    first_takers(users, np.zeros((1, 1), OFFER))
