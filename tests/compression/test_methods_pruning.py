import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.methods.catalogue import method
from analysis.compression.methods.weights import rows_of
from analysis.compression.subject import Subject, input_moments


@pytest.fixture
def two_layers():
    """A net of 12 -> 8 -> 4 with inputs of very different strength, and its moments."""
    draws = torch.Generator().manual_seed(3)
    strength = torch.logspace(-1, 1, 12)
    model = nn.Sequential(nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 4)).requires_grad_(False)
    for layer in (model[0], model[2]):
        layer.weight.copy_(torch.randn(layer.weight.shape, generator=draws))
    inputs = torch.randn(200, 12, generator=draws) * strength
    subject = Subject("net", model, ("0", "2"), lambda: iter([{"input": inputs}]))
    input_moments(subject)
    return subject


@pytest.mark.parametrize("share", [0.1, 0.5, 0.77])
def test_magnitude_removes_what_torch_removes(tiny_subject, share):
    expected = {}
    for name in tiny_subject.targets:
        layer = nn.Linear(*reversed(rows_of(tiny_subject, name).shape), bias=False)
        layer.weight.data = rows_of(tiny_subject, name).clone()
        prune.l1_unstructured(layer, "weight", amount=share)
        expected[name] = layer.weight.detach()
    method("magnitude").apply(tiny_subject, share)
    for name in tiny_subject.targets:
        assert torch.equal(rows_of(tiny_subject, name), expected[name])


def test_activation_aware_removes_equally_many_from_each_row(two_layers):
    method("activation_aware").apply(two_layers, 0.25)
    assert ((rows_of(two_layers, "0") == 0).sum(1) == 3).all()
    assert ((rows_of(two_layers, "2") == 0).sum(1) == 2).all()


def test_activation_aware_removes_the_least_weight_times_input_power(two_layers):
    before = rows_of(two_layers, "0").clone()
    inputs = next(two_layers.calibration())["input"]
    score = before.abs() * inputs.square().mean(0).sqrt()
    method("activation_aware").apply(two_layers, 0.5)
    removed = rows_of(two_layers, "0") == 0
    for row in range(len(before)):
        assert score[row, removed[row]].max() <= score[row, ~removed[row]].min()


def test_activation_aware_does_not_mind_the_unit_of_an_input(two_layers):
    in_other_units = two_layers.copy()
    factor = torch.logspace(1, -1, 12)
    in_other_units.matrix("0").weight.mul_(factor)
    in_other_units.moments = {
        "0": two_layers.moments["0"] / factor / factor[:, None],
        "2": two_layers.moments["2"],
    }
    for subject in (two_layers, in_other_units):
        method("activation_aware").apply(subject, 0.5)
    assert torch.equal(rows_of(two_layers, "0") == 0, rows_of(in_other_units, "0") == 0)


@pytest.mark.parametrize("name", ["two_of_four_magnitude", "two_of_four_activation_aware"])
def test_every_four_consecutive_inputs_keep_two(two_layers, name):
    method(name).apply(two_layers, 0.5)
    for target in two_layers.targets:
        fours = rows_of(two_layers, target).reshape(-1, 4)
        assert ((fours != 0).sum(1) == 2).all()


def test_two_of_four_keeps_the_two_largest():
    layer = nn.Linear(4, 2, bias=False).requires_grad_(False)
    layer.weight.copy_(torch.tensor([[1.0, -4.0, 3.0, 2.0], [-0.3, 0.1, 0.2, -0.4]]))
    subject = Subject("pair", nn.Sequential(layer), ("0",), lambda: iter(()))
    method("two_of_four_magnitude").apply(subject, 0.5)
    expected = torch.tensor([[0.0, -4.0, 3.0, 0.0], [-0.3, 0.0, 0.0, -0.4]])
    assert torch.equal(rows_of(subject, "0"), expected)


def test_two_of_four_refuses_rows_that_are_no_multiple_of_four_and_changes_nothing():
    model = nn.Sequential(nn.Linear(8, 6), nn.Linear(6, 4))
    subject = Subject("odd", model, ("0", "1"), lambda: iter(()))
    before = rows_of(subject, "0").clone()
    with pytest.raises(MethodNotAllowed, match="1 of odd has 6 inputs, not a multiple of 4"):
        method("two_of_four_magnitude").apply(subject, 0.5)
    assert torch.equal(rows_of(subject, "0"), before)


def test_two_of_four_has_one_strength(two_layers):
    with pytest.raises(MethodNotAllowed, match="a share of 0.5 and no other"):
        method("two_of_four_magnitude").apply(two_layers, 0.6)


def test_a_pruned_matrix_stores_values_and_a_bitmap(two_layers):
    method("magnitude").apply(two_layers, 0.75)
    weights = 12 * 8 + 8 * 4
    assert two_layers.shares.keep_bytes == (weights * 0.25 * 16 + weights) / (weights * 16)
    assert two_layers.shares.keep_flops == 1.0


def test_two_of_four_halves_multiply_adds_and_stores_two_bits_for_each_kept(two_layers):
    method("two_of_four_magnitude").apply(two_layers, 0.5)
    weights = 12 * 8 + 8 * 4
    assert two_layers.shares.keep_bytes == (weights / 2 * (16 + 2)) / (weights * 16)
    assert two_layers.shares.keep_flops == 0.5
