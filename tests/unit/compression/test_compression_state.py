"""Compression: how recipes stack, and which one is chosen."""

import itertools

import pytest

from sim.compression.curves import MethodSize
from sim.compression.recipe_book import CompressionError, choose_recipe
from sim.compression.recipes import Loss, Part, Recipe
from sim.compression.state import CompressionState

LOSS = Loss(stacking=0.9, stacking_factors=1.5, capability_per_nat=2.0)


def lost(*parts: float) -> float:
    return LOSS.capability_logit(LOSS.nats(parts))


def part(name: str, family: str, nats: float, values: float, **size: float) -> Part:
    left = {
        "strength": 1.0,
        "x": 0.0,
        "values_share": values,
        "footprint_share": 1.0 if family == "quantization" else values,
        "side_share": 0.0,
        "keep_flops_share": 1.0 if family == "quantization" else values,
        "work_tokens": 0.0,
        "training_tokens_per_parameter": 0.0,
        **size,
    }
    return Part(name, family, MethodSize.model_validate(left), nats)


def recipe(*parts: Part) -> Recipe:
    return Recipe(parts, LOSS)


EIGHT_BITS = part("int8", "quantization", 0.01, 0.5)
FOUR_BITS = part("int4", "quantization", 0.1, 0.25, side_share=0.02)
FEWER = part("neurons", "pruning", 0.2, 0.8)
SPARSE = part(
    "wanda",
    "pruning",
    0.3,
    0.5,
    footprint_share=1.0,
    side_share=1 / 16,
    keep_flops_share=1.0,
)
INT8, INT4, NEURONS, WANDA = map(recipe, (EIGHT_BITS, FOUR_BITS, FEWER, SPARSE))
EIGHT_BIT = CompressionState(weight_bits=8.0)
SIXTEEN_BIT = CompressionState(weight_bits=16.0)


def test_shares_multiply_and_losses_add_by_the_rule_of_stacks() -> None:
    state = EIGHT_BIT.after(NEURONS).after(NEURONS)
    assert state.keep_bytes == pytest.approx(0.64)
    assert state.keep_flops == pytest.approx(0.64)
    assert state.capability_loss_logit == pytest.approx(lost(0.2, 0.2))
    assert state.capability_loss_logit > EIGHT_BIT.after(NEURONS).capability_loss_logit


def test_a_model_as_released_has_lost_nothing() -> None:
    assert SIXTEEN_BIT.capability_loss_logit == 0.0
    assert SIXTEEN_BIT.keep_bytes == 1.0
    assert SIXTEEN_BIT.bytes_per_parameter == 2.0


def test_quantisation_counts_from_sixteen_bits() -> None:
    for state in (SIXTEEN_BIT.after(INT4), EIGHT_BIT.after(INT4)):
        assert state.weight_bits == 4.0
        assert state.bytes_per_parameter == pytest.approx(0.5 + 0.02 * 2.0)


def test_scales_do_not_take_a_model_of_eight_bits_off_the_units_for_eight_bits() -> None:
    """The roofline asks for at most 8 bits of a weight; scales are bytes, and no bits of it."""
    with_scales = recipe(part("int8", "quantization", 0.01, 0.5, side_share=0.01))
    state = SIXTEEN_BIT.after(with_scales)
    assert state.weight_bits == 8.0
    assert state.keep_bytes == pytest.approx(1.02)


def test_a_further_quantisation_replaces_loss_and_scales_of_the_last() -> None:
    state = SIXTEEN_BIT.after(INT8).after(NEURONS).after(INT4)
    assert state.capability_loss_logit == pytest.approx(lost(0.2, 0.1))
    assert state == SIXTEEN_BIT.after(NEURONS).after(INT4)


def test_a_mask_stays_as_large_when_weights_get_fewer_bits() -> None:
    state = SIXTEEN_BIT.after(WANDA).after(INT4)
    assert state.bytes_per_parameter == pytest.approx(0.5 * 0.5 + (1 / 16 + 0.02) * 2.0)
    assert state.keep_flops == 1.0


def test_a_stack_is_its_parts_one_after_another() -> None:
    stack = SIXTEEN_BIT.after(recipe(SPARSE, FOUR_BITS))
    assert stack == SIXTEEN_BIT.after(WANDA).after(INT4)
    assert stack.bytes_per_parameter / 2.0 == pytest.approx(
        recipe(SPARSE, FOUR_BITS).keep_bytes_share
    )
    assert stack.capability_loss_logit == pytest.approx(
        recipe(SPARSE, FOUR_BITS).capability_loss_logit
    )


def test_a_recipe_that_makes_nothing_smaller_costs_no_capability() -> None:
    assert EIGHT_BIT.after(INT8) == EIGHT_BIT


def test_rounding_the_factors_of_a_matrix_costs_more() -> None:
    factored = recipe(part("svd", "low_rank", 0.2, 0.8))
    alone, then = SIXTEEN_BIT.after(factored), SIXTEEN_BIT.after(factored).after(INT4)
    assert alone.capability_loss_logit == pytest.approx(lost(0.2))
    assert then.capability_loss_logit == pytest.approx(LOSS.capability_logit(1.5 * 0.3))
    both = recipe(part("svd", "low_rank", 0.2, 0.8), FOUR_BITS)
    assert both.capability_loss_logit == pytest.approx(then.capability_loss_logit)


def test_stacking_commutes_in_bytes_and_in_loss() -> None:
    for order in itertools.permutations((NEURONS, WANDA, INT4)):
        state = EIGHT_BIT
        for step in order:
            state = state.after(step)
        assert state.bytes_per_parameter == pytest.approx(0.8 * (0.5 * 0.5 + 2 * (1 / 16 + 0.02)))
        assert state.capability_loss_logit == pytest.approx(lost(0.2, 0.3, 0.1))


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
def test_the_recipe_that_is_smaller_and_better_is_chosen_at_any_weight(weight: float) -> None:
    assert choose_recipe([NEURONS, INT8, INT4], weight, EIGHT_BIT) is INT4


def test_the_accuracy_weight_decides_between_small_and_good() -> None:
    assert choose_recipe([INT8, INT4], 0.9, SIXTEEN_BIT) is INT8
    assert choose_recipe([INT8, INT4], 0.1, SIXTEEN_BIT) is INT4


def test_recipes_without_loss_are_chosen_by_size() -> None:
    free = [recipe(part("a", "pruning", 0.0, 0.9)), recipe(part("b", "pruning", 0.0, 0.7))]
    assert choose_recipe(free, 0.5, EIGHT_BIT).name == "b:1"


def test_of_equal_recipes_the_first_by_name_is_chosen() -> None:
    twins = [recipe(part(name, "pruning", 0.1, 0.9)) for name in ("b", "a")]
    assert choose_recipe(twins, 0.5, EIGHT_BIT).name == "a:1"


def test_a_recipe_that_saves_only_flops_may_be_chosen() -> None:
    sparse = recipe(part("sparse", "pruning", 0.1, 1.0, keep_flops_share=0.5))
    assert choose_recipe([sparse], 0.5, EIGHT_BIT) is sparse


def test_a_project_without_anything_left_to_compress_is_refused() -> None:
    with pytest.raises(CompressionError, match="none of 1 recipes"):
        choose_recipe([INT8], 0.5, EIGHT_BIT)
