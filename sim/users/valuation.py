"""What the offers are worth to each type: computed once per change of the book, not per review."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.users.devices import best_devices
from sim.users.offers import OfferView, served_share
from sim.users.quota import quota_share
from sim.users.tasks import Tasks
from sim.users.usage import mean_value, success_share, value_share
from sim.users.user_types import UserTypes
from sim.users.worth import price_work

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Products = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Valuation:
    """The offers in the eyes of each type: tables of types by products, kept up to date in place.

    Products that are not listed are valued as if free and useless. Each number depends on its own
    type and product alone, so that a product can be valued anew without the others, and the tables
    are to the last bit those that ``of`` would compute.

    Attributes
    ----------
    token_cost_usd_per_mtok_of_work : ndarray, shape (D, P)
        Cost of the tokens of one Mtok of work, by domain.
    work_price_usd_per_mtok_of_work : ndarray, shape (K, P)
        Effective price of one Mtok of work: tokens, handling and the shadow cost of delay.
    success : ndarray, shape (K, P)
        Share of tasks that succeed [pi].
    value_usd_per_mtok_of_work : ndarray, shape (K, P)
        Mean value of all tasks, times success [pi exp(m + s^2 / 2)].
    usage : ndarray, shape (K, P)
        Share of tasks that the type wants to run, within its budget [w*].
    surplus_usd_per_month : ndarray, shape (K, P)
        Consumer surplus at that usage [CS], devices paid; requests that are turned away cost
        nothing and gain nothing.
    affordable : ndarray, shape (K, P)
        Share of the tasks that the type's budget pays for, at most one.
    quota : ndarray, shape (K, P)
        Share of the tasks that the free quota pays for [w_Q]: the same from the first listing on,
        NaN before.
    device_cost_usd_per_month : ndarray, shape (K, P)
        What the devices cost that the type would buy for the product.
    """

    token_cost_usd_per_mtok_of_work: Floats
    work_price_usd_per_mtok_of_work: Floats
    success: Floats
    value_usd_per_mtok_of_work: Floats
    usage: Floats
    surplus_usd_per_month: Floats
    affordable: Floats
    quota: Floats
    device_cost_usd_per_month: Floats

    @classmethod
    def of(cls, types: UserTypes, offers: OfferView) -> "Valuation":
        """Value all offers."""
        products = offers.listed.size
        valuation = cls(
            np.full((types.domains, products), np.nan),
            *(np.full((types.count, products), np.nan) for _ in range(8)),
        )
        everything = np.ones(products, np.bool_)
        valuation.revalue(types, offers, everything, everything)
        return valuation

    def revalue(self, types: UserTypes, offers: OfferView, priced: Mask, able: Mask) -> Mask:
        """Value products anew, in place.

        Parameters
        ----------
        types : UserTypes
        offers : OfferView
            The new offers.
        priced : ndarray of bool, shape (P,)
            Products whose price, tokens per task or delay may have changed.
        able : ndarray of bool, shape (P,)
            Products whose capability, or share of requests turned away, may have changed. A
            product that was listed or unlisted since belongs to both.

        Returns
        -------
        ndarray of bool, shape (P,)
            Products whose value may have changed: those whose price of work moved to the last bit
            (most changes of delay are too small to move it), and those of ``able``.
        """
        changed = able | self._set_work_price(types, offers, priced)
        self._set_success(types, offers, np.flatnonzero(able))
        self._set_usage(types, offers, np.flatnonzero(changed))
        return changed

    def _set_success(self, types: UserTypes, offers: OfferView, products: Products) -> None:
        if products.size == 0:
            return
        success = success_share(
            np.where(offers.listed, offers.capability_logit, 0.0)[products],
            types.difficulty_logit[:, None],
            types.difficulty_scale_logit[:, None],
        )
        self.success[:, products] = success
        self.value_usd_per_mtok_of_work[:, products] = success * mean_value(
            types.mean_log_value[:, None], types.log_sd[:, None]
        )

    def _set_work_price(self, types: UserTypes, offers: OfferView, priced: Mask) -> Mask:
        """Set prices of work, and return the products of which any moved."""
        moved = np.zeros_like(priced)
        price_work(
            priced,
            offers.listed,
            offers.domain_price_usd_per_mtok,
            offers.tokens_per_task,
            offers.delay_s,
            offers.terms.energy_cost_usd_per_mtok,
            types.domain,
            types.tokens_per_work,
            types.handling_cost_usd_per_mtok,
            types.delay_cost_usd_per_mtok_second,
            self.token_cost_usd_per_mtok_of_work,
            self.work_price_usd_per_mtok_of_work,
            moved,
        )
        return moved

    def _set_usage(self, types: UserTypes, offers: OfferView, products: Products) -> None:
        """Set usage and surplus, which follow from the price of work and success."""
        if products.size == 0:
            return
        tasks = Tasks(
            types.volume_mtok_per_month[:, None],
            types.mean_log_value[:, None],
            types.log_sd[:, None],
            self.success.take(products, axis=1),
            self.work_price_usd_per_mtok_of_work.take(products, axis=1),
            self.token_cost_usd_per_mtok_of_work[:, products][types.domain],
            self._quota_of(types, offers, products),
            types.budget_usd_per_mtok[:, None],
        )
        usage = tasks.worth_running()
        self.usage[:, products] = usage
        self.surplus_usd_per_month[:, products] = tasks.gain_usd_per_month(usage)
        self.affordable[:, products] = tasks.affordable()
        self.device_cost_usd_per_month[:, products] = 0.0
        with_device = np.flatnonzero(offers.terms.device_cost_usd_per_month[products] > 0.0)
        if with_device.size:
            self._add_devices(types, offers, products[with_device], tasks.of(with_device))
        self.surplus_usd_per_month[:, products] *= served_share(offers)[products]

    def kept_share(self, types: UserTypes, offers: OfferView) -> Floats:
        """Return the share of the worth of its tasks run that a type keeps after paying, (K, P).

        ``CS / (A pi exp(m + s^2 / 2) G(w))``, between 0 and 1; 0 where nothing is run. It falls as
        the price rises: for lognormal values it is ``1 - M(z + s) / M(z)``, M = phi / Phi.
        """
        worth = self.value_usd_per_mtok_of_work * value_share(self.usage, types.log_sd[:, None])
        worth *= types.volume_mtok_per_month[:, None] * served_share(offers)
        kept = np.zeros_like(worth)
        np.divide(self.surplus_usd_per_month, worth, out=kept, where=worth > 0.0)
        return np.clip(kept, 0.0, 1.0)

    def _quota_of(self, types: UserTypes, offers: OfferView, products: Products) -> Floats:
        """Return the shares of work that are free of charge, (K, len(products))."""
        new = products[offers.listed[products] & np.isnan(self.quota[0, products])]
        if new.size:
            free = offers.terms.free_quota_mtok_per_month[new]
            volume = (types.volume_mtok_per_month / types.work_share)[:, None]
            self.quota[:, new] = quota_share(free, volume, _tokens(types, offers, new))
        return np.nan_to_num(self.quota[:, products])

    def _add_devices(
        self, types: UserTypes, offers: OfferView, products: Products, tasks: Tasks
    ) -> None:
        """Let users buy the devices that these products take, and run no more than they can."""
        terms = offers.terms
        tokens = _tokens(types, offers, products)
        capacity = terms.device_capacity_mtok_per_month[products] / tokens
        cost = terms.device_cost_usd_per_month[products]
        usage, paid = best_devices(
            self.usage[:, products],
            tasks.worth_running(cost / capacity),
            capacity / tasks.volume_mtok_per_month,
            cost,
            tasks.gain_usd_per_month,
        )
        self.usage[:, products] = usage
        self.device_cost_usd_per_month[:, products] = paid
        self.surplus_usd_per_month[:, products] = tasks.gain_usd_per_month(usage) - paid


def _tokens(types: UserTypes, offers: OfferView, products: Products) -> Floats:
    """Tokens per token of work, (K, len(products)); one for products that are not listed."""
    verbosity = np.where(offers.listed, offers.tokens_per_task, 1.0)[products]
    return np.asarray(types.tokens_per_work[:, None] * verbosity)
