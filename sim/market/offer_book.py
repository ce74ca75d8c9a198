"""The offer book: all that users see of the market, and all that providers see of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.market.move import Standing
from sim.quantities import FloatArray, IntegerArray
from sim.scenario.nests import nest_of
from sim.scenario.scenario import Scenario
from sim.strategies.pricing.tariff import Tariff
from sim.streams import entity_of
from sim.tokens import PerToken, TokenMix
from sim.users.mechanisms.hours import paid_shares
from sim.users.offers import OfferView, Terms
from sim.users.volume import mean_volume

_PRICE_TOLERANCE_USD_PER_MTOK = 1e-8
_PRICE_TOLERANCE_SHARE = 1e-9
"""Prices that differ by less are the same: a policy that reckons a price anew moves nothing."""


def token_mixes(scenario: Scenario) -> tuple[TokenMix, ...]:
    """Return the token mix of each domain."""
    return tuple(
        TokenMix(
            1.0 - domain.tokens.output_share - domain.tokens.cache_hit_share,
            domain.tokens.cache_hit_share,
            domain.tokens.output_share,
        )
        for domain in scenario.domains
    )


def industry_mix(scenario: Scenario) -> TokenMix:
    """Return the mix of all domains, weighted by users times mean volume: as if every task paid.

    It is fixed for the run, so that a blended list price moves only when the list does.
    """
    types = scenario.population.types_per_domain
    weight = np.array([d.share * mean_volume(d.volume, types) for d in scenario.domains])
    shares = weight @ np.array([mix.weights for mix in token_mixes(scenario)]) / weight.sum()
    return TokenMix(*(float(share) for share in shares))


def tariffs_of(scenario: Scenario) -> tuple[Tariff, ...]:
    """Return the tariff of each product, by its provider's policy of peace."""
    policies = {provider.name: provider.price for provider in scenario.providers}
    return tuple(policies[product.provider].tariff for product in scenario.products)


def _numbers(names: list[str]) -> IntegerArray:
    """Return a number for each name, the same for equal ones."""
    numbers = {name: n for n, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names])


def _nest_numbers(scenario: Scenario) -> IntegerArray:
    """Return the number of each product's nest, from 1 in the scenario's order; 0 for none."""
    nests = scenario.population.choice.nests
    names = [None, *(nest.name for nest in nests)]
    return np.array([names.index(nest_of(product, nests)) for product in scenario.products])


