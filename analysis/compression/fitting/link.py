"""From nats lost to capability lost, in the logits of the market's own scale.

Each benchmark of a compressed model gives one answer: its accuracy above guessing, in log-odds,
falls by some amount. So an accuracy near its guessing floor is not mistaken for one that is kept.
The capability scale links MMLU to its logits; the other benchmarks are no part of the scale, and
their log-odds are divided by the same slope, as items of equal discrimination. A mixed model
through the origin,

``capability lost = (kappa + model + benchmark) nats + error``,

has effects of models and of benchmarks on the slope. What a provider's model loses on the market's
scale is kappa with the effect of MMLU and an effect of the model, drawn by the spread between
models; the other benchmarks tell how far models differ. It is not measured beyond a rise of about
0.3 nats.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.compression.fitting.mixed import MixedFit, fit_mixed
from analysis.compression.fitting.regression import interval
from sim.compression.curves import Estimate
from sim.data.benchmark_accuracy import BENCHMARKS, BenchmarkAccuracy, benchmark_accuracies
from sim.data.capabilities import capability_scale

LARGEST_NATS = 1.2
"""Pairs beyond it, of models that broke down, are left out."""
_CHANGED_SHARE = 0.1
"""Share of answers that a compressed model gives otherwise, right or wrong: an assumption."""
_KEY = 20
_MMLU = "mmlu"


@dataclass(frozen=True, slots=True)
class Pair:
    """A compressed model of which a source gives the rise of its loss and an accuracy.

    Attributes
    ----------
    lost_logit, error_logit
        Capability lost by this benchmark, and its sampling error.
    """

    model: str
    method: str
    benchmark: str
    nats: float
    lost_logit: float
    error_logit: float
    source: str


def log_odds(accuracy: float, floor: float) -> float:
    """Return the log-odds of knowing the answer, guesses taken out."""
    known = min(max((accuracy - floor) / (1.0 - floor), 0.005), 0.995)
    return math.log(known / (1.0 - known))


def mmlu_loss_logit(base: float, compressed: float) -> float:
    """Return the capability lost between two accuracies in MMLU."""
    link = capability_scale().links["MMLU"]
    return (log_odds(base, link.floor) - log_odds(compressed, link.floor)) / link.slope


def link_pairs(rows: Sequence[BenchmarkAccuracy] | None = None) -> tuple[Pair, ...]:
    """Return every benchmark of every compressed model whose loss and base are known."""
    known = benchmark_accuracies() if rows is None else rows
    slope = capability_scale().links["MMLU"].slope
    plain = {row.model: row for row in known if not row.method}
    found = []
    for row in known:
        base = plain.get(row.model)
        if not row.method or base is None or not base.perplexity or not row.perplexity:
            continue
        nats = math.log(row.perplexity / base.perplexity)
        for benchmark in BENCHMARKS:
            name, floor = benchmark.name, benchmark.floor
            if name not in row.accuracy or name not in base.accuracy or nats > LARGEST_NATS:
                continue
            before, after = base.accuracy[name], row.accuracy[name]
            lost = (log_odds(before, floor) - log_odds(after, floor)) / slope
            error = math.sqrt(_CHANGED_SHARE / benchmark.items)
            steep = (1.0 - floor) / (max(before - floor, 0.02) * (1.0 - before))
            error *= steep / slope
            found.append(Pair(row.model, row.method, name, nats, lost, error, row.source))
    return tuple(found)


def fit_link(pairs: Sequence[Pair]) -> MixedFit:
    """Fit ``capability lost = (kappa + model + benchmark) nats``."""
    nats = np.array([pair.nats for pair in pairs])
    return fit_mixed(
        nats[:, None],
        np.array([pair.lost_logit for pair in pairs]),
        [[pair.model for pair in pairs], [pair.benchmark for pair in pairs]],
        noise=np.array([pair.error_logit for pair in pairs]),
        scales=[nats, nats],
        key=_KEY,
    )


def capability_per_nat(link: MixedFit) -> Estimate:
    """Return the slope of MMLU with the interval of a model not yet seen, at least 0."""
    generator = np.random.Generator(np.random.Philox(key=_KEY))
    own = link.group_sd[0] * generator.standard_normal(len(link.group_sd[0]))
    slopes = link.draws[:, 0] + link.effects[1][:, link.names[1].index(_MMLU)]
    return interval(float(np.mean(slopes)), np.maximum(0.0, slopes + own))
