"""The levers: all that interventions can do to a running market.

`sim.levers.MarketLevers` are those of a run; a test brings its own.  Names are those of the
scenario.  What may be taken back is known by the intervention that did it, ``by``: several of one
kind may hold at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from typing import Protocol


class Levers(Protocol):
    """What interventions can do to a market."""

    def set_price(self, of: str, factor: float | None, to_usd_per_mtok: float | None) -> None:
        """Change the prices of a product, or of all that a provider has on offer, once."""

    def hold_price(
        self, by: Hashable, of: str, factor: float | None, to_usd_per_mtok: float | None
    ) -> None:
        """Change prices likewise, and keep them there whatever their provider wants."""

    def release_price(self, by: Hashable) -> None:
        """Leave held prices to their provider, at what it has wanted last."""

    def scale_rents(
        self,
        factor: float,
        chip: str | None,
        cloud: str | None,
        first: dt.date,
        last: dt.date | None,
    ) -> None:
        """Multiply rents from a day until another; of one chip or cloud, or of all."""

    def scale_demand(self, by: Hashable, domain: str | None, factor: float) -> None:
        """Multiply the work of all users, or of those of a domain; 1 takes it back."""

    def scale_switching_cost(self, by: Hashable, factor: float) -> None:
        """Multiply what moving to another provider costs users; 1 takes it back."""

    def add_capability(self, of: str, logit: float) -> None:
        """Add to the capability of a product, or of all of a provider."""

    def set_price_floor(self, by: Hashable, usd_per_mtok: float | None) -> None:
        """Let no list price be below a floor; None lifts it."""

    def ban_below_cost(self, by: Hashable, *, on: bool) -> None:
        """Let no list price be below marginal cost, or lift the ban."""

    def cancel_launches(self, of: str, first: dt.date) -> None:
        """Let nothing of a product or provider be launched from a day on."""

    def remove(self, of: str) -> None:
        """Take a product, or a provider with all its products, off the market."""

    def fail_compression(
        self, by: Hashable, method: str | None, product: str | None, *, on: bool
    ) -> None:
        """Let projects of compression fail, of a method or product or all, or no longer."""

    def merge(self, target: str, buyer: str) -> None:
        """Let one provider decide on the products of another, too."""

    def keep_out(self, provider: str, first: dt.date) -> None:
        """Let a provider be in the market only from a day on."""

    def freeze_capacity(
        self, by: Hashable, chip: str | None, cloud: str | None, *, on: bool
    ) -> None:
        """Let no more accelerators come, of one chip or cloud or of all, or let them again."""

    def limit_capacity(
        self, by: Hashable, chip: str | None, cloud: str | None, working_share: float
    ) -> None:
        """Let only a share of the leased accelerators work; 1 takes it back."""
