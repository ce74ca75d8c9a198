"""Settlement: once a week users pay, providers pay clouds and fixed costs, owners fund wars."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sim.chips.vendor import ChipRevenue, chip_revenues
from sim.clouds.host import Service, queueing_delay_s
from sim.data.accelerators import AcceleratorSpec
from sim.errors import LedgerError
from sim.market.ledger import USERS, WORLD, Account, Kind, Ledger, Purpose
from sim.market.offer_book import token_mixes
from sim.market.slot import Firm, Slot
from sim.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from sim.market.market import Market


@dataclass(frozen=True, slots=True)
class Served:
    """What serving one product on one kind of accelerator took since the last settlement."""

    slot: Slot
    accelerator: str
    service: Service

    @property
    def spec(self) -> AcceleratorSpec:
        """Physics of the accelerator."""
        return self.slot.firm.host.spec(self.accelerator)


@dataclass(slots=True)
class Period:
    """Accounts of the time since the last settlement.

    Attributes
    ----------
    paid_usd
        By provider and purpose: received for tokens and war budget, paid for the rest.
    served
        Every product on every kind of accelerator.
    """

    paid_usd: defaultdict[tuple[str, Purpose], float] = field(
        default_factory=lambda: defaultdict(float)
    )
    served: list[Served] = field(default_factory=list)

    @property
    def chips(self) -> tuple[ChipRevenue, ...]:
        """Revenue of chip vendors."""
        return chip_revenues((served.spec, served.service) for served in self.served)


class Settlement:
    """Keeps the ledger.

    Parameters
    ----------
    market
        The market whose accounts are settled.

    Attributes
    ----------
    ledger
        All transfers so far.
    period
        Accounts since the last settlement; `settle` completes them, the next `settle` starts anew.
    """

    def __init__(self, market: Market) -> None:
        self._market = market
        self._mixes = token_mixes(market.scenario)
        self.ledger = Ledger()
        self.period = Period()
        self._settled = False
        self._delays_s = np.zeros(len(market.slots))

    def open(self) -> None:
        """Give every provider its opening cash, from its owner."""
        for firm in self._market.firms:
            cash = firm.config.cash_usd
            payer, payee = (firm.owner, firm.account) if cash >= 0.0 else (firm.account, firm.owner)
            self.ledger.transfer(payer, payee, Purpose.OPENING_CASH, abs(cash))

    def pay(self, firm: Firm, payee: Account, purpose: Purpose, usd: float) -> None:
        """Let a provider pay for something."""
        if self._settled:
            self.period, self._settled = Period(), False
        self.ledger.transfer(firm.account, payee, purpose, usd)
        self.period.paid_usd[firm.name, purpose] += usd

    def settle(self, days: float) -> None:
        """Settle the time since the last settlement.

        Parameters
        ----------
        days
            Its length.
        """
        if self._settled:
            self.period, self._settled = Period(), False
        for slot in self._market.slots:
            self._sell(slot, days)
        for firm in self._market.firms:
            if firm.active:
                self._pay_fixed_cost(firm, days)
            self._fund_war(firm)
        for chip in self.period.chips:
            self._pay_vendor(chip)
        self._publish()
        self._settled = True
        for firm in self._market.firms:
            self._watch_cash(firm)

    def close(self) -> None:
        """Check the books and write the ledger's table.

        Raises
        ------
        LedgerError
            If they do not balance, or if other tokens were sold than users consumed.
        """
        self.ledger.check()
        self.ledger.check_sold(self._market.consumed_mtok)
        for payer, payee, purpose, usd, mtok in self.ledger.rows():
            self._market.recorder.add(
                "ledger",
                self._market.now,
                payer=payer,
                payee=payee,
                purpose=purpose,
                usd=usd,
                mtok=mtok,
            )

    def _sell(self, slot: Slot, days: float) -> None:
        """Bill a product's users, and rent what served them."""
        mtok = self._market.meter.mtok[:, slot.index]
        total_mtok = float(mtok.sum())
        revenue = float(self._market.meter.revenue_usd[:, slot.index].sum())
        rent = 0.0
        delay = 0.0
        for name, share in slot.costs.fleet.shares:
            serving = slot.costs.serving(name)
            busy_hours = share * sum(
                float(amount) * serving.busy_hours_per_mtok(mix)
                for amount, mix in zip(mtok, self._mixes, strict=True)
            )
            host = slot.firm.host
            service = host.serve(slot.name, name, busy_hours, days, self._market.date)
            self.period.served.append(Served(slot, name, service))
            host.size_fleet(slot.name, name, busy_hours / (24.0 * days))
            rent += service.rent_usd
            delay += share * queueing_delay_s(
                service.fleet_accelerators,
                service.utilisation_share,
                slot.config.architecture.accelerators_per_instance,
                serving.concurrency,
                serving.step_s,
            )
        self._delays_s[slot.index] = delay
        firm = slot.firm
        self.ledger.transfer(USERS, firm.account, Purpose.TOKENS, revenue, total_mtok)
        edge = slot.config.deployment == "edge"
        server = USERS if edge else Account(Kind.CLOUD, firm.host.name)
        self.ledger.transfer(firm.account, server, Purpose.COMPUTE, rent, total_mtok)
        self.period.paid_usd[firm.name, Purpose.TOKENS] += revenue
        self.period.paid_usd[firm.name, Purpose.COMPUTE] += rent

    def _pay_fixed_cost(self, firm: Firm, days: float) -> None:
        usd = firm.config.fixed_cost_usd_per_month * days / DAYS_PER_MONTH
        purposes = (Purpose.TRAINING, Purpose.DATA, Purpose.STAFF)
        for purpose, share in zip(purposes, firm.config.fixed_cost_split, strict=True):
            self.pay(firm, WORLD, purpose, share * usd)

    def _fund_war(self, firm: Firm) -> None:
        """Let the owner make good what war products sold below cost, while its budget lasts."""
        loss = sum(float(self._market.meter.war_loss_usd[slot.index]) for slot in firm.slots)
        usd = min(loss, firm.war_budget_left_usd)
        if usd > 0.0:
            self.ledger.transfer(firm.owner, firm.account, Purpose.WAR_BUDGET, usd)
            self.period.paid_usd[firm.name, Purpose.WAR_BUDGET] += usd
            firm.war_spent_usd += usd

    def _pay_vendor(self, chip: ChipRevenue) -> None:
        for host in self._market.hosts.values():
            usd = sum(
                served.service.chip_usd
                for served in self.period.served
                if served.slot.firm.host is host and served.accelerator == chip.accelerator
            )
            if usd > 0.0:
                vendor = Account(Kind.CHIP_VENDOR, chip.vendor)
                self.ledger.transfer(Account(Kind.CLOUD, host.name), vendor, Purpose.CHIPS, usd)

    def _publish(self) -> None:
        """Publish the weekly report that all providers see, and this week's queueing delays."""
        market = self._market
        snapshot = market.population.snapshot(market.book.view())
        if snapshot.users.sum() != snapshot.adopters.sum():
            raise LedgerError(
                f"day {market.now}: {snapshot.users.sum()} users of products, "
                f"{snapshot.adopters.sum()} adopters"
            )
        market.public_user_share = snapshot.users.sum(axis=0) / market.scenario.population.users
        tokens = np.zeros(len(market.firms))
        np.add.at(tokens, market.book.provider_index, market.meter.mtok.sum(axis=0))
        market.public_token_share = tokens / tokens.sum() if tokens.sum() > 0.0 else tokens
        market.book.set_delays(self._delays_s)

    def _watch_cash(self, firm: Firm) -> None:
        """Close a provider that has been below zero cash for too long."""
        if not firm.active:
            return
        now = self._market.now
        if self.ledger.balance_usd(firm.account) >= 0.0:
            firm.below_zero_since_days = None
        elif firm.below_zero_since_days is None:
            firm.below_zero_since_days = now
        elif now - firm.below_zero_since_days >= firm.config.exit_after_days_below_zero_cash:
            for slot in firm.slots:
                self._market.withdraw(slot, "exit")
            firm.active = False
            cash = self.ledger.balance_usd(firm.account)
            self._market.record("exit", firm.name, "cash_usd", None, cash, actor=firm.name)
