"""Hold: keep the list price whatever happens."""

from __future__ import annotations

from dataclasses import dataclass

from sim.providers.pricing.view import PriceView


@dataclass(frozen=True, slots=True)
class HoldPrice:
    """Never propose a price."""

    def propose(self, view: PriceView) -> float | None:  # noqa: ARG002 - the protocol's signature
        """Return None."""
        return None
