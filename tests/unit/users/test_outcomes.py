"""What a review comes to, held against every consideration set and the closed form in each."""

import itertools
import math

import numpy as np
import pytest

from sim.users.nested_logit import nested_logit
from sim.users.outcomes import Relations, outcomes
from sim.users.shared_noise_nodes import shared_noise_nodes

UTILITY = np.array([[0.5, 1.2, -0.3, 0.8, 0.1], [1.0, -np.inf, 0.4, 2.0, 0.3]])
OUTSIDE = np.array([0.4, -0.2])
LOYALTY = np.array([[0.0, -0.1, 0.0, 0.05, 0.0]] * 2)
INTENSITY = np.array([0.3, 0.8, 0.05, 2.0, 40.0])
VENDOR, MODEL = 1.5, 0.4
PROVIDER, SERVED = np.array([0, 0, 1, 2, 2]), np.array([0, 1, 2, 2, 3])


def enumerated(nest: np.ndarray, dissimilarity: tuple[float, ...]) -> np.ndarray:
    """Average the closed form over all sets of products that may come to mind."""
    types, count = UTILITY.shape
    seen = -np.expm1(-INTENSITY)
    found = np.zeros((types, count + 1, count + 1))
    for state in range(count + 1):
        utility, outside = UTILITY.copy(), OUTSIDE.copy()
        if state < count:
            twin, sibling = SERVED[state] == SERVED, PROVIDER[state] == PROVIDER
            cost = np.where(twin, 0.0, np.where(sibling, MODEL, VENDOR))
            utility = utility - cost
            utility[:, state] += LOYALTY[:, state]
            outside = outside - VENDOR
        for mind in itertools.product([False, True], repeat=count):
            chance = np.where(mind, seen, 1.0 - seen)
            mask = np.array(mind)
            if state < count:
                if not mind[state]:
                    continue
                chance[state] = 1.0
            shares, _ = nested_logit(np.where(mask, utility, -np.inf), nest, dissimilarity, outside)
            found[:, state, :count] += chance.prod() * shares
            found[:, state, count] += chance.prod() * (1.0 - shares.sum(axis=1))
    return found


@pytest.mark.parametrize(
    ("nest", "dissimilarity", "tolerance"),
    [
        ([0, 0, 0, 0, 0], (1.0,), 2e-5),
        ([1, 1, 2, 2, 0], (1.0, 1.0, 1.0), 2e-5),
        ([1, 1, 1, 1, 1], (1.0, 0.1), 2e-5),
        ([1, 1, 1, 1, 1], (1.0, 0.3), 2e-5),
        ([1, 1, 2, 2, 0], (1.0, 0.4, 0.7), 2e-5),
    ],
)
def test_outcomes_are_those_of_all_consideration_sets(
    nest: list[int], dissimilarity: tuple[float, ...], tolerance: float
) -> None:
    groups = np.array(nest)
    relations = Relations(PROVIDER, SERVED, groups, dissimilarity, VENDOR, MODEL)
    found = outcomes(UTILITY, OUTSIDE, LOYALTY, INTENSITY, relations)
    wanted = enumerated(groups, dissimilarity)
    reachable = np.isfinite(np.column_stack([UTILITY, OUTSIDE]))
    assert found.sum(axis=2) == pytest.approx(1.0)
    assert found[reachable] == pytest.approx(wanted[reachable], abs=tolerance)


@pytest.mark.parametrize("dissimilarity", [0.3, 0.5, 0.9])
def test_the_values_that_stand_for_shared_noise_have_its_transform(dissimilarity: float) -> None:
    nodes = shared_noise_nodes(dissimilarity)
    stable = np.exp(nodes.noise / dissimilarity)
    for t in (0.1, 1.0, 10.0):
        wanted = math.exp(-(t**dissimilarity))
        assert nodes.weight @ np.exp(-t * stable) == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize(("better", "cost"), [(20.0, 10.0), (16.0, 8.0)])
def test_a_wide_gap_is_not_cut_where_moving_costs_as_much(better: float, cost: float) -> None:
    """Two products that all have in mind: the worse one's user stays by the logit of the rest."""
    apart, one_each = np.array([0, 1]), np.array([0, 0])
    relations = Relations(apart, apart, one_each, (1.0,), cost, cost)
    utility = np.array([[0.0, better]])
    found = outcomes(utility, np.array([-50.0]), np.zeros((1, 2)), np.full(2, 50.0), relations)
    stay = 1.0 / (1.0 + math.exp(better - cost))
    assert found[0, 0, 0] == pytest.approx(stay, rel=1e-4)


def test_of_products_a_world_apart_the_best_that_comes_to_mind_is_chosen() -> None:
    utility = 1000.0 * np.arange(1.0, 6.0)[None, :]
    relations = Relations(PROVIDER, SERVED, np.zeros(5, int), (1.0,), 300.0, 300.0)
    found = outcomes(utility, np.zeros(1), np.zeros((1, 5)), INTENSITY, relations)
    seen = -np.expm1(-INTENSITY)
    missed = np.append(np.cumprod((1.0 - seen)[::-1])[::-1][1:], 1.0)
    np.testing.assert_allclose(found[0, -1, :-1], seen * missed, atol=1e-4)
    np.testing.assert_allclose(found.sum(axis=2), 1.0, rtol=1e-12)
