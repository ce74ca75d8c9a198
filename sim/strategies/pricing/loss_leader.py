"""Loss leader: sell below cost until the budget or the target share is reached, then recoup."""

from __future__ import annotations

import math
from typing import Literal

from sim.quantities import Money, NonNegative, Positive, Share
from sim.strategies.pricing.answering import answer
from sim.strategies.pricing.view import Phase, PriceView
from sim.strategies.pricing.war import WarPricing
from sim.units import DAYS_PER_MONTH


class LossLeader(WarPricing):
    """Sell below cost until the war budget or the target share is reached, then recoup.

    Three phases: ``peace``, ``war`` at prices that may lie below cost, ``recoup``. The market
    charges losses against marginal cost to the budget and shows what is left in the view;
    everything else follows from the view.
    """

    policy: Literal["loss_leader"]
    depth_share: Share = 0.2
    """[d] It answers a move by going below it by this share, even below cost."""
    avoidable_cost_share: Share = 0.05
    """[a] What a token costs on accelerators that would else stand idle, as a share of marginal
    cost; it never charges less. Default: electricity for 0.9 kW, building included, at 0.1 USD per
    kWh beside a rent of 2 USD an hour."""
    budget_usd: Money
    """[B] Losses against marginal cost that the owner funds."""
    campaign_days: Positive = 180.0
    """[T] How long the budget must last at today's volume."""
    target_share: Share | None = None
    """Share of all tokens at which it stops."""
    recoup_markup_share: NonNegative = 0.3
    """After the war it returns to ``(1 + k) c``."""
    recoup_days: Positive = 180.0
    """Days in which it gets there, in equal monthly steps."""

    @property
    def war_budget_usd(self) -> float:
        """The budget."""
        return self.budget_usd

    @property
    def recoup_steps(self) -> int:
        """Number of monthly steps of the way back."""
        return max(1, round(self.recoup_days / DAYS_PER_MONTH))

    def is_done(self, view: PriceView) -> bool:
        """Whether the budget is spent or the target share reached."""
        if view.war_budget_left_usd <= 0.0:
            return True
        return self.target_share is not None and view.token_share >= self.target_share

    def next_phase(self, view: PriceView, *, war_open: bool) -> Phase:
        """Return the next phase.

        Peace turns to war at a reaction while there is budget; war to recoupment when the budget
        is spent, the target reached or the war over; recoupment to peace after its last step.
        """
        if view.phase == "recoup":
            return "peace" if view.recoup_steps_taken >= self.recoup_steps else "recoup"
        over = not war_open or self.is_done(view)
        if view.phase == "war":
            return "recoup" if over else "war"
        return "war" if view.reacting and not over else "peace"

    def floor_usd_per_mtok(self, view: PriceView) -> float:
        """Return ``max{a c, c - B / (T Q)}``; infinite when it is done.

        Q is what the provider sells a day: a deeper price would spend what is left of the budget
        before the campaign is over.
        """
        if view.phase == "recoup" or self.is_done(view):
            return math.inf
        cost, volume = view.marginal_cost_usd_per_mtok, view.tokens_mtok_per_day
        lowest = self.avoidable_cost_share * cost
        if volume <= 0.0:
            return lowest
        return max(lowest, cost - view.war_budget_left_usd / (self.campaign_days * volume))

    def propose(self, view: PriceView) -> float | None:
        """Return the next step up in recoupment, else the cut; None if there is neither."""
        if view.phase == "recoup":
            return self._step_up(view)
        if self.is_done(view):
            return None
        return answer(view, self.depth_share, self.floor_usd_per_mtok(view))

    def _step_up(self, view: PriceView) -> float | None:
        """Close an equal part of what is left to ``(1 + k) c``; never a cut."""
        steps_left = self.recoup_steps - view.recoup_steps_taken
        goal = (1.0 + self.recoup_markup_share) * view.marginal_cost_usd_per_mtok
        price = view.own_blended_price_usd_per_mtok
        if steps_left <= 0 or goal <= price:
            return None
        return price + (goal - price) / steps_left
