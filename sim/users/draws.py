"""The kernel's random draws: Philox for events, and hashes from an event's key to its products.

Each product has two draws in an event, by two unrelated hashes of the event's key and its own: 32
bits for whether it comes to mind, which are computed for all products, and 64 bits for the race,
which are computed for the few that do.

References
----------
Steele, Lea, Flood (2014). Fast splittable pseudorandom number generators. OOPSLA'14.
Wellons (2018). Prospecting for hash functions. nullprogram.com/blog/2018/07/31: triple32.
"""

import math

import numpy as np

from sim.compiled import compiled
from sim.streams import philox4x32 as philox4x32_source

philox4x32 = compiled(philox4x32_source)

_32 = np.uint64(32)
_LOW_32 = np.uint64(0xFFFF_FFFF)
_USER_SHIFT = np.uint64(28)
_USER_BITS = np.uint64(36)
_ACCEPT_MASK = np.uint64((1 << 28) - 1)
_ACCEPT_UNIT = 2.0**-28
_UNIT_32 = 2.0**-32
_UNIT_52 = 2.0**-52
_12 = np.uint64(12)
_GOLDEN = np.uint64(0x9E37_79B9_7F4A_7C15)
_MIX_1 = np.uint64(0xBF58_476D_1CE4_E5B9)
_MIX_2 = np.uint64(0x94D0_49BB_1331_11EB)
_30 = np.uint64(30)
_27 = np.uint64(27)
_31 = np.uint64(31)
_GOLDEN_32 = np.uint32(0x9E37_79B1)
_MIX_32_1 = np.uint32(0xED5A_D4BB)
_MIX_32_2 = np.uint32(0xAC4C_1B51)
_MIX_32_3 = np.uint32(0x3184_8BAB)
_11 = np.uint32(11)
_14 = np.uint32(14)
_15 = np.uint32(15)
_17 = np.uint32(17)


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
    return -math.log(uniform_52(word)) / rate_per_day


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
def product_word_32(low: np.uint32, high: np.uint32, step: np.uint32) -> np.uint32:
    """32 random bits of one product in one event, whatever other products there are.

    Parameters
    ----------
    low, high : uint32
        Halves of the event's key.
    step : uint32
        Low half of the product's step; no two products of a run share it.

    Notes
    -----
    For any one event a permutation of the steps, and for any one product and upper half of the key
    a permutation of the lower half: a multiplication brings the lower half in; Wellons's mixer of
    three rounds, triple32, follows once the upper half has been added. Two rounds (lowbias32) were
    too few: keys whose upper halves differ in one bit had draws that differ in some bits more often
    than not. All operations are of 32 bits, of which a processor does eight or sixteen at once.
    """
    word = np.uint32((low ^ step) * _GOLDEN_32)
    word = np.uint32((word ^ (word >> _15)) + high)
    word = np.uint32((word ^ (word >> _17)) * _MIX_32_1)
    word = np.uint32((word ^ (word >> _11)) * _MIX_32_2)
    word = np.uint32((word ^ (word >> _15)) * _MIX_32_3)
    return np.uint32(word ^ (word >> _14))


@compiled
def low_half(word: np.uint64) -> np.uint32:
    """Lower 32 bits of a word."""
    return np.uint32(word & _LOW_32)


@compiled
def high_half(word: np.uint64) -> np.uint32:
    """Upper 32 bits of a word."""
    return np.uint32(word >> _32)


@compiled
def uniform_32(word: np.uint32) -> float:
    """Uniform on (0, 1) from a 32-bit word."""
    return (np.int64(word) + 0.5) * _UNIT_32


@compiled
def uniform_52(word: np.uint64) -> float:
    """Uniform on (0, 1) from the upper 52 bits of a 64-bit word."""
    return (np.int64(word >> _12) + 0.5) * _UNIT_52
