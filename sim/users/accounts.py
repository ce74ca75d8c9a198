"""From sums over users by type to what the market and the recorder want to know by domain."""

import numpy as np
from numpy.typing import NDArray

from sim.units import DAYS_PER_MONTH
from sim.users.flow import Flow, Snapshot
from sim.users.offers import OfferView
from sim.users.records import NO_PRODUCT, UNIT, Book, Totals, Users
from sim.users.user_types import UserTypes
from sim.users.valuation import Valuation

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64] | NDArray[np.float64]


def account(
    types: UserTypes, totals: Totals, valuation: Valuation, offers: OfferView, days: float
) -> Flow:
    """Account for an interval from the integrals and counts that the kernel kept.

    Parameters
    ----------
    types : UserTypes
    totals : Totals
        Integrals and counts since the beginning of the interval.
    valuation : Valuation
        Of the offers that held throughout the interval.
    offers : OfferView
        Those offers.
    days : float
        Length of the interval.
    """
    cells = totals.cells
    work = types.by_domain(_work(types, cells["usage_days"]))
    return Flow(
        days=days,
        mtok=work * _tokens(offers),
        work_mtok=work,
        user_days=types.by_domain(cells["user_days"]),
        surplus_usd=_surplus(types, valuation, cells["usage_days"], cells["value_days"]),
        task_share_days=_share_of_potential(types, totals, work),
        adoptions=types.by_domain(cells["adoptions"]),
        switches_in=types.by_domain(cells["switches_in"]),
        switches_out=types.by_domain(cells["switches_out"]),
        leaves=types.by_domain(cells["leaves"]),
        reviews=int(totals.counts[0]),
        candidates=int(totals.counts[1]),
    )


def describe(
    types: UserTypes,
    users: Users,
    totals: Totals,
    book: Book,
    valuation: Valuation,
    offers: OfferView,
    outside_utility: float,
) -> Snapshot:
    """Describe how users stand now, under the present offers."""
    cells, by_type = totals.cells, totals.types
    held = types.by_domain(cells["users"])
    adopters = held.sum(axis=1)
    work = types.by_domain(_work(types, cells["usage"]))
    idle = by_type["aware"] - cells["users"].sum(axis=1)
    return Snapshot(
        users=held,
        population=types.by_domain(by_type["population"]),
        adopters=adopters,
        aware=types.by_domain(by_type["aware"]),
        usage_mtok_per_day=work * _tokens(offers),
        surplus_usd_per_day=_surplus(types, valuation, cells["usage"], cells["value"]),
        satisfaction_mean=_satisfaction(types, users) / np.maximum(adopters, 1),
        tasks_share=_share_of_potential(types, totals, work),
        barrier_blocked=types.by_domain(np.where(_barred(book), by_type["untried"], 0)),
        privacy_blocked=types.by_domain(
            np.where(_deterred(types, book, offers, outside_utility), idle, 0)
        ),
    )


def _work(types: UserTypes, usage: Numbers) -> Floats:
    """Work in Mtok by type and product, from sums (or integrals over days) of usage shares."""
    return np.asarray(usage * (types.volume_mtok_per_month[:, None] / (DAYS_PER_MONTH * UNIT)))


def _surplus(types: UserTypes, valuation: Valuation, usage: Numbers, value: Numbers) -> Floats:
    """Consumer surplus A (pi exp(m + s^2 / 2) G - p w) by domain, in USD (a day)."""
    gain = (
        valuation.value_usd_per_mtok_of_work * value
        - valuation.work_price_usd_per_mtok_of_work * usage
    )
    scale = types.volume_mtok_per_month / (DAYS_PER_MONTH * UNIT)
    return types.by_domain(gain.sum(axis=1) * scale)


def _share_of_potential(types: UserTypes, totals: Totals, work: Floats) -> Floats:
    """Work over the volume that the domain would run if every task paid; zero without users."""
    per_day = types.volume_mtok_per_month * totals.types["population"] / DAYS_PER_MONTH
    potential = types.by_domain(per_day)
    return np.asarray(work.sum(axis=1) / np.where(potential > 0.0, potential, np.inf))


def _tokens(offers: OfferView) -> Floats:
    return np.where(offers.listed, offers.tokens_per_task, 0.0)


def _satisfaction(types: UserTypes, users: Users) -> Floats:
    """Sum of satisfaction over the users of each domain."""
    held = np.flatnonzero(users.product != NO_PRODUCT)
    domain = types.domain[users.rows["type_index"][held]]
    satisfaction = users.rows["satisfaction"][held]
    return np.bincount(domain, weights=satisfaction, minlength=types.domains).astype(np.float64)


def _barred(book: Book) -> NDArray[np.bool_]:
    """Types that no product's surplus pays for the setup."""
    return np.asarray(np.isneginf(book.offers["first_utility"]).all(axis=1))


def _deterred(
    types: UserTypes, book: Book, offers: OfferView, outside_utility: float
) -> NDArray[np.bool_]:
    """Types with no product above no product at all, though there would be without privacy cost."""
    utility = book.offers["utility"]
    without_cost = utility + types.privacy_cost[:, None] * offers.cloud
    has_any, would_have = (utility > outside_utility), (without_cost > outside_utility)
    return np.asarray(~has_any.any(axis=1) & would_have.any(axis=1))
