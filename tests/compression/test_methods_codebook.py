import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from torch import nn

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.methods.catalogue import method
from analysis.compression.methods.codebook import codebooks, nearest_level, nf4_levels
from analysis.compression.methods.weights import rows_of
from analysis.compression.subject import Subject


def inertia(rows, importance, levels):
    return float((importance * (nearest_level(rows, levels) - rows).square()).sum())


@pytest.mark.parametrize("count", [4, 8, 16, 32, 64])
@pytest.mark.parametrize("weighted", [False, True])
def test_levels_fit_nearly_as_well_as_the_best_of_scikit_learns_ten_starts(count, weighted):
    draws = torch.Generator().manual_seed(count)
    rows = torch.randn(6, 576, generator=draws)
    importance = torch.ones_like(rows)
    if weighted:
        importance = torch.randn(576, generator=draws).exp().expand_as(rows)
    best = sum(
        KMeans(count, n_init=10, random_state=0)
        .fit(row[:, None].numpy(), sample_weight=weights.numpy())
        .inertia_
        for row, weights in zip(rows, importance, strict=True)
    )
    assert inertia(rows, importance, codebooks(rows, importance, count)) <= 1.08 * best


@given(st.integers(0, 10_000), st.integers(2, 5), st.integers(3, 80))
@settings(max_examples=40, deadline=None)
def test_each_weight_gets_its_nearest_level_and_zero_stays(seed, bits, inputs):
    draws = torch.Generator().manual_seed(seed)
    rows = torch.randn(3, inputs, generator=draws)
    rows *= torch.rand(3, inputs, generator=draws) > 0.3
    levels = codebooks(rows, torch.ones_like(rows), 2**bits)
    rounded = nearest_level(rows, levels)
    best = (rows[:, :, None] - levels[:, None, :]).abs().amin(-1)
    torch.testing.assert_close((rounded - rows).abs()[rows != 0], best[rows != 0])
    assert (rounded[rows == 0] == 0).all()
    assert torch.equal(nearest_level(rounded, levels), rounded)


def test_lloyds_rounds_never_fit_worse_than_the_even_start():
    rows = torch.randn(20, 100, generator=torch.Generator().manual_seed(9))
    ones = torch.ones_like(rows)
    low, high = rows.amin(1, keepdim=True), rows.amax(1, keepdim=True)
    even = low + (high - low) * torch.linspace(0, 1, 8)
    assert inertia(rows, ones, codebooks(rows, ones, 8)) < inertia(rows, ones, even)


def test_the_sixteen_levels_are_those_that_the_paper_lists():
    listed = [  # arXiv:2305.14314, appendix E
        -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453,
        -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0,
        0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
        0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
    ]  # fmt: skip
    torch.testing.assert_close(nf4_levels(), torch.tensor(listed), rtol=0, atol=1e-6)


def test_normal_levels_scale_with_the_largest_of_each_group():
    rows = torch.randn(4, 100, generator=torch.Generator().manual_seed(5))
    layer = nn.Linear(100, 4, bias=False).requires_grad_(False)
    layer.weight.copy_(rows)
    subject = Subject("layer", nn.Sequential(layer), ("0",), lambda: iter(()))
    method("nf4").apply(subject, 4)
    for part in (slice(0, 64), slice(64, 100)):
        scale = rows[:, part].abs().amax(1, keepdim=True)
        nearest = (rows[:, part, None] - scale[..., None] * nf4_levels()).abs().amin(-1)
        errors = (rows_of(subject, "0")[:, part] - rows[:, part]).abs()
        assert ((errors - nearest).abs() <= 1e-3 * scale).all()
    assert subject.storage["0"].bits == 400 * 4 + 4 * 2 * 16


def test_normal_levels_are_for_four_bits(tiny_subject):
    with pytest.raises(MethodNotAllowed, match="nf4 at 3 bits"):
        method("nf4").apply(tiny_subject, 3)


def test_a_codebook_counts_for_each_row(tiny_subject):
    method("kmeans").apply(tiny_subject, 3)
    storage = tiny_subject.storage["model.layers.0.mlp.down_proj"]
    assert storage.bits == 64 * 128 * 3 + 64 * 8 * 16
