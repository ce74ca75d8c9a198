"""The present offers as the types see them: tables that follow the offers product by product."""

import numpy as np
from numpy.typing import NDArray

from sim.scenario.scenario import Scenario
from sim.units import DAYS_PER_MONTH
from sim.users.draws import product_step
from sim.users.offers import OfferView
from sim.users.records import OFFER, PRODUCT, Book
from sim.users.taste import taste_scale
from sim.users.user_types import UserTypes
from sim.users.valuation import Valuation
from sim.users.worth import write_offers

Mask = NDArray[np.bool_]


class Appraisal:
    """What the types make of the offers, and the tables of it that the kernel reads.

    A new view is compared with the one before, and only the products that differ are valued and
    written anew, in place: one new price touches one column of types by products, news none. The
    tables are to the last bit those of a view that is read first.

    Parameters
    ----------
    scenario : Scenario
        Its domains and population are read.
    types : UserTypes
    offers : OfferView
        The offers of the first day. If nothing is on offer, the taste scale is fixed by the first
        offers that are read.

    Attributes
    ----------
    offers : OfferView
        The view that was read last.
    valuation : Valuation
        What it is worth.
    book : Book
        What the kernel reads.
    has_taste_scale : bool
        Whether anything was ever on offer, so that the taste scale is fixed.
    """

    def __init__(self, scenario: Scenario, types: UserTypes, offers: OfferView) -> None:
        self._scenario = scenario
        self._types = types
        self._taste_scale = np.full(types.count, np.nan)
        self.has_taste_scale = False
        self.offers = offers
        self.valuation = Valuation.of(types, offers)
        self.book = Book(
            offers=np.zeros((types.count, offers.listed.size), OFFER),
            products=np.zeros(offers.listed.size, PRODUCT),
            steps=np.array([product_step(key) for key in offers.product_keys], np.uint64),
            news=np.zeros(offers.listed.size),
            news_total=0.0,
            news_time_days=0.0,
        )
        self.book.products["key"] = offers.product_keys
        self._fix_taste_scale()
        self._write_offers(np.ones_like(offers.listed))
        self._write_products()

    def read(self, offers: OfferView) -> None:
        """Bring the tables up to date with the offers that hold now.

        Parameters
        ----------
        offers : OfferView
            The present offers, of the product slots of the first day.
        """
        if offers is self.offers:
            return
        before, self.offers = self.offers, offers
        self._fix_taste_scale()
        relisted = offers.listed != before.listed
        changed = self.valuation.revalue(
            self._types,
            offers,
            priced=relisted | offers.listed & _price_differs(before, offers),
            able=relisted | offers.listed & (before.capability_logit != offers.capability_logit),
        )
        self._write_offers(changed | offers.listed & _brand_differs(before, offers))
        self._write_products()

    def _fix_taste_scale(self) -> None:
        """Fix the taste scale by the first offers that there are."""
        if not self.has_taste_scale and self.offers.listed.any():
            self.has_taste_scale = True
            self._taste_scale = taste_scale(
                self._scenario.domains,
                self._types,
                self._scenario.population.choice,
                self.offers,
            )

    def _write_offers(self, changed: Mask) -> None:
        """Write what the types see of these products."""
        types, offers, valuation = self._types, self.offers, self.valuation
        write_offers(
            changed,
            offers.listed,
            offers.cloud,
            offers.brand_utility,
            valuation.surplus_usd_per_month,
            valuation.usage,
            valuation.success,
            self._taste_scale,
            types.privacy_cost,
            types.setup_cost_usd,
            self._scenario.population.setup_horizon_days,
            DAYS_PER_MONTH,
            self.book.offers,
        )

    def _write_products(self) -> None:
        """Write what is the same for all types."""
        offers, products = self.offers, self.book.products
        products["provider"] = offers.provider_index
        products["model"] = offers.model_index
        products["nest"] = offers.nest_index
        products["listed"] = offers.listed
        self.book = self.book._replace(
            news=np.where(offers.listed, offers.news, 0.0),
            news_total=float(np.sum(offers.news, where=offers.listed)),
            news_time_days=float(offers.news_time_days),
        )


def _price_differs(before: OfferView, after: OfferView) -> Mask:
    """Products whose work may have another price, (P,)."""
    return np.asarray(
        (before.domain_price_usd_per_mtok != after.domain_price_usd_per_mtok).any(axis=0)
        | (before.tokens_per_task != after.tokens_per_task)
        | (before.delay_s != after.delay_s)
    )


def _brand_differs(before: OfferView, after: OfferView) -> Mask:
    """Products of another utility at the same surplus, (P,)."""
    return np.asarray((before.brand_utility != after.brand_utility) | (before.cloud != after.cloud))
