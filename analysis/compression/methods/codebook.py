"""Quantisation to uneven levels: fitted to each row (k-means), or those of a normal law (NF4).

References
----------
.. [1] Lloyd, S. P. (1982). Least squares quantization in PCM. *IEEE Transactions on Information
   Theory* 28, 129-137.
.. [2] Kim, S. et al. (2023). SqueezeLLM: dense-and-sparse quantization. arXiv:2306.07629: k-means
   weighted by sensitivity; here by ``E x^2`` of the input, the diagonal of the output's error.
.. [3] Dettmers, T. et al. (2023). QLoRA. arXiv:2305.14314, section 3 and appendix E: NF4.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.methods.method import Method
from analysis.compression.methods.uniform import (
    SCALE_BITS,
    group_count,
    groups,
    sixteen_bits,
    whole_bits,
)
from analysis.compression.methods.weights import input_power, rows_of, store_quantised
from analysis.compression.subject import Subject

CODE_BITS = 16.0
"""Bits of a level in a codebook."""
_ROUNDS = 25
_NF4_BITS = 4


@torch.no_grad()
def kmeans(subject: Subject, strength: float) -> None:
    """Round each output row to ``2^bits`` levels with the least squared error in its weights."""
    for name in subject.targets:
        rows = rows_of(subject, name)
        _cluster(subject, name, torch.ones_like(rows), whole_bits(strength))


@torch.no_grad()
def kmeans_weighted(subject: Subject, strength: float) -> None:
    """Round each row to ``2^bits`` levels, an error counting by its input's ``E x^2``."""
    for name in subject.targets:
        importance = input_power(subject, name).expand_as(rows_of(subject, name))
        _cluster(subject, name, importance, whole_bits(strength))


def _cluster(subject: Subject, name: str, importance: Tensor, bits: int) -> None:
    rows = rows_of(subject, name)
    levels = codebooks(rows, importance, 2**bits).half().float()
    rows.copy_(nearest_level(rows, levels))
    store_quantised(subject, name, bits, levels.numel() * CODE_BITS)


def codebooks(rows: Tensor, importance: Tensor, count: int) -> Tensor:
    """Return levels of each row, ascending, shape (m, count), by Lloyd's iteration.

    On a line clusters are intervals between midpoints, so with weights sorted once, and sums of
    all below each, a round costs a search for each level and not a distance for each weight.
    Levels begin evenly spaced from end to end: beginning at quantiles loses the few large weights
    that matter most.

    Parameters
    ----------
    rows
        Weights, shape (m, n); those that are exactly zero are stored as absent and do not count.
    importance
        Weight of the squared error at each entry, not negative, shape (m, n).
    count
        Levels of a row.
    """
    ascending, order = rows.sort(dim=1)
    mass = (importance * (rows != 0)).gather(1, order).double()
    mass_below = _sums_below(mass)
    moment_below = _sums_below(mass * ascending)
    levels = _evenly_spaced(ascending, count)
    for _ in range(_ROUNDS):
        places = _interval_ends(ascending, levels)
        masses = mass_below.gather(1, places).diff(dim=1)
        means = moment_below.gather(1, places).diff(dim=1) / masses
        # A level that no weight is nearest to stays where it is.
        moved = torch.where(masses > 0, means.float(), levels)
        if torch.equal(moved, levels):
            break
        levels = moved.sort(dim=1).values
    return levels


def nearest_level(rows: Tensor, levels: Tensor) -> Tensor:
    """Return for each weight the level of its row nearest to it; zero stays zero, shape (m, n)."""
    codes = torch.searchsorted(_midpoints(levels), rows.contiguous())
    return levels.gather(1, codes) * (rows != 0)


def _evenly_spaced(ascending: Tensor, count: int) -> Tensor:
    low, high = ascending[:, :1], ascending[:, -1:]
    return low + (high - low) * torch.linspace(0.0, 1.0, count)


def _midpoints(levels: Tensor) -> Tensor:
    return ((levels[:, 1:] + levels[:, :-1]) / 2).contiguous()


def _interval_ends(ascending: Tensor, levels: Tensor) -> Tensor:
    """Return where in the sorted row each level's interval begins, and the end, (m, count + 1)."""
    inner = torch.searchsorted(ascending, _midpoints(levels))
    first = torch.zeros_like(inner[:, :1])
    return torch.cat([first, inner, first + ascending.shape[1]], dim=1)


def _sums_below(values: Tensor) -> Tensor:
    return torch.nn.functional.pad(values.cumsum(dim=1), (1, 0))


@cache
def nf4_levels() -> Tensor:
    """Return the 16 levels of NF4: quantiles of a normal law scaled to end at -1 and 1.

    Eight quantiles from one half up give the levels above zero and seven those below, so that zero
    is a level; the outermost probability leaves out the mean of 1/30 and 1/32.
    """
    outermost = 1.0 - (1 / 30 + 1 / 32) / 2
    above = torch.special.ndtri(torch.linspace(0.5, outermost, 9, dtype=torch.float64))
    below = -torch.special.ndtri(torch.linspace(0.5, outermost, 8, dtype=torch.float64))
    levels = torch.cat([below.flip(0)[:-1], above])
    return (levels / levels.abs().amax()).float()


@torch.no_grad()
def nf4(subject: Subject, strength: float) -> None:
    """Round each group of 64 inputs of a row to NF4's levels times its largest ``|w|``."""
    if strength != _NF4_BITS:
        raise MethodNotAllowed(
            f"nf4 at {strength:g} bits: its levels are defined for {_NF4_BITS} bits.  Give "
            f"{_NF4_BITS}, or take kmeans for another number of bits."
        )
    levels = nf4_levels()
    between = (levels[1:] + levels[:-1]) / 2
    for name in subject.targets:
        rows = rows_of(subject, name)
        for part in groups(rows):
            scale = sixteen_bits(part.abs().amax(-1, keepdim=True))
            part.copy_(levels[torch.bucketize(part / scale, between)] * scale)
        store_quantised(subject, name, _NF4_BITS, group_count(rows) * SCALE_BITS)


METHODS = (
    Method(
        "kmeans",
        "quantization",
        "bits",
        2,
        6,
        kmeans,
        reference="Lloyd (1982); sklearn.cluster.KMeans",
    ),
    Method(
        "kmeans_weighted",
        "quantization",
        "bits",
        2,
        6,
        kmeans_weighted,
        needs_moments=True,
        reference="arXiv:2306.07629",
    ),
    Method(
        "nf4",
        "quantization",
        "bits",
        4,
        4,
        nf4,
        reference="arXiv:2305.14314, appendix E; groups of 64",
    ),
)
