"""A compression project: computing priced from the recipe's work, and the time that all takes."""

import datetime as dt
import math

import numpy as np
import pytest

from analysis.compression.fitting.work import distilled_tokens_per_parameter, student_work
from sim.clouds.hosted_chip import HostedChip
from sim.compression.curves import MethodSize
from sim.compression.recipes import Loss, Part, Recipe, Recipes
from sim.compression.shipped_curves import shipped_curves
from sim.data.accelerators import accelerator
from sim.data.published_compression import published_rows
from sim.providers.project_cost import computing_hours, project_cost, staff_time_days
from sim.scenario.supply import Architecture, CompressionProject
from sim.serving.precision import SERVED_IN_16_BITS
from sim.streams import Streams

PROJECT = CompressionProject(
    product="Model A", start_date=dt.date(2024, 5, 1), staff_cost_usd=1000.0
)
SURE = PROJECT.model_copy(update={"staff_time_log_sd": 0.0})
HOSTED = HostedChip(accelerator("H800 SXM5"), 0.5)


def dense(billion: float) -> Architecture:
    return Architecture(
        parameters_billion=billion,
        active_parameters_billion=billion,
        kv_bytes_per_token=1e5,
    )


def recipe(work_tokens: float, training_tokens_per_parameter: float = 0.0) -> Recipe:
    size = MethodSize(
        strength=4.0, x=-4.0, values_share=0.25, footprint_share=1.0, side_share=0.0,
        keep_flops_share=1.0, work_tokens=work_tokens,
        training_tokens_per_parameter=training_tokens_per_parameter,
    )  # fmt: skip
    return Recipe((Part("a", "quantization", size, 0.1),), Loss(1.0, 1.0, 0.2))


def test_computing_is_two_operations_a_parameter_and_token_at_the_rate_achieved() -> None:
    hours = computing_hours(recipe(20_000.0), dense(70.0), HOSTED)
    share = HOSTED.efficiency(SERVED_IN_16_BITS, dense(70.0)).flop_utilisation
    rate = HOSTED.chip.fp16_flop_per_s * share
    assert 0.3 < share < 0.7
    assert hours == pytest.approx(2.0 * 70e9 * 20_000.0 / rate / 3600.0)


def test_calibration_grows_with_the_model_and_training_with_its_square() -> None:
    one, ten = dense(1.0), dense(10.0)
    calibrated, trained = recipe(1e4), recipe(0.0, 1.0)
    assert computing_hours(calibrated, ten, HOSTED) == pytest.approx(
        10.0 * computing_hours(calibrated, one, HOSTED)
    )
    assert computing_hours(trained, ten, HOSTED) == pytest.approx(
        100.0 * computing_hours(trained, one, HOSTED)
    )


def test_the_work_of_a_stack_is_that_of_its_parts() -> None:
    parts = (*recipe(3e4).parts, *recipe(1e4, 2.0).parts)
    stack = Recipe(parts, Loss(1.0, 1.0, 0.2))
    assert (stack.work_tokens, stack.training_tokens_per_parameter) == (4e4, 2.0)


def test_training_passes_the_active_parameters_and_compressing_all() -> None:
    sparse = dense(100.0).model_copy(update={"active_parameters_billion": 10.0})
    ratios = [
        computing_hours(one, sparse, HOSTED) / computing_hours(one, dense(100.0), HOSTED)
        for one in (recipe(1e4), recipe(0.0, 1.0))
    ]
    assert ratios == [pytest.approx(1.0), pytest.approx(0.1)]


def test_a_published_student_takes_about_the_hours_that_its_makers_print() -> None:
    """Qwen3-8B to 6B: 6,000 H100 hours, from the row of the table that the text comes from."""
    (row,) = (one for one in published_rows() if one.training_accelerator_hours)
    work = student_work(distilled_tokens_per_parameter(published_rows()) or 0.0, 0.75)
    student = recipe(work.tokens, work.training_tokens_per_parameter)
    h100 = HostedChip(accelerator("H100 SXM5 80GB"), 0.5)
    hours = computing_hours(student, dense(row.parameters_billion or 0.0), h100)
    assert 0.5 < hours / (row.training_accelerator_hours or 0.0) < 1.5


def test_computing_costs_its_rent_and_takes_the_time_of_the_accelerators_given() -> None:
    big = recipe(1e9)
    hours = computing_hours(big, dense(70.0), HOSTED)
    cost = project_cost(SURE, big, dense(70.0), HOSTED, 2.5, Streams(1, 0))
    assert cost.accelerator_hours == hours
    assert cost.cost_usd == pytest.approx(1000.0 + 2.5 * hours)
    assert cost.lead_time_days == pytest.approx(SURE.staff_time_days + hours / 64.0 / 24.0)
    more = SURE.model_copy(update={"accelerators": 640})
    quick = project_cost(more, big, dense(70.0), HOSTED, 2.5, Streams(1, 0))
    assert quick.cost_usd == pytest.approx(cost.cost_usd)
    assert quick.lead_time_days == pytest.approx(SURE.staff_time_days + hours / 640.0 / 24.0)


def test_shipped_recipes_cost_what_they_take() -> None:
    """Rounding takes less than error compensation, and that far less than a student."""
    recipes = Recipes(shipped_curves())
    names = ("uniform_per_group:4", "gptq_per_group:4", "distilled_layers")
    hours = [
        max(computing_hours(one, dense(70.0), HOSTED) for one in recipes.named(name, 70.0))
        for name in names
    ]
    assert 0.0 < 10.0 * hours[0] < hours[1] < hours[2] / 100.0


def test_the_staff_time_is_lognormal_around_its_median() -> None:
    """2,000 draws, each bound 4 standard errors wide: false alarms once in about 8,000 seeds."""
    logs = np.log([staff_time_days(PROJECT, Streams(1, r)) for r in range(2000)])
    spread = PROJECT.staff_time_log_sd
    error = spread / math.sqrt(len(logs))
    assert abs(logs.mean() - math.log(PROJECT.staff_time_days)) < 4.0 * error
    assert abs(logs.std(ddof=1) - spread) < 4.0 * error / math.sqrt(2.0)


def test_another_project_draws_another_staff_time_and_the_same_one_the_same() -> None:
    other = PROJECT.model_copy(update={"method": "int4"})
    streams = Streams(1, 0)
    assert staff_time_days(PROJECT, streams) == staff_time_days(PROJECT, streams)
    assert staff_time_days(PROJECT, streams) != staff_time_days(other, streams)


def test_a_project_without_spread_takes_its_median() -> None:
    assert staff_time_days(SURE, Streams(1, 0)) == SURE.staff_time_days
