"""What the offers are worth to each type: computed once per change of the book, not per review."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.scenario.demand import Choice, Domain
from sim.units import DAYS_PER_MONTH
from sim.users.draws import product_step
from sim.users.offers import OfferView
from sim.users.records import OFFER, PRODUCT, UNIT, Book
from sim.users.usage import (
    mean_value,
    success_share,
    surplus_per_mtok,
    usage_share,
)
from sim.users.user_types import UserTypes, median_type

Floats = NDArray[np.float64]

SMALLEST_TASTE_SCALE_USD_PER_MONTH = 1e-9
"""Floor of mu: where no first-day offer is worth anything, utilities stay finite."""


@dataclass(frozen=True, slots=True)
class Valuation:
    """The offers in the eyes of each type, all arrays of shape (K, P).

    Attributes
    ----------
    work_price_usd_per_mtok_of_work : ndarray
        Effective price of one Mtok of work: tokens, handling and the shadow cost of delay.
    success : ndarray
        Share of tasks that succeed [pi].
    value_usd_per_mtok_of_work : ndarray
        Mean value of all tasks, times success [pi exp(m + s^2 / 2)].
    usage : ndarray
        Share of tasks that the type wants to run, within its budget [w*].
    surplus_usd_per_month : ndarray
        Consumer surplus at that usage [CS].
    """

    work_price_usd_per_mtok_of_work: Floats
    success: Floats
    value_usd_per_mtok_of_work: Floats
    usage: Floats
    surplus_usd_per_month: Floats

    @classmethod
    def of(cls, types: UserTypes, offers: OfferView) -> "Valuation":
        """Value the offers; products that are not listed are valued as if free and useless."""
        listed = offers.listed
        tokens = np.where(listed, offers.tokens_per_task, 0.0)
        token_cost = np.where(listed, offers.domain_price_usd_per_mtok, 0.0)[types.domain] * tokens
        delay_s = np.where(listed, offers.delay_s, 0.0)
        price = (
            token_cost
            + types.handling_cost_usd_per_mtok[:, None]
            + types.delay_cost_usd_per_mtok_second[:, None] * delay_s
        )
        mean, sd = types.mean_log_value[:, None], types.log_sd[:, None]
        success = success_share(
            np.where(listed, offers.capability_logit, 0.0),
            types.difficulty_logit[:, None],
            types.difficulty_scale_logit[:, None],
        )
        with np.errstate(divide="ignore", over="ignore"):
            affordable = np.where(
                token_cost > 0.0, types.budget_usd_per_mtok[:, None] / token_cost, np.inf
            )
        usage = np.minimum(usage_share(price, mean, sd, success), affordable)
        surplus = surplus_per_mtok(usage, price, mean, sd, success)
        return cls(
            price,
            success,
            success * mean_value(mean, sd),
            usage,
            types.volume_mtok_per_month[:, None] * surplus,
        )


def taste_scale(
    domains: tuple[Domain, ...], types: UserTypes, choice: Choice, offers: OfferView
) -> Floats:
    """Taste scale of every type [mu_k], USD per month, shape (K,).

    ``mu_k = mu_d (A_k / A_median)^kappa``, with mu_d given, or a share of the surplus that the
    domain's median user has from the best of the listed offers.
    """
    fixed = choice.taste_scale_usd_per_month
    scale = [
        choice.taste_scale_share * best_median_surplus(n, domain, offers)
        if fixed is None
        else fixed
        for n, domain in enumerate(domains)
    ]
    floored = np.maximum(scale, SMALLEST_TASTE_SCALE_USD_PER_MONTH)
    return np.asarray(floored[types.domain] * types.relative_volume**choice.volume_exponent)


def best_median_surplus(index: int, domain: Domain, offers: OfferView) -> float:
    """Largest surplus of a domain's median user over the listed offers, USD per month."""
    median = domain.volume.median_mtok_per_month
    budget = domain.budget_usd_per_month
    user = UserTypes(
        1,
        np.array([0]),
        np.array([median]),
        np.ones(1),
        np.array([domain.difficulty_logit]),
        np.array([domain.difficulty_scale_logit]),
        np.array([median_type(domain)[1]]),
        np.array([domain.task_value.log_sd]),
        np.array([domain.handling_cost_usd_per_mtok]),
        np.array([domain.delay_cost_usd_per_mtok_second]),
        np.zeros(1),
        np.zeros(1),
        np.array([np.inf if budget is None else budget / median]),
    )
    view = replace(offers, domain_price_usd_per_mtok=offers.domain_price_usd_per_mtok[[index]])
    surplus = Valuation.of(user, view).surplus_usd_per_month[0]
    return float(np.max(surplus, where=offers.listed, initial=0.0))


def write_book(
    types: UserTypes,
    valuation: Valuation,
    taste_scale_usd_per_month: Floats,
    setup_horizon_days: float,
    offers: OfferView,
) -> Book:
    """Write the tables that the kernel reads.

    A product with which a type would run no task at all is not on offer to it: its surplus would be
    zero, and the logit would still let it be chosen as often as nothing.
    """
    surplus, listed = valuation.surplus_usd_per_month, offers.listed
    usage_target = np.rint(valuation.usage * UNIT)
    utility = surplus / taste_scale_usd_per_month[:, None] + offers.brand_utility
    utility = utility - types.privacy_cost[:, None] * offers.cloud
    utility = np.where(listed & (usage_target > 0.0), utility, -np.inf)
    pays = surplus * setup_horizon_days / DAYS_PER_MONTH >= types.setup_cost_usd[:, None]
    table = np.zeros(surplus.shape, OFFER)
    table["utility"] = utility
    table["first_utility"] = np.where(pays, utility, -np.inf)
    table["success"] = np.where(listed, valuation.success, 0.0)
    table["usage_target"] = usage_target
    products = np.zeros(listed.size, PRODUCT)
    products["key"] = offers.product_keys
    products["provider"] = offers.provider_index
    products["listed"] = listed
    return Book(
        offers=table,
        products=products,
        steps=np.array([product_step(key) for key in offers.product_keys], np.uint64),
        news=np.where(listed, offers.news, 0.0),
        news_total=float(np.sum(offers.news, where=listed)),
        news_time_days=float(offers.news_time_days),
    )
