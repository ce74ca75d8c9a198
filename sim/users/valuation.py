"""What the offers are worth to each type: computed once per change of the book, not per review."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.users.offers import OfferView
from sim.users.usage import mean_value, success_share, surplus_per_mtok, usage_share
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
        Consumer surplus at that usage [CS].
    """

    token_cost_usd_per_mtok_of_work: Floats
    work_price_usd_per_mtok_of_work: Floats
    success: Floats
    value_usd_per_mtok_of_work: Floats
    usage: Floats
    surplus_usd_per_month: Floats

    @classmethod
    def of(cls, types: UserTypes, offers: OfferView) -> "Valuation":
        """Value all offers."""
        products = offers.listed.size
        valuation = cls(
            np.full((types.domains, products), np.nan),
            *(np.full((types.count, products), np.nan) for _ in range(5)),
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
            Products whose capability may have changed. A product that was listed or unlisted since
            belongs to both.

        Returns
        -------
        ndarray of bool, shape (P,)
            Products whose value may have changed: those whose price of work moved to the last bit
            (most changes of delay are too small to move it), and those of ``able``.
        """
        changed = able | self._set_work_price(types, offers, priced)
        self._set_success(types, offers, np.flatnonzero(able))
        self._set_usage(types, np.flatnonzero(changed))
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
            types.domain,
            types.handling_cost_usd_per_mtok,
            types.delay_cost_usd_per_mtok_second,
            self.token_cost_usd_per_mtok_of_work,
            self.work_price_usd_per_mtok_of_work,
            moved,
        )
        return moved

    def _set_usage(self, types: UserTypes, products: Products) -> None:
        """Set usage and surplus, which follow from the price of work and success."""
        if products.size == 0:
            return
        token_cost = self.token_cost_usd_per_mtok_of_work[:, products][types.domain]
        price = self.work_price_usd_per_mtok_of_work.take(products, axis=1)
        success = self.success.take(products, axis=1)
        mean, sd = types.mean_log_value[:, None], types.log_sd[:, None]
        with np.errstate(divide="ignore", over="ignore"):
            affordable = np.where(
                token_cost > 0.0, types.budget_usd_per_mtok[:, None] / token_cost, np.inf
            )
        usage = np.minimum(usage_share(price, mean, sd, success), affordable)
        surplus = surplus_per_mtok(usage, price, mean, sd, success)
        self.usage[:, products] = usage
        self.surplus_usd_per_month[:, products] = types.volume_mtok_per_month[:, None] * surplus
