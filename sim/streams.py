"""Named random draws: a number is a pure function of who draws it, for what, and how often before.

A draw is addressed by (seed, replication, stream, entity, ordinal) and computed by the
counter-based generator Philox4x32-10. Nothing is consumed, so a world with one more product,
provider or factor shares every other draw with the world without it.

References
----------
Salmon, Moraes, Dror, Shaw (2011). Parallel random numbers: as easy as 1, 2, 3. SC'11.
Klein, Wiener, Abeysuriya et al. (2024). Noise-free comparison of stochastic agent-based simulations
using common random numbers. arXiv:2409.02086.
"""

import math
from dataclasses import dataclass
from enum import IntEnum, unique
from hashlib import blake2b
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Words = TypeVar("Words", np.uint64, NDArray[np.uint64])

ROUNDS = 10
_LOW = np.uint64(0xFFFF_FFFF)
_HALF = np.uint64(32)
_MULTIPLIER_0 = np.uint64(0xD251_1F53)
_MULTIPLIER_1 = np.uint64(0xCD9E_8D57)
_WEYL_0 = np.uint64(0x9E37_79B9)
_WEYL_1 = np.uint64(0xBB67_AE85)
_UNIFORM_SHIFT = np.uint64(12)
_UNIFORM_UNIT = 2.0**-52
_BLOCK = 1 << 14
"""Counters computed at a time: the working arrays stay in the processor's second cache."""


@unique
class Stream(IntEnum):
    """The purposes of draws. A number, once given, is never reused: results depend on it."""

    USER_DOMAIN = 1
    USER_TYPE = 2
    TYPE_DIFFICULTY = 3
    TYPE_PRIVACY = 4
    NETWORK = 5
    INITIAL_AWARENESS = 6
    INITIAL_ADOPTION = 7
    INITIAL_CHOICE = 8
    AWARENESS_CLOCK = 9
    REVIEW_CLOCK = 10
    NEWS_CLOCK = 11
    USAGE_CLOCK = 12
    CHURN_CLOCK = 13
    CHOICE = 14
    MIGRATION = 15
    SETUP = 16
    TYPE_QUALITY_TASTE = 17
    SEEDING = 20
    SEEDING_CHOICE = 21
    PORTFOLIO_FIRST_DAY = 22
    PORTFOLIO_WELFARE = 23
    COHORT_FIRST_DAY = 24
    COHORT_STEP = 25
    COHORT_MIGRATION = 26
    PRICE_CLOCK = 32
    REACTION_LAG = 33
    PROJECT_LEAD_TIME = 34
    COMPRESSION_CURVES = 35


def entity_of(name: str) -> int:
    """Stable 32-bit identity of a name.

    Parameters
    ----------
    name : str
        Name of a product, provider, domain, ...

    Returns
    -------
    int
        The first four bytes of the name's BLAKE2b digest. It does not depend on what else there is.

    Examples
    --------
    >>> entity_of("DeepSeek-V2") == entity_of("DeepSeek-V2") != entity_of("DeepSeek-V3")
    True
    """
    return int.from_bytes(blake2b(name.encode(), digest_size=4).digest(), "little")


def philox4x32(
    counter_0: Words,
    counter_1: Words,
    counter_2: Words,
    counter_3: Words,
    key_0: Words,
    key_1: Words,
) -> tuple[Words, Words, Words, Words]:
    """Philox4x32-10: four random 32-bit words from a counter of four and a key of two.

    The same source serves scalars, arrays and the compiled kernel.

    Parameters
    ----------
    counter_0, counter_1, counter_2, counter_3 : uint64 or array of uint64
        Counter words, each below 2**32.
    key_0, key_1 : uint64 or array of uint64
        Key words, each below 2**32.

    Returns
    -------
    tuple of four uint64 or arrays of uint64
        Words below 2**32.
    """
    for _ in range(ROUNDS):
        product_0 = _MULTIPLIER_0 * counter_0
        product_1 = _MULTIPLIER_1 * counter_2
        counter_0 = (product_1 >> _HALF) ^ counter_1 ^ key_0
        counter_1 = product_1 & _LOW
        counter_2 = (product_0 >> _HALF) ^ counter_3 ^ key_1
        counter_3 = product_0 & _LOW
        key_0 = (key_0 + _WEYL_0) & _LOW
        key_1 = (key_1 + _WEYL_1) & _LOW
    return counter_0, counter_1, counter_2, counter_3


