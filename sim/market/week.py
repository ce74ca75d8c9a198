"""The week: what users consumed and paid, and what providers paid, since the last settlement."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.market.ledger import Purpose
from sim.quantities import FloatArray
from sim.serving.service import Served
from sim.users.flow import Flow

_FROM_OWNERS = (Purpose.OPENING_CASH, Purpose.WAR_BUDGET)
_FIXED_COSTS = (Purpose.TRAINING, Purpose.DATA, Purpose.STAFF)


class Sales(NamedTuple):
    """What was sold of one product.

    Attributes
    ----------
    domain_mtok
        Million tokens by domain.
    mtok, revenue_usd
        In all.
    """

    domain_mtok: list[float]
    mtok: float
    revenue_usd: float


class Week:
    """One record of the time since the last settlement; cleared once, after the snapshot.

    Amounts are of the whole market: simulated users times ``scale``.

    Attributes
    ----------
    mtok, billed_mtok, revenue_usd
        (D, P): tokens in millions, those beyond free quotas, and what users paid for them.
    variable_cost_usd
        (P,): tokens times marginal cost.
    surplus_usd
        (D,): consumer surplus, before the four costs below.
    running_fee_usd, setup_cost_usd, switching_cost_usd, device_cost_usd
        (D,): what users pay outside the market to keep, to adopt, to change a product, and for
        devices that run it.
    adoptions, switches_in, switches_out, leaves
        (P,): users who came and went.
    reviews
        Reviews that simulated users made.
    asked_mtok, refused_mtok
        (P,): tokens that users asked for, and those of them that were refused.
    paid_usd
        By provider and purpose: received for tokens and war budget, paid for the rest.
    served
        Every product on every kind of accelerator.
    """

    def __init__(self, domains: int, products: int, scale: float) -> None:
        self._scale = scale
        self.mtok = np.zeros((domains, products))
        self.billed_mtok = np.zeros((domains, products))
        self.revenue_usd = np.zeros((domains, products))
        self._war_cost_usd = np.zeros(products)
        self.variable_cost_usd = np.zeros(products)
        self.surplus_usd = np.zeros(domains)
        self.running_fee_usd = np.zeros(domains)
        self.setup_cost_usd = np.zeros(domains)
        self.switching_cost_usd = np.zeros(domains)
        self.device_cost_usd = np.zeros(domains)
        self.adoptions = np.zeros(products)
        self.switches_in = np.zeros(products)
        self.switches_out = np.zeros(products)
        self.leaves = np.zeros(products)
        self.asked_mtok = np.zeros(products)
        self.refused_mtok = np.zeros(products)
        self.reviews = 0
        self.paid_usd: defaultdict[tuple[str, Purpose], float] = defaultdict(float)
        self.served: list[Served] = []
        self._sales: list[Sales] | None = None

    def add(
        self,
        flow: Flow,
        price_usd_per_mtok: FloatArray,
        cost_usd_per_mtok: FloatArray,
        at_war: NDArray[np.bool_],
    ) -> None:
        """Add a stretch of time.

        Parameters
        ----------
        flow
            What the population did in it.
        price_usd_per_mtok, cost_usd_per_mtok
            (D, P): prices and marginal costs that held during all of it.
        at_war
            (P,): products that were in the war during all of it.
        """
        mtok = flow.mtok * self._scale
        billed = flow.billed_mtok * self._scale
        revenue = billed * price_usd_per_mtok
        cost = mtok * cost_usd_per_mtok
        self.mtok += mtok
        self.billed_mtok += billed
        self.revenue_usd += revenue
        self.variable_cost_usd += cost.sum(axis=0)
        self._war_cost_usd += np.where(at_war, (cost - revenue).sum(axis=0), 0.0)
        self.surplus_usd += flow.surplus_usd * self._scale
        self.running_fee_usd += flow.running_fee_usd * self._scale
        self.setup_cost_usd += flow.setup_cost_usd * self._scale
        self.switching_cost_usd += flow.switching_cost_usd * self._scale
        self.device_cost_usd += flow.device_cost_usd * self._scale
        self.adoptions += flow.adoptions.sum(axis=0) * self._scale
        self.switches_in += flow.switches_in.sum(axis=0) * self._scale
        self.switches_out += flow.switches_out.sum(axis=0) * self._scale
        self.leaves += flow.leaves.sum(axis=0) * self._scale
        self.reviews += flow.reviews
        self._sales = None

    def note_asked(self, asked_mtok: FloatArray, refused_mtok: FloatArray) -> None:
        """Note what users asked for in a stretch of time, and what was refused, (P,)."""
        self.asked_mtok += asked_mtok
        self.refused_mtok += refused_mtok

    def sales(self, product: int) -> Sales:
        """Return what was sold of a product, by its number."""
        if self._sales is None:
            mtok = np.ascontiguousarray(self.mtok.T)
            revenue_usd = np.ascontiguousarray(self.revenue_usd.T)
            self._sales = [
                Sales(*sold)
                for sold in zip(
                    mtok.tolist(),
                    mtok.sum(axis=1).tolist(),
                    revenue_usd.sum(axis=1).tolist(),
                    strict=True,
                )
            ]
        return self._sales[product]

    @property
    def net_surplus_usd(self) -> FloatArray:
        """Consumer surplus less what users pay for keeping, adopting, changing, devices, (D,)."""
        costs = (self.running_fee_usd, self.setup_cost_usd, self.switching_cost_usd)
        return self.surplus_usd - sum(costs) - self.device_cost_usd

    @property
    def war_loss_usd(self) -> FloatArray:
        """Lost by each product while at war, (P,): marginal cost less revenue, where positive."""
        return np.maximum(self._war_cost_usd, 0.0)

    @property
    def producer_surplus_usd(self) -> float:
        """What providers took from users less what they paid; what owners give is left out."""
        return sum(
            usd if purpose is Purpose.TOKENS else -usd
            for (_, purpose), usd in self.paid_usd.items()
            if purpose not in _FROM_OWNERS
        )

    @property
    def fixed_costs_usd(self) -> float:
        """What providers paid whatever they sold: training, data and staff."""
        return sum(usd for (_, purpose), usd in self.paid_usd.items() if purpose in _FIXED_COSTS)

    def clear(self) -> None:
        """Start a new week."""
        for total in (
            self.mtok,
            self.billed_mtok,
            self.revenue_usd,
            self._war_cost_usd,
            self.variable_cost_usd,
            self.surplus_usd,
            self.running_fee_usd,
            self.setup_cost_usd,
            self.switching_cost_usd,
            self.device_cost_usd,
            self.adoptions,
            self.switches_in,
            self.switches_out,
            self.leaves,
            self.asked_mtok,
            self.refused_mtok,
        ):
            total[:] = 0.0
        self.reviews = 0
        self.paid_usd.clear()
        self.served.clear()
        self._sales = None