class OfferBook:
    """Prices, qualities and news of every product, listed or not.

    A product of the scenario has its number in all arrays for the whole run, whether or not it has
    been launched yet; ``version`` counts the changes. Only `sim.market.market.Market` writes here.

    Attributes
    ----------
    list_price_usd_per_mtok
        (P, 3), in the order of `PerToken`.
    blended_price_usd_per_mtok
        (P,): list prices at the industry's token mix.
    domain_price_usd_per_mtok
        (D, P): list prices at each domain's token mix.
    capability_logit, delay_s, refused_share, reputation, news
        (P,): capability; queueing delay; share of requests turned away; reputation; news level at
        ``news_time_days``.
    listed
        (P,): on offer now.
    industry_mix, domain_mixes
        Token mixes of all domains together and of each.
    mix_weights
        (D, 3): token mix of each domain.
    """

    def __init__(self, scenario: Scenario) -> None:
        products = scenario.products
        providers = {provider.name: f for f, provider in enumerate(scenario.providers)}
        self.names = tuple(product.name for product in products)
        self.provider_index = np.array([providers[p.provider] for p in products], dtype=np.int16)
        self._model_index = _numbers([product.served_model for product in products])
        self._nest_index = _nest_numbers(scenario)
        self.list_price_usd_per_mtok = np.array([p.price_usd_per_mtok.per_token for p in products])
        self.capability_logit = np.array([p.capability_logit for p in products])
        self.delay_s = np.zeros(len(products))
        self.refused_share = np.zeros(len(products))
        self.listed = np.zeros(len(products), dtype=np.bool_)
        self.reputation = np.zeros(len(products))
        self.news = np.zeros(len(products))
        self.news_time_days = 0.0
        self.version = 0
        self.industry_mix = industry_mix(scenario)
        self.domain_mixes = token_mixes(scenario)
        self.mix_weights = np.array([mix.weights for mix in self.domain_mixes])
        self.paid_shares = paid_shares(scenario.domains, tariffs_of(scenario))
        self._industry_weights = self.industry_mix.weights
        self._keys = np.array([entity_of(name) for name in self.names], dtype=np.uint32)
        self._tokens_per_task = np.array([p.tokens_per_task for p in products])
        self._brand_utility = np.array([p.brand_utility for p in products])
        self._cloud = np.array([p.is_hosted and not p.trusted for p in products])
        self._hosted = np.array([p.is_hosted for p in products])
        self._terms = Terms.of(
            scenario.domains, products, any(one.price.decides_quota for one in scenario.providers)
        )
        self._half_life_days = scenario.population.consideration.news_half_life_days
        self._view: OfferView | None = None
        self._viewed_version = 0
        self._shape = np.ones_like(self.list_price_usd_per_mtok)
        for product in range(len(products)):
            self._remember_shape(product)
        self._blend()

    def blended_price(self, product: int) -> float:
        """Return the list price of a product at the industry's mix, USD per million tokens."""
        return self.industry_mix.blend(PerToken(*self.list_price_usd_per_mtok[product].tolist()))

    def standing(self, without: int | None = None) -> Standing:
        """Return the hosted offers as they stand now; one product may be left out."""
        listed = self.listed & self._hosted
        if without is not None:
            listed[without] = False
        return Standing(listed, self.blended_price_usd_per_mtok, self.capability_logit.copy())

    def price_at_blend(self, product: int, blended_usd_per_mtok: float) -> PerToken:
        """Return a product's prices at another blend, in the ratios of its last positive price."""
        return PerToken(*(self._shape[product] * blended_usd_per_mtok).tolist())

    def is_price(self, product: int, price: PerToken) -> bool:
        """Return whether a product has this list price, but for rounding."""
        own = self.list_price_usd_per_mtok[product].tolist()
        return all(
            abs(new - old) <= _PRICE_TOLERANCE_USD_PER_MTOK + _PRICE_TOLERANCE_SHARE * old
            for new, old in zip(price, own, strict=True)
        )

    def set_price(self, product: int, list_price_usd_per_mtok: PerToken) -> None:
        """Set the list price of a product."""
        self.list_price_usd_per_mtok[product] = list_price_usd_per_mtok
        self._remember_shape(product)
        self._blend()
        self.version += 1

    def set_free_quota(self, product: int, mtok_per_month: float) -> float:
        """Set what users have free of charge of a product not seen yet; return what it was."""
        quotas = self._terms.free_quota_mtok_per_month.copy()
        old, quotas[product] = float(quotas[product]), mtok_per_month
        self._terms = replace(self._terms, free_quota_mtok_per_month=quotas)
        self.version += 1
        return old

    def set_capability(self, product: int, capability_logit: float) -> None:
        """Set a product's capability."""
        self.capability_logit[product] = capability_logit
        self.version += 1

    def set_service(self, product: int, delay_s: float, refused_share: float) -> None:
        """Set how long requests for a product wait, and how many are refused."""
        self.delay_s[product] = delay_s
        self.refused_share[product] = refused_share
        self.version += 1

    def set_reputation(self, reputation: FloatArray) -> None:
        """Set the reputation of all products."""
        self.reputation = reputation
        self.version += 1

    def set_provider(self, products: Sequence[int], provider: int) -> None:
        """Let products be another provider's; earlier views keep the old one."""
        self.provider_index = self.provider_index.copy()
        self.provider_index[list(products)] = provider
        self.version += 1

    def list_product(self, product: int) -> None:
        """Put a product on offer."""
        self.listed[product] = True
        self.version += 1

    def withdraw(self, product: int) -> None:
        """Take a product off the market."""
        self.listed[product] = False
        self.version += 1

    def add_news(self, product: int, level: float, time_days: float) -> None:
        """Add news of a product at a time; earlier news has decayed until then."""
        self.news *= 0.5 ** ((time_days - self.news_time_days) / self._half_life_days)
        self.news_time_days = time_days
        self.news[product] += level
        self.version += 1

    def view(self) -> OfferView:
        """Return what users see now: the same object until the book changes."""
        if self._view is None or self._viewed_version != self.version:
            self._view = self._snap()
            self._viewed_version = self.version
        return self._view

    def _snap(self) -> OfferView:
        """Copy what users see, so that a view never changes; prices are made anew when they do."""
        return OfferView(
            product_keys=self._keys,
            provider_index=self.provider_index,
            model_index=self._model_index,
            nest_index=self._nest_index,
            domain_price_usd_per_mtok=self.domain_price_usd_per_mtok,
            capability_logit=self.capability_logit.copy(),
            delay_s=self.delay_s.copy(),
            refused_share=self.refused_share.copy(),
            tokens_per_task=self._tokens_per_task,
            listed=self.listed.copy(),
            brand_utility=self._brand_utility,
            cloud=self._cloud,
            terms=self._terms,
            reputation=self.reputation,
            news=self.news.copy(),
            news_time_days=self.news_time_days,
        )

    def _blend(self) -> None:
        """Blend all list prices at the industry's and at each domain's mix, into new arrays."""
        prices = self.list_price_usd_per_mtok
        self.blended_price_usd_per_mtok = np.asarray(prices @ self._industry_weights)
        self.domain_price_usd_per_mtok = self.paid_shares * (self.mix_weights @ prices.T)

    def _remember_shape(self, product: int) -> None:
        """Keep the price ratios of the last positive price: a free tier may end some day."""
        blended = self.blended_price(product)
        if blended > 0.0:
            self._shape[product] = self.list_price_usd_per_mtok[product] / blended


def first_day(scenario: Scenario) -> OfferView:
    """Return the offers of a scenario's first day, as listed."""
    book = OfferBook(scenario)
    for number, product in enumerate(scenario.products):
        if scenario.has(product) and product.is_on_sale(scenario.start_date):
            book.list_product(number)
    return book.view()
