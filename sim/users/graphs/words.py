"""Compiled draws of the generators: a word is a function of a key and an ordinal."""

import numpy as np

from sim.compiled import compiled
from sim.users.draws import product_word

_GOLDEN = np.uint64(0x9E37_79B9_7F4A_7C15)
_11 = np.uint64(11)
_UNIT_53 = 2.0**-53


@compiled
def picked(key: np.uint64, ordinal: int, count: int) -> np.int64:
    """Whole number 0 <= n < count, uniform to count / 2**53, by SplitMix64 of the key."""
    word = product_word(key, np.uint64(ordinal) * _GOLDEN)
    return np.int64(np.float64(np.int64(word >> _11)) * _UNIT_53 * count)
