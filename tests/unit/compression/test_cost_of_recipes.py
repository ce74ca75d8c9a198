"""Recipes chosen for what a token costs: the best by brute force, and none that costs more."""

import pytest
from served_models import MODEL, book

from sim.compression.recipe_book import CompressionError, RecipeBook, choose_recipe, trade_offs
from sim.compression.recipes import Recipes
from sim.compression.shipped_curves import shipped_curves


@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("name", ["H800 SXM5", "A100 SXM4 80GB"])
def test_the_choice_has_the_least_loss_of_all_recipes_that_lower_the_cost(name, alpha) -> None:
    costs = book(name)
    state = costs.compression
    recipes = Recipes(shipped_curves()).every(34.0)
    chosen = choose_recipe(recipes, alpha, state, costs.cost_with)
    outcomes = trade_offs(recipes, state, costs.cost_with)
    assert all(outcome.size_share < 1.0 for outcome in outcomes)
    edge = [
        one
        for one in outcomes
        if not any(
            other.size_share <= one.size_share
            and other.capability_loss_logit <= one.capability_loss_logit
            and (other.size_share, other.capability_loss_logit)
            != (one.size_share, one.capability_loss_logit)
            for other in outcomes
        )
    ]
    most = max(one.capability_loss_logit for one in edge)
    least = min(one.size_share for one in edge)

    def loss(one) -> float:
        size = (one.size_share - least) / (1.0 - least)
        return alpha * one.capability_loss_logit / most + (1.0 - alpha) * size

    assert loss(next(one for one in edge if one.name == chosen.name)) == pytest.approx(
        min(map(loss, edge))
    )


def test_on_fp8_hardware_a_balance_of_cost_and_accuracy_rounds_activations_too() -> None:
    costs = book("H800 SXM5")
    recipe = RecipeBook().recipe(None, 0.5, 34.0, costs.compression, costs.cost_with)
    assert {part.activation_bits for part in recipe.parts} == {8.0}
    by_bytes = RecipeBook().recipe(None, 0.5, 34.0, costs.compression)
    assert by_bytes.keep_bytes_share < recipe.keep_bytes_share
    assert costs.cost_with(costs.compression.after(by_bytes)) > costs.cost_with(
        costs.compression.after(recipe)
    )


def test_a_method_none_of_whose_strengths_is_cheaper_is_refused_for_cost_and_not_for_bytes() -> (
    None
):
    costs = book("H800 SXM5")
    with pytest.raises(CompressionError, match="cheaper to serve"):
        RecipeBook().recipe("gptq_per_group", 0.5, 34.0, costs.compression, costs.cost_with)
    assert RecipeBook().recipe("gptq_per_group", 0.5, 34.0, costs.compression)


def test_a_recipe_that_is_named_in_full_is_taken_though_it_costs_more() -> None:
    costs = book("H800 SXM5")
    recipe = RecipeBook().recipe("gptq_per_group:4", 0.5, 34.0, costs.compression, costs.cost_with)
    assert costs.cost_with(costs.compression.after(recipe)) > costs.marginal_cost_usd_per_mtok


def test_a_model_that_could_not_be_served_costs_without_end() -> None:
    slow = MODEL.model_copy(update={"minimum_decode_tok_per_s": 150.0})
    costs = book("H800 SXM5", slow)
    heavier = costs.compression.__class__(320.0)
    assert costs.cost_with(heavier) == float("inf")
