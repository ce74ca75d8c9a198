"""Recipes: what they leave, what they cost, how they are named and chosen."""

import itertools
import math

import pytest
from made_measurements import made_rows

from analysis.compression.fitting.fit import fit_curves
from sim.compression.curves import CompressionCurves, Estimate
from sim.compression.frontier import TradeOff, choose, pareto
from sim.compression.names import read_name, strengths_of
from sim.compression.recipes import LARGEST_NATS, Loss, Recipes
from sim.compression.sampling import sampled_curves
from sim.data.published_compression import published_rows
from sim.errors import DataError, UnknownName


@pytest.fixture(scope="module")
def curves() -> CompressionCurves:
    """Curves fitted to made-up measurements, so that these tests hang on no table."""
    return fit_curves(made_rows(), published_rows()).curves


@pytest.fixture(scope="module")
def recipes(curves) -> Recipes:
    return Recipes(curves)


def one(recipes: Recipes, name: str, billion: float = 70.0):
    (recipe,) = recipes.named(name, billion)
    return recipe


def test_fewer_bits_are_smaller_and_lose_more(recipes):
    ladder = [one(recipes, f"gptq_per_group:{bits}") for bits in (8, 6, 5, 4, 3)]
    assert all(a.nats < b.nats for a, b in itertools.pairwise(ladder))
    assert all(a.keep_bytes_share > b.keep_bytes_share for a, b in itertools.pairwise(ladder))


def test_scales_and_masks_are_counted(recipes):
    assert one(recipes, "gptq_per_group:4").keep_bytes_share == pytest.approx(0.25 + 20 / 1024)
    assert one(recipes, "activation_aware:0.5").keep_bytes_share == pytest.approx(0.5 + 1 / 16)


def test_the_bytes_of_a_stack_are_those_of_the_account_of_storage(recipes):
    """Half of the weights at 4 bits, a bit each that says where they stand, and all scales."""
    stack = one(recipes, "activation_aware:0.5+gptq_per_group:4")
    assert stack.keep_bytes_share == pytest.approx(0.5 * 0.25 + 1 / 16 + 20 / 1024)
    removed = one(recipes, "layers:0.2+gptq_per_group:4")
    assert removed.keep_bytes_share == pytest.approx(0.8 * (0.25 + 20 / 1024))


def test_the_loss_of_a_stack_is_the_rule_of_stacks(recipes, curves):
    first, second = one(recipes, "activation_aware:0.5"), one(recipes, "gptq_per_group:4")
    stack = one(recipes, "activation_aware:0.5+gptq_per_group:4")
    assert stack.nats == pytest.approx(curves.stacking.best * (first.nats + second.nats))


def test_a_stack_loses_no_less_than_its_worst_part():
    assert Loss(0.5, 1.5, 0.2).nats([1.0, 0.1]) == 1.0
    assert Loss(0.5, 1.5, 0.2).nats([1.0]) == 1.0
    assert Loss(0.5, 1.5, 0.2).nats([]) == 0.0


def test_capability_falls_in_proportion_to_nats_and_a_gain_is_no_gain():
    loss = Loss(1.0, 1.5, 3.0)
    assert loss.capability_logit(0.1) == pytest.approx(0.3)
    assert loss.capability_logit(0.0) == 0.0
    assert loss.capability_logit(-0.1) == 0.0


def test_a_size_slope_lowers_losses_up_to_the_largest_published(curves):
    slope = Estimate(best=0.2, low=0.1, high=0.3)
    sloped = [group.model_copy(update={"size_slope": slope}) for group in curves.groups]
    recipes = Recipes(curves.model_copy(update={"groups": tuple(sloped)}))
    losses = [one(recipes, "gptq_per_group:4", size).nats for size in (1.0, 7.0, 70.0, 180.0)]
    assert all(a > b for a, b in itertools.pairwise(losses))
    assert one(recipes, "gptq_per_group:4", 400.0).nats == losses[-1]


def test_a_name_without_a_strength_stands_for_all_measured(recipes):
    assert len(recipes.named("gptq_per_group", 7.0)) == 5
    assert len(recipes.named("activation_aware+gptq_per_group:4", 7.0)) == 4
    names = [recipe.name for recipe in recipes.named("nf4", 7.0)]
    assert names == ["nf4:4"]


