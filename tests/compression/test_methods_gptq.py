import pytest
import torch

from analysis.compression.methods.catalogue import method
from analysis.compression.methods.gptq import DAMPING, compensated, inverse_factor
from analysis.compression.methods.uniform import EvenLevels, groups
from analysis.compression.methods.weights import rows_of


def correlated(columns, seed=5):
    draws = torch.Generator().manual_seed(seed)
    mix = torch.randn(columns, columns, generator=draws) / columns**0.5
    inputs = torch.randn(4000, columns, generator=draws) @ mix
    return inputs.T @ inputs / len(inputs)


def nearest(rows, bits):
    rounded = rows.clone()
    for part in groups(rounded):
        part.copy_(EvenLevels.asymmetric(part, bits).nearest(part))
    return rounded


def output_error(change, moment):
    return float((change @ moment * change).sum())


@pytest.fixture
def rows():
    return torch.randn(12, 150, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_independent_inputs_leave_rounding_to_nearest(rows, bits):
    assert torch.equal(compensated(rows, torch.eye(150), bits), nearest(rows, bits))


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_the_outputs_error_is_below_that_of_rounding_to_nearest(rows, bits):
    moment = correlated(150)
    ours = output_error(rows - compensated(rows, moment, bits), moment)
    assert ours < 0.75 * output_error(rows - nearest(rows, bits), moment)


def test_it_does_what_the_papers_column_by_column_update_does():
    """Optimal brain surgery step by step, inverting what is left each time, on one group."""
    rows = torch.randn(5, 40, generator=torch.Generator().manual_seed(2)).double()
    moment = correlated(40).double()
    damped = moment + DAMPING * moment.diagonal().mean() * torch.eye(40)
    left, result = rows.clone(), torch.empty_like(rows)
    grid = EvenLevels.asymmetric(rows, 3)
    for column in range(40):
        inverse = torch.linalg.inv(damped[column:, column:])
        result[:, column] = grid.nearest(left[:, column : column + 1]).squeeze(1)
        error = (left[:, column] - result[:, column]) / inverse[0, 0]
        left[:, column:] -= error[:, None] * inverse[0]
    ours = compensated(rows, moment, 3)
    assert (ours - result).abs().max() < 1e-6


def test_the_factor_is_that_of_the_inverse_moment():
    moment = correlated(30)
    damped = moment + DAMPING * moment.diagonal().mean() * torch.eye(30)
    factor = inverse_factor(moment)
    assert torch.equal(factor, factor.triu())
    torch.testing.assert_close(factor.T @ factor @ damped, torch.eye(30), rtol=0, atol=1e-3)


def test_inputs_that_are_never_seen_do_no_harm(rows):
    moment = correlated(150)
    moment[7], moment[:, 7] = 0.0, 0.0
    assert compensated(rows, moment, 4).isfinite().all()
    assert compensated(rows, torch.zeros(150, 150), 4).isfinite().all()


def test_zeros_stay_and_what_they_lost_is_made_up_for(rows):
    moment = correlated(150)
    pruned = rows * (rows.abs() > 0.7)
    ours = compensated(pruned, moment, 3)
    assert (ours[pruned == 0] == 0).all()
    error = output_error(pruned - ours, moment)
    assert error < output_error(pruned - nearest(pruned, 3), moment)


def test_every_layer_of_a_real_model_errs_less_than_by_rounding(tiny_base):
    ours, rounded = tiny_base.copy(), tiny_base.copy()
    method("gptq_per_group").apply(ours, 3)
    method("uniform_per_group").apply(rounded, 3)
    for name in tiny_base.targets:
        moment = tiny_base.moments[name]
        error, plain = (
            output_error(rows_of(tiny_base, name) - rows_of(subject, name), moment)
            for subject in (ours, rounded)
        )
        assert error < plain
    assert ours.shares == rounded.shares
