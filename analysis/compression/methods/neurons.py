"""Structured pruning: inner neurons of feed-forward blocks, and channels of a convolutional net.

A neuron (or channel) is removed with the weights that make it and the weights that read it, so
layers become smaller and every kernel faster.

References
----------
.. [1] Ma, X. et al. (2023). LLM-Pruner. arXiv:2305.11627: coupled structures are removed together.
.. [2] An, Y. et al. (2023). Fluctuation-based adaptive structured pruning for large language
   models. arXiv:2312.11983: inputs scored by their activation and by the column that reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

import torch
from torch import nn

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.methods.method import MOMENTS, Method
from analysis.compression.methods.narrowing import (
    columns_of,
    count_removed,
    keep_channels,
    keep_inputs,
    keep_outputs,
    largest,
    unit_energy,
    write_sizes,
)
from analysis.compression.methods.weights import rows_of
from analysis.compression.subject import Subject

_FEED_FORWARD = (
    (".mlp.down_proj", (".mlp.gate_proj", ".mlp.up_proj")),
    (".output.dense", (".intermediate.dense",)),
)
"""Ends of the names of the layer that reads the neurons, and of those that make them."""
_KEEP_CHANNELS_APART = (
    nn.Identity, nn.Dropout, nn.Dropout2d, nn.Flatten, nn.ReLU, nn.GELU, nn.SiLU, nn.MaxPool2d,
    nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d,
)  # fmt: skip
"""Layers that treat every channel alike, whichever others there are."""


@dataclass(frozen=True, slots=True)
class Coupled:
    """Layers that make the same units, norms on the way, and the layer that reads the units."""

    producers: tuple[str, ...]
    consumer: str
    norms: tuple[nn.BatchNorm1d | nn.BatchNorm2d, ...] = ()


@torch.no_grad()
def neurons(subject: Subject, strength: float) -> None:
    """Remove the share ``strength`` of inner units of each block: those with the least energy."""
    every = tuple(_feed_forward(subject)) or tuple(_chain(subject))
    if not every:
        raise MethodNotAllowed(
            f"{subject.name} has no feed-forward block and no chain of layers from which units "
            "could be removed.  Take a method that removes single weights."
        )
    for coupled in every:
        units = rows_of(subject, coupled.producers[0]).shape[0]
        removed = count_removed(subject, strength, units, f"units that feed {coupled.consumer}")
        energy = unit_energy(subject, coupled.consumer, units)
        _remove(subject, coupled, largest(energy, units - removed), units)
    write_sizes(subject, intermediate_size=len(rows_of(subject, every[0].producers[0])))


def _remove(subject: Subject, coupled: Coupled, kept: torch.Tensor, units: int) -> None:
    width = rows_of(subject, coupled.consumer).shape[1] // units
    for producer in coupled.producers:
        keep_outputs(subject, producer, kept)
    for norm in coupled.norms:
        keep_channels(norm, kept)
    keep_inputs(subject, coupled.consumer, columns_of(kept, width))


def _feed_forward(subject: Subject) -> Iterator[Coupled]:
    known = set(subject.targets)
    for name in subject.targets:
        for consumer, producers in _FEED_FORWARD:
            block = name.removesuffix(consumer)
            names = tuple(block + producer for producer in producers)
            if block != name and known.issuperset(names):
                yield Coupled(names, name)


def _chain(subject: Subject) -> Iterator[Coupled]:
    """Find consecutive targets of a sequential net; what feeds a layer that is no target stays."""
    roots = [name for name, module in subject.model.named_modules() if _is_chain(module)]
    if not roots or not all(name.startswith(roots[0]) for name in subject.targets):
        return
    producer: str | None = None
    norms: list[nn.BatchNorm1d | nn.BatchNorm2d] = []
    for name, module in subject.model.get_submodule(roots[0]).named_modules():
        full = f"{roots[0]}.{name}" if roots[0] else name
        if full in subject.targets:
            _demand_one_group(subject, full)
            if producer is not None:
                yield Coupled((producer,), full, tuple(norms))
            producer, norms = full, []
        elif _is_norm_of(module, subject, producer):
            norms.append(module)
        elif not isinstance(module, (nn.Sequential, *_KEEP_CHANNELS_APART)):
            producer = None


def _is_chain(module: nn.Module) -> bool:
    return isinstance(module, nn.Sequential) and all(
        isinstance(inner, nn.Sequential) or not any(inner.children()) for inner in module.modules()
    )


def _is_norm_of(
    module: nn.Module, subject: Subject, producer: str | None
) -> TypeGuard[nn.BatchNorm1d | nn.BatchNorm2d]:
    return (
        producer is not None
        and isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)
        and module.num_features == len(rows_of(subject, producer))
    )


def _demand_one_group(subject: Subject, name: str) -> None:
    module = subject.matrix(name)
    if isinstance(module, nn.Conv2d) and module.groups != 1:
        raise MethodNotAllowed(
            f"{name} of {subject.name} is a convolution in {module.groups} groups, whose channels "
            "cannot be removed one by one.  Take a method that removes single weights."
        )


METHODS = (
    Method(
        "neurons",
        "pruning",
        "sparsity_share",
        0.01,
        0.95,
        neurons,
        needs=MOMENTS,
        reference="arXiv:2305.11627; arXiv:2312.11983",
    ),
)
