"""Three kinds of tokens: prices and costs of each, and mixes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class PerToken(NamedTuple):
    """A price, a cost or an amount of work, per million tokens of each kind.

    The order is the same everywhere, in arrays of shape (..., 3) too.
    """

    input: float
    """Fresh input tokens."""
    cache_hit: float
    """Input tokens that are found in a cache."""
    output: float
    """Generated tokens."""


@dataclass(frozen=True, slots=True)
class TokenMix:
    """Shares of input, cache-hit input and output tokens; they add to one."""

    input_share: float
    cache_hit_share: float
    output_share: float

    def blend(self, per_token: PerToken) -> float:
        """Return the average over the mix, in the unit of what is averaged."""
        return (
            self.input_share * per_token.input
            + self.cache_hit_share * per_token.cache_hit
            + self.output_share * per_token.output
        )

    @property
    def weights(self) -> NDArray[np.float64]:
        """The shares as an array, (3,), in the order of `PerToken`."""
        return np.array([self.input_share, self.cache_hit_share, self.output_share])
