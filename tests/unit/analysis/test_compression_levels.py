"""Levels by a mixed model: what it recovers of made tables, and predicts of larger models."""

import math

import numpy as np
import pytest

from analysis.compression.fitting.fit import fit_table
from analysis.compression.fitting.held_out_sizes import predict_larger
from analysis.compression.fitting.link import fit_link, link_pairs, log_odds, mmlu_loss_logit
from analysis.compression.fitting.mixed import fit_mixed
from analysis.compression.fitting.published_losses import published_losses
from sim.compression.recipes import Recipes
from sim.compression.sampling import sampled_curves
from sim.data.capabilities import capability_scale
from sim.data.published_compression import published_rows

SERIES, MODELS, ROWS = 10, 3, 4
LEVEL, SLOPE, BETWEEN, WITHIN, RESIDUAL = -3.0, 0.3, 0.5, 0.3, 0.2


@pytest.fixture(scope="module")
def fitted():
    return fit_table()


@pytest.fixture(scope="module")
def losses(fitted):
    return published_losses(published_rows(), fitted.curves.capability_per_nat.best)


def made_table(seed: int):
    """Make ln nats of three models in each of ten series, and their columns and groups."""
    generator = np.random.default_rng(seed)
    design, response, series, models = [], [], [], []
    for one in range(SERIES):
        effect = BETWEEN * generator.standard_normal()
        for size in generator.uniform(-1.5, 2.0, MODELS):
            own = effect + WITHIN * generator.standard_normal()
            for _ in range(ROWS):
                design.append([1.0, -size])
                noise = RESIDUAL * generator.standard_normal()
                response.append(LEVEL - SLOPE * size + own + noise)
                series.append(f"series {one}")
                models.append(f"series {one} {size}")
    return np.array(design), np.array(response), [series, models]


@pytest.mark.slow
def test_level_slope_and_scatter_of_made_tables_are_covered_as_often_as_the_interval_says() -> None:
    truth = {"level": LEVEL, "slope": SLOPE, "between": BETWEEN, "within": WITHIN,
             "residual": RESIDUAL}  # fmt: skip
    covered = dict.fromkeys(truth, 0)
    tables = 60
    for seed in range(tables):
        fit = fit_mixed(*made_table(seed), key=7)
        draws = {
            "level": fit.draws[:, 0], "slope": fit.draws[:, 1], "between": fit.group_sd[0],
            "within": fit.group_sd[1], "residual": fit.residual_sd,
        }  # fmt: skip
        for name, value in truth.items():
            low, high = np.percentile(draws[name], [2.5, 97.5])
            covered[name] += low <= value <= high
    for name, count in covered.items():
        assert count / tables >= 0.86, (name, count)  # 3.3 standard errors below 95%


def test_a_series_counts_once_however_many_rows_it_has() -> None:
    design, response, groups = made_table(3)
    first = [name == "series 0" for name in groups[0]]
    many = np.concatenate([design, *[design[first]] * 20])
    again = np.concatenate([response, *[response[first]] * 20])
    longer = [
        kind + [n for n, is_first in zip(kind, first, strict=True) if is_first] * 20
        for kind in groups
    ]
    once, often = fit_mixed(design, response, groups), fit_mixed(many, again, longer)
    assert often.draws[:, 0].mean() == pytest.approx(once.draws[:, 0].mean(), abs=0.1)


def test_known_effects_of_series_are_recovered_within_their_intervals() -> None:
    design, response, groups = made_table(5)
    shifted = response + np.array([2.0 * (name == "series 4") for name in groups[0]])
    before, after = fit_mixed(design, response, groups), fit_mixed(design, shifted, groups)
    moved = after.effect(0, "series 4").best - before.effect(0, "series 4").best
    assert 1.3 < moved < 2.0  # shrunk toward the others, as a random effect is


