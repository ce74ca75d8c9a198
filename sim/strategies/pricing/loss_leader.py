"""Loss leader: sell below cost until the budget or the target share is reached, then recoup."""

from __future__ import annotations

import math
from typing import Literal

from sim.quantities import Money, NonNegative, Positive, Share, TokenPrice
from sim.strategies.pricing.rivals import cheapest_rival
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
    """Below the cheapest comparable rival by this share, even below cost."""
    discount_to_cost_share: Share = 0.5
    """[l] Deepest price: ``(1 - l) c``; 1 allows a free tier."""
    free_below_usd_per_mtok: TokenPrice = 0.0
    """A proposed blended price at or below this becomes zero: a free tier."""
    budget_usd: Money
    """Losses against marginal cost that the owner funds."""
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
        """Return ``(1 - l) c``, or zero where that is a free tier; infinite when it is done."""
        if view.phase == "recoup" or self.is_done(view):
            return math.inf
        return self._free_or((1.0 - self.discount_to_cost_share) * view.marginal_cost_usd_per_mtok)

    def propose(self, view: PriceView) -> float | None:
        """Return the next step up in recoupment, else the cut; None if there is neither."""
        if view.phase == "recoup":
            return self._step_up(view)
        rival = cheapest_rival(view)
        if rival is None or self.is_done(view):
            return None
        aimed = (1.0 - self.depth_share) * float(view.blended_price_usd_per_mtok[rival])
        price = self._free_or(max(self.floor_usd_per_mtok(view), aimed))
        return price if price < view.own_blended_price_usd_per_mtok else None

    def _step_up(self, view: PriceView) -> float | None:
        """Close an equal part of what is left to ``(1 + k) c``; never a cut."""
        steps_left = self.recoup_steps - view.recoup_steps_taken
        goal = (1.0 + self.recoup_markup_share) * view.marginal_cost_usd_per_mtok
        price = view.own_blended_price_usd_per_mtok
        if steps_left <= 0 or goal <= price:
            return None
        return price + (goal - price) / steps_left

    def _free_or(self, blended_price_usd_per_mtok: float) -> float:
        return (
            0.0
            if blended_price_usd_per_mtok <= self.free_below_usd_per_mtok
            else blended_price_usd_per_mtok
        )
