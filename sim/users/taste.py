"""The scale of tastes: how many dollars a month a unit of utility is worth to each type."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.scenario.demand import Choice, Domain
from sim.users.offers import OfferView
from sim.users.user_types import UserTypes, median_type
from sim.users.valuation import Valuation

Floats = NDArray[np.float64]

SMALLEST_TASTE_SCALE_USD_PER_MONTH = 1e-9
"""Floor of mu: where no first-day offer is worth anything, utilities stay finite."""


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
