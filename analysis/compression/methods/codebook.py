"""Quantisation to uneven levels: fitted to each row (k-means), or those of a normal law (NF4).

References
----------
.. [1] Lloyd, S. P. (1982). Least squares quantization in PCM. *IEEE Transactions on Information
   Theory* 28, 129-137.
.. [2] Kim, S. et al. (2023). SqueezeLLM: dense-and-sparse quantization. arXiv:2306.07629: k-means
   weighted by sensitivity; here by ``E x^2`` of the input, the diagonal of the output's error.
.. [3] Dettmers, T. et al. (2023). QLoRA. arXiv:2305.14314, section 3 and appendix E: NF4.
.. [4] Panter, P. F., Dite, W. (1951). Quantization distortion in pulse-count modulation with
   nonuniform spacing of levels. *Proceedings of the IRE* 39, 44-48.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.methods.method import MOMENTS, Method
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
_ROUNDS = 26
_LAST_ROUNDS = 6  # without moves, so that levels settle
_BINS_A_LEVEL = 4
_NARROWEST = 1e-30
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

    Lloyd's rounds alone stop far from the best levels wherever they begin: evenly spaced ones are
    wasted on the gaps between the few large weights, quantiles lose those weights. So levels begin
    with the density that is best for many of them [4]_, and every other round moves one level from
    where two are nearly the same to where most error is. The best levels met are returned.

    Parameters
    ----------
    rows
        Weights, shape (m, n); those that are exactly zero are stored as absent and do not count.
    importance
        Weight of the squared error at each entry, not negative, shape (m, n).
    count
        Levels of a row, at least 2.
    """
    line = _Line.of(rows, importance)
    levels = best = _companded(line, count)
    least = torch.full((len(rows),), math.inf, dtype=torch.float64, device=rows.device)
    for turn in range(_ROUNDS):
        clusters = line.clusters(levels)
        levels = torch.where(clusters.mass > 0, clusters.mean, levels)
        error = clusters.error.sum(1)
        best = torch.where((error < least)[:, None], levels, best)
        least = torch.minimum(error, least)
        if turn % 2 and turn < _ROUNDS - _LAST_ROUNDS:
            levels = _one_moved(levels, clusters)
    return best.float()


@dataclass(frozen=True, slots=True)
class _Clusters:
    """Of each level's cluster: mass, mean and squared error about the mean, shape (m, count)."""

    mass: Tensor
    mean: Tensor
    error: Tensor


@dataclass(frozen=True, slots=True)
class _Line:
    """Rows in ascending order, with sums over all below each entry.

    On a line a cluster is what lies between two midpoints, so its sums are differences of these:
    a round costs a search for each level and not a distance for each weight.
    """

    ascending: Tensor
    mass: Tensor
    mass_below: Tensor
    first_below: Tensor
    second_below: Tensor

    @classmethod
    def of(cls, rows: Tensor, importance: Tensor) -> _Line:
        ascending, order = rows.sort(dim=1)
        ascending = ascending.double()
        mass = (importance * (rows != 0)).gather(1, order).double()
        moments = (mass, mass * ascending, mass * ascending**2)
        return cls(ascending, mass, *(_sums_below(moment) for moment in moments))

    def clusters(self, levels: Tensor) -> _Clusters:
        inner = torch.searchsorted(self.ascending, _midpoints(levels))
        first = torch.zeros_like(inner[:, :1])
        ends = torch.cat([first, inner, first + self.ascending.shape[1]], dim=1)
        mass, first_moment, second_moment = (
            sums.gather(1, ends).diff(dim=1)
            for sums in (self.mass_below, self.first_below, self.second_below)
        )
        mean = torch.nan_to_num(first_moment / mass)
        return _Clusters(mass, mean, (second_moment - first_moment * mean).clamp(min=0.0))


def _companded(line: _Line, count: int) -> Tensor:
    """Place levels with a density of the cube root of the weights' (Panter and Dite)."""
    bins = _BINS_A_LEVEL * count
    low = line.ascending[:, :1]
    width = (line.ascending[:, -1:] - low).clamp(min=_NARROWEST) / bins
    places = ((line.ascending - low) / width).long().clamp(0, bins - 1)
    histogram = torch.zeros(len(places), bins, dtype=torch.float64, device=places.device)
    histogram.scatter_add_(1, places, line.mass)
    smooth = torch.nn.functional.avg_pool1d(histogram[:, None], 3, stride=1, padding=1)[:, 0]
    # A row without a weight that counts gets evenly spaced levels.
    share = _sums_below(smooth.pow(1 / 3) + _NARROWEST)
    share = share / share[:, -1:]
    middles = torch.arange(count, dtype=torch.float64, device=places.device) + 0.5
    wanted = (middles / count).repeat(len(places), 1)
    after = torch.searchsorted(share, wanted).clamp(1, bins)
    below, above = share.gather(1, after - 1), share.gather(1, after)
    return low + width * (after - 1 + (wanted - below) / (above - below))


def _one_moved(levels: Tensor, clusters: _Clusters) -> Tensor:
    """Merge the two neighbours of each row that cost least to merge, and split the worst cluster.

    Where a split, which leaves about a quarter of the error, would gain less than the merger
    costs, the row stays as it is.
    """
    row = torch.arange(len(levels), device=levels.device)
    left, right = clusters.mass[:, :-1], clusters.mass[:, 1:]
    both = (left + right).clamp(min=_NARROWEST)
    cost, merged = (left * right / both * levels.diff(dim=1) ** 2).min(1)
    error, split = clusters.error.max(1)
    gains = (0.75 * error > cost) & (split != merged) & (split != merged + 1)
    apart = (error / clusters.mass[row, split].clamp(min=_NARROWEST)).sqrt()
    moved = levels.clone()
    together = left * levels[:, :-1] + right * levels[:, 1:]
    moved[row, merged] = torch.where(
        (left + right)[row, merged] > 0, (together / both)[row, merged], levels[row, merged]
    )
    moved[row, merged + 1] = levels[row, split] - apart
    moved[row, split] = levels[row, split] + apart
    return torch.where(gains[:, None], moved, levels).sort(dim=1).values


def nearest_level(rows: Tensor, levels: Tensor) -> Tensor:
    """Return for each weight the level of its row nearest to it; zero stays zero, shape (m, n)."""
    codes = torch.searchsorted(_midpoints(levels), rows.contiguous())
    return levels.gather(1, codes) * (rows != 0)


def _midpoints(levels: Tensor) -> Tensor:
    return ((levels[:, 1:] + levels[:, :-1]) / 2).contiguous()


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
            f"nf4 at {strength:g} bits: its levels are defined for {_NF4_BITS} bits.  Use "
            f"{_NF4_BITS}, or take kmeans for another number of bits."
        )
    for name in subject.targets:
        rows = rows_of(subject, name)
        levels = nf4_levels().to(rows.device)
        between = (levels[1:] + levels[:-1]) / 2
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
        needs=MOMENTS,
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
