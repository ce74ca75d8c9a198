"""The pricing of a product: when its provider looks at the price, and what it does then.

Four things make a provider look at a product's price: its own Poisson clock, a change of its cost,
a dated list price (replay), and - in a war - a rival's move. Prices are not adjusted per tick.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sim.market.stage import Answer, Process, Stage
from sim.providers.cost_book import CostBook, CostChange
from sim.providers.demand_view import move_to_answer
from sim.providers.heard import Heard
from sim.providers.list_price_moves import list_price_moves
from sim.quantities import FloatArray
from sim.record.event import Cause, Event, EventKind
from sim.scenario.supply import Product as Config
from sim.strategies.pricing.pass_through import follow_cost
from sim.strategies.pricing.peace import PeacePricing
from sim.strategies.pricing.view import Phase, PriceView, RivalMove
from sim.strategies.pricing.war import WarPricing
from sim.streams import Stream, entity_of
from sim.tokens import PerToken
from sim.units import DAYS_PER_MONTH


class Seller(Protocol):
    """What the pricing of a product needs to know of its provider."""

    @property
    def number(self) -> int:
        """Number of the provider in the scenario."""

    @property
    def active(self) -> bool:
        """Whether it is still in the market."""

    @property
    def war_budget_left_usd(self) -> float:
        """What its owner will still make good."""

    @property
    def tokens_mtok_per_day(self) -> float:
        """What it sold a day in the last week."""

    @property
    def marginal_costs_usd_per_mtok(self) -> FloatArray:
        """Of its products, at the industry's mix, (P,); NaN for those of others."""


