"""The market: the SimPy calendar, and the few ways in which anything in it may change.

The calendar holds market events alone. Before any of them changes the offer book or a cost, the
population is advanced to now: all user events since the last change are executed in their true
order. That is exact, because nothing that users see changes in between.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.clouds.host import Host
from sim.market.cost_desk import CostDesk
from sim.market.meter import Meter
from sim.market.offer_book import OfferBook
from sim.market.pricing_desk import PricingDesk
from sim.market.settlement import Settlement
from sim.market.slot import Firm, Slot, build_firms
from sim.market.snapshot import Snapshots
from sim.record.recorder import Recorder
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users.population import Population

FloatArray = NDArray[np.float64]
Process = Generator[simpy.Event, object, None]


class Market:
    """One replication of a scenario.

    Parameters
    ----------
    scenario
        What to run.
    seed, replication
        Key of all draws.

    Attributes
    ----------
    recorder
        Rows of the results, complete after `run`.
    consumed_mtok
        All tokens that users consumed so far, by their own count.
    public_user_share, public_token_share
        The public weekly report: (P,) share of users by product, (F,) share of tokens by provider.
    """

    def __init__(self, scenario: Scenario, seed: int, replication: int) -> None:
        self.scenario = scenario
        self.streams = Streams(seed, replication)
        self.environment = simpy.Environment()
        self.book = OfferBook(scenario)
        self.population = Population.build(scenario, self.streams)
        self.scale = (
            scenario.population.represents_users or scenario.population.users
        ) / scenario.population.users
        self.recorder = Recorder(replication, scenario.start_date)
        self.hosts = {cloud.name: Host(cloud) for cloud in scenario.clouds}
        self.firms: list[Firm] = build_firms(scenario, self.hosts, self.book.industry_mix)
        self.slots: list[Slot] = sorted(
            (slot for firm in self.firms for slot in firm.slots), key=lambda slot: slot.index
        )
        self.meter = Meter(len(scenario.domains), len(self.slots), self.scale)
        self.consumed_mtok = 0.0
        self.public_user_share = np.zeros(len(self.slots))
        self.public_token_share = np.zeros(len(self.firms))
        self.pricing = PricingDesk(self)
        self.costs = CostDesk(self)
        self.settlement = Settlement(self)
        self.snapshots = Snapshots(self)

    @property
    def now(self) -> float:
        """Days since the scenario's first day."""
        return float(self.environment.now)

    @property
    def date(self) -> dt.date:
        """Today."""
        return self.scenario.start_date + dt.timedelta(days=int(self.now))

    def run(self, report: Callable[[float], None] | None = None) -> None:
        """Run from the first day to the last.

        Parameters
        ----------
        report
            Told the time, in days, at every settlement.

        Raises
        ------
        LedgerError
            If the books do not balance in the end.
        """
        for slot in self.slots:
            if self.scenario.days(slot.config.launch_date) <= 0.0:
                self._list(slot)
            else:
                self.environment.process(self._launch(slot))
            if slot.config.retire_date is not None:
                self.environment.process(self._retire(slot, slot.config.retire_date))
        self.population.start(self.book.view())
        self.settlement.open()
        self.costs.open()
        self.environment.run(until=self.environment.process(self._settle(report)))
        self.settlement.close()
        self.snapshots.close()

    def advance(self) -> None:
        """Execute all user events up to now."""
        flow = self.population.advance(self.now, self.book.view())
        self.consumed_mtok += float(flow.mtok.sum()) * self.scale
        at_war = np.array([slot.stage == "war" for slot in self.slots])
        self.meter.add(flow, self.book.domain_prices_usd_per_mtok(), self.domain_costs(), at_war)

    def domain_costs(self) -> FloatArray:
        """Marginal costs at each domain's token mix, (D, P), USD per million tokens."""
        parts = [
            (now.input_usd_per_mtok, now.cache_hit_usd_per_mtok, now.output_usd_per_mtok)
            for now in (slot.costs.now for slot in self.slots)
        ]
        return np.asarray(self.book.mix_weights @ np.array(parts).T)

    def blended_cost_usd_per_mtok(self, slot: Slot) -> float:
        """Marginal cost of a product at the industry's token mix, USD per million tokens."""
        return slot.costs.marginal_cost_usd_per_mtok

    def set_blended_price(
        self,
        slot: Slot,
        price_usd_per_mtok: float,
        cause: str,
        trigger: Slot | None = None,
        lag_days: float | None = None,
    ) -> None:
        """Move a product's prices to a new blend; see `set_price`."""
        self.set_price(
            slot,
            self.book.prices_at_blend(slot.index, price_usd_per_mtok),
            cause,
            trigger,
            lag_days,
        )

    def set_price(
        self,
        slot: Slot,
        prices_usd_per_mtok: FloatArray,
        cause: str,
        trigger: Slot | None = None,
        lag_days: float | None = None,
    ) -> None:
        """Change a product's list prices, record why, and let rivals and users hear of a cut.

        Parameters
        ----------
        slot
            The product.
        prices_usd_per_mtok
            (3,): input, cache-hit input, output.
        cause
            ``war``, ``clock``, ``replay``, ``recoup``, ``compression``, ``hardware`` or ``rent``.
        trigger
            The rival that this answers.
        lag_days
            Days since the rival's move.
        """
        old = self.book.blended_usd_per_mtok(slot.index)
        if np.allclose(prices_usd_per_mtok, self.book.price_usd_per_mtok[slot.index], rtol=1e-9):
            return
        self.advance()
        self.book.set_prices(slot.index, prices_usd_per_mtok)
        new = self.book.blended_usd_per_mtok(slot.index)
        self.record(
            "price", slot, "price_usd_per_mtok", old, new, cause, trigger=trigger, lag_days=lag_days
        )
        if new < old:
            self._make_news(slot, 1.0 - new / old)
            self.pricing.announce(slot)

    def record(
        self,
        kind: str,
        subject: Slot | str,
        field: str,
        old: float | None = None,
        new: float | None = None,
        cause: str | None = None,
        *,
        actor: str | None = None,
        trigger: Slot | None = None,
        lag_days: float | None = None,
    ) -> None:
        """Write a row of the events table."""
        owner = subject.firm.name if isinstance(subject, Slot) else actor
        self.recorder.add(
            "events",
            self.now,
            kind=kind,
            actor=owner,
            subject=subject.name if isinstance(subject, Slot) else subject,
            field=field,
            old=old,
            new=new,
            cause=cause,
            trigger_actor=None if trigger is None else trigger.firm.name,
            trigger_subject=None if trigger is None else trigger.name,
            lag_days=lag_days,
        )

    def withdraw(self, slot: Slot, cause: str) -> None:
        """Take a product off the market."""
        if self.book.listed[slot.index]:
            self.advance()
            self.book.withdraw(slot.index)
            self.record("withdrawal", slot, "listed", 1.0, 0.0, cause)

    def _launch(self, slot: Slot) -> Process:
        yield self.environment.timeout(self.scenario.days(slot.config.launch_date))
        if not slot.firm.active:
            return
        self.advance()
        self._list(slot)
        if slot.config.launch_pricing == "policy":
            price = self.pricing.launch_price(slot)
            if price is not None:
                self.book.set_prices(slot.index, self.book.prices_at_blend(slot.index, price))
        price = self.book.blended_usd_per_mtok(slot.index)
        self.record("launch", slot, "price_usd_per_mtok", None, price, slot.stage)
        self._make_news(slot, 1.0)
        self.pricing.announce(slot)

    def _list(self, slot: Slot) -> None:
        """Put a product on offer and start its accounts."""
        self.book.list_product(slot.index)
        slot.begin_peace(self.book.blended_usd_per_mtok(slot.index))
        slot.cost_changed_before_listing_usd_per_mtok = dict(slot.costs.changed_usd_per_mtok)
        self.pricing.open(slot)

    def _retire(self, slot: Slot, retire_date: dt.date) -> Process:
        yield self.environment.timeout(self.scenario.days(retire_date) - self.now)
        self.withdraw(slot, "retired")

    def _settle(self, report: Callable[[float], None] | None) -> Process:
        """Settle and take a snapshot at equal steps; the last one falls on the last day."""
        self.snapshots.take(0.0)
        while self.now < self.scenario.duration_days:
            step = min(self.scenario.snapshot_every_days, self.scenario.duration_days - self.now)
            yield self.environment.timeout(step)
            self.advance()
            self.settlement.settle(step)
            self.snapshots.take(step)
            self.meter.reset()
            self.pricing.review_stages()
            if report is not None:
                report(self.now)

    def _make_news(self, slot: Slot, level: float) -> None:
        if self.scenario.factors.attention:
            self.book.add_news(slot.index, level, self.now)