def test_fitted_without_models_of_60_billion_and_more_their_losses_are_predicted(
    fitted, losses
) -> None:
    """Of quantisation alone the mean ratio is 1.6: half of its points are Llama-3-70B, which loses
    twice what Llama-3-8B says, for sizes of one series differ more there than in any other."""
    found = {
        group: predict_larger(fitted.shapes[group], losses)
        for group in ("quantization", "scattered", "structured")
    }
    every = [one for predictions in found.values() for one in predictions]
    assert len(every) >= 50
    covered = np.mean([one.is_covered for one in every])
    assert 0.80 <= covered <= 0.97
    assert math.exp(abs(np.mean([one.log_ratio for one in every]))) <= 1.5
    others = [one for one in found["quantization"] if one.loss.model != "Llama-3-70B"]
    assert math.exp(abs(np.mean([one.log_ratio for one in others]))) <= 1.5
    covered = np.mean([one.is_covered for one in found["quantization"]])
    assert 0.80 <= covered <= 0.97


def test_no_model_below_a_billion_parameters_gives_a_level(losses) -> None:
    assert min(loss.parameters_billion for loss in losses) >= 1.0


def test_a_named_series_loses_what_was_published_of_it(fitted) -> None:
    recipes = Recipes(fitted.curves)
    (unknown,) = recipes.named("gptq_per_group:4", 8.0)
    (llama_3,) = recipes.named("gptq_per_group:4", 8.0, "Llama-3")
    (llama_2,) = recipes.named("gptq_per_group:4", 8.0, "Llama-2")
    assert llama_3.nats > 2.0 * unknown.nats
    published = math.log(6.56 / 6.14)  # QServe's table, GPTQ with reordering, groups of 128
    assert llama_3.nats == pytest.approx(published, rel=0.5)
    assert llama_2.nats == pytest.approx(math.log(5.63 / 5.47), rel=0.5)


def test_draws_for_an_unknown_series_spread_as_published_models_do(fitted) -> None:
    generator = np.random.default_rng(11)
    (recipe,) = Recipes(fitted.curves).named("gptq_per_group:4", 70.0)
    logs = []
    for _ in range(300):
        known: dict[tuple[str, int], float] = {}

        def normal(name: str, ordinal: int, known=known) -> float:
            return known.setdefault((name, ordinal), float(generator.standard_normal()))

        drawn = Recipes(sampled_curves(fitted.curves, normal))
        logs.append(math.log(drawn.named("gptq_per_group:4", 70.0)[0].nats))
    level = fitted.levels["quantization"]
    spread = math.sqrt(level.series_sd**2 + level.model_sd**2 + level.residual_sd**2)
    assert np.std(logs) > 0.9 * spread
    assert np.std(logs) < 1.5 * spread
    assert np.median(logs) == pytest.approx(math.log(recipe.nats), abs=0.15)


def test_a_draw_leaves_known_series_nearer_to_what_is_known(fitted) -> None:
    group = next(group for group in fitted.curves.groups if group.name == "quantization")
    unknown, known = group.effect(None), group.effect("Llama-2")
    assert known.high - known.low < 0.7 * (unknown.high - unknown.low)
    assert group.effect("a series of nobody") == unknown


def test_an_accuracy_at_its_guessing_floor_is_no_accuracy_kept() -> None:
    """From 70% to 40% in MMLU is most of what a model knows, though 57% of the score is left."""
    link = capability_scale().links["MMLU"]
    lost = mmlu_loss_logit(0.70, 0.40)
    assert lost == pytest.approx((log_odds(0.70, 0.25) - log_odds(0.40, 0.25)) / link.slope)
    assert lost > 2.0 * mmlu_loss_logit(0.70, 0.60)
    assert mmlu_loss_logit(0.70, 0.70) == 0.0


def test_the_link_is_the_slope_of_mmlu_over_models(fitted) -> None:
    pairs = link_pairs()
    mmlu = [pair.lost_logit / pair.nats for pair in pairs if pair.benchmark == "mmlu"]
    slope = fitted.curves.capability_per_nat
    assert len(mmlu) >= 13
    assert slope.best == pytest.approx(np.median(mmlu), rel=0.25)
    assert slope.low < min(mmlu)
    assert slope.high > np.percentile(mmlu, 90)
    fit = fit_link(pairs)
    floors = [fit.effect(1, name).best for name in ("piqa", "hellaswag")]
    assert max(floors) < fit.effect(1, "mmlu").best
