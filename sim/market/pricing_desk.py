"""The pricing desk: when providers look at their prices, and what they do then.

Four things make a provider look at a product's price: its own Poisson clock, a change of its cost,
a dated list price (replay), and - in a war - a rival's move. Prices are not adjusted per tick.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import numpy as np
import simpy

from sim.market.slot import Firm, Slot
from sim.market.war import is_open, is_threat, trigger
from sim.providers.list_price_moves import list_price_moves
from sim.strategies.pricing.view import PriceView
from sim.strategies.pricing.war import WarPricing
from sim.streams import Stream, entity_of
from sim.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from sim.market.market import Market

Process = Generator[simpy.Event, object, None]


class PricingDesk:
    """Runs the clocks, replays and reactions of all products as SimPy processes.

    Parameters
    ----------
    market
        The market whose prices are moved.
    """

    def __init__(self, market: Market) -> None:
        self._market = market
        self._war = market.scenario.war
        self._fighting = market.scenario.factors.competition

    def open(self, slot: Slot) -> None:
        """Start the clocks of a product that has been listed."""
        environment = self._market.environment
        if slot.peace.replays_history:
            environment.process(self._replay(slot))
        rate = slot.peace.reviews().per_month
        if rate > 0.0:
            environment.process(self._clock(slot, rate / DAYS_PER_MONTH))

    def launch_price(self, slot: Slot) -> float | None:
        """Price at launch that the provider's policy would set; None: the listed one.

        The war policy speaks if the war is open and some rival is a threat to the listed price,
        otherwise the policy of peace.
        """
        view = self._view(slot, reacting=True)
        war = self._war_policy(slot)
        if war is not None and trigger(view, self._war, war) is not None:
            slot.stage = war.next_stage(view, war_open=True)
            return war.propose(view)
        return slot.peace.propose(view)

    def cost_changed(self, slot: Slot, cause: str) -> None:
        """Let a provider pass on a change of cost, as its policy sees fit."""
        if slot.stage == "war" and slot.war is not None:
            self._propose(slot, slot.war.propose(self._view(slot)), cause)
        elif slot.stage == "peace" and slot.peace.reviews().on_cost_change:
            self._propose(slot, slot.peace.propose(self._view(slot)), cause)

    def announce(self, mover: Slot) -> None:
        """Tell every rival that a product has been launched or has become cheaper.

        A provider with a threatened product starts one reaction, whatever else it hears meanwhile.
        """
        for firm in self._market.firms:
            if firm is mover.firm or firm.reaction_pending:
                continue
            if any(self._is_threatened(slot, mover) for slot in firm.slots):
                self._market.environment.process(self._react(firm, mover))

    def review_stages(self) -> None:
        """Move products in and out of war and recoupment; called at every settlement."""
        for slot in self._market.slots:
            if slot.war is None or not self._is_live(slot) or slot.stage == "peace":
                continue
            before = slot.stage
            slot.stage = slot.war.next_stage(self._view(slot), war_open=self._war_open())
            if slot.stage == before:
                continue
            self._market.record("stage", slot, "stage", cause=slot.stage)
            if slot.stage == "peace":
                slot.begin_peace(self._market.book.blended_usd_per_mtok(slot.index))
            else:
                slot.recoup_steps_taken = 0
                self._market.environment.process(self._recoup(slot, slot.war))

    def _clock(self, slot: Slot, rate_per_day: float) -> Process:
        """Look at the price at Poisson times while at peace."""
        entity = entity_of(slot.name)
        ordinal = 0
        while True:
            wait = self._market.streams.exponential(
                Stream.PRICE_CLOCK, entity, ordinal, rate_per_day
            )
            yield self._market.environment.timeout(wait)
            ordinal += 1
            if slot.stage == "peace" and self._is_live(slot):
                self._propose(slot, slot.peace.propose(self._view(slot)), "clock")

    def _replay(self, slot: Slot) -> Process:
        """Set the dated list prices of the product's history."""
        for move in list_price_moves(slot.config, self._market.scenario, self._market.now):
            yield self._market.environment.timeout(move.time_days - self._market.now)
            if not self._is_live(slot):
                return
            self._market.set_price(slot, np.array(move.price_usd_per_mtok), "replay")

    def _react(self, firm: Firm, mover: Slot) -> Process:
        """Reprice every threatened product of a provider after an exponential lag."""
        firm.reaction_pending = True
        begun = self._market.now
        lag = self._market.streams.exponential(
            Stream.REACTION_LAG, entity_of(firm.name), firm.reactions, self._war.reaction_per_day
        )
        firm.reactions += 1
        yield self._market.environment.timeout(lag)
        firm.reaction_pending = False
        self._market.advance()
        for slot in firm.slots:
            war = self._war_policy(slot)
            if war is None:
                continue
            view = self._view(slot, reacting=True)
            if trigger(view, self._war, war) is None:
                continue
            if war.next_stage(view, war_open=True) == "war":
                slot.stage = "war"
                self._propose(slot, war.propose(view), "war", mover, self._market.now - begun)

    def _is_threatened(self, slot: Slot, mover: Slot) -> bool:
        war = self._war_policy(slot)
        return war is not None and is_threat(self._view(slot), self._war, war, mover.index)

    def _recoup(self, slot: Slot, policy: WarPricing) -> Process:
        """Climb back in monthly steps after a loss-leader campaign."""
        while slot.stage == "recoup":
            yield self._market.environment.timeout(DAYS_PER_MONTH)
            if slot.stage != "recoup" or not self._is_live(slot):
                return
            self._propose(slot, policy.propose(self._view(slot)), "recoup")
            slot.recoup_steps_taken += 1

    def _propose(
        self,
        slot: Slot,
        price_usd_per_mtok: float | None,
        cause: str,
        trigger: Slot | None = None,
        lag_days: float | None = None,
    ) -> None:
        if price_usd_per_mtok is not None:
            self._market.set_blended_price(slot, price_usd_per_mtok, cause, trigger, lag_days)

    def _war_open(self) -> bool:
        return self._fighting and is_open(self._war, self._market.date)

    def _is_live(self, slot: Slot) -> bool:
        return slot.firm.active and bool(self._market.book.listed[slot.index])

    def _war_policy(self, slot: Slot) -> WarPricing | None:
        """Policy of war of a product that may fight now; None: it may not, or has none."""
        return slot.war if self._war_open() and self._is_live(slot) else None

    def _view(self, slot: Slot, *, reacting: bool = False) -> PriceView:
        market = self._market
        firm = slot.firm
        return PriceView(
            time_days=market.now,
            date=market.date,
            own=slot.index,
            product=slot.name,
            price_usd_per_mtok=market.book.all_blended_usd_per_mtok(),
            capability_logit=market.book.capability_logit,
            listed=market.book.listed,
            provider_index=market.book.provider_index,
            user_share=market.public_user_share,
            marginal_cost_usd_per_mtok=market.blended_cost_usd_per_mtok(slot),
            peace_markup_share=slot.peace_markup_share,
            token_share=float(market.public_token_share[firm.index]),
            comparable_gap_logit=self._war.comparable_capability_gap_logit,
            reacting=reacting,
            stage=slot.stage,
            war_budget_left_usd=firm.war_budget_left_usd,
            recoup_steps_taken=slot.recoup_steps_taken,
        )
