"""What a specialist would check on any model, checked on a tiny one that was trained here.

Each ordering is of one model, text and seed; margins asked for are well below those found.
"""

from itertools import pairwise

import pytest

from analysis.compression.methods.catalogue import METHODS
from analysis.compression.methods.method import Method

IN_PLACE = {
    name: known
    for name, known in METHODS.items()
    # Those that write a file for another engine are tested with that engine.
    if not name.startswith(("gguf_", "onnx_"))
}


@pytest.fixture
def base_for(tiny_base, base_of_whole_blocks):
    """Return a function: the tiny model that a method can be applied to."""
    return lambda name: base_of_whole_blocks if name == "cache_per_block" else tiny_base


def middling(method: Method) -> float:
    """Return a strength that the tiny model's layers allow."""
    if method.name == "layers":
        return 1 / 3
    return 0.5 if method.low <= 0.5 <= method.high else method.high


def test_the_tiny_model_has_learnt_to_read(tiny_base, held_out_nll):
    even_odds_nats = 5.545  # ln 256
    assert held_out_nll(tiny_base) < 0.45 * even_odds_nats


@pytest.mark.parametrize(
    "name", ["uniform_per_channel", "uniform_per_group", "gptq_per_group", "dynamic_w8a8"]
)
def test_eight_bits_lose_almost_nothing(name, loss_of):
    assert abs(loss_of((name, 8))) < 0.003


def test_scales_per_group_round_nearer_than_scales_per_channel_at_four_bits(tiny_base):
    # of weights, since the loss of so small a model is here near what another page of text makes
    def squared_error(name):
        subject = tiny_base.copy()
        IN_PLACE[name].apply(subject, 4)
        return sum(
            float((subject.matrix(target).weight - tiny_base.matrix(target).weight).square().sum())
            for target in tiny_base.targets
        )

    assert 0.0 < squared_error("uniform_per_group") < 0.9 * squared_error("uniform_per_channel")


@pytest.mark.parametrize("bits", [3, 2])
def test_scales_per_group_beat_scales_per_channel_at_equal_bits(bits, loss_of):
    assert loss_of(("uniform_per_group", bits)) < 0.9 * loss_of(("uniform_per_channel", bits))


@pytest.mark.parametrize("bits", [3, 2])
def test_error_compensation_beats_rounding_to_nearest(bits, loss_of):
    assert loss_of(("gptq_per_group", bits)) < 0.7 * loss_of(("uniform_per_group", bits))


def test_normal_levels_beat_even_levels_at_four_bits(loss_of):
    assert loss_of(("nf4", 4)) < loss_of(("uniform_per_channel", 4))


@pytest.mark.parametrize("bits", [4, 3, 2])
def test_fitted_levels_beat_even_levels_per_channel(bits, loss_of):
    assert loss_of(("kmeans", bits)) < 0.7 * loss_of(("uniform_per_channel", bits))


def test_activation_aware_pruning_beats_magnitude_at_half(loss_of):
    assert loss_of(("activation_aware", 0.5)) < loss_of(("magnitude", 0.5))


@pytest.mark.parametrize(
    ("aware", "blind"),
    [
        ("activation_aware", "magnitude"),
        ("two_of_four_activation_aware", "two_of_four_magnitude"),
    ],
)
def test_activation_aware_pruning_beats_magnitude_far_where_inputs_are_uneven(
    aware, blind, loss_of, uneven_base
):
    ours = loss_of((aware, 0.5), base=uneven_base)
    assert ours < 0.85 * loss_of((blind, 0.5), base=uneven_base)


def test_weighted_levels_beat_plain_ones_where_inputs_are_uneven(loss_of, uneven_base):
    weighted = loss_of(("kmeans_weighted", 3), base=uneven_base)
    assert weighted < loss_of(("kmeans", 3), base=uneven_base)


@pytest.mark.parametrize("share", [0.8, 0.5])
def test_whitened_factors_beat_plain_ones(share, loss_of):
    assert loss_of(("svd_whitened", share)) < 0.7 * loss_of(("svd", share))


def test_two_of_four_costs_more_than_half_scattered(loss_of):
    for kind in ("magnitude", "activation_aware"):
        assert loss_of((f"two_of_four_{kind}", 0.5)) > loss_of((kind, 0.5))


@pytest.mark.parametrize(
    ("name", "mild_to_strong"),
    [
        ("magnitude", (0.2, 0.4, 0.6, 0.8)),
        ("activation_aware", (0.2, 0.4, 0.6, 0.8)),
        ("neurons", (0.1, 0.3, 0.5, 0.8)),
        ("svd", (0.9, 0.6, 0.3)),
        ("svd_whitened", (0.9, 0.6, 0.3)),
        ("uniform_per_channel", (8, 5, 4, 3, 2)),
        ("uniform_per_group", (8, 5, 4, 3, 2)),
        ("uniform_per_group_a8", (8, 5, 4, 3, 2)),
        ("kmeans", (6, 4, 3, 2)),
        ("kmeans_weighted", (6, 4, 3, 2)),
        ("gptq_per_group", (8, 4, 3, 2)),
    ],
)
def test_loss_rises_with_strength(name, mild_to_strong, loss_of):
    noise_nats = 0.002
    losses = [loss_of((name, strength)) for strength in mild_to_strong]
    assert all(mild < strong + noise_nats for mild, strong in pairwise(losses)), losses
    assert losses[-1] > losses[0] + 0.02


def test_every_method_leaves_the_uncompressed_model_alone(base_for, held_out_nll):
    bases = {id(base_for(name)): base_for(name) for name in IN_PLACE}.values()
    before = [(held_out_nll(base), moments_of(base)) for base in bases]
    for name, method in IN_PLACE.items():
        method.apply(base_for(name).copy(), middling(method))
    for base, (nll, moments) in zip(bases, before, strict=True):
        assert held_out_nll(base) == nll
        assert base.shares.keep_bytes == 1.0
        assert base.cache_bits == 16.0
        assert base.moments.keys() == moments.keys() == set(base.targets)
        assert all(moment.equal(moments[name]) for name, moment in base.moments.items())


def moments_of(base):
    return {name: moment.clone() for name, moment in base.moments.items()}


@pytest.mark.parametrize("name", sorted(IN_PLACE))
def test_a_compressed_copy_answers_as_the_compressed_model_does(name, base_for, held_out_nll):
    method, base = IN_PLACE[name], base_for(name)
    subject = base.copy()
    original = sum(base.matrix(target).weight.numel() for target in base.targets)
    method.apply(subject, middling(method))
    assert held_out_nll(subject.copy()) == pytest.approx(held_out_nll(subject), abs=1e-6)
    assert set(subject.targets) <= set(subject.storage)
    assert all(subject.matrix(target) is not None for target in subject.targets)
    assert sum(storage.weights for storage in subject.storage.values()) == pytest.approx(original)


def test_blocks_of_a_cache_lose_almost_nothing_at_eight_bits_and_little_at_four(
    base_of_whole_blocks, held_out_nll
):
    original = held_out_nll(base_of_whole_blocks)

    def loss(bits):
        subject = base_of_whole_blocks.copy()
        IN_PLACE["cache_per_block"].apply(subject, bits)
        return held_out_nll(subject) - original

    assert abs(loss(8)) < 0.0005
    assert abs(loss(8)) < loss(4) < 0.02
