"""Draws are named: the same address always gives the same number, and nothing else does."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.streams import Stream, Streams, entity_of, philox4x32
from sim.users import draws

KNOWN_ANSWERS = [
    # counter words, key words, output words: Random123, tests/kat_vectors, philox4x32 10
    ("00000000 00000000 00000000 00000000", "00000000 00000000",
     "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
     "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
]  # fmt: skip
UINT32 = st.integers(0, 2**32 - 1)


def words(text: str) -> list[np.uint64]:
    return [np.uint64(int(word, 16)) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_philox_gives_the_published_answers(counter: str, key: str, answer: str) -> None:
    assert list(philox4x32(*words(counter), *words(key))) == words(answer)
    assert list(draws.philox4x32(*words(counter), *words(key))) == words(answer)


def philox_by_definition(counter: list[int], key: list[int]) -> list[int]:
    """Philox in plain integers, written from the paper: rounds with the bumped key between."""
    for number in range(10):
        k0 = (key[0] + number * 0x9E3779B9) % 2**32
        k1 = (key[1] + number * 0xBB67AE85) % 2**32
        high_0, low_0 = divmod(0xD2511F53 * counter[0], 2**32)
        high_1, low_1 = divmod(0xCD9E8D57 * counter[2], 2**32)
        counter = [high_1 ^ counter[1] ^ k0, low_1, high_0 ^ counter[3] ^ k1, low_0]
    return counter


@given(st.lists(UINT32, min_size=4, max_size=4), st.lists(UINT32, min_size=2, max_size=2))
def test_philox_equals_its_definition_in_plain_integers(counter: list[int], key: list[int]) -> None:
    mine = philox4x32(*map(np.uint64, counter), *map(np.uint64, key))
    assert [int(word) for word in mine] == philox_by_definition(counter, key)


def test_splitmix_gives_the_published_sequence() -> None:
    seed = np.uint64(1234567)
    sequence = [
        draws.product_word(seed, draws.product_step(np.uint64(number))) for number in range(1, 6)
    ]
    assert sequence == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


@given(UINT32, UINT32, st.sampled_from(Stream), UINT32, st.integers(0, 2**64 - 1))
def test_the_kernel_draws_the_words_that_streams_draw(
    seed: int, replication: int, stream: Stream, entity: int, ordinal: int
) -> None:
    mine = draws.event_words(*map(np.uint64, (stream, entity, ordinal, seed, replication)))
    assert mine == Streams(seed, replication).words(stream, entity, ordinal)


def test_arrays_of_draws_equal_single_draws() -> None:
    streams = Streams(3, 5)
    many = streams.uniforms(Stream.NETWORK, np.arange(4)[:, None], np.arange(3) + 2**40)
    single = [[streams.uniform(Stream.NETWORK, i, n + 2**40) for n in range(3)] for i in range(4)]
    assert many.tolist() == single


def test_draws_depend_on_every_part_of_their_address() -> None:
    base = Streams(1, 2).uniform(Stream.CHOICE, 3, 4)
    others = [
        Streams(2, 2).uniform(Stream.CHOICE, 3, 4),
        Streams(1, 3).uniform(Stream.CHOICE, 3, 4),
        Streams(1, 2).uniform(Stream.NETWORK, 3, 4),
        Streams(1, 2).uniform(Stream.CHOICE, 4, 4),
        Streams(1, 2).uniform(Stream.CHOICE, 3, 5),
        Streams(1, 2).uniform(Stream.CHOICE, 3, 4 + 2**32),
    ]
    assert len({base, *others}) == 7


def test_uniforms_fill_every_hundredth_evenly() -> None:
    # chi-square over 100 bins; 189.5 is its 1 - 1e-7 quantile at 99 degrees of freedom
    drawn = Streams(11).uniforms(Stream.PRICE_CLOCK, np.arange(1000)[:, None], np.arange(200))
    count = np.histogram(drawn, bins=100, range=(0, 1))[0]
    expected = drawn.size / 100
    assert ((count - expected) ** 2 / expected).sum() < 189.5


def test_neighbouring_addresses_are_uncorrelated() -> None:
    # |correlation| sqrt(n) is standard normal: beyond 5.3 once in 1e7 for each of three pairs
    drawn = Streams(12).uniforms(Stream.PRICE_CLOCK, np.arange(400)[:, None], np.arange(400))
    other = Streams(12, 1).uniforms(Stream.PRICE_CLOCK, np.arange(400)[:, None], np.arange(400))
    for left, right in ((drawn[1:], drawn[:-1]), (drawn[:, 1:], drawn[:, :-1]), (drawn, other)):
        correlation = np.corrcoef(left.ravel(), right.ravel())[0, 1]
        assert abs(correlation) * math.sqrt(left.size) < 5.3


def test_exponentials_and_normals_have_their_moments() -> None:
    # means of 20,000 draws; five standard errors: false alarm below 1e-6 each
    streams, number = Streams(13), range(20_000)
    waiting = [streams.exponential(Stream.REACTION_LAG, 1, n, 0.5) for n in number]
    normal = np.array([streams.normal(Stream.PROJECT_LEAD_TIME, 1, n) for n in number])
    unit = 1 / math.sqrt(len(number))
    assert np.mean(waiting) == pytest.approx(2.0, abs=5 * 2.0 * unit)
    assert normal.mean() == pytest.approx(0.0, abs=5 * unit)
    assert (normal**2).mean() == pytest.approx(1.0, abs=5 * math.sqrt(2.0) * unit)


def test_waiting_at_rate_zero_never_ends() -> None:
    assert Streams(1).exponential(Stream.REACTION_LAG, 1, 1, 0.0) == math.inf


@pytest.mark.parametrize("bad", [{"seed": -1}, {"seed": 2**32}, {"seed": 1, "replication": -1}])
def test_seeds_out_of_range_are_refused(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must lie between 0 and 4294967295"):
        Streams(**bad)


def test_streams_survive_the_way_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(Streams(1, 2))) == Streams(1, 2)  # noqa: S301 - our own


def test_entities_are_the_digests_that_b2sum_prints() -> None:
    # printf DeepSeek-V2 | b2sum -l 32, bytes in little-endian order
    digests = {"a": "ca234c55", "DeepSeek-V2": "a1fa2768"}
    for name, digest in digests.items():
        assert entity_of(name).to_bytes(4, "little").hex() == digest
