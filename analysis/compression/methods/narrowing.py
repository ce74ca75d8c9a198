"""Taking whole outputs and inputs out of layers, which stay dense and get smaller."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.methods.weights import keep_moment, rows_of
from analysis.compression.subject import Subject


def keep_outputs(subject: Subject, name: str, kept: Tensor) -> None:
    """Leave only some outputs of a target, given by their indices in ascending order."""
    module = subject.matrix(name)
    share = len(kept) / module.weight.shape[0]
    module.weight = _parameter(module.weight, module.weight[kept])
    if module.bias is not None:
        module.bias = _parameter(module.bias, module.bias[kept])
    if isinstance(module, nn.Linear):
        module.out_features = len(kept)
    else:
        module.out_channels = len(kept)
    subject.storage[name] = subject.storage[name].without_structure(1.0 - share)


def keep_inputs(subject: Subject, name: str, kept: Tensor) -> None:
    """Leave only some columns of a target's flattened weights, whole channels of a convolution."""
    module = subject.matrix(name)
    rows = rows_of(subject, name)
    share = len(kept) / rows.shape[1]
    weight = rows[:, kept]
    if isinstance(module, nn.Linear):
        module.in_features = len(kept)
    else:
        weight = weight.view(len(weight), -1, *module.kernel_size)
        module.in_channels = weight.shape[1]
    module.weight = _parameter(module.weight, weight)
    subject.storage[name] = subject.storage[name].without_structure(1.0 - share)
    moment = subject.moments.get(name)
    if moment is not None:
        keep_moment(subject, name, moment[kept][:, kept])


def keep_channels(norm: nn.BatchNorm1d | nn.BatchNorm2d, kept: Tensor) -> None:
    """Leave only some channels of a batch normalisation."""
    norm.num_features = len(kept)
    if norm.affine:
        norm.weight = _parameter(norm.weight, norm.weight[kept])
        norm.bias = _parameter(norm.bias, norm.bias[kept])
    if norm.running_mean is not None and norm.running_var is not None:
        norm.running_mean = norm.running_mean[kept].clone()
        norm.running_var = norm.running_var[kept].clone()


def unit_energy(subject: Subject, consumer: str, units: int) -> Tensor:
    """Return ``E ||W_u x_u||^2`` for each unit u that feeds a target, shape (units,).

    It is what the target's output would lose, in the square, if the unit were silent. A unit's
    columns stand together: one for a neuron, as many as a head is wide, or the kernel's places
    for a channel. With ``M_u`` the block of the input moment, it is the trace of
    ``W_u M_u W_u'``.
    """
    rows = rows_of(subject, consumer)
    width = rows.shape[1] // units
    blocks = subject.moments[consumer].view(units, width, units, width).diagonal(dim1=0, dim2=2)
    weights = rows.view(-1, units, width)
    passed = torch.einsum("muj,jku->muk", weights, blocks)
    return (passed * weights).sum(dim=(0, 2))


def columns_of(units: Tensor, width: int) -> Tensor:
    """Return the columns of units whose columns stand together, in ascending order."""
    return (units[:, None] * width + torch.arange(width, device=units.device)).reshape(-1)


def largest(scores: Tensor, count: int) -> Tensor:
    """Return the indices of the ``count`` largest scores along the last axis, ascending."""
    return scores.topk(count, dim=-1).indices.sort(dim=-1).values


def count_removed(subject: Subject, strength: float, units: int, what: str) -> int:
    """Return how many of so many units a share is, to the nearest whole one.

    Raises
    ------
    MethodNotAllowed
        That is none of them, or all.
    """
    removed = round(strength * units)
    if 0 < removed < units:
        return removed
    outcome = "leaves none" if removed else "removes none"
    raise MethodNotAllowed(
        f"removing a share of {strength:g} of {units} {what} of {subject.name} {outcome} (rounded "
        f"to whole ones).  Use a share from {1 / units:.3g} to {1 - 1 / units:.3g}, or another "
        "model."
        if units > 1
        else f"{subject.name} has {units} {what}, of which none can be removed.  Take another "
        "method or another model."
    )


def write_sizes(subject: Subject, **sizes: int) -> None:
    """Write new sizes into the model's configuration, as far as it has one that states them."""
    config = getattr(subject.model, "config", None)
    for name, size in sizes.items():
        if hasattr(config, name):
            setattr(config, name, size)


def _parameter(old: Tensor, new: Tensor) -> nn.Parameter:
    return nn.Parameter(new.detach().clone(), requires_grad=old.requires_grad)