@dataclass(frozen=True, slots=True)
class Streams:
    """All draws of one replication.

    Parameters
    ----------
    seed : int
        Seed of the run, below 2**32.
    replication : int
        Number of the replication, below 2**32.

    Raises
    ------
    ValueError
        If either lies outside 0 to 2**32 - 1.

    Examples
    --------
    >>> streams = Streams(seed=1, replication=0)
    >>> streams.uniform(Stream.PRICE_CLOCK, 7, 0) == streams.uniform(Stream.PRICE_CLOCK, 7, 0)
    True
    """

    seed: int
    replication: int = 0

    def __post_init__(self) -> None:
        for name, value in (("seed", self.seed), ("replication", self.replication)):
            if not 0 <= value < 2**32:
                raise ValueError(f"{name} = {value} must lie between 0 and {2**32 - 1}")

    def words(self, stream: Stream, entity: int, ordinal: int) -> tuple[int, int]:
        """Two independent 64-bit words of one address."""
        word = philox4x32(
            np.uint64(ordinal & 0xFFFF_FFFF),
            np.uint64(ordinal >> 32),
            np.uint64(entity),
            np.uint64(stream),
            np.uint64(self.seed),
            np.uint64(self.replication),
        )
        return int(word[0]) << 32 | int(word[1]), int(word[2]) << 32 | int(word[3])

    def uniform(self, stream: Stream, entity: int, ordinal: int) -> float:
        """Uniform on the open interval (0, 1), with 52 random bits.

        Parameters
        ----------
        stream : Stream
            What the draw is for.
        entity : int
            Who draws, below 2**32: an index that never changes, or ``entity_of`` a name.
        ordinal : int
            How many draws this entity took from this stream before, below 2**64.

        Returns
        -------
        float
        """
        return ((self.words(stream, entity, ordinal)[0] >> 12) + 0.5) * _UNIFORM_UNIT

    def exponential(self, stream: Stream, entity: int, ordinal: int, rate_per_day: float) -> float:
        """Exponential waiting time in days; infinite at rate zero. Addressed as ``uniform``."""
        if rate_per_day == 0.0:
            return math.inf
        return -math.log(self.uniform(stream, entity, ordinal)) / rate_per_day

    def normal(self, stream: Stream, entity: int, ordinal: int) -> float:
        """Return a standard normal (Box and Muller 1958). Addressed as ``uniform``."""
        radius, angle = self.words(stream, entity, ordinal)
        radius_uniform = ((radius >> 12) + 0.5) * _UNIFORM_UNIT
        angle_uniform = ((angle >> 12) + 0.5) * _UNIFORM_UNIT
        return math.sqrt(-2.0 * math.log(radius_uniform)) * math.cos(math.tau * angle_uniform)

    def uniforms(
        self, stream: Stream, entities: ArrayLike, ordinals: ArrayLike
    ) -> NDArray[np.float64]:
        """Uniforms of many addresses at once, equal to ``uniform`` of each.

        Parameters
        ----------
        stream : Stream
            What the draws are for.
        entities, ordinals : array_like of int
            Addresses, broadcast against each other.

        Returns
        -------
        ndarray of float64
            Shape of the broadcast addresses.
        """
        entity, ordinal = np.broadcast_arrays(
            np.asarray(entities, dtype=np.uint64), np.asarray(ordinals, dtype=np.uint64)
        )
        result = np.full(entity.size, np.nan)
        entity, ordinal = entity.ravel(), ordinal.ravel()
        for start in range(0, entity.size, _BLOCK):
            block = slice(start, start + _BLOCK)
            high, low, _, _ = philox4x32(
                ordinal[block] & _LOW,
                ordinal[block] >> _HALF,
                entity[block],
                np.full_like(entity[block], int(stream)),
                np.full_like(entity[block], self.seed),
                np.full_like(entity[block], self.replication),
            )
            word = high << _HALF | low
            result[block] = ((word >> _UNIFORM_SHIFT) + 0.5) * _UNIFORM_UNIT
        return result.reshape(np.broadcast_shapes(np.shape(entities), np.shape(ordinals)))