@pytest.mark.parametrize(
    ("name", "offer"),
    [
        ("gptq_per_grup:4", "Did you mean 'gptq_per_group'"),
        ("gptq_per_group:4.5", "gptq_per_group:4"),
        ("gptq_per_group:four", "gptq_per_group:"),
        ("activation_aware:0.5+", "compression method ''"),
    ],
)
def test_what_was_not_measured_is_refused_with_the_nearest(recipes, name, offer):
    with pytest.raises(UnknownName, match=offer):
        recipes.named(name, 7.0)


def test_bits_are_set_once_and_a_method_is_named_once(curves):
    strengths = strengths_of(curves)
    with pytest.raises(DataError, match="sets the bits of weights twice"):
        read_name("gptq_per_group:4+nf4:4", strengths)
    with pytest.raises(DataError, match="names a method twice"):
        read_name("layers:0.2+layers:0.3", strengths)


def test_every_recipe_on_offer_makes_the_model_smaller_at_a_bearable_loss(recipes):
    offered = recipes.every(70.0)
    assert len({recipe.name for recipe in offered}) == len(offered) > 100
    for recipe in offered:
        assert 0.0 < recipe.keep_bytes_share < 1.0
        assert 0.0 < recipe.keep_flops_share <= 1.0
        assert 0.0 <= recipe.nats <= LARGEST_NATS
        assert recipe.capability_loss_logit >= 0.0
    assert any(len(recipe.parts) == 2 for recipe in offered)


def test_a_model_without_size_has_no_recipe(recipes):
    with pytest.raises(DataError, match="0 billion"):
        recipes.named("gptq_per_group:4", 0.0)


def frontier(recipes):
    """Return what is worth choosing for a model of 70 billion parameters."""
    return pareto(
        [
            TradeOff(recipe, recipe.keep_bytes_share, recipe.capability_loss_logit, recipe.name)
            for recipe in recipes.every(70.0)
        ]
    )


def test_the_frontier_holds_what_no_recipe_beats(curves, recipes):
    found = frontier(recipes)
    assert len(found) > 5
    for better, smaller in itertools.pairwise(found):
        assert better.capability_loss_logit < smaller.capability_loss_logit
        assert better.size_share > smaller.size_share
    for recipe in recipes.every(70.0):
        assert any(
            point.size_share <= recipe.keep_bytes_share
            and point.capability_loss_logit <= recipe.capability_loss_logit
            for point in found
        )


def test_more_weight_on_accuracy_never_chooses_a_lossier_recipe(recipes):
    found = frontier(recipes)
    losses = [choose(found, step / 20).capability_loss_logit for step in range(21)]
    assert losses == sorted(losses, reverse=True)
    assert losses[0] > losses[-1]


def test_parameters_are_drawn_from_their_intervals(curves):
    """A normal of 1.96 lies on the end of every interval, one of 0 on the best value."""
    ends = sampled_curves(curves, lambda name, ordinal: 1.96)
    assert ends.stacking.best == pytest.approx(curves.stacking.high)
    assert ends.groups[0].level.best == pytest.approx(curves.groups[0].level.high)
    assert ends.methods[1].offset.best == pytest.approx(
        curves.methods[1].offset.high + 1.96 * curves.groups[0].residual_sd
    )
    assert ends.groups[0].unknown.best == pytest.approx(curves.groups[0].unknown.high)
    same = sampled_curves(curves, lambda name, ordinal: 0.0)
    assert [m.offset.best for m in same.methods] == [m.offset.best for m in curves.methods]
    low = sampled_curves(curves, lambda name, ordinal: -1.96)
    assert low.capability_per_nat.best == pytest.approx(curves.capability_per_nat.low)


def test_a_draw_moves_only_what_it_is_named_for(curves):
    moved = sampled_curves(curves, lambda name, ordinal: float(name == "nf4"))
    changed = [
        new.name
        for old, new in zip(curves.methods, moved.methods, strict=True)
        if new.offset.best != old.offset.best
    ]
    assert changed == ["nf4"]
    assert math.isclose(moved.stacking.best, curves.stacking.best)
