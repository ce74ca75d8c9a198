"""The short list is never too short, and what it decides is the exact law of consideration."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.scenario import demand
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users import shortlist
from sim.users.draws import (
    high_half,
    low_half,
    product_step,
    product_word_32,
    uniform_32,
)
from sim.users.mechanisms.consideration import ConsiderationRules, considered
from sim.users.offers import OfferView
from sim.users.population import Population
from sim.users.records import World, smallest_world

WEIGHT = st.floats(0.0, 3.0) | st.floats(0.0, 1e300) | st.floats(0.0, 1e-6)
PRODUCTS = 40
NO_CONSIDERATION = ConsiderationRules(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def world_of(
    users_of: np.ndarray, news: np.ndarray, listed: np.ndarray | None = None, **weights: float
) -> World:
    """A world of which only what consideration reads is filled in."""
    world = smallest_world(PRODUCTS)
    world.totals.users_of[:-1] = users_of
    world.book.steps[:] = [product_step(np.uint64(key)) for key in range(PRODUCTS)]
    world.book.news[:] = news
    world.book.products["listed"] = True if listed is None else listed
    return world._replace(
        users=world.users._replace(product=np.full(1_000, -1, np.int16)),
        book=world.book._replace(news_total=float(news.sum())),
        rules=world.rules._replace(consideration=NO_CONSIDERATION._replace(**weights)),
    )


def words_of(event_key: np.uint64, world: World) -> np.ndarray:
    low, high = low_half(event_key), high_half(event_key)
    return np.array([product_word_32(low, high, low_half(step)) for step in world.book.steps])


@given(
    base=WEIGHT,
    market_share=WEIGHT,
    peer=WEIGHT,
    news=WEIGHT,
    age_days=st.floats(0.0, 400.0),
    degree=st.integers(1, 300),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_product_that_comes_to_mind_is_missing_from_the_list(
    base: float, market_share: float, peer: float, news: float, age_days: float, degree: int,
    seed: int,
) -> None:  # fmt: skip
    rng = np.random.default_rng(seed)
    world = world_of(
        rng.integers(0, 1_001, PRODUCTS),
        rng.uniform(0.0, 1.0, PRODUCTS) * rng.integers(0, 2, PRODUCTS),
        base=base,
        market_share_weight=market_share,
        peer_weight=peer,
        news_weight=news,
        news_decay_per_day=math.log(2.0) / 30.0,
    )
    shortlist.attend_all(age_days / 2.0, world)
    world.scratch.peers[:-1] = rng.integers(0, degree + 1, PRODUCTS) * rng.integers(0, 2, PRODUCTS)
    for event_key in rng.integers(0, 2**64, 20, np.uint64):
        length = shortlist.shortlist(event_key, 1.0 / degree, world.rules, world.scratch)
        listed = set(world.scratch.shortlist[:length].tolist())
        weight = shortlist.news_weight(age_days, world.book, world.rules)
        for j, word in enumerate(words_of(event_key, world)):
            peers_share = world.scratch.peers[j] * (1.0 / degree)
            intensity = shortlist.intensity_of(j, peers_share, weight, world)
            if uniform_32(word) < intensity:
                assert j in listed


@given(word=st.integers(0, 2**32 - 1), ulps=st.integers(-3, 3))
def test_the_list_holds_a_product_whose_draw_lies_as_near_to_its_intensity_as_numbers_can(
    word: int, ulps: int
) -> None:
    # the event key whose word for product 0 (step 0) is wanted is not sought: the bound is tried
    # on the word itself, as the loop of shortlist has it
    uniform = uniform_32(np.uint32(word))
    intensity = uniform + ulps * math.ulp(uniform)
    assume(uniform < intensity)
    bound = np.float32(min(shortlist.SCALE * intensity, shortlist.CERTAIN))
    assert np.float32(np.int32(word >> 8)) <= bound


def test_the_list_is_hardly_longer_than_it_must_be() -> None:
    # of 200,000 products some 0.2 are listed though their draw exceeds the intensity: the margin
    # 2**-20 and the 8 dropped bits are 1e-6 each; more than 6 happens once in 1e7
    world = world_of(np.arange(PRODUCTS), np.zeros(PRODUCTS), base=0.3)
    shortlist.attend_all(0.0, world)
    needless = 0
    for event_key in np.random.default_rng(1).integers(0, 2**64, 5_000, np.uint64):
        length = shortlist.shortlist(event_key, 0.0, world.rules, world.scratch)
        words = world.scratch.word[world.scratch.shortlist[:length]]
        needless += sum(uniform_32(word) >= 0.3 for word in words)
    assert needless <= 6


def test_the_list_draws_the_words_of_the_hash_and_passes_over_what_is_not_listed() -> None:
    on_offer = np.arange(PRODUCTS) % 3 != 0
    world = world_of(np.zeros(PRODUCTS, int), np.zeros(PRODUCTS), on_offer, base=60.0)
    shortlist.attend_all(0.0, world)
    world.scratch.peers[:] = 5
    event_key = np.uint64(0x0123_4567_89AB_CDEF)
    length = shortlist.shortlist(event_key, 0.1, world.rules, world.scratch)
    assert world.scratch.shortlist[:length].tolist() == np.flatnonzero(on_offer).tolist()
    assert (world.scratch.word == words_of(event_key, world)).all()


@pytest.mark.parametrize("decide", [considered, considered.py_func])
@given(
    uniform=st.floats(0.0, 1.0, exclude_min=True, exclude_max=True),
    intensity=st.floats(0.0, 2.0) | st.floats(0.0, 50.0),
)
def test_consideration_has_its_probability_whichever_bound_settles_it(
    decide: Callable[[float, float], bool], uniform: float, intensity: float
) -> None:
    assert decide(uniform, intensity) == (uniform < -math.expm1(-intensity))


def test_attention_follows_every_move(
    lively: Scenario, offers_of: Callable[..., OfferView]
) -> None:
    offers = offers_of("abcde", domains=1, news=np.array([0.2, 0.0, 0.0, 0.1, 0.0]))
    population = Population.build(lively, Streams(4))
    population.start(offers)
    flow = population.advance(60.0, offers)
    assert flow.switches_in.sum() > 10
    assert flow.leaves.sum() > 10
    world = population._world()
    noted = world.scratch.shared.copy()
    shortlist.attend_all(60.0, world)
    assert noted.tolist() == world.scratch.shared.tolist()


def test_consideration_limits_the_choice_to_what_comes_to_mind(
    demand_scenario: Callable[..., Scenario],
    offers_of: Callable[..., OfferView],
    started: Callable[..., Population],
) -> None:
    # one product far above all else is held by those whose last review had it in mind: binomial
    # with 1 - exp(-0.3), five standard errors; at a review the present product is always in mind,
    # so with no inertia to lose a user keeps it for good, and t reviews give 1 - exp(-0.3 t)
    scenario = demand_scenario(
        [{"initial_adopter_share": 0.0, "taste_scale_usd_per_month": 1e-9}],
        users=40_000,
        network=demand.Network(kind="none"),
        awareness=demand.Awareness(initial_share=1.0),
        consideration=demand.Consideration(base=0.3, market_share_weight=0.0),
        choice=demand.Choice(
            switching_cost_vendor=0.0,
            switching_cost_model=0.0,
            peer_bonus=0.0,
            satisfaction_weight=0.0,
        ),
        clocks=demand.Clocks(
            review_per_day=1.0, news_review_per_day=0.0, usage_per_day=0.0, churn_per_day=0.0
        ),
    )
    offers = offers_of(["a"], domains=1, price=[0.0])
    population = started(scenario, offers)
    population.advance(2.0, offers)
    wanted = 1 - math.exp(-2.0 * (1 - math.exp(-0.3)))
    share = population.snapshot(offers).adopters[0] / 40_000
    assert share == pytest.approx(wanted, abs=5 * math.sqrt(wanted * (1 - wanted) / 40_000))
