import pytest
import torch
from torch import nn

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.methods.catalogue import method
from analysis.compression.methods.low_rank import cholesky_factor, factors, rank
from analysis.compression.subject import Subject, input_moments


@pytest.fixture
def rows():
    return torch.randn(20, 30, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def moment():
    draws = torch.Generator().manual_seed(2)
    inputs = torch.randn(500, 30, generator=draws) * torch.logspace(-1, 1, 30)
    return inputs.T @ inputs / 500


def test_plain_factors_are_torchs_truncated_decomposition(rows):
    u, s, v = torch.linalg.svd(rows, full_matrices=False)
    narrow, wide = factors(rows, 7)
    torch.testing.assert_close(wide @ narrow, u[:, :7] * s[:7] @ v[:7], rtol=0, atol=1e-5)


def test_whitened_factors_are_those_of_the_paper(rows, moment):
    """SVD-LLM multiplies by the Cholesky factor, truncates, and multiplies by its inverse."""
    lower = cholesky_factor(moment)
    u, s, v = torch.linalg.svd(rows @ lower, full_matrices=False)
    expected = u[:, :7] * s[:7] @ v[:7] @ torch.linalg.inv(lower)
    narrow, wide = factors(rows, 7, lower)
    torch.testing.assert_close(wide @ narrow, expected, rtol=0, atol=1e-4)


def test_whitening_makes_the_outputs_error_the_sum_of_squares_left_out(rows, moment):
    lower = cholesky_factor(moment)
    left_out = torch.linalg.svdvals(rows @ lower)[7:].square().sum()
    narrow, wide = factors(rows, 7, lower)
    error = rows - wide @ narrow
    seen = (error @ moment * error).sum()
    assert float(seen) == pytest.approx(float(left_out), rel=1e-2)
    narrow, wide = factors(rows, 7)
    error = rows - wide @ narrow
    assert seen < 0.5 * (error @ moment * error).sum()


@pytest.mark.parametrize("shape", [(576, 576), (1536, 576), (20, 30)])
def test_the_rank_is_where_factors_keep_that_share(shape):
    outputs, inputs = shape
    for share in (0.1, 0.5, 0.9):
        kept = rank(torch.empty(shape), share) * (outputs + inputs)
        assert abs(kept - share * outputs * inputs) <= (outputs + inputs) / 2
    assert rank(torch.empty(shape), 0.99) <= outputs * inputs / (outputs + inputs)


@pytest.mark.parametrize("name", ["svd", "svd_whitened"])
def test_factors_that_would_not_pay_are_refused(name, tiny_subject):
    with pytest.raises(MethodNotAllowed, match=r"only pay for a rank r < m n / \(m \+ n\)"):
        method(name).apply(tiny_subject, 1.0)


def test_factors_become_targets_with_their_own_storage_and_moments(tiny_subject):
    method("svd_whitened").apply(tiny_subject, 0.5)
    name = "model.layers.0.mlp.down_proj"
    first, second = f"{name}.0", f"{name}.1"
    assert first in tiny_subject.targets
    assert second in tiny_subject.targets
    assert name not in tiny_subject.storage
    kept_rank = round(0.5 * 64 * 128 / (64 + 128))
    assert tiny_subject.storage[first].bits == kept_rank * 128 * 16
    assert tiny_subject.storage[second].multiply_adds == kept_rank * 64
    measured = tiny_subject.copy()
    measured.moments = {}
    for key, moment in tiny_subject.moments.items():
        assert moment.shape[0] == tiny_subject.matrix(key).weight.shape[1]
    assert set(tiny_subject.moments) == set(tiny_subject.targets)
    assert input_moments(measured).keys() == tiny_subject.moments.keys()


def test_bias_and_convolutions_are_factored_too():
    draws = torch.Generator().manual_seed(4)
    images = torch.rand(6, 3, 8, 8, generator=draws)
    model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, stride=2)).requires_grad_(False)
    subject = Subject("net", model, ("0",), lambda: iter([{"input": images}]))
    input_moments(subject)
    before = model(images)
    method("svd_whitened").apply(subject, 0.95)
    assert [type(layer) for layer in model[0]] == [nn.Conv2d, nn.Conv2d]
    assert model[0][1].bias is not None
    error = (model(images) - before).square().mean() / before.var()
    assert error < 0.2
    assert subject.shares.keep_flops == pytest.approx(6 * (27 + 8) / (27 * 8))
