"""What an offer is worth to each type, in compiled loops over the products that changed.

Plain arithmetic only, in the order of the formulas, so that a product has the same bits whichever
others are written with it. Logarithms and normal distributions are left to NumPy and SciPy.
"""

import math

import numpy as np
from numpy.typing import NDArray

from sim.compiled import compiled
from sim.users.mechanisms.choice import quality_utility
from sim.users.mechanisms.privacy import data_cost
from sim.users.mechanisms.satisfaction import SatisfactionRules, delivered_share
from sim.users.records import OFFER, UNIT, Rows

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]


@compiled
def price_work(
    priced: Mask,
    listed: Mask,
    domain_price: Floats,
    tokens_per_task: Floats,
    delay_s: Floats,
    energy_cost: Floats,
    domain: Counts,
    tokens_per_work: Floats,
    handling_cost: Floats,
    delay_cost: Floats,
    token_cost: Floats,
    work_price: Floats,
    moved: Mask,
) -> None:
    """Set the costs of tokens and the prices of work.

    Work costs ``p n`` for its tokens, and beside them handling, the delay and the energy of its n
    tokens.

    Parameters
    ----------
    priced, listed : bool[P]
        Products to price; those on offer. The others are free of cost and delay.
    domain_price : float64[D, P]
        Price of tokens [p], in USD per Mtok.
    tokens_per_task, delay_s, energy_cost : float64[P]
        Tokens of a task over the domain's norm; mean delay; USD per Mtok of tokens.
    domain : int64[K]
        Domain of each type.
    tokens_per_work : float64[K]
        Tokens per token of work by the domain's norm, the same for all types of a domain.
    handling_cost, delay_cost : float64[K]
        USD per Mtok of work; the same per second.
    token_cost, work_price : float64[D, P], float64[K, P]
        Tables in USD per Mtok of work, changed in place.
    moved : bool[P]
        Is set to true for products of which any entry changed.
    """
    for j in range(priced.size):
        if not priced[j]:
            continue
        tokens = tokens_per_task[j] if listed[j] else 0.0
        seconds = delay_s[j] if listed[j] else 0.0
        energy = energy_cost[j] if listed[j] else 0.0
        for k in range(domain.size):
            d = domain[k]
            needed = tokens * tokens_per_work[k]
            cost = (domain_price[d, j] if listed[j] else 0.0) * needed
            if token_cost[d, j] != cost:
                token_cost[d, j] = cost
                moved[j] = True
            price = cost + handling_cost[k] + delay_cost[k] * seconds + energy * needed
            if work_price[k, j] != price:
                work_price[k, j] = price
                moved[j] = True


@compiled
def weigh_delivery(
    changed: Mask,
    listed: Mask,
    success: Floats,
    kept_share: Floats,
    delay_s: Floats,
    patience_s: Floats,
    refused_share: Floats,
    rules: SatisfactionRules,
    delivered: Floats,
) -> None:
    """Set what products deliver to each type.

    Parameters
    ----------
    changed, listed : bool[P]
        Products to weigh; those on offer.
    success, kept_share : float64[K, P]
        Share of tasks that succeed; of the worth of those run that users keep after paying.
    delay_s, refused_share : float64[P]
        Queueing delay; share of requests that are turned away.
    patience_s : float64[K]
        Infinite where delay disappoints nobody.
    rules : SatisfactionRules
    delivered : float64[K, P]
        Changed in place; 0 for products that are not on offer.
    """
    for k in range(delivered.shape[0]):
        for j in range(delivered.shape[1]):
            if changed[j]:
                delivered[k, j] = 0.0
                if listed[j]:
                    delivered[k, j] = delivered_share(
                        success[k, j],
                        kept_share[k, j],
                        delay_s[j],
                        patience_s[k],
                        refused_share[j],
                        rules,
                    )


@compiled
def write_offers(
    changed: Mask,
    listed: Mask,
    cloud: Mask,
    brand_utility: Floats,
    capability: Floats,
    net_surplus: Floats,
    usage: Floats,
    delivered: Floats,
    setup_quantile: Floats,
    taste_scale: Floats,
    privacy_cost: Floats,
    quality_taste: Floats,
    reference_capability: Floats,
    is_blocked: Mask,
    domain: Counts,
    open_to_domain: Mask,
    table: Rows,
    open_utility: Floats,
) -> None:
    """Write what the kernel reads of the products that changed.

    A product is on offer to a type only if its surplus exceeds the running fee, and if there is a
    task to run: otherwise the logit would let it be chosen as often as nothing. What is not on
    offer raises no expectation either.

    Parameters
    ----------
    changed, listed, cloud : bool[P]
        Products to write; those on offer; those that bear the privacy cost.
    brand_utility, capability : float64[P]
        In units of mu; in logits.
    net_surplus, usage, delivered : float64[K, P]
        Surplus less the running fee, in USD per month [CS - f]; shares.
    setup_quantile : float64[K, P]
        Of users who never adopted, those whose log setup cost is at most so many standard
        deviations above the median may adopt.
    taste_scale, privacy_cost : float64[K]
        USD per month [mu]; units of mu.
    quality_taste, reference_capability : float64[K]
        Utility of a logit above the reference; the reference, in logits.
    is_blocked : bool[K]
        Types to which no product that bears the privacy cost is on offer.
    domain : int64[K]
        Domain of each type.
    open_to_domain : bool[D, P]
        Products that run where the domain's work may.
    table : OFFER[K, P]
        Changed in place.
    open_utility : float64[K, P]
        Changed in place: utilities without what privacy takes from them.
    """
    for k in range(table.shape[0]):
        for j in range(table.shape[1]):
            if not changed[j]:
                continue
            offer = table[k, j]
            target = np.rint(usage[k, j] * UNIT)
            utility = net_surplus[k, j] / taste_scale[k] + brand_utility[j]
            utility += quality_utility(capability[j], reference_capability[k], quality_taste[k])
            is_open = listed[j] and open_to_domain[domain[k], j]
            if not (is_open and target > 0.0 and net_surplus[k, j] > 0.0):
                utility = -math.inf
            open_utility[k, j] = utility
            utility = utility - data_cost(cloud[j], is_blocked[k], privacy_cost[k])
            offer["utility"] = utility
            offer["setup_quantile"] = setup_quantile[k, j]
            offer["delivered"] = delivered[k, j] if utility > -math.inf else 0.0
            offer["usage_target"] = np.uint32(target)


def warm_up() -> None:
    """Compile these loops, or read them from the cache."""
    yes, one, row = np.ones(1, np.bool_), np.ones((1, 1)), np.ones(1)
    index, table = np.zeros(1, np.int64), np.zeros((1, 1), OFFER)
    flag, made = np.ones((1, 1), np.bool_), one.copy()
    price_work(yes, yes, one, row, row, row, index, row, row, row, one.copy(), made, yes.copy())
    rules = SatisfactionRules(0.0, 0.0, 0.0, 0.0, 0.0)
    weigh_delivery(yes, yes, one, one, row, row, row, rules, one.copy())
    write_offers(
        yes,
        yes,
        yes,
        row,
        row,
        one,
        one,
        one,
        one,
        row,
        row,
        row,
        row,
        yes,
        index,
        flag,
        table,
        made,
    )
