"""The 32-bit draws of consideration: uniform, and independent of all that is near them.

All tests are of one fixed sample each. Every statistic is standard normal, or turned into one, if
the draws are what they should be; a test fails if any exceeds ``BOUND`` standard deviations, which
happens once in 1e7 for a single statistic and, with some 30,000 of them, once in 300 for the whole
file. The long versions look at 256 times as many draws.
"""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import poisson

from sim.streams import entity_of
from sim.users.draws import product_step, product_word, product_word_32

Words = NDArray[np.uint32]

BOUND = 5.33
HASH = product_word_32.py_func
"""As plain numpy, which hashes whole arrays."""
SIZES = [
    pytest.param(1 << 18, id="quick"),
    pytest.param(1 << 26, id="long", marks=pytest.mark.long),
]
"""Draws of a sample."""
CHUNK = 1 << 18
SOME_BITS = [0, 8, 15, 16, 24, 30, 31]


def chunks(size: int, seed: int) -> Iterator[NDArray[np.uint64]]:
    """Random event keys, as Philox hands them out: independent and uniform."""
    rng = np.random.default_rng(seed)
    for _ in range(size // CHUNK):
        yield rng.integers(0, 2**64, CHUNK, np.uint64)


def halves(keys: NDArray[np.uint64]) -> tuple[Words, Words]:
    return keys.astype(np.uint32), (keys >> np.uint64(32)).astype(np.uint32)


def step_of(key: int) -> np.uint32:
    return np.uint32(int(product_step(np.uint64(key))) & 0xFFFF_FFFF)


STEPS = {
    "names": [step_of(entity_of(name)) for name in ("DeepSeek-V2", "GLM-4", "Qwen-Max")],
    "numbers": [step_of(key) for key in (0, 1, 2)],
}


def chi_square_sd(counts: NDArray[np.int64]) -> float:
    """Chi-square against equal shares, as a standard normal (Wilson and Hilferty 1931)."""
    expected = counts.sum() / counts.size
    free = counts.size - 1
    statistic = ((counts - expected) ** 2).sum() / expected
    return float(((statistic / free) ** (1 / 3) - (1 - 2 / (9 * free))) / math.sqrt(2 / (9 * free)))


def bits_of(words: Words) -> NDArray[np.float32]:
    """Bits as -1 and 1, shape (32, n)."""
    bits = np.unpackbits(words.view(np.uint8).reshape(-1, 4), axis=1, bitorder="little")
    return bits.T * np.float32(2.0) - np.float32(1.0)


def bit_correlations_sd(pairs: Iterator[tuple[Words, Words]]) -> float:
    """Largest of the 1,024 correlations of a bit of the first with a bit of the second."""
    total, size = np.zeros((32, 32)), 0
    for first, second in pairs:
        total += bits_of(first) @ bits_of(second).T
        size += first.size
    return float(np.abs(total).max() / math.sqrt(size))


def joint_sd(pairs: Iterator[tuple[Words, Words]], bits: int = 6) -> float:
    """Largest chi-square of pairs over squares of cells: leading bits, and trailing ones."""
    shift, mask = np.uint32(32 - bits), np.uint32((1 << bits) - 1)
    leading = np.zeros(1 << 2 * bits, np.int64)
    trailing = leading.copy()
    for first, second in pairs:
        cell = (first >> shift).astype(np.int64) << bits | second >> shift
        leading += np.bincount(cell, minlength=leading.size)
        cell = (first & mask).astype(np.int64) << bits | second & mask
        trailing += np.bincount(cell, minlength=trailing.size)
    return max(map(abs, (chi_square_sd(leading), chi_square_sd(trailing))))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("steps", STEPS)
def test_draws_are_uniform_at_both_ends_of_the_word(size: int, steps: str) -> None:
    for number, step in enumerate(STEPS[steps]):
        leading, trailing = np.zeros(1 << 14, np.int64), np.zeros(1 << 14, np.int64)
        for keys in chunks(size, number):
            words = HASH(*halves(keys), step)
            leading += np.bincount(words >> np.uint32(18), minlength=leading.size)
            trailing += np.bincount(words & np.uint32((1 << 14) - 1), minlength=trailing.size)
        assert abs(chi_square_sd(leading)) < BOUND
        assert abs(chi_square_sd(trailing)) < BOUND


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("varied", ["low", "high", "step"])
def test_draws_of_consecutive_keys_and_steps_are_uniform(size: int, varied: str) -> None:
    leading, trailing = np.zeros(1 << 14, np.int64), np.zeros(1 << 14, np.int64)
    for start in range(0, size, CHUNK):
        fields = dict.fromkeys(("low", "high", "step"), np.full(CHUNK, 12_345, np.uint32))
        fields[varied] = np.arange(start, start + CHUNK, dtype=np.uint32)
        words = HASH(**fields)
        leading += np.bincount(words >> np.uint32(18), minlength=leading.size)
        trailing += np.bincount(words & np.uint32((1 << 14) - 1), minlength=trailing.size)
    # a permutation spreads consecutive numbers more evenly than chance, never less
    assert chi_square_sd(leading) < BOUND
    assert chi_square_sd(trailing) < BOUND


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("bit", SOME_BITS)
def test_steps_that_differ_in_one_bit_have_independent_draws(size: int, bit: int) -> None:
    step = STEPS["names"][0]
    other = step ^ np.uint32(1 << bit)

    def pairs() -> Iterator[tuple[Words, Words]]:
        for keys in chunks(size, bit):
            yield HASH(*halves(keys), step), HASH(*halves(keys), other)

    assert bit_correlations_sd(pairs()) < BOUND
    assert joint_sd(pairs()) < BOUND


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("half", ["low", "high"])
@pytest.mark.parametrize("bit", SOME_BITS)
def test_event_keys_that_differ_in_one_bit_have_independent_draws(
    size: int, half: str, bit: int
) -> None:
    flip = np.uint64(1 << bit + (32 if half == "high" else 0))
    step = STEPS["names"][0]

    def pairs() -> Iterator[tuple[Words, Words]]:
        for keys in chunks(size, 100 + bit):
            yield HASH(*halves(keys), step), HASH(*halves(keys ^ flip), step)

    assert bit_correlations_sd(pairs()) < BOUND
    assert joint_sd(pairs()) < BOUND


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("steps", STEPS)
def test_products_of_one_event_have_independent_draws(size: int, steps: str) -> None:
    first, second, third = STEPS[steps]
    for one, other in ((first, second), (first, third), (second, third)):

        def pairs(one: np.uint32 = one, other: np.uint32 = other) -> Iterator[tuple[Words, Words]]:
            for keys in chunks(size, 200):
                yield HASH(*halves(keys), one), HASH(*halves(keys), other)

        assert bit_correlations_sd(pairs()) < BOUND
        assert joint_sd(pairs()) < BOUND


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("end", ["upper", "lower"])
def test_the_draw_of_the_race_is_independent_of_the_draw_of_consideration(
    size: int, end: str
) -> None:
    key = np.uint64(entity_of("DeepSeek-V2"))
    step = product_step(key)

    def pairs() -> Iterator[tuple[Words, Words]]:
        for keys in chunks(size, 300):
            with np.errstate(over="ignore"):
                word = product_word.py_func(keys, step)
            race = halves(word)[end == "upper"]
            yield HASH(*halves(keys), step_of(int(key))), race

    assert bit_correlations_sd(pairs()) < BOUND
    assert joint_sd(pairs()) < BOUND


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lag", [1, 2, 40])
def test_the_draws_of_an_event_have_no_serial_correlation(size: int, lag: int) -> None:
    # 1,024 products in a row of consecutive keys, event after event
    steps = np.array([step_of(key) for key in range(1_024)])
    total, count = 0.0, 0
    for keys in chunks(size, 400):
        low, high = halves(keys[: CHUNK // steps.size])
        uniform = HASH(low[:, None], high[:, None], steps) * 2.0**-32 - 0.5
        total += float((uniform[:, lag:] * uniform[:, :-lag]).sum())
        count += uniform[:, lag:].size
    assert abs(total * 12.0 / math.sqrt(count)) < BOUND


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_draws_of_different_events_collide_as_often_as_chance_has_it(seed: int) -> None:
    # birthdays: n draws of m values collide some n^2 / 2m times, nearly Poisson
    size = 1 << 21
    keys = np.random.default_rng(seed).integers(0, 2**64, size, np.uint64)
    words = np.sort(HASH(*halves(keys), STEPS["names"][seed % 3]))
    collisions = int((words[1:] == words[:-1]).sum())
    wanted = size * (size - 1) / 2.0**33
    assert poisson.ppf(1e-7, wanted) <= collisions <= poisson.ppf(1 - 1e-7, wanted)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_two_products_of_an_event_share_a_draw(seed: int) -> None:
    # a permutation of the steps: two products are never considered by one and the same draw
    low, high = np.random.default_rng(seed).integers(0, 2**32, 2, np.uint64).astype(np.uint32)
    steps = np.arange(CHUNK, dtype=np.uint32) * np.uint32(0x9E37_79B9)
    assert np.unique(HASH(low, high, steps)).size == steps.size


def test_compiled_draws_are_those_tested_here() -> None:
    keys = np.random.default_rng(7).integers(0, 2**64, 1_000, np.uint64)
    low, high = halves(keys)
    step = STEPS["names"][1]
    compiled = [product_word_32(a, b, step) for a, b in zip(low, high, strict=True)]
    assert compiled == HASH(low, high, step).tolist()


def test_a_hash_of_fewer_rounds_is_found_out() -> None:
    def weak(low: Words, high: Words, step: np.uint32) -> Words:
        word = (low ^ step) * np.uint32(0x9E37_79B1)
        word = (word ^ (word >> np.uint32(16))) + high
        word = (word ^ (word >> np.uint32(16))) * np.uint32(0x21F0_AAAD)
        word = (word ^ (word >> np.uint32(15))) * np.uint32(0xD35A_2D97)
        return word ^ (word >> np.uint32(15))

    def pairs() -> Iterator[tuple[Words, Words]]:
        step = STEPS["names"][0]
        for keys in chunks(CHUNK, 1):
            yield weak(*halves(keys), step), weak(*halves(keys), step ^ np.uint32(1 << 30))

    assert bit_correlations_sd(pairs()) > 10 * BOUND
    assert joint_sd(pairs()) > 10 * BOUND
