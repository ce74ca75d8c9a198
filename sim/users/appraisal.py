"""The present offers as the types see them: tables that follow the offers product by product."""

import numpy as np
from numpy.typing import NDArray

from sim.scenario.scenario import Scenario
from sim.units import DAYS_PER_MONTH
from sim.users.draws import product_step
from sim.users.mechanisms.satisfaction import SatisfactionRules
from sim.users.offers import OfferView
from sim.users.records import LIMIT, OFFER, PRODUCT, UNIT, Book
from sim.users.request_classes import follow_types, split_types, whole
from sim.users.setup import setup_quantile
from sim.users.user_types import UserTypes
from sim.users.valuation import Valuation
from sim.users.worth import weigh_delivery, write_offers

Floats = NDArray[np.float64]
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
        The offers of the first day.

    Attributes
    ----------
    rows : UserTypes
        The types, cut into classes of requests; the types themselves where there is one class.
    offers : OfferView
        The view that was read last.
    valuation : Valuation
        What it is worth to the rows.
    book : Book
        What the kernel reads.
    open_utility : ndarray of float64, shape (K, P)
        Utilities to whole users without what privacy takes from them.
    has_lower_limits : bool
        Whether a budget pays for less of some product than it did; whoever sees to it sets this
        back.
    """

    def __init__(self, scenario: Scenario, types: UserTypes, offers: OfferView) -> None:
        self._types = types
        self._satisfaction = SatisfactionRules.from_scenario(scenario.population)
        self.rows = split_types(types, scenario.domains)
        self._horizon_months = scenario.population.setup_horizon_days / DAYS_PER_MONTH
        self.offers = offers
        self.valuation = Valuation.of(self.rows, offers)
        table = np.zeros((self.rows.count, offers.listed.size), OFFER)
        self.book = Book(
            offers=table,
            products=np.zeros(offers.listed.size, PRODUCT),
            steps=np.array([product_step(key) for key in offers.product_keys], np.uint64),
            news=np.zeros(offers.listed.size),
            news_total=0.0,
            news_time_days=0.0,
            reputation=np.zeros(offers.listed.size),
            limits=np.zeros((self.rows.count, offers.listed.size), LIMIT),
            has_quotas=offers.terms.has_quotas,
            best_delivered=np.zeros(self.rows.count, np.float32),
            whole=table if self.rows is types else np.zeros_like(table[: types.count]),
        )
        self.has_lower_limits = False
        self.book.products["key"] = offers.product_keys
        self.open_utility = np.full((types.count, offers.listed.size), -np.inf)
        self._write_offers(np.ones_like(offers.listed))
        self._write_limits()
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
        relisted = offers.listed != before.listed
        changed = self.valuation.revalue(
            self.rows,
            offers,
            priced=relisted | offers.listed & _price_differs(before, offers),
            able=relisted | offers.listed & _quality_differs(before, offers),
        )
        self._write_limits()
        changed |= offers.listed & _brand_differs(before, offers)
        if np.isfinite(self._types.patience_s).any():
            changed |= offers.listed & (before.delay_s != offers.delay_s)
        self._write_offers(changed)
        self._write_products()

    def value_anew(self) -> None:
        """Value the present offers anew, after the work of the types changed."""
        everything = np.ones_like(self.offers.listed)
        follow_types(self.rows, self._types)
        self.valuation.quota[:] = np.nan
        self.valuation.revalue(self.rows, self.offers, everything, everything)
        self._write_limits()
        self._write_offers(everything)

    def _write_offers(self, changed: Mask) -> None:
        """Write what the types see of these products."""
        types, offers, valuation = self._types, self.offers, self.valuation
        surplus, usage = valuation.surplus_usd_per_month, valuation.usage
        by_class = delivered = self._deliver(changed)
        if self.rows is not types:
            share = self.rows.work_share[:, None]
            surplus, usage, delivered = (
                whole(table, types.count) for table in (surplus, share * usage, share * by_class)
            )
        net = surplus - types.running_fee_usd_per_month[:, None]
        quantile = np.full_like(net, np.nan)
        quantile[:, changed] = setup_quantile(
            self._horizon_months * net[:, changed],
            types.setup_cost_usd[:, None],
            types.setup_cost_log_sd[:, None],
        )
        write_offers(
            changed,
            offers.listed,
            offers.cloud,
            offers.brand_utility,
            offers.capability_logit,
            net,
            usage,
            delivered,
            quantile,
            types.taste_scale_usd_per_month,
            types.privacy_cost,
            types.quality_taste,
            types.reference_capability_logit,
            types.is_blocked,
            types.domain,
            offers.terms.open_to_domain,
            self.book.whole,
            self.open_utility,
        )
        if self.rows is not types:
            self._write_classes(changed, surplus, by_class)
        np.max(self.book.offers["delivered"], axis=1, initial=0.0, out=self.book.best_delivered)

    def _write_classes(
        self, changed: Mask, surplus_usd_per_month: Floats, delivered: Floats
    ) -> None:
        """Write what the classes of requests see of these products.

        Each has its own surplus, and its share of tastes and of the running fee. What is not on
        offer to the user is not on offer to any class.
        """
        rows, valuation, utility = self.rows, self.valuation, self.book.whole["utility"]
        classes = rows.count // self._types.count
        scale = self._types.taste_scale_usd_per_month[:, None]
        on_offer = np.tile(utility > -np.inf, (classes, 1))
        taste = np.tile(utility - surplus_usd_per_month / scale, (classes, 1))
        worth = valuation.surplus_usd_per_month / rows.taste_scale_usd_per_month[:, None]
        written = {
            "utility": np.where(on_offer, worth + rows.work_share[:, None] * taste, -np.inf),
            "delivered": np.where(on_offer, delivered, 0.0),
            "usage_target": np.rint(valuation.usage * UNIT),
            "setup_quantile": np.tile(self.book.whole["setup_quantile"], (classes, 1)),
        }
        for name, table in written.items():
            self.book.offers[name][:, changed] = table[:, changed]

    def _deliver(self, changed: Mask) -> Floats:
        """Return what these products deliver to each type and class of requests."""
        rows, offers, valuation = self.rows, self.offers, self.valuation
        kept, delivered = np.ones_like(valuation.success), np.zeros_like(valuation.success)
        if self._satisfaction.price_weight > 0.0:
            kept = valuation.kept_share(rows, offers)
        weigh_delivery(
            changed,
            offers.listed,
            valuation.success,
            kept,
            offers.delay_s,
            rows.patience_s,
            offers.refused_share,
            self._satisfaction,
            delivered,
        )
        return delivered

    def _write_limits(self) -> None:
        """Write what of its tasks each type has free, and what it can pay for."""
        limits, valuation = self.book.limits, self.valuation
        if self.book.has_quotas:
            limits["quota"] = np.rint(np.nan_to_num(valuation.quota) * UNIT)
        before = limits["most"].copy()
        limits["most"] = np.floor(np.minimum(valuation.affordable, 1.0) * UNIT)
        self.has_lower_limits |= bool((limits["most"] < before).any())

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
            reputation=np.where(offers.listed, offers.reputation, 0.0),
        )


def _price_differs(before: OfferView, after: OfferView) -> Mask:
    """Products whose work may have another price, (P,)."""
    return np.asarray(
        (before.domain_price_usd_per_mtok != after.domain_price_usd_per_mtok).any(axis=0)
        | (before.tokens_per_task != after.tokens_per_task)
        | (before.delay_s != after.delay_s)
    )


def _quality_differs(before: OfferView, after: OfferView) -> Mask:
    """Products that succeed at other shares of tasks, or turn away others, (P,)."""
    return np.asarray(
        (before.capability_logit != after.capability_logit)
        | (before.refused_share != after.refused_share)
    )


def _brand_differs(before: OfferView, after: OfferView) -> Mask:
    """Products of another utility at the same surplus, (P,)."""
    return np.asarray((before.brand_utility != after.brand_utility) | (before.cloud != after.cloud))
