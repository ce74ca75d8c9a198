"""The offers as users see them: all that they ever learn about the market."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenario.demand import Domain
from sim.scenario.supply import Product


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed with each product besides its price. D domains, P products.

    Nothing of it changes once users have seen the product.

    Attributes
    ----------
    open_to_domain : ndarray of bool, shape (D, P)
        Whether the domain's work may run where the product does.
    free_quota_mtok_per_month : ndarray of float64, shape (P,)
        Tokens that each user has free of charge [Q].
    device_cost_usd_per_month : ndarray of float64, shape (P,)
        One device over its life [F]; zero where the user needs none.
    device_capacity_mtok_per_month : ndarray of float64, shape (P,)
        Tokens that one handles; infinite where the user needs none.
    energy_cost_usd_per_mtok : ndarray of float64, shape (P,)
        Electricity that the user pays.
    decides_quotas : bool
        Whether a provider decides on quotas when its products come on offer.
    """

    open_to_domain: NDArray[np.bool_]
    free_quota_mtok_per_month: NDArray[np.float64]
    device_cost_usd_per_month: NDArray[np.float64]
    device_capacity_mtok_per_month: NDArray[np.float64]
    energy_cost_usd_per_mtok: NDArray[np.float64]
    decides_quotas: bool = False

    @property
    def has_quotas(self) -> bool:
        """Whether any product has a free quota, or may come to have one."""
        return self.decides_quotas or bool(self.free_quota_mtok_per_month.any())

    @classmethod
    def of(
        cls, domains: Sequence[Domain], products: Sequence[Product], decides_quotas: bool = False
    ) -> "Terms":
        """Return the terms of a scenario's products, as listed."""
        devices = [product.device for product in products]
        return cls(
            np.array([[p.deployment in d.deployments for p in products] for d in domains]),
            np.array([p.free_quota_mtok_per_month for p in products]),
            np.array([0.0 if one is None else one.cost_usd_per_month for one in devices]),
            np.array([np.inf if one is None else one.capacity_mtok_per_month for one in devices]),
            np.array([0.0 if one is None else one.energy_cost_usd_per_mtok for one in devices]),
            decides_quotas,
        )

    @classmethod
    def plain(cls, domains: int, products: int) -> "Terms":
        """Return the terms of products that are open to all, without quotas and devices."""
        none = np.zeros(products)
        everywhere = np.ones((domains, products), np.bool_)
        return cls(everywhere, none, none, np.full(products, np.inf), none)


@dataclass(frozen=True, slots=True)
class OfferView:
    """The offer book at one moment. D domains, P product slots.

    The market makes a new view whenever anything in the book changes; a view itself never changes.
    Slots stay the same for a whole run, products that are not yet or no longer on offer included.

    Attributes
    ----------
    product_keys : ndarray of uint32, shape (P,)
        ``sim.streams.entity_of`` each product's name.
    provider_index : ndarray of int16, shape (P,)
        Provider of each product.
    model_index : ndarray of int64, shape (P,)
        Model that each product serves: any number that hosts of one model share.
    nest_index : ndarray of int64, shape (P,)
        Nest of each product, counted from 1 in the scenario's order; 0 for none.
    domain_price_usd_per_mtok : ndarray of float64, shape (D, P)
        Price blended with each domain's mix of tokens.
    capability_logit : ndarray of float64, shape (P,)
        Capability [q].
    delay_s : ndarray of float64, shape (P,)
        Mean queueing delay.
    refused_share : ndarray of float64, shape (P,)
        Share of requests that are turned away.
    tokens_per_task : ndarray of float64, shape (P,)
        Tokens spent per token of work.
    listed : ndarray of bool, shape (P,)
        Whether the product is on offer. The other numbers of an unlisted product are not used.
    brand_utility : ndarray of float64, shape (P,)
        Utility that neither price nor capability explains [xi], in units of mu.
    cloud : ndarray of bool, shape (P,)
        False for products that run with the user or are trusted like that: they bear no privacy
        cost.
    terms : Terms
        What never changes.
    reputation : ndarray of float64, shape (P,)
        How satisfied users are known to be with each product and its provider.
    news : ndarray of float64, shape (P,)
        News level of each product at ``news_time_days``; it decays with the scenario's half-life.
    news_time_days : float
        Time at which the news levels hold.
    """

    product_keys: NDArray[np.uint32]
    provider_index: NDArray[np.int16]
    model_index: NDArray[np.int64]
    nest_index: NDArray[np.int64]
    domain_price_usd_per_mtok: NDArray[np.float64]
    capability_logit: NDArray[np.float64]
    delay_s: NDArray[np.float64]
    refused_share: NDArray[np.float64]
    tokens_per_task: NDArray[np.float64]
    listed: NDArray[np.bool_]
    brand_utility: NDArray[np.float64]
    cloud: NDArray[np.bool_]
    terms: Terms
    reputation: NDArray[np.float64]
    news: NDArray[np.float64]
    news_time_days: float = 0.0


def served_share(offers: OfferView) -> NDArray[np.float64]:
    """Return the share of requests that each product does not turn away, (P,)."""
    return np.asarray(1.0 - np.where(offers.listed, offers.refused_share, 0.0))


def check_slots(offers: OfferView, first: OfferView, domains: int) -> None:
    """Refuse offers of other product slots than those of the first day, or of other domains.

    Raises
    ------
    ValueError
        They are.
    """
    check_domains(offers, domains)
    keys, now = first.product_keys, offers.product_keys
    if now is not keys and not np.array_equal(now, keys):
        raise ValueError("the product slots of a run never change: list and unlist them instead")


def check_domains(offers: OfferView, domains: int) -> None:
    """Refuse prices of another shape: compiled code would read and write beyond its tables.

    Raises
    ------
    ValueError
        The prices are not of so many domains.
    """
    wanted = domains, offers.product_keys.size
    if offers.domain_price_usd_per_mtok.shape != wanted:
        raise ValueError(
            f"prices have shape {offers.domain_price_usd_per_mtok.shape}, not {wanted}: "
            "one row a domain, one column a product slot"
        )
