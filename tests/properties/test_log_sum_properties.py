"""The expected log-sum is the mean over all consideration sets, whatever is considered."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.users.log_sum import log_sums
from sim.users.nested_log_sum import nested_log_sums, stable_log
from sim.users.nested_logit import nested_logit

UTILITY = st.one_of(
    st.floats(-60.0, 60.0), st.floats(-3000.0, 3000.0), st.just(-math.inf), st.just(0.0)
)
CHANCE = st.one_of(st.floats(0.0, 1.0), st.just(0.0), st.just(1.0))
PRODUCTS = st.lists(st.tuples(UTILITY, CHANCE, st.floats(-5.0, 5.0)), min_size=1, max_size=6)


def quadrature(products: list[tuple[float, float, float]]) -> tuple[float, float]:
    advantage, chance, weight = (np.array([column]) for column in zip(*products, strict=True))
    log_sum, mean = log_sums(advantage, chance, weight, np.ones(1, np.bool_))
    return float(log_sum[0]), float(mean[0])


def enumerated(products: list[tuple[float, float, float]]) -> tuple[float, float]:
    """The same by going through all sets."""
    log_sum, mean = 0.0, 0.0
    for chosen in itertools.product((False, True), repeat=len(products)):
        chance, best = 1.0, 0.0
        for (utility, inclusion, _), inside in zip(products, chosen, strict=True):
            chance *= inclusion if inside else 1.0 - inclusion
            best = max(best, utility) if inside else best
        members = [product for product, inside in zip(products, chosen, strict=True) if inside]
        parts = [math.exp(utility - best) for utility, _, _ in members]
        total = math.exp(-best) + sum(parts)
        log_sum += chance * (best + math.log(total))
        mean += chance * sum(p * w for p, (_, _, w) in zip(parts, members, strict=True)) / total
    return log_sum, mean


@given(PRODUCTS)
def test_one_quadrature_is_the_mean_over_all_consideration_sets(products):
    wanted, wanted_mean = enumerated(products)
    found, mean = quadrature(products)
    assert abs(found - wanted) <= 1e-8 * max(1.0, wanted)
    # utilities of thousands are rounded by 1e-12, and choices follow their differences
    assert abs(mean - wanted_mean) <= 1e-7


@given(PRODUCTS, st.data())
def test_one_more_product_or_a_better_one_or_a_better_known_one_never_lowers_it(products, data):
    before, _ = quadrature(products)
    n = data.draw(st.integers(0, len(products) - 1))
    utility, chance, weight = products[n]
    better = (
        utility + data.draw(st.floats(0.0, 50.0)),
        chance + (1.0 - chance) * data.draw(st.floats(0.0, 1.0)),
        weight,
    )
    more = data.draw(st.tuples(UTILITY, CHANCE, st.floats(-5.0, 5.0)))
    after, _ = quadrature([*products[:n], better, *products[n + 1 :], more])
    assert after >= before - 1e-8 * max(1.0, before)


def test_rows_without_users_are_left_at_zero():
    one = np.ones((2, 3))
    log_sum, mean = log_sums(one, one, one, np.array([True, False]))
    assert log_sum[0] > 0.0
    assert log_sum[1] == mean[1] == 0.0


NESTED = st.lists(
    st.tuples(st.floats(-40.0, 40.0), CHANCE, st.floats(-5.0, 5.0), st.integers(0, 2)),
    min_size=1,
    max_size=6,
)


@settings(deadline=None)
@given(NESTED, st.sampled_from([0.2, 0.5, 0.8, 0.9]), st.sampled_from([0.4, 0.7]))
def test_with_nests_it_is_the_mean_of_the_closed_form_over_all_sets(products, first, second):
    columns = zip(*products, strict=True)
    utility, chance, weight, nest = (np.array(column) for column in columns)
    dissimilarity = np.array([1.0, first, second])
    wanted, wanted_mean = 0.0, 0.0
    for inside in itertools.product((False, True), repeat=utility.size):
        mask = np.array(inside)
        probability = float(np.prod(np.where(mask, chance, 1.0 - chance)))
        if probability > 0.0:
            known = np.where(mask, utility, -math.inf)
            shares, value = nested_logit(known, nest, dissimilarity)
            wanted += probability * float(value)
            wanted_mean += probability * float(shares @ weight)
    log_sum, mean = nested_log_sums(
        utility[None], chance[None], weight[None], np.ones(1, np.bool_), nest, dissimilarity
    )
    assert abs(log_sum[0] - wanted) <= 1e-6
    assert abs(mean[0] - wanted_mean) <= 1e-6


@pytest.mark.parametrize("dissimilarity", [0.1, 0.3, 0.5, 0.7, 0.9, 0.95])
def test_the_grid_of_a_stable_variable_has_its_laplace_transform(dissimilarity):
    grid = stable_log(dissimilarity)
    step = 0.5 * math.log(2.0) / dissimilarity / grid.fineness
    value = np.exp(grid.first + step * np.arange(grid.mass.size))
    assert grid.mass.sum() == pytest.approx(1.0, abs=2e-8)
    for s in (1e-6, 1e-3, 0.1, 1.0, 5.0, 30.0):
        found = float(grid.mass @ np.exp(-s * value))
        assert found == pytest.approx(math.exp(-(s**dissimilarity)), abs=2e-8)


@given(PRODUCTS)
def test_nests_without_correlation_change_nothing(products):
    advantage, chance, weight = (np.array([column]) for column in zip(*products, strict=True))
    plain, _ = quadrature(products)
    nest = np.ones(len(products), np.int64)
    everyone = np.ones(1, np.bool_)
    if np.abs(advantage[np.isfinite(advantage)]).max(initial=0.0) <= 900.0:
        found, _ = nested_log_sums(advantage, chance, weight, everyone, nest, np.ones(2))
        assert found[0] == pytest.approx(plain, rel=1e-9, abs=1e-8)


@given(PRODUCTS, CHANCE, st.integers(0, 6))
def test_a_product_that_cannot_be_chosen_changes_no_digit(products, chance, place):
    beside = [*products[:place], (-math.inf, chance, 3.0), *products[place:]]
    assert quadrature(beside) == quadrature(products)