class Pricing:
    """How one product is priced over time.

    Parameters
    ----------
    number
        The product's number in the scenario.
    config
        What the scenario says of the product.
    peace, war
        Its provider's strategies; None: it takes no part in wars.
    costs
        What its tokens cost.
    seller
        Its provider.
    stage
        The market.

    Attributes
    ----------
    phase
        Which strategy prices it now.
    """

    def __init__(
        self,
        number: int,
        config: Config,
        peace: PeacePricing,
        war: WarPricing | None,
        costs: CostBook,
        seller: Seller,
        stage: Stage,
    ) -> None:
        self.phase: Phase = "peace"
        self._number = number
        self._config = config
        self._peace = peace
        self._war = war
        self._costs = costs
        self._seller = seller
        self._stage = stage
        self._rules = stage.scenario.war
        self._peace_margin_usd_per_mtok = 0.0
        self._recoup_steps_taken = 0
        self._climbs = 0

    @property
    def is_live(self) -> bool:
        """Whether the product is on offer, by a provider that is in the market."""
        return self._seller.active and bool(self._stage.book.listed[self._number])

    def open(self) -> None:
        """Begin when the product has been listed: from peace, at the margin it has now."""
        listed = PerToken(*self._stage.book.list_price_usd_per_mtok[self._number].tolist())
        opening = self._peace.tariff.opening_price(listed)
        if opening != listed:
            self._stage.set_launch_price(self._number, opening)
        self._begin_peace()
        if self._peace.replays_history:
            self._stage.start(self._replay())
        self._start_clock()

    def decide_quota(self) -> None:
        """Let the strategy say how much users have free of charge, once, on coming on offer."""
        if not (self._peace.decides_quota and self.is_live):
            return
        quota = self._peace.free_quota_mtok_per_month(self.view())
        if quota is not None:
            self._stage.set_free_quota(self._number, quota)

    def change_hands(self, peace: PeacePricing, war: WarPricing | None, seller: Seller) -> None:
        """Let another provider price it from now on: it begins in peace, at the margin it has.

        Parameters
        ----------
        peace, war, seller
            As of the class.
        """
        had_clock = self._reviews_per_day() > 0.0
        self._peace, self._war, self._seller = peace, war, seller
        if self.is_live:
            self._begin_peace()
            if not had_clock:
                self._start_clock()

    def go_on_from_here(self) -> None:
        """Take a price that somebody else has set as its own: in peace, with the margin it has."""
        if self.phase == "peace":
            self._begin_peace()

    def set_launch_price(self, heard: Sequence[Heard]) -> Answer | None:
        """Let the strategy set the first price, if it wants another than listed.

        A provider at war launches at what its other products came to: the listed price, and then
        the moves answered that it has heard of in this war. Otherwise the strategy of peace speaks.

        Parameters
        ----------
        heard
            The moves of this war.

        Returns
        -------
        Answer or None
            What the price answers.
        """
        view = self._view_of(heard)
        if view is not None and self._fights(view):
            price, answer = self._propose_at_war(view), _answer(view, heard, self._stage.now)
        else:
            price, answer = self._peace.propose(self.view()), None
        if price is not None:
            book = self._stage.book
            self._stage.set_launch_price(self._number, book.price_at_blend(self._number, price))
        return answer

    def cost_changed(self, change: CostChange) -> None:
        """Pass a change of cost on, moving the price the way the cost went, if at all.

        The provider looks at the price if its reviews say so. At war, too, the margin that the
        price had is kept, and a change of cost is no occasion to answer rivals. On the way back up
        steps are monthly, towards a goal that moves with the cost.
        """
        if self.phase == "recoup" or not self._peace.reviews().on_cost_change:
            return
        view = self.view()
        old = view.own_blended_price_usd_per_mtok
        if self.phase == "peace":
            price = self._peace.propose(view)
        else:
            margin = old - change.old_usd_per_mtok
            price = follow_cost(margin, change.new_usd_per_mtok, old)
        if price is None:
            return
        if (price > old) == (change.new_usd_per_mtok > change.old_usd_per_mtok):
            self._post(price, change.cause)

    def is_threatened_by(self, heard: Heard) -> bool:
        """Return whether the product would answer a move as things stand."""
        view = self._view_of([heard])
        return view is not None and self._fights(view)

    def react(self, heard: Sequence[Heard]) -> None:
        """Answer the moves that a provider has heard, if they still call for it."""
        view = self._view_of(heard)
        if view is not None and self._fights(view):
            price = self._propose_at_war(view)
            self._post(price, Cause.WAR, _answer(view, heard, self._stage.now))

    def review_phase(self) -> None:
        """Move in and out of war and recoupment; done at every settlement."""
        war = self._war
        if war is None or not self.is_live or self.phase == "peace":
            return
        phase = war.next_phase(self.view(), war_open=self._is_war_open())
        if phase == self.phase:
            return
        self._enter(phase)
        self._stage.log(
            Event(
                time_days=self._stage.now,
                kind=EventKind.PHASE,
                actor=self._config.provider,
                subject=self._config.name,
                field="phase",
                cause=Cause(phase),
            )
        )
        if phase == "peace":
            self._begin_peace()

    def view(self, move: RivalMove | None = None) -> PriceView:
        """Return what the provider sees of the product now."""
        stage, number, seller = self._stage, self._number, self._seller
        book = stage.book
        return PriceView(
            time_days=stage.now,
            date=stage.date,
            own=number,
            product=self._config.name,
            blended_price_usd_per_mtok=book.blended_price_usd_per_mtok,
            capability_logit=book.capability_logit,
            listed=book.listed,
            provider_index=book.provider_index,
            user_share=stage.report.user_share,
            marginal_cost_usd_per_mtok=self._costs.marginal_cost_usd_per_mtok,
            peace_margin_usd_per_mtok=self._peace_margin_usd_per_mtok,
            token_share=float(stage.report.token_share[seller.number]),
            tokens_mtok_per_day=seller.tokens_mtok_per_day,
            move=move,
            phase=self.phase,
            war_budget_left_usd=seller.war_budget_left_usd,
            recoup_steps_taken=self._recoup_steps_taken,
            own_costs_usd_per_mtok=seller.marginal_costs_usd_per_mtok,
            demand=stage.demand,
        )

    def _reviews_per_day(self) -> float:
        return self._peace.reviews().per_month / DAYS_PER_MONTH

    def _start_clock(self) -> None:
        if self._reviews_per_day() > 0.0:
            self._stage.start(self._review_at_times(self._reviews_per_day()))

    def _review_at_times(self, rate_per_day: float) -> Process:
        """Look at the price at Poisson times while at peace."""
        entity = entity_of(self._config.name)
        ordinal = 0
        while True:
            wait_days = self._stage.streams.exponential(
                Stream.PRICE_CLOCK, entity, ordinal, rate_per_day
            )
            yield self._stage.wait(wait_days)
            ordinal += 1
            if self.phase == "peace" and self.is_live:
                view = self.view()
                price = self._peace.propose(view)
                self._note_forecast(view, price)
                self._post(price, Cause.CLOCK)

    def _note_forecast(self, view: PriceView, price: float | None) -> None:
        """Write down what the strategy expects to sell, if it makes forecasts."""
        if self._peace.forecast_horizon_days == 0.0:
            return
        asked = view.own_blended_price_usd_per_mtok if price is None else price
        forecast = self._peace.forecast(view, price_usd_per_mtok=asked)
        if forecast is not None:
            self._stage.log(
                Event(
                    time_days=self._stage.now,
                    kind=EventKind.FORECAST,
                    actor=self._config.provider,
                    subject=self._config.name,
                    field="tokens_mtok_per_day",
                    old=forecast[0],
                    new=forecast[1],
                    cause=Cause.CLOCK,
                )
            )

    def _replay(self) -> Process:
        """Set the dated list prices of the product's history."""
        stage = self._stage
        for move in list_price_moves(self._config, stage.scenario, stage.now):
            yield stage.wait(move.time_days - stage.now)
            if not self.is_live:
                return
            stage.post_price(self._number, move.list_price_usd_per_mtok, Cause.REPLAY)

    def _recoup(self, war: WarPricing, climb: int) -> Process:
        """Climb back in monthly steps after a loss-leader campaign, until another climb begins."""
        while self.phase == "recoup":
            yield self._stage.wait(DAYS_PER_MONTH)
            if self.phase != "recoup" or self._climbs != climb or not self.is_live:
                return
            self._post(war.propose(self.view()), Cause.RECOUP)
            self._recoup_steps_taken += 1

    def _begin_peace(self) -> None:
        """Leave pricing to the strategy of peace, from the margin that the price has now."""
        self._enter("peace")
        cost = self._costs.marginal_cost_usd_per_mtok
        self._peace_margin_usd_per_mtok = self._stage.book.blended_price(self._number) - cost

    def _enter(self, phase: Phase) -> None:
        if phase == self.phase:
            return
        self._stage.set_at_war(self._number, phase == "war")
        self.phase = phase
        self._recoup_steps_taken = 0
        if phase == "recoup" and self._war is not None:
            self._climbs += 1
            self._stage.start(self._recoup(self._war, self._climbs))

    def _post(
        self, blended_usd_per_mtok: float | None, cause: Cause, answer: Answer | None = None
    ) -> None:
        """Post the prices that a strategy proposes; None: leave them."""
        if blended_usd_per_mtok is not None:
            price = self._stage.book.price_at_blend(self._number, blended_usd_per_mtok)
            self._stage.post_price(self._number, price, cause, answer)
            if blended_usd_per_mtok >= self._costs.marginal_cost_usd_per_mtok:
                # what was sold below cost follows cost from here, up as well as down
                self._peace_margin_usd_per_mtok = max(self._peace_margin_usd_per_mtok, 0.0)

    def _is_war_open(self) -> bool:
        last = self._rules.end_date
        over = last is not None and self._stage.date > last
        return self._stage.scenario.factors.competition and not over

    def _view_of(self, heard: Sequence[Heard]) -> PriceView | None:
        """Return the view of moves that the product may answer; None: it may not, or none does."""
        if self._war is None or not heard or not (self.is_live and self._is_war_open()):
            return None
        book, own = self._stage.book, self._number
        moves = tuple(one.move for one in heard)
        move = move_to_answer(moves, book.standing(), own, book.blended_price(own), self._rules)
        return None if move is None else self.view(move)

    def _fights(self, view: PriceView) -> bool:
        """Return whether the strategy of war takes part, at a price above its floor."""
        war = self._war
        return (
            war is not None
            and view.own_blended_price_usd_per_mtok > war.floor_usd_per_mtok(view)
            and war.next_phase(view, war_open=True) == "war"
        )

    def _propose_at_war(self, view: PriceView) -> float | None:
        self._enter("war")
        return None if self._war is None else self._war.propose(view)


def _answer(view: PriceView, heard: Sequence[Heard], now: float) -> Answer | None:
    """Return which of the moves heard of a view answers, for the record."""
    if view.move is None:
        return None
    product = view.move.product
    last = next(one for one in reversed(heard) if one.move.product == product)
    return Answer(product, now - last.move.time_days, last.tokens_at_risk_share)
