"""Weights of a subject as plain matrices that methods read and change in place."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from analysis.compression.storage import Storage
from analysis.compression.subject import Subject


def rows_of(subject: Subject, name: str) -> Tensor:
    """Return a target's weights, shape (m outputs, n inputs): a view, so writing changes the model.

    The kernel of a convolution is flattened to one row for each output channel, in the order of
    `analysis.compression.subject.flat_inputs`.
    """
    weight = subject.matrix(name).weight.detach()
    return weight.view(weight.shape[0], -1)


def input_power(subject: Subject, name: str) -> Tensor:
    """Return ``E x^2`` of each of a target's inputs on calibration data, shape (n,)."""
    return subject.moments[name].diagonal()


def store_quantised(subject: Subject, name: str, bits: float, side_bits: float) -> None:
    """Write down that a target's values now take so many bits, beside so many of side data."""
    subject.storage[name] = subject.storage[name].quantised(bits, side_bits)


def store_share(storage: Storage, share: float) -> Storage:
    """Return the part of a matrix's storage that one of several matrices takes over."""
    return replace(
        storage,
        weights=storage.weights * share,
        values=storage.values * share,
        side_bits=storage.side_bits * share,
        multiply_adds=storage.multiply_adds * share,
    )


def keep_moment(subject: Subject, name: str, moment: Tensor | None) -> None:
    """Set a target's input moment on this subject alone; None forgets it.

    Copies share the dictionary of the uncompressed model, which must not change.
    """
    moments = dict(subject.moments)
    moments.pop(name, None)
    if moment is not None:
        moments[name] = moment
    subject.moments = moments


def smallest_removed(scores: Tensor, count: int) -> Tensor:
    """Return a mask that is false at the ``count`` smallest scores of each row."""
    keep = torch.ones_like(scores, dtype=torch.bool)
    if count:
        keep.scatter_(-1, scores.topk(count, dim=-1, largest=False, sorted=False).indices, False)
    return keep
