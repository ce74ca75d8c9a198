import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from analysis.compression.methods.catalogue import method
from analysis.compression.methods.uniform import EvenLevels, group_count, groups
from analysis.compression.methods.weights import rows_of
from analysis.compression.subject import Subject


def random_rows(outputs, inputs, seed=0, spread=1.0):
    draws = torch.Generator().manual_seed(seed)
    rows = torch.randn(outputs, inputs, generator=draws)
    return rows * (spread * torch.randn(outputs, 1, generator=draws)).exp()


def one_layer(rows):
    layer = nn.Linear(rows.shape[1], rows.shape[0], bias=False).requires_grad_(False)
    layer.weight.copy_(rows)
    return Subject("layer", nn.Sequential(layer), ("0",), lambda: iter(()))


matrices = st.builds(
    random_rows,
    outputs=st.integers(1, 6),
    inputs=st.integers(1, 150),
    seed=st.integers(0, 10_000),
    spread=st.floats(0.0, 1.5),
)
numbers_of_bits = st.integers(2, 8)


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_rounding_per_channel_is_that_of_torch(bits):
    rows = random_rows(16, 96)
    grid = EvenLevels.symmetric(rows, bits)
    expected = torch.fake_quantize_per_channel_affine(
        rows,
        grid.scale.squeeze(1),
        torch.zeros(16, dtype=torch.int32),
        0,
        grid.lowest,
        grid.highest,
    )
    subject = one_layer(rows)
    method("uniform_per_channel").apply(subject, bits)
    torch.testing.assert_close(rows_of(subject, "0"), expected)


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_rounding_per_group_is_that_of_torch(bits):
    rows = random_rows(8, 128)
    grouped = rows.view(-1, 64)
    grid = EvenLevels.asymmetric(grouped, bits)
    expected = torch.fake_quantize_per_channel_affine(
        grouped, grid.scale.squeeze(1), grid.zero.squeeze(1).int(), 0, 0, 2**bits - 1
    )
    subject = one_layer(rows)
    method("uniform_per_group").apply(subject, bits)
    torch.testing.assert_close(rows_of(subject, "0"), expected.view_as(rows))


@given(matrices, numbers_of_bits)
@settings(max_examples=60, deadline=None)
def test_rounding_errs_by_half_a_step_at_most_and_again_changes_nothing(rows, bits):
    for grid in (EvenLevels.symmetric(rows, bits), EvenLevels.asymmetric(rows, bits)):
        rounded = grid.nearest(rows)
        # At the ends of the range a scale rounded to 16 bits adds 2^-11 of each step below, and
        # a rounded zero point up to half a step.
        allowed = 0.5 + 2**bits * 2.0**-11 + (0.5 if grid.lowest == 0 else 0.0)
        assert ((rounded - rows).abs() <= allowed * grid.scale * 1.001).all()
        inside = (rows >= grid.scale * (grid.lowest - grid.zero)) & (
            rows <= grid.scale * (grid.highest - grid.zero)
        )
        assert ((rounded - rows).abs() <= 0.5001 * grid.scale)[inside].all()
        torch.testing.assert_close(grid.nearest(rounded), rounded, rtol=0, atol=0)


@given(matrices, numbers_of_bits)
@settings(max_examples=40, deadline=None)
def test_rounding_uses_no_more_levels_than_bits_can_name_and_keeps_zero(rows, bits):
    rows = rows * (rows.abs() > 0.2)
    for name in ("uniform_per_channel", "uniform_per_group"):
        subject = one_layer(rows)
        method(name).apply(subject, bits)
        rounded = rows_of(subject, "0")
        assert (rounded[rows == 0] == 0).all()
        for part in groups(rounded, 64 if name == "uniform_per_group" else rows.shape[1]):
            assert all(len(group.unique()) <= 2**bits for group in part.flatten(0, 1))


@given(matrices, st.integers(1, 80))
@settings(max_examples=40, deadline=None)
def test_groups_cover_every_weight_once(rows, size):
    seen = torch.zeros_like(rows)
    count = 0
    for part in groups(seen, size):
        part.add_(1)
        count += part.shape[0] * part.shape[1]
    assert (seen == 1).all()
    assert count == group_count(rows, size)


def test_a_row_of_zeros_stays_one():
    subject = one_layer(torch.zeros(3, 10))
    for name in ("uniform_per_channel", "uniform_per_group"):
        method(name).apply(subject, 4)
        assert (rows_of(subject, "0") == 0).all()


def test_bits_are_whole():
    with pytest.raises(ValueError, match="whole number of bits"):
        method("uniform_per_group").apply(one_layer(torch.ones(2, 2)), 2.5)


def test_what_is_stored_per_channel_is_codes_and_a_scale_for_each_row():
    subject = one_layer(random_rows(10, 96))
    method("uniform_per_channel").apply(subject, 4)
    assert subject.storage["0"].bits == 960 * 4 + 10 * 16


def test_what_is_stored_per_group_counts_the_short_group_at_the_end():
    subject = one_layer(random_rows(10, 96))
    method("uniform_per_group").apply(subject, 3)
    assert subject.storage["0"].bits == 960 * 3 + 10 * 2 * (16 + 3)


def test_a_convolution_has_a_scale_for_each_output_channel():
    model = nn.Sequential(nn.Conv2d(3, 4, 3)).requires_grad_(False)
    before = model[0].weight.clone()
    subject = Subject("net", model, ("0",), lambda: iter(()))
    method("uniform_per_channel").apply(subject, 8)
    largest = before.abs().amax((1, 2, 3), keepdim=True)
    assert ((model[0].weight - before).abs() <= 0.51 * largest / 127).all()
    assert subject.storage["0"].bits == 108 * 8 + 4 * 16
