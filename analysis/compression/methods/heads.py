"""Structured pruning: whole attention heads, with the weights that make and read them.

References
----------
.. [1] Michel, P., Levy, O., Neubig, G. (2019). Are sixteen heads really better than one?
   arXiv:1905.10650.
.. [2] Ainslie, J. et al. (2023). GQA. arXiv:2305.13245: query heads in groups that share keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.methods.method import MOMENTS, Method
from analysis.compression.methods.narrowing import (
    columns_of,
    count_removed,
    keep_inputs,
    keep_outputs,
    largest,
    unit_energy,
    write_sizes,
)
from analysis.compression.methods.weights import rows_of
from analysis.compression.subject import Subject

_LAYOUTS = (
    ("q_proj", "k_proj", "v_proj", "o_proj"),
    ("self.query", "self.key", "self.value", "output.dense"),
)
"""Names of the query, key, value and output layers inside an attention block."""


@dataclass(frozen=True, slots=True)
class Attention:
    """One attention block: its layers' names and how many heads it has.

    Attributes
    ----------
    module
        What computes the attention.
    query, key, value, output
        Names of its layers.
    width
        Outputs of the query layer for one head.
    query_heads, key_heads
        Heads of queries, and of keys and values; in equal groups if fewer of the latter.
    """

    module: nn.Module
    query: str
    key: str
    value: str
    output: str
    width: int
    query_heads: int
    key_heads: int


@torch.no_grad()
def heads(subject: Subject, strength: float) -> None:
    """Remove the share ``strength`` of heads of each block: those with the least energy.

    Where query heads share keys, equally many leave each group, and keys and values stay; else
    keys and values leave with the query.
    """
    blocks = tuple(_attention_blocks(subject))
    if not blocks:
        raise MethodNotAllowed(
            f"{subject.name} has no attention whose heads could be removed.  Take neurons, or a "
            "method that removes single weights."
        )
    for block in blocks:
        energy = unit_energy(subject, block.output, block.query_heads)
        if block.query_heads > block.key_heads:
            _thin_groups(subject, block, energy, strength)
        else:
            _remove_whole(subject, block, energy, strength)


def _thin_groups(subject: Subject, block: Attention, energy: Tensor, strength: float) -> None:
    size = block.query_heads // block.key_heads
    removed = count_removed(subject, strength, size, "query heads that share a key")
    in_group = largest(energy.view(block.key_heads, size), size - removed)
    first = size * torch.arange(block.key_heads, device=in_group.device)
    kept = (first[:, None] + in_group).reshape(-1)
    columns = columns_of(kept, block.width)
    keep_outputs(subject, block.query, columns)
    keep_inputs(subject, block.output, columns)
    block.module.num_key_value_groups = size - removed  # type: ignore[assignment]
    _write_sizes(subject, len(kept), block.key_heads)


def _remove_whole(subject: Subject, block: Attention, energy: Tensor, strength: float) -> None:
    removed = count_removed(subject, strength, block.query_heads, "attention heads")
    kept = largest(energy, block.query_heads - removed)
    columns = columns_of(kept, block.width)
    for name in (block.query, block.key, block.value):
        keep_outputs(subject, name, columns)
    keep_inputs(subject, block.output, columns)
    if hasattr(block.module, "all_head_size"):
        block.module.num_attention_heads = len(kept)  # type: ignore[assignment]
        block.module.all_head_size = len(columns)  # type: ignore[assignment]
    _write_sizes(subject, len(kept), len(kept))


def _write_sizes(subject: Subject, query_heads: int, key_heads: int) -> None:
    # Where no width of a head is stated, it follows from the number of heads, which must stay.
    if getattr(getattr(subject.model, "config", None), "head_dim", None):
        write_sizes(subject, num_attention_heads=query_heads, num_key_value_heads=key_heads)


def _attention_blocks(subject: Subject) -> Iterator[Attention]:
    known = set(subject.targets)
    for path, _ in subject.model.named_modules():
        for layout in _LAYOUTS:
            names = tuple(f"{path}.{part}" for part in layout)
            if known.issuperset(names):
                yield _attention(subject, *names)


def _attention(subject: Subject, query: str, key: str, value: str, output: str) -> Attention:
    module = subject.model.get_submodule(query.rpartition(".")[0])
    width = getattr(module, "head_dim", None) or module.attention_head_size
    if not isinstance(width, int):
        raise TypeError(f"width of a head of {query} is a {type(width).__name__}")
    queries = len(rows_of(subject, query)) // width
    keys = len(rows_of(subject, key)) // width
    return Attention(module, query, key, value, output, width, queries, keys)


METHODS = (
    Method(
        "heads",
        "pruning",
        "sparsity_share",
        0.01,
        0.95,
        heads,
        needs=MOMENTS,
        reference="arXiv:1905.10650; energy of a head's output on calibration data",
    ),
)
