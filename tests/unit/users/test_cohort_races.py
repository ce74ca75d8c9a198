"""Choice probabilities over random consideration sets: the sum over all sets, by one integral."""

import itertools
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.users.cohort.race import Entrants, Won, new_times, run_race

SLOTS = 6


class Case(NamedTuple):
    """Products in the order of their providers."""

    utility: list[float]
    consideration: list[float]
    provider: list[int]
    gain: float
    stay: float


def cases(spread: float) -> st.SearchStrategy[Case]:
    def of(count: int) -> st.SearchStrategy[Case]:
        def many(one: st.SearchStrategy[float]) -> st.SearchStrategy[list[float]]:
            return st.lists(one, min_size=count, max_size=count)

        share = st.one_of(st.floats(0.0, 1.0), st.sampled_from([0.0, 1.0]))
        return st.builds(
            Case,
            many(st.floats(-spread, spread)),
            many(share),
            many(st.integers(0, 2)).map(sorted),
            st.floats(0.0, 3.0),
            st.floats(-1.0, 4.0),
        )

    return st.integers(1, SLOTS - 1).flatmap(of)


def race(case: Case, quits: bool = True, open_to: tuple[int, ...] = ()) -> Won:
    count = len(case.utility)
    starts = [n for n in range(count) if n == 0 or case.provider[n] != case.provider[n - 1]]
    entrants = Entrants(
        *np.zeros((2, SLOTS)),
        np.array([case.gain]),
        np.full((SLOTS, 2), case.gain + case.stay),
        np.array((starts + [count] * (SLOTS + 1))[: SLOTS + 1]),
        np.arange(SLOTS),
        np.zeros(SLOTS, np.int64),
        np.ones((SLOTS, 2), np.bool_),
        np.zeros(SLOTS, np.int64),
    )
    entrants.utility[:count] = case.utility
    entrants.consideration[:count] = case.consideration
    entrants.open_to[: len(open_to)] = open_to
    won = Won(np.zeros(SLOTS + 1), np.zeros((SLOTS, SLOTS + 1)), np.zeros((SLOTS, 2, SLOTS + 1)))
    run_race(count, len(starts), len(open_to), quits, entrants, new_times(SLOTS), won)
    return won


def enumerated(case: Case, certain: list[float], among: list[int], origin: int = -1) -> np.ndarray:
    """Add up logits over all consideration sets; the last entry is the first of the certain."""
    count = len(case.utility)
    utility = np.array(case.utility)
    if origin >= 0:
        same = np.array(case.provider) == case.provider[origin]
        utility = utility + case.gain * same
    won = np.zeros(count + 1)
    for taken in itertools.product([False, True], repeat=len(among)):
        chance, considered = 1.0, [j for j, one in zip(among, taken, strict=True) if one]
        for j, one in zip(among, taken, strict=True):
            chance *= case.consideration[j] if one else 1.0 - case.consideration[j]
        if chance == 0.0:
            continue
        levels = np.array(certain + [utility[j] for j in considered])
        odds = np.exp(levels - levels.max())
        odds *= chance / odds.sum()
        won[considered] += odds[len(certain) :]
        won[count] += odds[0]
    return won


@pytest.mark.parametrize("spread", [1.0, 10.0, 200.0])
def test_probabilities_are_the_sum_over_all_consideration_sets(spread: float) -> None:
    @given(cases(spread))
    def of(case: Case) -> None:
        count = len(case.utility)
        won = race(case)
        everything = list(range(count))
        assert won.idle[:count] == pytest.approx(
            enumerated(case, [0.0], everything)[:count], abs=2e-5
        )
        for j in everything:
            certain = [0.0, case.utility[j] + case.gain + case.stay]
            others = [k for k in everything if k != j]
            wanted = enumerated(case, certain, others, j)
            assert won.held[j, 0, : count + 1] == pytest.approx(wanted, abs=2e-5)
            assert won.held[j, 1].tolist() == won.held[j, 0].tolist()

    of()


@given(cases(5.0))
def test_news_lets_nobody_leave_for_nothing(case: Case) -> None:
    count = len(case.utility)
    won = race(case, quits=False)
    for j in range(count):
        certain = [-1e6, case.utility[j] + case.gain + case.stay]
        wanted = enumerated(case, certain, [k for k in range(count) if k != j], j)
        assert won.held[j, 0, : count + 1] == pytest.approx(wanted, abs=2e-5)
        assert won.held[j, 0, count] == 0.0


@given(cases(5.0), st.data())
def test_groups_of_new_users_choose_between_the_products_that_are_open_to_them(
    case: Case, data: st.DataObject
) -> None:
    count = len(case.utility)
    sizes = tuple(sorted(data.draw(st.sets(st.integers(1, count), min_size=1))))
    won = race(case, open_to=sizes)
    for group, size in enumerate(sizes):
        wanted = enumerated(case, [0.0], list(range(size)))
        assert won.new[group, :count] == pytest.approx(wanted[:count], abs=2e-5)


@given(cases(3.0), st.floats(-50.0, 50.0))
def test_a_product_that_never_comes_to_mind_changes_nobody_else(case: Case, level: float) -> None:
    more = Case([*case.utility, level], [*case.consideration, 0.0], [*case.provider, 2], *case[3:])
    count, with_it, without = len(case.utility), race(more), race(case)
    assert with_it.idle[:count] == pytest.approx(without.idle[:count], abs=2e-5)
    assert with_it.idle[count] == 0.0
