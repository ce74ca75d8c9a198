"""A provider at run time: reacts to rivals, pays its costs, and leaves when it cannot."""

from __future__ import annotations

import datetime as dt

import numpy as np

from sim.clouds.host import Host
from sim.market.ledger import WORLD, Account, AccountKind, Purpose
from sim.market.move import Move
from sim.market.stage import Process, Stage
from sim.providers.campaign import Campaign
from sim.providers.demand_view import sales_at_risk_share
from sim.providers.heard import Heard
from sim.providers.initial_costs import initial_costs
from sim.providers.product import Product
from sim.quantities import FloatArray
from sim.record.event import Cause, Event, EventKind
from sim.scenario.supply import Provider as Config
from sim.streams import Stream, entity_of
from sim.units import DAYS_PER_MONTH


class Provider:
    """A company that offers products.

    Parameters
    ----------
    number
        Its number in the scenario.
    config
        What the scenario says of it.
    host
        The cloud that it rents from.
    stage
        The market.

    Attributes
    ----------
    products
        Its products, in the order of the scenario.
    decided
        Those on whose prices it decides: with a merger also another's, or none.
    heard
        The moves that it answers, or has answered, in this war.
    tokens_mtok_per_day
        What it sold a day in the last week.
    """

    def __init__(self, number: int, config: Config, host: Host, stage: Stage) -> None:
        self.number = number
        self.config = config
        self.host = host
        self._has_left = False
        self._enters: dt.date | None = None
        self.account = Account(AccountKind.PROVIDER, config.name)
        self.owner = Account(AccountKind.OWNER, config.name)
        self._stage = stage
        self.heard: list[Heard] = []
        self.tokens_mtok_per_day = 0.0
        self._unanswered: list[Heard] = []
        self._sold_mtok: dict[int, float] = {}
        self._reactions = 0
        self._below_zero_since_days: float | None = None
        self._war_spent_usd = 0.0
        self._closes = False
        scenario, mix = stage.scenario, stage.book.industry_mix
        self.products = tuple(
            Product(
                index, product, self, initial_costs(scenario, product, config, host, mix),
                stage,
            )
            for index, product in enumerate(scenario.products)
            if product.provider == config.name
        )  # fmt: skip
        self.decided = self.products
        self._group: tuple[Provider, ...] = (self,)

    @property
    def name(self) -> str:
        """Name of the provider."""
        return self.config.name

    @property
    def active(self) -> bool:
        """Whether it is in the market: it has entered, and not left."""
        has_entered = self._enters is None or self._enters <= self._stage.date
        return has_entered and not self._has_left

    @property
    def war_budget_left_usd(self) -> float:
        """What its owner will still make good of losses at war; 0 without a budget."""
        war = self.config.war
        return 0.0 if war is None else max(0.0, war.war_budget_usd - self._war_spent_usd)

    @property
    def marginal_costs_usd_per_mtok(self) -> FloatArray:
        """Of its products, at the industry's mix, (P,); NaN for those of others."""
        costs = np.full(len(self._stage.scenario.products), np.nan)
        for product in self.products:
            costs[product.number] = product.costs.marginal_cost_usd_per_mtok
        return costs

    # ------------------------------------------------------------------------- reactions

    def hear(self, move: Move) -> None:
        """Begin a reaction if a rival's launch or cut puts enough of its own tokens at risk.

        Whatever else is heard until the reaction comes is answered by it too.
        """
        if self.config.war is None:
            return
        if self._stage.book.provider_index[move.product] == self.number:
            return
        heard = Heard(move, self._tokens_at_risk_share(move))
        if heard.tokens_at_risk_share < self._stage.scenario.war.tokens_at_risk_share:
            return
        if not any(product.pricing.is_threatened_by(heard) for product in self.decided):
            return
        if not self._is_at_war:
            self.heard.clear()
        self.heard.append(heard)
        self._unanswered.append(heard)
        if len(self._unanswered) == 1:
            self._stage.start(self._react())

    @property
    def _is_at_war(self) -> bool:
        fighting = any(product.pricing.phase == "war" for product in self.decided)
        return fighting or bool(self._unanswered)

    def _tokens_at_risk_share(self, move: Move) -> float:
        """Return which share of its own tokens a move takes; before any are sold, of its offers."""
        stage = self._stage
        now, war = stage.book.standing(), stage.scenario.war
        offered = [one.number for one in self.decided if now.listed[one.number]]
        sold = [self._sold_mtok.get(number, 0.0) for number in offered]
        if not sum(sold):
            sold = [1.0] * len(offered)
        taken = [
            mtok * sales_at_risk_share(move, now, number, war)
            for number, mtok in zip(offered, sold, strict=True)
            if mtok > 0.0
        ]
        return sum(taken) / sum(sold) if offered else 0.0

    def _react(self) -> Process:
        """Reprice every threatened product after an exponential lag, from the first day allowed."""
        stage = self._stage
        first = stage.scenario.war.first_answer_date
        closed_days = 0.0 if first is None else max(stage.scenario.days(first) - stage.now, 0.0)
        lag_days = stage.streams.exponential(
            Stream.REACTION_LAG,
            entity_of(self.name),
            self._reactions,
            stage.scenario.war.reaction_per_day,
        )
        self._reactions += 1
        yield stage.wait(closed_days + lag_days)
        heard, self._unanswered = self._unanswered, []
        stage.advance()
        for product in self.decided:
            product.pricing.react(heard)

    def take_over(self, other: Provider) -> tuple[Product, ...]:
        """Decide on the prices of another provider from now on; returns its products."""
        taken, other.decided = other.decided, ()
        for product in taken:
            product.pricing.change_hands(self.config.price, self.config.war, self)
        self.decided += taken
        own = {product.number for product in self.decided}
        self.heard[:] = [one for one in self.heard if one.move.product not in own]
        self._unanswered[:] = [one for one in self._unanswered if one.move.product not in own]
        other.heard = self.heard
        group = (*self._group, *other._group)
        for member in group:
            member._group, member._below_zero_since_days = group, None
        return taken

    # ----------------------------------------------------------------------------- money

    def open(self) -> None:
        """Take the opening cash from the owner, or owe it; begin all campaigns of seeding."""
        cash_usd = self.config.cash_usd
        payer, payee = (self.owner, self.account) if cash_usd >= 0.0 else (self.account, self.owner)
        self._stage.pay(payer, payee, Purpose.OPENING_CASH, abs(cash_usd))
        for number, seeding in enumerate(self.config.seeding):
            campaign = Campaign(f"{self.name} {number}", seeding, self, self._stage)
            campaign.open()

    def settle(self, days: float) -> None:
        """Pay the week's fixed costs, and let the owner make good the week's losses at war.

        Parameters
        ----------
        days
            Length of the week.
        """
        week = self._stage.week
        self._sold_mtok = {one.number: week.sales(one.number).mtok for one in self.decided}
        self.tokens_mtok_per_day = sum(self._sold_mtok.values()) / days
        if self.active:
            self._pay_fixed_costs(days)
        self._fund_war()

    def enter_on(self, date: dt.date) -> None:
        """Be in the market only from a day on."""
        self._enters = date

    def close(self) -> None:
        """Leave when the week ends, whatever the cash: it is taken off the market."""
        self._closes = True

    def leave_if_insolvent(self) -> None:
        """Leave with all products after too long below zero cash, or if it closes."""
        if not self.active:
            return
        now = self._stage.now
        cash_usd = sum(self._stage.balance_usd(one.account) for one in self._group)
        if self._closes:
            self._leave(self._stage.balance_usd(self.account))
        elif cash_usd >= 0.0:
            self._below_zero_since_days = None
        elif self._below_zero_since_days is None:
            self._below_zero_since_days = now
        elif now - self._below_zero_since_days >= self.config.exit_after_days_below_zero_cash:
            self._leave(self._stage.balance_usd(self.account))

    def _pay_fixed_costs(self, days: float) -> None:
        usd = self.config.fixed_cost_usd_per_month * days / DAYS_PER_MONTH
        purposes = (Purpose.TRAINING, Purpose.DATA, Purpose.STAFF)
        for purpose, share in zip(purposes, self.config.fixed_cost_split, strict=True):
            self._stage.pay(self.account, WORLD, purpose, share * usd)

    def _fund_war(self) -> None:
        """Let the owner make good what was sold below cost at war, while the budget lasts."""
        left_usd = self.war_budget_left_usd
        if left_usd <= 0.0:
            return
        losses_usd = self._stage.week.war_loss_usd
        usd = min(sum(float(losses_usd[product.number]) for product in self.products), left_usd)
        if usd > 0.0:
            self._stage.pay(self.owner, self.account, Purpose.WAR_BUDGET, usd)
            self._war_spent_usd += usd

    def _leave(self, cash_usd: float) -> None:
        for product in self.products:
            product.withdraw(Cause.EXIT)
        self._has_left = True
        self._stage.log(
            Event(
                time_days=self._stage.now,
                kind=EventKind.EXIT,
                actor=self.name,
                subject=self.name,
                field="cash_usd",
                new=cash_usd,
            )
        )
