"""Processor time of competing jobs, taken in turns; and what a measurement of speed reports.

Times are processor time of one thread, not wall-clock time: they do not count the moments when
another program has the core.  They are not free of its traces (shared caches and memory), so jobs
to be compared are run in turns, medians are reported, and the load of the machine is logged.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

REPEATS = 7
"""Times that each job is measured."""

SpeedKind = Literal["measured", "roofline"]
"""Measured with kernels that exploit the format, or derived from bytes and multiply-adds."""

_log = logging.getLogger(__name__)
Sample = TypeVar("Sample")
Name = TypeVar("Name", bound=Hashable)
"""What a job, or a model, goes by."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Speed of a compressed model on one processor core, beside the uncompressed model's.

    Attributes
    ----------
    prefill_tok_per_s, prefill_base_tok_per_s
        Tokens read per second of processor time; images for a network that sees images.
    decode_tok_per_s, decode_base_tok_per_s
        Tokens written one after another, per second of processor time; None for a model that
        writes nothing.
    kind
        Whether measured or derived.
    engine
        What ran the model, or whose measurements it was derived from, with the version.
    spread
        Interquartile range of the repeats over their median, the larger of prefill and decode;
        None of a single one. Of a derived speed, the largest relative residual of the fit.
    """

    prefill_tok_per_s: float
    decode_tok_per_s: float | None
    prefill_base_tok_per_s: float
    decode_base_tok_per_s: float | None
    kind: SpeedKind
    engine: str
    spread: float | None


@dataclass(frozen=True, slots=True)
class Passes:
    """Processor seconds of one repeat: reading the prompt, and writing.

    Attributes
    ----------
    prefill_s, decode_s
        Seconds for each token (or image); ``decode_s`` is None where nothing is written.
    """

    prefill_s: float
    decode_s: float | None


def in_turns(
    jobs: Mapping[Name, Callable[[], Sample]], repeats: int = REPEATS
) -> dict[Name, list[Sample]]:
    """Run warmed-up jobs in turns, so often; return what they gave.

    Every other round goes backwards, so that a slow drift of the machine falls on all alike.
    """
    _log.info("speed: %d jobs, %d repeats, load average %.2f", len(jobs), repeats, _load())
    samples: dict[Name, list[Sample]] = {name: [] for name in jobs}
    order = list(jobs)
    for _ in range(repeats):
        for name in order:
            samples[name].append(jobs[name]())
        order.reverse()
    _log.info("speed: done, load average %.2f", _load())
    return samples


def median_and_spread(samples: Sequence[float]) -> tuple[float, float]:
    """Return the median, and the interquartile range over the median."""
    low, middle, high = np.percentile(np.asarray(samples, float), (25, 50, 75))
    return float(middle), float((high - low) / middle)


def speeds(passes: Mapping[Name, Sequence[Passes]], base: Name, engine: str) -> dict[Name, Speed]:
    """Sum up repeats as the measured speed of each model beside that of the one named ``base``."""
    found: dict[Name, tuple[float, float | None, float | None]] = {}
    for name, repeats in passes.items():
        prefill, spread = median_and_spread([one.prefill_s for one in repeats])
        written = [one.decode_s for one in repeats if one.decode_s is not None]
        decode, decode_spread = median_and_spread(written) if written else (None, 0.0)
        rate = None if decode is None else 1.0 / decode
        widest = max(spread, decode_spread) if len(repeats) > 1 else None
        found[name] = (1.0 / prefill, rate, widest)
    prefill_base, decode_base, _ = found[base]
    return {
        name: Speed(prefill, decode, prefill_base, decode_base, "measured", engine, spread)
        for name, (prefill, decode, spread) in found.items()
    }


def _load() -> float:
    """Return the load average of the last minute."""
    return os.getloadavg()[0]
