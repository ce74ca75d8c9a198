"""The public weekly report: what everybody can read about the market."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PublicReport:
    """Shares of the last week, replaced at every settlement.

    Attributes
    ----------
    user_share
        (P,): share of users by product; no product holds the rest.
    token_share
        (F,): share of all tokens sold, by provider.
    """

    user_share: NDArray[np.float64]
    token_share: NDArray[np.float64]

    @classmethod
    def blank(cls, products: int, providers: int) -> PublicReport:
        """Return the report before the first settlement: nothing is known."""
        return cls(np.zeros(products), np.zeros(providers))
