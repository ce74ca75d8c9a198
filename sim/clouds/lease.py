"""Accelerators that a provider leases from a host: a whole number, changed by orders with a lag."""

from __future__ import annotations

from heapq import heapify, heappop, heappush


class Lease:
    """Accelerators of one kind that a provider leases.

    Attributes
    ----------
    accelerators
        How many are there now.
    """

    def __init__(self) -> None:
        self.accelerators = 0
        self._coming: list[tuple[float, int]] = []

    @property
    def ordered(self) -> int:
        """What orders and notices will have changed when all have come."""
        return sum(count for _, count in self._coming)

    def take(self, accelerators: int) -> None:
        """Lease so many more from now on."""
        self.accelerators += accelerators

    def order(self, accelerators: int, at_days: float) -> None:
        """Order accelerators for a later time."""
        if accelerators > 0:
            heappush(self._coming, (at_days, accelerators))

    def give_notice(self, accelerators: int, at_days: float) -> None:
        """Give accelerators back at a later time."""
        if accelerators > 0:
            heappush(self._coming, (at_days, -accelerators))

    def withdraw_notices(self, accelerators: int) -> int:
        """Keep accelerators that were to be given back, those of the last notices first.

        Parameters
        ----------
        accelerators
            How many are wanted, >= 0.

        Returns
        -------
        int
            How many are kept.
        """
        kept = 0
        for at_days, count in sorted(self._coming, reverse=True):
            if count < 0 and kept < accelerators:
                part = min(accelerators - kept, -count)
                self._coming.remove((at_days, count))
                self.give_notice(-count - part, at_days)
                kept += part
        heapify(self._coming)
        return kept

    def receive(self, now_days: float) -> None:
        """Take over what has come by now."""
        while self._coming and self._coming[0][0] <= now_days:
            self.accelerators += heappop(self._coming)[1]

    def end(self) -> None:
        """Give everything back, and cancel all orders."""
        self.accelerators = 0
        self._coming.clear()
