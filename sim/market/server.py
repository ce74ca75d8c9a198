"""Who serves tokens, as the market sees it."""

from __future__ import annotations

from typing import Protocol

from sim.quantities import FloatArray


class Server(Protocol):
    """Who serves what users ask for."""

    def serve(
        self,
        asked_mtok: FloatArray,
        first_days: float,
        days: float,
        served_mtok: FloatArray,
        refused_mtok: FloatArray,
    ) -> None:
        """Serve a stretch of time.

        Parameters
        ----------
        asked_mtok
            (D, P): million tokens that users ask for, in the whole market.
        first_days, days
            When the stretch begins, and its length, > 0.
        served_mtok, refused_mtok
            (P,): what was served, and refused; written in place for the server's own products.
        """
