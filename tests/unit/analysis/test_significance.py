"""Of several differences, those that are more than chance."""

import numpy as np
import pytest
from scipy import stats

from analysis.comparison import compare, compare_all
from analysis.significance import FAMILY_ERROR, holm, paired_p_value

OUTCOMES, REPLICATIONS, TABLES = 12, 10, 2_000


def test_the_p_value_is_that_of_students_paired_test():
    a, b = np.random.default_rng(1).normal(size=(2, 8))
    assert paired_p_value(a, b) == pytest.approx(stats.ttest_rel(a, b).pvalue)


def test_holms_steps_are_those_of_a_worked_example():
    # Holm (1979): 3 p1, then 2 p2, then p3, never falling; a test that was not made counts for none
    assert holm([0.01, np.nan, 0.03, 0.005]) == pytest.approx(
        (0.02, np.nan, 0.03, 0.015), nan_ok=True
    )
    assert holm([0.9, 0.8]) == (1.0, 1.0)


def test_without_two_replications_nothing_is_more_than_chance():
    assert np.isnan(paired_p_value([1.0], [0.0]))
    assert np.isnan(holm([np.nan])[0])


def equal_worlds(generator, counts: bool):
    """Outcomes of two worlds that differ by chance alone, correlated within a world."""
    shape = (2, REPLICATIONS, 1)
    noise = generator.normal(size=shape) + generator.normal(size=(*shape[:2], OUTCOMES))
    return np.round(noise) if counts else noise


@pytest.mark.parametrize("counts", [False, True])
def test_at_most_a_twentieth_of_tables_of_two_equal_worlds_has_a_bold_line(counts):
    # 0.05 of 2,000 tables have sd 0.0049; 4 sd above: one false alarm in 30,000 seeds
    generator = np.random.default_rng(20)
    bold = unadjusted = 0
    for _ in range(TABLES):
        a, b = equal_worlds(generator, counts)
        values = [paired_p_value(a[:, k], b[:, k]) for k in range(OUTCOMES)]
        bold += min(holm(values)) < FAMILY_ERROR
        unadjusted += min(values) < FAMILY_ERROR
    assert bold / TABLES <= FAMILY_ERROR + 4 * 0.0049
    assert unadjusted / TABLES > 0.15


@pytest.mark.parametrize("replications", [2, 3, 4])
def test_counts_that_agree_in_few_replications_are_no_evidence(replications):
    # whole numbers of equal worlds often differ by the same in all of a few replications
    generator = np.random.default_rng(5)
    bold = 0
    for _ in range(1_000):
        a, b = generator.integers(10, 13, size=(2, replications, OUTCOMES)).astype(float)
        values = [paired_p_value(a[:, k], b[:, k]) for k in range(OUTCOMES)]
        bold += min(holm(values)) < FAMILY_ERROR
    assert bold / 1_000 <= FAMILY_ERROR + 4 * 0.0069


def test_a_real_difference_among_many_stays_bold():
    generator = np.random.default_rng(3)
    a, b = equal_worlds(generator, counts=False)
    b = a + 0.05 * (b - a)
    a[:, 0] += 1.0
    values = [paired_p_value(a[:, k], b[:, k]) for k in range(OUTCOMES)]
    assert holm(values)[0] < FAMILY_ERROR


def test_the_differences_of_a_table_are_one_family_over_all_its_worlds(war_run, peace_run):
    alone = compare(war_run, peace_run)
    together = compare_all(war_run, [peace_run, peace_run])
    for comparisons in ((alone,), together):
        contrasts = [it for comparison in comparisons for it in comparison.contrasts]
        assert [it.holm_p_value for it in contrasts] == pytest.approx(
            holm([it.p_value for it in contrasts])
        )
    name = "adopters_share_end"
    assert together[0][name].holm_p_value > alone[name].holm_p_value
    assert alone.frame.loc[name, "holm_p_value"] == alone[name].holm_p_value
