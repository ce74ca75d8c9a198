"""What must hold of compression, whatever the curves."""

import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.compression.curves import (
    CompressionCurves,
    Estimate,
    GroupCurve,
    MethodCurve,
    MethodSize,
)
from sim.compression.frontier import TradeOff, choose, pareto
from sim.compression.groups import METHODS, curve_position
from sim.compression.recipes import Loss, Recipes
from sim.compression.state import CompressionState

BITS = (2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
SHARES = (0.1, 0.3, 0.5, 0.7)
NAMES = ("gptq_per_group", "dynamic_w8a8", "activation_aware", "layers", "svd_whitened")


def sure(best: float) -> Estimate:
    return Estimate(best=best, low=best, high=best)


def sizes(name: str) -> tuple[MethodSize, ...]:
    group = METHODS[name].group
    found = []
    for strength in BITS if group == "quantization" else SHARES:
        side = 0.02 if group == "quantization" else 1 / 16 if group == "scattered" else 0.0
        kept = strength / 16 if group == "quantization" else 1.0 - strength
        kept = strength if group == "low_rank" else kept
        structural = group in ("structured", "low_rank")
        found.append(
            MethodSize(
                strength=strength,
                x=curve_position(group, strength, kept + side),
                values_share=kept,
                footprint_share=kept if structural else 1.0,
                side_share=side,
                keep_flops_share=kept if structural else 1.0,
                work_tokens=1e4 / strength,
                training_tokens_per_parameter=0.0 if group == "quantization" else strength,
            )
        )
    return tuple(found)


@st.composite
def curves(draw: st.DrawFn) -> CompressionCurves:
    groups = sorted({METHODS[name].group for name in NAMES})
    return CompressionCurves(
        table_sha256="0" * 64,
        groups=tuple(
            GroupCurve(
                name=group,
                reference="made-up",
                shape=sure(draw(st.floats(0.1, 3.0))),
                centre=0.0,
                mildest_x=draw(st.none() | st.floats(-10.0, 1.0)),
                level=sure(draw(st.floats(-5.0, 2.0))),
                size_slope=sure(draw(st.floats(0.0, 0.6))),
                largest_billion=draw(st.floats(10.0, 200.0)),
                residual_sd=0.3,
            )
            for group in groups
        ),
        methods=tuple(
            MethodCurve(
                name=name,
                family=METHODS[name].family,
                group=METHODS[name].group,
                offset=sure(draw(st.floats(-1.0, 2.0))),
                residual_sd=0.1,
                rows=5,
                sizes=sizes(name),
                rounds_activations=METHODS[name].rounds_activations,
            )
            for name in NAMES
        ),
        activation_nats=sure(draw(st.floats(0.0, 0.05))),
        stacking=sure(draw(st.floats(0.5, 1.5))),
        stacking_factors=sure(draw(st.floats(0.5, 3.0))),
        stacking_residual_sd=0.1,
        capability_per_nat=sure(draw(st.floats(0.5, 6.0))),
        capability_residual_sd=0.4,
    )


billions = st.floats(1.0, 400.0)


@given(curves(), billions)
def test_losses_rise_with_strength_and_are_never_negative(
    made: CompressionCurves, billion: float
) -> None:
    recipes = Recipes(made)
    for name in NAMES:
        ladder = recipes.named(name, billion)
        nats = [recipe.nats for recipe in ladder]
        assert min(nats) >= 0.0
        falls = METHODS[name].group in ("quantization", "low_rank")  # with bits, with rank kept
        assert nats == sorted(nats, reverse=falls)
        lost = [recipe.capability_loss_logit for recipe in ladder]
        assert lost == sorted(lost, reverse=falls)
        assert min(lost) >= 0.0


@given(curves(), billions, billions)
def test_a_larger_model_never_loses_more(made: CompressionCurves, one: float, other: float) -> None:
    small, large = sorted((one, other))
    recipes = Recipes(made)
    for name in NAMES:
        for lesser, greater in zip(
            recipes.named(name, small), recipes.named(name, large), strict=True
        ):
            assert greater.nats <= lesser.nats * (1.0 + 1e-12)


@given(
    curves(), billions, st.sampled_from(BITS), st.sampled_from(SHARES), st.sampled_from(NAMES[2:])
)
def test_the_order_of_a_stack_changes_neither_bytes_nor_loss(
    made: CompressionCurves, billion: float, bits: float, share: float, name: str
) -> None:
    one, other = f"{name}:{share:g}", f"gptq_per_group:{bits:g}"
    recipes = Recipes(made)
    (first,), (second,) = (
        recipes.named(text, billion) for text in (f"{one}+{other}", f"{other}+{one}")
    )
    assert first.keep_bytes_share == pytest.approx(second.keep_bytes_share)
    assert first.nats == pytest.approx(second.nats)
    ends = [CompressionState(16.0).after(recipe) for recipe in (first, second)]
    assert ends[0].bytes_per_parameter == pytest.approx(ends[1].bytes_per_parameter)
    assert ends[0].bytes_per_parameter / 2.0 == pytest.approx(first.keep_bytes_share)


@given(curves(), billions)
def test_a_longer_stack_takes_no_less_work(made: CompressionCurves, billion: float) -> None:
    for recipe in Recipes(made).every(billion):
        alone = [replace(recipe, parts=(part,)) for part in recipe.parts]
        assert recipe.work_tokens == pytest.approx(sum(one.work_tokens for one in alone))
        trained = sum(one.training_tokens_per_parameter for one in alone)
        assert recipe.training_tokens_per_parameter == pytest.approx(trained)


@given(st.lists(st.floats(0.0, 2.0), min_size=1, max_size=4), st.floats(0.1, 2.0))
def test_one_more_part_never_loses_less(parts: list[float], gamma: float) -> None:
    loss = Loss(gamma, gamma, 0.25)
    assert loss.nats([*parts, 0.1]) >= loss.nats(parts) - 1e-12
    assert loss.capability_logit(loss.nats(parts)) >= 0.0


points = st.lists(
    st.builds(
        TradeOff,
        choice=st.none(),
        size_share=st.floats(0.05, 1.0),
        capability_loss_logit=st.floats(0.0, 3.0),
        name=st.text(max_size=2),
    ),
    min_size=1,
    max_size=12,
)


@given(points)
def test_nothing_beats_a_point_of_the_frontier_and_every_point_is_met(
    outcomes: list[TradeOff[None]],
) -> None:
    found = pareto(outcomes)
    for point in found:
        assert not any(
            other.size_share <= point.size_share
            and other.capability_loss_logit <= point.capability_loss_logit
            and (other.size_share, other.capability_loss_logit)
            != (point.size_share, point.capability_loss_logit)
            for other in outcomes
        )
    for outcome in outcomes:
        assert any(
            point.size_share <= outcome.size_share
            and point.capability_loss_logit <= outcome.capability_loss_logit
            for point in found
        )


@given(points, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_more_weight_on_accuracy_never_chooses_a_lossier_outcome(
    outcomes: list[TradeOff[None]], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assume(high - low > 1e-9 or high == low)
    careless, careful = choose(outcomes, low), choose(outcomes, high)
    assert careful.capability_loss_logit <= careless.capability_loss_logit + 1e-9
    assert careful.size_share >= careless.size_share - 1e-9
    assert math.isfinite(careful.capability_loss_logit)
