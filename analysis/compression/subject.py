"""The model under compression: its matrices, how they are stored, what their inputs look like."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from analysis.compression.storage import ORIGINAL_BITS, Shares, Storage, shares

_STRIP = 192
"""Columns of a strip: divides the widths of our models, and keeps a processor busy."""
Batch = Mapping[str, Any]
"""Keyword arguments of the model's ``forward``."""


@dataclass(slots=True)
class Subject:
    """A model and the account of what compression has done to it; methods change it in place.

    Attributes
    ----------
    name
        Key in the registry of models.
    model
        The network, in evaluation mode and 32 bits.
    targets
        Qualified names of the matrices (``Linear`` or ``Conv2d``) that methods may compress: those
        of the blocks; embeddings, norms and heads stay as they are.
    calibration
        Gives batches of calibration text or images, disjoint from what quality is measured on.
    storage
        How each target is stored, by name; a target that was removed has no values left.
    moments
        Second moments of the targets' inputs, filled by `input_moments` when first asked for and
        shared by all copies: they describe the uncompressed model.
    influence
        How much each layer changes its input, by the layer's name, filled likewise by
        `analysis.compression.methods.layers.block_influence`.
    cache_bits
        Bits of a number of the KV cache, scales included.
    """

    name: str
    model: nn.Module
    targets: tuple[str, ...]
    calibration: Callable[[], Iterator[Batch]]
    storage: dict[str, Storage] = field(default_factory=dict)
    moments: dict[str, Tensor] = field(default_factory=dict)
    influence: dict[str, float] = field(default_factory=dict)
    cache_bits: float = ORIGINAL_BITS

    def __post_init__(self) -> None:
        """Begin with every target dense."""
        for name in self.targets:
            if name not in self.storage:
                self.storage[name] = Storage.dense(self.matrix(name).weight.numel())

    def matrix(self, name: str) -> nn.Linear | nn.Conv2d:
        """Return a target by its name."""
        module = self.model.get_submodule(name)
        if not isinstance(module, nn.Linear | nn.Conv2d):
            raise TypeError(f"{name} of {self.name} is a {type(module).__name__}, not a matrix")
        return module

    def copy(self) -> Subject:
        """Return a subject to compress, leaving this one as it is; what was observed is shared."""
        return replace(self, model=copy.deepcopy(self.model), storage=dict(self.storage))

    @property
    def shares(self) -> Shares:
        """What is left of the targets."""
        return shares(self.storage.values())

    @property
    def parameters(self) -> int:
        """Parameters of the network, tied ones counted once."""
        return sum(parameter.numel() for parameter in self.model.parameters())


def flat_inputs(module: nn.Linear | nn.Conv2d, inputs: Tensor) -> Tensor:
    """Return a target's input as rows of the length of its flattened weight's rows."""
    if isinstance(module, nn.Linear):
        return inputs.reshape(-1, inputs.shape[-1])
    if isinstance(module.padding, str):
        raise TypeError("a convolution that is padded by name is not supported")
    columns = nn.functional.unfold(
        inputs,
        kernel_size=module.kernel_size,
        padding=module.padding,
        stride=module.stride,
    )
    return columns.transpose(1, 2).reshape(-1, columns.shape[1])


def _add_upper_products(total: Tensor, rows: Tensor) -> None:
    """Add ``x x'``, summed over rows x, to its upper triangle: the lower one is the same.

    It goes by strips, so that little of the lower triangle is worked out.
    """
    for start in range(0, len(total), _STRIP):
        strip = rows[:, start : start + _STRIP]
        total[start : start + _STRIP, start:].addmm_(strip.T, rows[:, start:])


@torch.no_grad()
def input_moments(subject: Subject) -> dict[str, Tensor]:
    """Return the mean of ``x x'`` over calibration inputs x for each target, shape (n, n).

    Targets that read the same input share one tensor. Call it on the uncompressed subject; the
    result is kept in ``subject.moments`` and goes along with its copies.
    """
    if subject.moments:
        return subject.moments
    sums: dict[str, Tensor] = {}
    counts: dict[str, int] = {}
    same_as: dict[str, str] = {}
    last: list[tuple[Tensor, str]] = []

    def observer(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def observe(module: nn.Module, arguments: tuple[Tensor, ...]) -> None:
            inputs = arguments[0]
            if last and last[0][0] is inputs:
                same_as[name] = last[0][1]
                return
            last[:] = [(inputs, name)]
            assert isinstance(module, nn.Linear | nn.Conv2d)  # noqa: S101 - narrows the type
            rows = flat_inputs(module, inputs)
            if name not in sums:
                sums[name] = rows.new_zeros(rows.shape[1], rows.shape[1])
            _add_upper_products(sums[name], rows)
            counts[name] = counts.get(name, 0) + rows.shape[0]

        return observe

    hooks = [
        subject.model.get_submodule(name).register_forward_pre_hook(observer(name))
        for name in subject.targets
    ]
    try:
        for batch in subject.calibration():
            subject.model(**batch)
            last.clear()
    finally:
        for hook in hooks:
            hook.remove()
    means = {name: (total.triu() + total.triu(1).T) / counts[name] for name, total in sums.items()}
    subject.moments.update({name: means[same_as.get(name, name)] for name in subject.targets})
    return subject.moments
