"""The best portfolio of some candidates: which product serves which class of requests.

All sets of candidates are gone through, up to as many products as a portfolio may hold. Within a
set each class goes to the product that is worth most for it; fees hang on the set alone, so that
this is the best of all assignments of products to classes.
"""

import math

from sim.compiled import compiled
from sim.users.mechanisms.portfolios import vendors_fee
from sim.users.records import Portfolios

NOBODY = -1
"""Stands for no candidate."""


@compiled
def choose_best(
    candidates: int,
    outside: float,
    further_fee: float,
    most: int,
    classes: int,
    space: Portfolios,
) -> float:
    """Choose among no product and all portfolios of the candidates.

    Parameters
    ----------
    candidates : int
        How many there are.
    outside : float
        What no product is worth, its draw included.
    further_fee : float
        For each vendor beyond the first, in units of mu.
    most, classes : int
        Products that may be held, 1 to 3; classes of requests.
    space : Portfolios
        Holds vendors and values of the candidates; ``best`` receives the candidate for
        each class, ``NOBODY`` for no product.

    Returns
    -------
    float
        What the choice is worth.
    """
    leading, one, two, three = outside, NOBODY, NOBODY, NOBODY
    value, vendor = space.value, space.vendor
    for a in range(candidates):
        worth = 0.0
        for c in range(classes):
            worth += value[c, a]
        if worth > leading:
            leading, one, two, three = worth, a, NOBODY, NOBODY
        for b in range(a + 1 if most > 1 else candidates, candidates):
            vendors = 1 + (vendor[b] != vendor[a])
            worth = -vendors_fee(further_fee, vendors)
            for c in range(classes):
                worth += max(value[c, a], value[c, b])
            if worth > leading:
                leading, one, two, three = worth, a, b, NOBODY
            for d in range(b + 1 if most > 2 else candidates, candidates):
                many = vendors + (vendor[d] != vendor[a] and vendor[d] != vendor[b])
                worth = -vendors_fee(further_fee, many)
                for c in range(classes):
                    worth += max(value[c, a], value[c, b], value[c, d])
                if worth > leading:
                    leading, one, two, three = worth, a, b, d
    for c in range(classes):
        serving = one
        if two != NOBODY and value[c, two] > value[c, serving]:
            serving = two
        if three != NOBODY and value[c, three] > value[c, serving]:
            serving = three
        space.best[c] = serving
    return leading


@compiled
def choose_on_news(
    members: int,
    candidates: int,
    further_fee: float,
    most: int,
    classes: int,
    space: Portfolios,
) -> float:
    """Choose among the present portfolio, and those in which one product of the news serves more.

    Each product of the news is tried for all sets of classes; the other classes stay with what
    serves them. Nothing else is compared: news of one product moves nobody to another.

    Parameters
    ----------
    members, candidates : int
        The first candidates are the products held, the others those of the news.
    further_fee, most, classes, space
        As of ``choose_best``; ``space.present`` holds the candidate that serves each class.

    Returns
    -------
    float
        What the choice is worth.
    """
    for c in range(classes):
        space.trial[c] = space.best[c] = space.present[c]
    leading = worth_of(further_fee, most, classes, space)
    for new in range(members, candidates):
        for given in range(1, 1 << classes):
            for c in range(classes):
                space.trial[c] = new if given >> c & 1 else space.present[c]
            worth = worth_of(further_fee, most, classes, space)
            if worth > leading:
                leading = worth
                for c in range(classes):
                    space.best[c] = space.trial[c]
    return leading


@compiled
def worth_of(further_fee: float, most: int, classes: int, space: Portfolios) -> float:
    """Return what the portfolio on trial is worth; -inf if it holds more products than it may.

    Arguments as of ``choose_best``.
    """
    trial, worth, products, vendors = space.trial, 0.0, 0, 0
    for c in range(classes):
        own = trial[c]
        worth += space.value[c, own]
        is_new, is_new_vendor = True, True
        for earlier in range(c):
            is_new &= trial[earlier] != own
            is_new_vendor &= space.vendor[trial[earlier]] != space.vendor[own]
        products += is_new
        vendors += is_new_vendor
    if products > most:
        return -math.inf
    return worth - vendors_fee(further_fee, vendors)
