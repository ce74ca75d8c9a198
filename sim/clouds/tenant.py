"""Who is served by a host: a product, as the host knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from sim.market.ledger import Account
from sim.scenario.supply import Product, Provider
from sim.serving.cost import Serving


class Renter(Protocol):
    """Who leases accelerators: a provider."""

    @property
    def config(self) -> Provider:
        """What the scenario says of it."""

    @property
    def account(self) -> Account:
        """Its account in the ledger."""

    @property
    def active(self) -> bool:
        """Whether it is still in the market."""


class Tenant(Protocol):
    """What is served: a product."""

    @property
    def number(self) -> int:
        """Its number in the scenario."""

    @property
    def config(self) -> Product:
        """What the scenario says of it."""

    @property
    def maker(self) -> Renter:
        """Its provider."""

    @property
    def accelerator_shares(self) -> tuple[tuple[str, float], ...]:
        """Which share of its tokens each kind of accelerator serves."""

    def serving(self, accelerator: str) -> Serving:
        """Return work and speed on one kind of accelerator, as the model is now."""

    def hours_per_mtok(self, accelerator: str) -> Sequence[float]:
        """Return accelerator-hours per million tokens at each domain's mix."""

    def set_rents(self, rents_usd_per_hour: Mapping[str, float]) -> None:
        """Pay other rents for accelerators, by their names."""
