import numpy as np
import pytest
import torch
from torch import nn

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.methods.catalogue import method
from analysis.compression.methods.dynamic import eight_bit_tokens
from analysis.compression.methods.uniform import EvenLevels
from analysis.compression.subject import Subject


@pytest.fixture
def layer_and_inputs():
    draws = torch.Generator().manual_seed(8)
    layer = nn.Linear(96, 24).requires_grad_(False)
    layer.weight.copy_(torch.randn(24, 96, generator=draws))
    return layer, torch.randn(2, 5, 96, generator=draws) * torch.logspace(-2, 2, 5)[:, None]


def test_a_layer_gives_what_whole_number_multiplication_gives(layer_and_inputs):
    layer, inputs = layer_and_inputs
    grid = EvenLevels.symmetric(layer.weight, 8)
    weights = np.rint((layer.weight / grid.scale).numpy()).astype(np.int32)
    scale = inputs.abs().amax(-1, keepdim=True) / 127
    tokens = np.rint((inputs / scale).numpy()).astype(np.int32)
    sums = torch.from_numpy((tokens @ weights.T).astype(np.float32))
    expected = sums * scale * grid.scale.T + layer.bias
    subject = Subject("layer", nn.Sequential(layer), ("0",), lambda: iter(()))
    method("dynamic_w8a8").apply(subject, 8)
    found = subject.copy().model(inputs)
    assert np.abs(tokens).max() == np.abs(weights).max() == 127
    assert ((found - expected).abs() <= 1e-4 * expected.abs().amax(-1, keepdim=True)).all()


@pytest.mark.filterwarnings("ignore:torch.ao.quantization is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*torch.ao.quantization:DeprecationWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_layer_errs_no_more_than_torchs_own_dynamic_layer(layer_and_inputs):
    layer, inputs = layer_and_inputs
    exact = layer(inputs)
    torchs = torch.ao.quantization.quantize_dynamic(nn.Sequential(layer), {nn.Linear}, torch.qint8)
    theirs = (torchs(inputs) - exact).square().mean()
    subject = Subject("layer", nn.Sequential(layer), ("0",), lambda: iter(()))
    method("dynamic_w8a8").apply(subject, 8)
    ours = (subject.model(inputs) - exact).square().mean()
    assert ours <= theirs
    assert theirs < 0.01 * exact.var()


def test_a_token_of_zeros_stays_one_and_others_err_by_half_a_step():
    inputs = torch.randn(7, 30, generator=torch.Generator().manual_seed(1))
    inputs[3] = 0.0
    rounded = eight_bit_tokens(inputs)
    assert (rounded[3] == 0).all()
    step = inputs.abs().amax(1, keepdim=True) / 127
    assert ((rounded - inputs).abs() <= 0.5001 * step).all()
    torch.testing.assert_close(eight_bit_tokens(rounded), rounded)


def test_an_image_has_one_scale():
    images = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    model = nn.Sequential(nn.Conv2d(3, 2, 3)).requires_grad_(False)
    subject = Subject("net", model, ("0",), lambda: iter(()))
    method("dynamic_w8a8").apply(subject, 8)
    expected = nn.functional.conv2d(
        eight_bit_tokens(images.flatten(1)).view_as(images), model[0].weight, model[0].bias
    )
    torch.testing.assert_close(model(images), expected)


def test_fewer_bits_of_weights_need_the_grouped_method(tiny_subject):
    with pytest.raises(MethodNotAllowed, match="take uniform_per_group_a8"):
        method("dynamic_w8a8").apply(tiny_subject, 4)


def test_what_is_stored_is_that_of_the_weights_alone(tiny_base):
    for mixed, plain, bits in (
        ("dynamic_w8a8", "uniform_per_channel", 8),
        ("uniform_per_group_a8", "uniform_per_group", 4),
    ):
        ours, weights = tiny_base.copy(), tiny_base.copy()
        method(mixed).apply(ours, bits)
        method(plain).apply(weights, bits)
        assert ours.shares == weights.shares
        assert method(mixed).activation_bits == 8
