"""The fit of the compression curves finds the curves that made the measurements."""

import math
from dataclasses import replace

import numpy as np
import pytest
from made_measurements import (
    COST_CPU_SECONDS,
    OFFSETS,
    READING_TOK_PER_S,
    SHAPES,
    STACKING,
    made_rows,
)

from analysis.compression.fitting.fit import FittedCurves, fit_curves
from analysis.compression.fitting.link import link_pairs, mmlu_loss_logit
from analysis.compression.fitting.published_losses import published_losses
from analysis.compression.fitting.regression import DRAWS, fit_linear
from analysis.compression.fitting.shapes import fit_shapes
from analysis.compression.fitting.shipped_tables import write_tables
from analysis.compression.fitting.work import Work, reading_rates, work_of
from sim.compression.curves import Estimate
from sim.compression.groups import METHODS, curve_position
from sim.compression.recipes import Recipes
from sim.compression.shipped_curves import shipped_curves
from sim.data.published_compression import published_rows
from sim.errors import DataError


def fitted_to(rows) -> FittedCurves:
    return fit_curves(rows, published_rows())


@pytest.fixture(scope="module")
def made() -> FittedCurves:
    return fitted_to(made_rows())


def test_a_linear_fit_without_error_is_exact():
    design = np.column_stack([np.ones(6), np.arange(6.0)])
    fit = fit_linear(design, 2.0 - 0.5 * np.arange(6.0), ["a"] * 6)
    assert fit.best == pytest.approx([2.0, -0.5])
    assert fit.draws == pytest.approx(np.tile([2.0, -0.5], (DRAWS, 1)))
    assert fit.residual_sd == pytest.approx(0.0, abs=1e-9)


def test_a_row_with_more_noise_counts_less():
    design, response = np.ones((6, 1)), np.array([1.0, 1.1, 0.9, 1.0, 1.0, 9.0])
    noise = np.array([0.1] * 5 + [10.0])
    assert fit_linear(design, response, list("abcdef"), noise=noise).best[0] < 2.0
    assert fit_linear(design, response, list("abcdef")).best[0] > 2.0


def test_shapes_and_offsets_are_recovered_within_their_intervals():
    """95% intervals: of 18 parameters in each of 4 tables some miss; at least 85% must not."""
    hits = []
    for seed in range(4):
        for group, shape in fit_shapes(made_rows(seed)).items():
            hits.append(shape.shape.low <= SHAPES[group] <= shape.shape.high)
            for method, offset in shape.offsets.items():
                wanted = OFFSETS[method] - OFFSETS[shape.reference]
                found = offset.estimate
                hits.append(found.low - 1e-9 <= wanted <= found.high + 1e-9)
                assert found.best == pytest.approx(wanted, abs=0.3)
    assert len(hits) >= 4 * (len(SHAPES) + len(OFFSETS)) - 4
    assert sum(hits) >= 0.85 * len(hits)


def test_more_scatter_makes_wider_intervals():
    widths = []
    for scatter in (0.05, 0.3):
        shape = fit_shapes(made_rows(scatter=scatter))["scattered"].shape
        widths.append(shape.high - shape.low)
    assert widths[1] > 2.0 * widths[0]


def test_losses_within_their_noise_do_not_bend_the_shape():
    shape = fit_shapes(made_rows(error=0.02))["quantization"]
    assert shape.shape.best == pytest.approx(SHAPES["quantization"], abs=0.25)


def test_the_rule_of_stacks_is_recovered(made):
    found = made.curves.stacking
    assert found.low <= STACKING <= found.high
    assert found.high - found.low < 0.2


def test_the_level_of_a_large_model_does_not_hang_on_that_of_the_small_ones():
    rows = made_rows()
    worse = [
        row if len(row.methods) > 1 else _scaled(row, 3.0)
        for row in rows
        if METHODS[row.methods[0]].group != "quantization" or row.strengths[0] <= 5.0
    ]
    worse = [row for row in worse if row.delta_nll_nats < 2.0]
    kept = [row for row in rows if any(row.run_id == other.run_id for other in worse)]
    one, other = (Recipes(fitted_to(table).curves) for table in (kept, worse))
    for name in ("gptq_per_group:4", "activation_aware:0.3"):
        assert other.named(name, 70.0)[0].nats == pytest.approx(
            one.named(name, 70.0)[0].nats, rel=0.1
        )


def _scaled(row, factor: float):
    return replace(row, delta_nll_nats=factor * row.delta_nll_nats)


def test_the_reference_has_the_published_level_at_ten_billion_parameters(made):
    group = next(group for group in made.curves.groups if group.name == "scattered")
    (half,) = Recipes(made.curves).named("activation_aware:0.5", 10.0)
    x = curve_position("scattered", 0.5, 0.5625)
    expected = group.level.best + group.shape.best * (x - group.centre)
    assert math.log(half.nats) == pytest.approx(expected)
    published = published_losses(published_rows(), 3.0)
    wanda = [math.log(loss.nats) for loss in published if loss.published_class == "Wanda"]
    assert math.log(half.nats) == pytest.approx(np.mean(wanda), abs=0.1)


