"""The kernel's random draws: Philox for events, SplitMix64 from an event's key to its products.

References
----------
Steele, Lea, Flood (2014). Fast splittable pseudorandom number generators. OOPSLA'14.
"""

import math

import numpy as np

from sim.compiled import compiled
from sim.streams import philox4x32 as philox4x32_source

philox4x32 = compiled(philox4x32_source)

_32 = np.uint64(32)
_LOW_32 = np.uint64(0xFFFF_FFFF)
_TIME_SHIFT = np.uint64(12)
_TIME_UNIT = 2.0**-52
_USER_SHIFT = np.uint64(28)
_USER_BITS = np.uint64(36)
_ACCEPT_MASK = np.uint64((1 << 28) - 1)
_ACCEPT_UNIT = 2.0**-28
_UNIT_32 = 2.0**-32
_GOLDEN = np.uint64(0x9E37_79B9_7F4A_7C15)
_MIX_1 = np.uint64(0xBF58_476D_1CE4_E5B9)
_MIX_2 = np.uint64(0x94D0_49BB_1331_11EB)
_30 = np.uint64(30)
_27 = np.uint64(27)
_31 = np.uint64(31)


@compiled
def event_words(
    stream: np.uint64,
    entity: np.uint64,
    ordinal: np.uint64,
    seed: np.uint64,
    replication: np.uint64,
) -> tuple[np.uint64, np.uint64]:
    """Two 64-bit words of one address; equal to ``Streams.words``. All arguments uint64."""
    word = philox4x32(ordinal & _LOW_32, ordinal >> _32, entity, stream, seed, replication)
    return word[0] << _32 | word[1], word[2] << _32 | word[3]


@compiled
def waiting_time(word: np.uint64, rate_per_day: float) -> float:
    """Exponential waiting time in days from a 64-bit word."""
    return -math.log((np.int64(word >> _TIME_SHIFT) + 0.5) * _TIME_UNIT) / rate_per_day


@compiled
def picked_user(word: np.uint64, users: int) -> np.int64:
    """User 0 <= i < users from the upper 36 bits of a word, uniform to users / 2**36."""
    return np.int64(((word >> _USER_SHIFT) * np.uint64(users)) >> _USER_BITS)


@compiled
def acceptance(word: np.uint64) -> float:
    """Uniform on (0, 1) from the lower 28 bits of a word, for thinning."""
    return (np.int64(word & _ACCEPT_MASK) + 0.5) * _ACCEPT_UNIT


def product_step(product_key: np.uint64) -> np.uint64:
    """Step of a product in the sequence of SplitMix64; the book keeps it in place of the key."""
    return np.uint64(int(product_key) * int(_GOLDEN) & 0xFFFF_FFFF_FFFF_FFFF)


@compiled
def product_word(event_key: np.uint64, step: np.uint64) -> np.uint64:
    """64 random bits of one product in one event, whatever other products there are.

    The finaliser of SplitMix64 (Stafford's variant 13) over the event's key and the product's.
    """
    word = event_key + step
    word = (word ^ (word >> _30)) * _MIX_1
    word = (word ^ (word >> _27)) * _MIX_2
    return word ^ (word >> _31)


@compiled
def lower_uniform(word: np.uint64) -> float:
    """Uniform on (0, 1) from the lower 32 bits."""
    return (np.int64(word & _LOW_32) + 0.5) * _UNIT_32


@compiled
def upper_uniform(word: np.uint64) -> float:
    """Uniform on (0, 1) from the upper 32 bits."""
    return (np.int64(word >> _32) + 0.5) * _UNIT_32
