"""The offer book: all that users see of the market, and all that providers see of each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenario.scenario import Scenario
from sim.streams import entity_of
from sim.users.offers import OfferView

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TokenMix:
    """Shares of input, cache-hit input and output tokens; they add to one."""

    input_share: float
    cache_hit_share: float
    output_share: float

    def blend(self, input_: float, cache_hit: float, output: float) -> float:
        """Average of three prices or costs in USD per million tokens."""
        return (
            self.input_share * input_
            + self.cache_hit_share * cache_hit
            + self.output_share * output
        )

    @property
    def weights(self) -> FloatArray:
        """The shares as an array, in the order of ``OfferBook.price_usd_per_mtok``."""
        return np.array([self.input_share, self.cache_hit_share, self.output_share])


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
    """Return the mix of all domains, weighted by users times median volume.

    It is fixed for the run, so that a blended list price moves only when the list does.
    """
    weight = np.array([d.share * d.volume.median_mtok_per_month for d in scenario.domains])
    shares = weight @ np.array([mix.weights for mix in token_mixes(scenario)]) / weight.sum()
    return TokenMix(*(float(share) for share in shares))


class OfferBook:
    """Prices, qualities and news of every product slot, listed or not.

    A slot exists for every product that the scenario ever launches; ``version`` counts the changes.

    Attributes
    ----------
    price_usd_per_mtok
        (P, 3): input, cache-hit input, output.
    capability_logit, delay_s, news
        (P,): capability; queueing delay; news level at ``news_time_days``.
    listed
        (P,): on offer now.
    mix_weights
        (D, 3): token mix of each domain.
    """

    def __init__(self, scenario: Scenario) -> None:
        products = scenario.products
        providers = {provider.name: f for f, provider in enumerate(scenario.providers)}
        self.names = tuple(product.name for product in products)
        self.provider_index = np.array([providers[p.provider] for p in products], dtype=np.int16)
        self.price_usd_per_mtok = np.array(
            [
                [
                    p.price_usd_per_mtok.input,
                    _cache_hit(p.price_usd_per_mtok.input, p.price_usd_per_mtok.cache_hit),
                    p.price_usd_per_mtok.output,
                ]
                for p in products
            ]
        )
        self.capability_logit = np.array([p.capability_logit for p in products])
        self.delay_s = np.zeros(len(products))
        self.listed = np.zeros(len(products), dtype=np.bool_)
        self.news = np.zeros(len(products))
        self.news_time_days = 0.0
        self.version = 0
        self.industry_mix = industry_mix(scenario)
        self.mix_weights = np.array([mix.weights for mix in token_mixes(scenario)])
        self._keys = np.array([entity_of(name) for name in self.names], dtype=np.uint32)
        self._tokens_per_task = np.array([p.tokens_per_task for p in products])
        self._brand_utility = np.array([p.brand_utility for p in products])
        self._cloud = np.array([p.deployment == "cloud" for p in products])
        self._half_life_days = scenario.population.consideration.news_half_life_days
        self._view: OfferView | None = None
        self._viewed_version = 0
        self._shape = np.ones_like(self.price_usd_per_mtok)
        for product in range(len(products)):
            self._remember_shape(product)

    def blended_usd_per_mtok(self, product: int) -> float:
        """List price of a product at the industry's token mix, in USD per million tokens."""
        return float(self.price_usd_per_mtok[product] @ self.industry_mix.weights)

    def all_blended_usd_per_mtok(self) -> FloatArray:
        """List prices of all slots at the industry's token mix, (P,)."""
        return np.asarray(self.price_usd_per_mtok @ self.industry_mix.weights)

    def domain_prices_usd_per_mtok(self) -> FloatArray:
        """List prices at each domain's token mix, (D, P)."""
        return np.asarray(self.mix_weights @ self.price_usd_per_mtok.T)

    def prices_at_blend(self, product: int, blended_usd_per_mtok: float) -> FloatArray:
        """Prices of a product at another blend: the ratios of its last positive price are kept."""
        return np.asarray(self._shape[product] * blended_usd_per_mtok)

    def set_prices(self, product: int, price_usd_per_mtok: FloatArray) -> None:
        """Set input, cache-hit and output price of a product."""
        self.price_usd_per_mtok[product] = price_usd_per_mtok
        self._remember_shape(product)
        self.version += 1

    def set_capability(self, product: int, capability_logit: float) -> None:
        """Set a product's capability."""
        self.capability_logit[product] = capability_logit
        self.version += 1

    def set_delays(self, delay_s: FloatArray) -> None:
        """Set the queueing delays of all products; no change of version if none moved."""
        if not np.array_equal(delay_s, self.delay_s):
            self.delay_s[:] = delay_s
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
        """Copy what users see, so that a view never changes."""
        return OfferView(
            product_keys=self._keys,
            provider_index=self.provider_index,
            domain_price_usd_per_mtok=self.domain_prices_usd_per_mtok(),
            capability_logit=self.capability_logit.copy(),
            delay_s=self.delay_s.copy(),
            tokens_per_task=self._tokens_per_task,
            listed=self.listed.copy(),
            brand_utility=self._brand_utility,
            cloud=self._cloud,
            news=self.news.copy(),
            news_time_days=self.news_time_days,
        )

    def _remember_shape(self, product: int) -> None:
        """Keep the price ratios of the last positive price: a free tier may end some day."""
        blended = self.blended_usd_per_mtok(product)
        if blended > 0.0:
            self._shape[product] = self.price_usd_per_mtok[product] / blended


def _cache_hit(input_usd_per_mtok: float, cache_hit_usd_per_mtok: float | None) -> float:
    return input_usd_per_mtok if cache_hit_usd_per_mtok is None else cache_hit_usd_per_mtok