def test_no_size_slope_is_kept_that_printed_losses_do_not_tell(made):
    group = next(group for group in made.curves.groups if group.name == "quantization")
    assert (group.size_slope.best, group.level_slope_correlation) == (0.0, 0.0)


def test_pairs_beyond_what_models_bear_are_left_out():
    pairs = link_pairs()
    assert len(pairs) >= 60
    assert not any(pair.nats > 1.2 for pair in pairs)


def test_four_bits_cost_in_mmlu_what_their_loss_says(made):
    """Published MMLU of 4-bit models of 7 billion and more: within a factor of 3 in the mean."""
    recipe = Recipes(made.curves).named("gptq_per_group:4", 30.0)[0]
    lost = [
        mmlu_loss_logit(row.quality_base / 100.0, row.quality_compressed / 100.0)
        for row in published_rows()
        if row.pooled_method in ("AWQ 4-bit", "GPTQ 4-bit")
        and row.quality_metric in ("mmlu", "mmlu_5shot")
        and (row.parameters_billion or 0.0) >= 7.0
        and (row.quality_base or 0.0) > 40.0
    ]
    assert len(lost) >= 5
    assert 1.0 / 3.0 < np.mean(lost) / recipe.capability_loss_logit < 3.0


def test_what_is_written_reads_back_as_itself(made, tmp_path):
    write_tables(made, tmp_path / "curves.csv", tmp_path / "sizes.csv")
    assert shipped_curves(tmp_path / "curves.csv", tmp_path / "sizes.csv") == made.curves


def test_the_tables_hold_every_digit(made, tmp_path):
    third = Estimate(best=1.0 / 3.0, low=0.1 + 0.2, high=2.0**0.5)
    methods = tuple(
        method.model_copy(
            update={
                "offset": third,
                "sizes": tuple(
                    size.model_copy(update={"side_share": 1e-7 / 3.0, "work_tokens": 1e9 / 7.0})
                    for size in method.sizes
                ),
            }
        )
        for method in made.curves.methods
    )
    exact = made.curves.model_copy(update={"methods": methods, "stacking": third})
    write_tables(replace(made, curves=exact), tmp_path / "curves.csv", tmp_path / "sizes.csv")
    assert shipped_curves(tmp_path / "curves.csv", tmp_path / "sizes.csv") == exact


@pytest.mark.parametrize(
    ("method", "changes", "reason"),
    [
        ("nf4", {"delta_nll_se_nats": None}, "has no delta_nll_se"),
        ("magnitude", {"strengths": (1.5,)}, "the strength must be a share below 1"),
        ("svd", {"keep_bytes_share": 1.2}, "keep_bytes = 1.2 must be below 1"),
    ],
)
def test_a_row_without_what_the_curves_need_is_refused(method, changes, reason):
    rows = [replace(row, **changes) if row.methods == (method,) else row for row in made_rows()]
    with pytest.raises(DataError, match=f"made-up-large {method}:.*{reason}"):
        fitted_to(rows)


def test_a_table_of_one_strength_is_refused():
    rows = [row for row in made_rows() if row.strengths[0] == 4.0]
    with pytest.raises(DataError, match="measure gptq_per_group at two strengths"):
        fit_shapes(rows)


def test_a_table_without_language_models_is_refused():
    with pytest.raises(DataError, match="rows of the task language are needed"):
        fit_shapes([])


def test_a_table_without_stacks_is_refused():
    rows = [row for row in made_rows() if len(row.methods) == 1]
    with pytest.raises(DataError, match="no stack was measured"):
        fitted_to(rows)


def test_a_method_whose_losses_all_drown_in_noise_gives_no_recipe():
    rows = [
        replace(row, delta_nll_se_nats=10.0) if row.methods == ("nf4",) else row
        for row in made_rows()
    ]
    names = [method.name for method in fitted_to(rows).curves.methods]
    assert "nf4" not in names
    assert "gptq_per_group" in names


def test_the_work_of_a_method_is_its_cost_in_tokens_read(made):
    (method,) = (one for one in made.curves.methods if one.name == "gptq_per_group")
    assert {size.work_tokens for size in method.sizes} == {COST_CPU_SECONDS * READING_TOK_PER_S}
    assert {size.training_tokens_per_parameter for size in method.sizes} == {0.0}


def test_the_fastest_engine_says_how_fast_a_model_reads():
    rows = made_rows()
    slow = [
        replace(row, speed_engine="slow", prefill_base_tok_per_s=10.0)
        for row in rows[: len(rows) // 2]
    ]
    rates = reading_rates([*slow, *rows[len(rows) // 2 :], *rows[:1]])
    assert set(rates.values()) == {READING_TOK_PER_S}


def test_training_is_counted_for_each_parameter():
    row = replace(made_rows()[0], recovery_tokens=1e5)
    work = work_of(row, {row.model: 100.0})
    assert work == Work(0.0, COST_CPU_SECONDS * 100.0 / row.parameters)


@pytest.mark.parametrize("missing", ["cost_cpu_seconds", "prefill_base_tok_per_s"])
def test_a_table_without_cost_or_speed_is_refused(missing):
    with pytest.raises(DataError, match=missing):
        fitted_to([replace(row, **{missing: None}) for row in made_rows()])
