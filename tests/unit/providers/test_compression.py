"""Compression: how recipes stack, which one is chosen, and when a project is done."""

import datetime as dt
import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from sim.data.compression import recipes
from sim.providers.compression import (
    CompressionError,
    CompressionState,
    choose_recipe,
    lead_time_days,
)
from sim.scenario.supply import CompressionProject
from sim.streams import Streams


@dataclass(frozen=True)
class Recipe:
    """A recipe as the data reader gives it."""

    method: str
    family: str
    keep_bytes_share: float
    keep_flop_share: float
    capability_loss_logit: float


INT8 = Recipe("int8", "quantization", 0.5, 1.0, 0.01)
INT4 = Recipe("int4", "quantization", 0.25, 1.0, 0.1)
NEURONS = Recipe("neurons", "pruning", 0.8, 0.8, 0.2)
EIGHT_BIT = CompressionState(weight_bits=8.0)
PROJECT = CompressionProject(product="Model A", start_date=dt.date(2024, 5, 1))


def test_shares_multiply_and_losses_add() -> None:
    state = EIGHT_BIT.after(NEURONS).after(NEURONS)
    assert state.keep_bytes == pytest.approx(0.64)
    assert state.keep_flops == pytest.approx(0.64)
    assert state.capability_loss_logit == pytest.approx(0.4)


def test_quantisation_counts_from_sixteen_bits() -> None:
    assert CompressionState(16.0).after(INT4).weight_bits == 4.0
    assert EIGHT_BIT.after(INT4).weight_bits == 4.0
    assert EIGHT_BIT.after(INT4).keep_bytes == 1.0


def test_a_further_quantisation_replaces_the_loss_of_the_last() -> None:
    state = CompressionState(16.0).after(INT8).after(NEURONS).after(INT4)
    assert state.capability_loss_logit == pytest.approx(0.3)
    assert state.structure_loss_logit == pytest.approx(0.2)


def test_a_combined_recipe_sets_the_bits_and_adds_its_loss() -> None:
    combined = Recipe("2:4 + fp8", "combo", 0.3125, 0.5, 0.27)
    state = CompressionState(16.0).after(combined).after(INT4)
    assert (state.weight_bits, state.keep_flops) == (4.0, 0.5)
    assert state.capability_loss_logit == pytest.approx(0.37)
    assert state.after(replace(combined, keep_flop_share=1.0)) == state


def test_recipes_of_the_published_table_make_a_released_model_smaller() -> None:
    state = EIGHT_BIT.after(choose_recipe(recipes(70.0), 0.5, EIGHT_BIT))
    assert state.bytes_per_parameter < EIGHT_BIT.bytes_per_parameter
    assert 0.0 <= state.capability_loss_logit < 0.5


def test_a_recipe_that_makes_nothing_smaller_costs_no_capability() -> None:
    assert EIGHT_BIT.after(INT8) == EIGHT_BIT


def test_pruning_and_quantisation_combine_in_any_order() -> None:
    one, other = EIGHT_BIT.after(INT4).after(NEURONS), EIGHT_BIT.after(NEURONS).after(INT4)
    assert one.bytes_per_parameter == pytest.approx(other.bytes_per_parameter) == 0.4
    assert one.capability_loss_logit == pytest.approx(other.capability_loss_logit)


@pytest.mark.parametrize(("weight", "method"), [(1.0, "int4"), (0.0, "int4"), (0.5, "int4")])
def test_the_recipe_that_is_smaller_and_better_is_chosen_at_any_weight(
    weight: float, method: str
) -> None:
    assert choose_recipe([NEURONS, INT8, INT4], weight, EIGHT_BIT).method == method


def test_the_accuracy_weight_decides_between_small_and_good() -> None:
    two = [INT8, INT4]
    sixteen = CompressionState(16.0)
    assert choose_recipe(two, 0.9, sixteen).method == "int8"
    assert choose_recipe(two, 0.1, sixteen).method == "int4"


def test_recipes_without_loss_are_chosen_by_size() -> None:
    free = [Recipe("a", "pruning", 0.9, 1.0, 0.0), Recipe("b", "pruning", 0.7, 1.0, 0.0)]
    assert choose_recipe(free, 0.5, EIGHT_BIT).method == "b"


def test_of_equal_recipes_the_first_by_name_is_chosen() -> None:
    twins = [Recipe("b", "pruning", 0.9, 0.9, 0.1), Recipe("a", "pruning", 0.9, 0.9, 0.1)]
    assert choose_recipe(twins, 0.5, EIGHT_BIT).method == "a"


def test_a_recipe_that_saves_only_flops_may_be_chosen() -> None:
    sparse = Recipe("sparse", "pruning", 1.0, 0.5, 0.1)
    assert choose_recipe([sparse], 0.5, EIGHT_BIT) is sparse


def test_a_project_without_anything_left_to_compress_is_refused() -> None:
    with pytest.raises(CompressionError, match="none of 1 recipes"):
        choose_recipe([INT8], 0.5, EIGHT_BIT)


def test_the_lead_time_is_lognormal_around_its_median() -> None:
    """2,000 draws, each bound 4 standard errors wide: false alarms once in about 8,000 seeds."""
    logs = np.log([lead_time_days(PROJECT, Streams(1, r)) for r in range(2000)])
    spread = PROJECT.lead_time_log_sd
    error = spread / math.sqrt(len(logs))
    assert abs(logs.mean() - math.log(PROJECT.lead_time_days)) < 4.0 * error
    assert abs(logs.std(ddof=1) - spread) < 4.0 * error / math.sqrt(2.0)


def test_another_project_draws_another_lead_time_and_the_same_one_the_same() -> None:
    other = PROJECT.model_copy(update={"method": "int4"})
    streams = Streams(1, 0)
    assert lead_time_days(PROJECT, streams) == lead_time_days(PROJECT, streams)
    assert lead_time_days(PROJECT, streams) != lead_time_days(other, streams)


def test_a_project_without_spread_takes_its_median() -> None:
    sure = PROJECT.model_copy(update={"lead_time_log_sd": 0.0})
    assert lead_time_days(sure, Streams(1, 0)) == sure.lead_time_days
