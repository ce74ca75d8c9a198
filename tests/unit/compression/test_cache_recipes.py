"""Recipes of the KV cache: what they leave, what serving then costs, and when they are chosen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from served_models import MODEL, book

from sim.compression.recipe_book import CompressionError, RecipeBook, trade_offs
from sim.compression.recipes import Recipe, Recipes
from sim.compression.shipped_curves import shipped_curves
from sim.compression.state import CompressionState
from sim.errors import DataError

CHIP = "H800 SXM5"


@pytest.fixture(scope="module")
def recipes() -> Recipes:
    return Recipes(shipped_curves())


def named(recipes: Recipes, name: str) -> Recipe:
    (recipe,) = recipes.named(name, MODEL.parameters_billion)
    return recipe


def test_a_rounded_cache_leaves_weights_as_they_are_and_costs_what_its_bits_cost(recipes) -> None:
    costs = book(CHIP)
    recipe = named(recipes, "cache_per_token:8")
    after = costs.compression.after(recipe)
    assert recipe.keep_bytes_share == recipe.keep_flops_share == 1.0
    assert 8.0 < after.kv_bits < 8.6  # scales and zero points are counted
    same = replace(costs.compression, kv_bits=after.kv_bits)
    assert costs.cost_with(after) == costs.cost_with(same) < costs.marginal_cost_usd_per_mtok


def test_fewer_bits_of_the_cache_lose_more_and_save_more(recipes) -> None:
    costs = book(CHIP)
    state = costs.compression
    after = [state.after(named(recipes, f"cache_per_token:{bits}")) for bits in (8, 4, 3)]
    losses = [one.capability_loss_logit for one in after]
    assert losses == sorted(losses)
    assert losses[0] < 0.1 * losses[-1]
    spent = [costs.cost_with(one) for one in after]
    assert spent == sorted(spent, reverse=True)


def test_rounding_the_cache_again_replaces_the_loss_and_never_adds_bits(recipes) -> None:
    eight, four = (named(recipes, f"cache_per_token:{bits}") for bits in (8, 4))
    state = CompressionState(16.0)
    assert state.after(eight).after(four) == state.after(four)
    assert state.after(four).after(eight) == state.after(four)
    served = CompressionState(16.0, kv_bits=8.0)
    assert served.after(eight) == served


def test_losses_of_weights_and_cache_add_by_the_rule_of_stacks(recipes) -> None:
    weights, cache = "gptq_per_group:4", "cache_per_token:4"
    parts = [named(recipes, name).nats for name in (weights, cache)]
    stack = named(recipes, f"{weights}+{cache}")
    assert stack.nats == pytest.approx(max(*parts, shipped_curves().stacking.best * sum(parts)))
    state = CompressionState(16.0)
    by_turns = state.after(named(recipes, weights)).after(named(recipes, cache))
    assert state.after(stack) == by_turns


def test_the_cache_is_rounded_only_where_a_project_says_so(recipes) -> None:
    of_weights = recipes.every(34.0)
    both = recipes.every(34.0, cache=True)
    assert not any(part.rounds_cache for recipe in of_weights for part in recipe.parts)
    assert set(of_weights) <= set(both)
    assert sum(any(part.rounds_cache for part in one.parts) for one in both) > len(of_weights)


def test_a_project_that_may_round_the_cache_gets_cheaper_tokens() -> None:
    costs = book(CHIP)

    def chosen(*, cache: bool) -> Recipe:
        return RecipeBook().recipe(None, 0.5, 34.0, costs.compression, costs.cost_with, cache=cache)

    def spent(recipe: Recipe) -> float:
        return costs.cost_with(costs.compression.after(recipe))

    assert any(part.rounds_cache for part in chosen(cache=True).parts)
    assert spent(chosen(cache=True)) < spent(chosen(cache=False))


def test_bytes_of_weights_are_no_reason_to_round_the_cache(recipes) -> None:
    state = CompressionState(16.0)
    assert trade_offs([named(recipes, "cache_per_token:4")], state) == []
    with pytest.raises(CompressionError, match="none of"):
        RecipeBook().recipe("cache_per_token", 0.5, 34.0, state)


def test_a_recipe_with_two_formats_of_the_cache_is_refused(recipes) -> None:
    with pytest.raises(DataError, match="bits of the cache twice"):
        recipes.named("cache_per_token:4+cache_per_block:4", 34.0)


def test_four_bits_in_blocks_lose_in_a_large_model_what_is_published(recipes) -> None:
    """ExLlamaV2 on models of 7 to 47 billion: 0.002, 0.013 and 0.023 nats."""
    assert 0.002 < named(recipes, "cache_per_block:4").nats < 0.023
