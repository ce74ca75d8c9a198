"""A price cut or rise: of a product or of all that a provider has on offer, once or for a time."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.interventions.checking import check_on_offer, check_one_of, check_target
from sim.interventions.intervention import Change, Lasting
from sim.interventions.levers import Levers
from sim.quantities import TokenPrice
from sim.reading.frozen import Name
from sim.reading.view import View


class Price(Lasting):
    """List prices change on a day: ``p <- (1 + share) p``, or to a value at the industry's mix.

    It is a move like any other: a cut makes news, and rivals hear of it. Without ``until_date`` it
    is done once, and the provider's own pricing goes on from there. With it the price stays until
    that day, and then becomes what the provider's own pricing has wanted last, or what it was.
    """

    forms: ClassVar = (
        "price {of:name} {share:percent} on {date:date} [until {until_date:date}]",
        "price {of:name} to {to_usd_per_mtok:usd} on {date:date} [until {until_date:date}]",
    )
    example: ClassVar = "price ByteDance -50% on 2024-06-01"

    kind: Literal["price"]
    of: Name
    """A product, or a provider: all that it has on offer that day. Where both have the name, the
    product."""
    share: Annotated[float, Field(ge=-1.0, le=1e3)] | None = None
    """Change as a share of the price of that day: -0.5 halves it, -1 makes it free."""
    to_usd_per_mtok: TokenPrice | None = None
    """New list price, blended at the industry's mix of tokens; its ratios stay."""

    @property
    def changes_nothing(self) -> bool:
        """Whether no price moves, nor is kept from moving."""
        return self.share == 0.0 and self.until_date is None

    @property
    def change(self) -> Change:
        """The factor, or the new price."""
        if self.share is None:
            return Change(self.of, "price_usd_per_mtok", None, self.to_usd_per_mtok)
        return Change(self.of, "price_factor", 1.0, 1.0 + self.share)

    @classmethod
    def check(cls, said: View, scenario: View) -> None:
        """Note a name that is none, a day without an offer, and two sizes or none."""
        check_one_of(said, "share", "to_usd_per_mtok")
        check_on_offer(said, check_target(said, scenario))

    def begin(self, levers: Levers) -> None:
        """Post the prices."""
        factor = None if self.share is None else 1.0 + self.share
        if self.until_date is None:
            levers.set_price(self.of, factor, self.to_usd_per_mtok)
        else:
            levers.hold_price(self, self.of, factor, self.to_usd_per_mtok)

    def end(self, levers: Levers) -> None:
        """Leave the prices to their provider again."""
        levers.release_price(self)
