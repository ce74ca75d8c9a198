"""From nats lost to the accuracy that is retained.

``accuracy retained = exp(-kappa_c nats)``, fitted through the origin to published measurements that
give both the loss (or perplexity) and the accuracy of one compressed model. It is not measured
beyond a rise of about 1 nat. `sim.compression.capability_loss` goes on to capability.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.compression.fitting.regression import Fit, fit_linear
from sim.data.published_compression import PublishedRow, published_rows

LARGEST_NATS = 1.2
"""Pairs beyond it, of models that broke down, are left out."""
_KEY = 20


@dataclass(frozen=True, slots=True)
class Pair:
    """A compressed model of which a source gives both the rise of its loss and its accuracy."""

    model: str
    method: str
    nats: float
    retention: float
    accuracy_metric: str
    source: str


def link_pairs(rows: Sequence[PublishedRow] | None = None) -> tuple[Pair, ...]:
    """Select pairs: same source, model and method; no secondary evidence; at most 1.2 nats.

    Models whose scant training excludes them from recipes stay in: what accuracy goes with what
    loss does not hang on how much slack their weights have.
    """
    groups: dict[tuple[str, str], list[PublishedRow]] = defaultdict(list)
    for row in published_rows() if rows is None else rows:
        if not row.weak:
            groups[row.model, row.method].append(row)
    found = (_pair(*key, same) for key, same in groups.items())
    return tuple(pair for pair in found if pair is not None)


def _pair(model: str, method: str, rows: Sequence[PublishedRow]) -> Pair | None:
    """Make the pair of a model and method, if its rows hold one."""
    for loss in rows:
        for score in rows:
            nats, retention = loss.nats, score.retention
            if nats is None or retention is None or _origin(loss) != _origin(score):
                continue
            if nats <= LARGEST_NATS:
                return Pair(model, method, nats, retention, score.quality_metric, score.source)
    return None


def _origin(row: PublishedRow) -> str:
    """Return whose measurement it is: the source without table and file."""
    return row.source.split()[0]


def fit_link(pairs: Sequence[Pair]) -> Fit:
    """Fit ``-ln(retention) = kappa_c nats``; one coefficient, residuals in ln of retention."""
    return fit_linear(
        np.array([[pair.nats] for pair in pairs]),
        np.array([-math.log(pair.retention) for pair in pairs]),
        [pair.model for pair in pairs],
        key=_KEY,
    )
