"""Rules that stand between the prices that providers want and those that they may post.

A price may be held for a time, kept above a floor, or above what the tokens cost. What a provider
has wanted meanwhile is kept: when the rule ends, its price becomes that.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from sim.market.offer_book import OfferBook
from sim.quantities import BoolArray
from sim.tokens import PerToken


class PriceRules:
    """The rules in force, and what each product's provider wants where one binds it.

    Parameters
    ----------
    book
        The offers.
    is_replayed
        (P,): products whose prices are those of a record: no floor and no ban binds them.
    cost_usd_per_mtok
        Returns the marginal cost of a product now, at the industry's mix.
    """

    def __init__(
        self, book: OfferBook, is_replayed: BoolArray, cost_usd_per_mtok: Callable[[int], float]
    ) -> None:
        self._book = book
        self._is_replayed = is_replayed
        self._cost_usd_per_mtok = cost_usd_per_mtok
        self._floors_usd_per_mtok: dict[Hashable, float] = {}
        self._bans: set[Hashable] = set()
        self._held: dict[int, dict[Hashable, PerToken]] = {}
        self._wanted: dict[int, PerToken] = {}

    @property
    def are_none(self) -> bool:
        """Whether every price may be posted."""
        return not (self._floors_usd_per_mtok or self._bans or self._held)

    @property
    def ban_below_cost(self) -> bool:
        """Whether a price below marginal cost is banned."""
        return bool(self._bans)

    def admitted(self, product: int, wanted: PerToken) -> PerToken:
        """Return the price that a product may have when its provider wants another."""
        if self.are_none:
            return wanted
        price = self._bound(product, wanted)
        if price is wanted:
            self._wanted.pop(product, None)
        else:
            self._wanted[product] = wanted
        return price

    def wanted(self, product: int) -> PerToken:
        """Return the price that a product's provider wants: its own, where no rule binds it."""
        own = PerToken(*self._book.list_price_usd_per_mtok[product].tolist())
        return self._wanted.get(product, own)

    def hold(self, by: Hashable, product: int, price: PerToken) -> None:
        """Hold the price of a product; of several holds the last begun counts."""
        self._held.setdefault(product, {})[by] = price

    def release(self, by: Hashable) -> tuple[int, ...]:
        """End the holds of an intervention; returns their products."""
        products = tuple(product for product, holds in self._held.items() if by in holds)
        for product in products:
            del self._held[product][by]
            if not self._held[product]:
                del self._held[product]
        return products

    def set_floor(self, by: Hashable, usd_per_mtok: float | None) -> None:
        """Let no blended price be below a floor; None: lift it."""
        if usd_per_mtok is None:
            self._floors_usd_per_mtok.pop(by, None)
        else:
            self._floors_usd_per_mtok[by] = usd_per_mtok

    def set_ban(self, by: Hashable, *, on: bool) -> None:
        """Ban prices below marginal cost, or lift the ban."""
        (self._bans.add if on else self._bans.discard)(by)

    def changes(self, products: Iterable[int]) -> list[tuple[int, PerToken, PerToken]]:
        """Return which of these products must change their price now: wanted, and allowed."""
        found = []
        for product in products:
            wanted = self.wanted(product)
            price = self._bound(product, wanted)
            if not self._book.is_price(product, price):
                found.append((product, wanted, price))
        return found

    def _bound(self, product: int, wanted: PerToken) -> PerToken:
        """Return the wanted price itself where no rule binds it."""
        book = self._book
        holds = self._held.get(product)
        price = next(reversed(holds.values())) if holds else wanted
        if self._is_replayed[product]:
            return price
        lowest = max(self._floors_usd_per_mtok.values(), default=0.0)
        if self._bans:
            lowest = max(lowest, self._cost_usd_per_mtok(product))
        if book.industry_mix.blend(price) >= lowest:
            return price
        return book.price_at_blend(product, lowest)
