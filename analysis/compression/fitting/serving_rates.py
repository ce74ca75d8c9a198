"""Shares of peak by precision and phase, fitted to published speeds of whole benchmarks.

The simulator's own roofline predicts every row: output tokens per second and accelerator of the
compressed model over those of the uncompressed one, at the batch, lengths and instances of the
source. The shares minimise the squared error in ln speed-up, softened beyond one `_SPREAD` (soft
L1), and with less weight that in ln tokens per second, which tells the level. Many rows of one
source and format count as six. Priors keep in bounds what few rows tell: see `_PRIORS`.

Engines for a single user (llama.cpp, TinyChat) name devices that our table of accelerators lacks.
Of them the published step of the uncompressed model, less overhead, is scaled by the bytes to be
read; the share of bandwidth that unpacking leaves is their own, fitted to the other sources of the
format, or that of servers where there is no other. The market has none of these engines.

An error is held out: the rows of a source are predicted by shares fitted to the other sources.
Run ``python -m analysis.compression.fitting.serving_rates`` to fit the shipped shares anew.
"""

from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.compression.fitting.rounding import rounded
from sim.data.accelerators import accelerator
from sim.data.serving_efficiency import EFFICIENCY, FITTED, ServingEfficiency
from sim.data.serving_speeds import ServingSpeed, serving_speeds
from sim.quantities import FloatArray
from sim.scenario.supply import Architecture
from sim.serving.precision import STEP_OVERHEAD_S, Precision, efficiency_at
from sim.serving.roofline import Roofline, StoredModel
from sim.serving.throughput import Requests, output_tok_per_s

_PRIORS: Mapping[str, tuple[float, float]] = {
    "arithmetic_16_bits": (0.5, 0.3),
    "arithmetic_fp8": (0.45, 0.3),
    "arithmetic_int8": (0.4, 0.3),
    "unpacking_to_16_bits": (0.8, 0.3),
    "unpacking_to_8_bits": (0.8, 0.3),
    "two_of_four": (0.75, 0.2),
    "traffic": (0.75, 0.15),
    "packed_8_bits": (0.9, 0.15),
    "packed_4_bits": (0.7, 0.3),
    "parallel": (0.85, 0.15),
}
"""Median and standard deviation in logs of each share before any row is seen: assumptions."""

_SPREAD = 0.2
"""Expected error of a row, in logs."""
_LEVEL_WEIGHT = 0.3
"""Weight of a level beside a ratio: engines differ in level more than in what formats gain."""
_ROWS_PER_SOURCE = 6.0
_MASK_BITS = 1.0


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How far predictions lie from the rows of one format.

    Attributes
    ----------
    precision_format
        As the table names it.
    ratios
        By row, speed-up predicted over published.
    sources
        By row, whose it is.
    was_fitted
        Whether rows of the format count in the fit of others.
    """

    precision_format: str
    ratios: tuple[float, ...]
    sources: tuple[str, ...]
    was_fitted: bool

    @property
    def geometric_mean(self) -> float:
        """Geometric mean of predicted over published."""
        return math.exp(float(np.mean(np.log(self.ratios))))

    @property
    def median_error(self) -> float:
        """Median of ``|ln ratio|``, as a factor above 1."""
        return math.exp(float(np.median(np.abs(np.log(self.ratios)))))

    @property
    def has_enough_rows(self) -> bool:
        """Whether a bound on its error means something: 5 rows of 2 sources."""
        return len(self.ratios) >= 5 and len({*self.sources}) >= 2


def predicted_speedup(
    row: ServingSpeed, shares: ServingEfficiency, packed: float | None = None
) -> float:
    """Return the speed-up that the simulator gives under the conditions of a row.

    Parameters
    ----------
    row
        A published speed.
    shares
        Shares of peak.
    packed
        What unpacking leaves of bandwidth on an engine for a single user; None: as on servers.
    """
    if row.base_step_s is None:
        base = _tok_per_s(row, shares, compressed=False)
        return _tok_per_s(row, shares, compressed=True) / base
    left = shares.packed_4_bits if packed is None else packed
    read = row.base_step_s - STEP_OVERHEAD_S
    step = read * row.weight_bits / row.base_bits / left + STEP_OVERHEAD_S
    return row.base_step_s / step


def _single_user_packing(rows: Sequence[ServingSpeed], row: ServingSpeed) -> float | None:
    """Fit what unpacking leaves of bandwidth to the other sources of a row's format."""
    others = [
        other
        for other in rows
        if other.precision_format == row.precision_format and other.source != row.source
    ]
    logs = [_log_packing(other) for other in others if other.base_step_s is not None]
    return math.exp(float(np.mean(logs))) if logs and row.base_step_s is not None else None


def _log_packing(row: ServingSpeed) -> float:
    """Return ln of the share of bandwidth at which a row's prediction is exact."""
    base_s = row.base_step_s or 0.0
    step = base_s / row.speedup - STEP_OVERHEAD_S
    read = (base_s - STEP_OVERHEAD_S) * row.weight_bits / row.base_bits
    return math.log(read / step)


def _precision(row: ServingSpeed, *, compressed: bool) -> Precision:
    if not compressed:
        cache = row.kv_bits if row.two_of_four else row.base_bits
        return Precision(row.base_bits, row.base_bits, cache)
    return Precision(row.weight_bits, row.activation_bits, row.kv_bits, row.two_of_four)


def _tok_per_s(row: ServingSpeed, shares: ServingEfficiency, *, compressed: bool) -> float:
    """Return output tokens per second and accelerator."""
    devices = row.accelerators if compressed else row.base_accelerators
    precision = _precision(row, compressed=compressed)
    sparse = compressed and row.two_of_four
    chip = accelerator(row.accelerator)
    roofline = Roofline.of(
        Architecture(
            parameters_billion=row.parameters_billion,
            active_parameters_billion=row.parameters_billion,
            kv_bytes_per_token=row.kv_bytes_per_token,
            accelerators_per_instance=devices,
        ),
        StoredModel(
            precision,
            keep_bytes=0.5 + _MASK_BITS / precision.weight_bits if sparse else 1.0,
            keep_flops=0.5 if sparse else 1.0,
        ),
        chip,
        efficiency_at(
            precision,
            has_fp8=chip.has_fp8 and not row.precision_format.startswith("INT8"),
            is_mixture=False,
            accelerators=devices,
            shares=shares,
        ),
    )
    requests = Requests(row.input_tokens, row.output_tokens, row.batch, row.largest_batch)
    return output_tok_per_s(roofline, requests) / devices


def is_fitted_to(row: ServingSpeed, rows: Iterable[ServingSpeed]) -> bool:
    """Return whether a row counts in the fit: on a known accelerator, its conditions stated.

    Of a format of which no source states the lengths of requests, all rows count.
    """
    if not row.accelerator:
        return False
    same = [other for other in rows if other.precision_format == row.precision_format]
    return row.has_stated_lengths or not any(other.has_stated_lengths for other in same)


def fit_shares(rows: Sequence[ServingSpeed]) -> ServingEfficiency:
    """Fit the shares to the rows that count."""
    from scipy.optimize import least_squares  # half a second to import

    used = [row for row in rows if is_fitted_to(row, rows)]
    counts = Counter((row.source, row.precision_format) for row in used)
    weights = [
        min(1.0, math.sqrt(_ROWS_PER_SOURCE / counts[row.source, row.precision_format])) / _SPREAD
        for row in used
    ]
    medians = np.log([_PRIORS[name][0] for name in FITTED])
    spreads = np.array([_PRIORS[name][1] for name in FITTED])

    def errors(logs: FloatArray) -> FloatArray:
        shares = _shares(logs)
        found = []
        for row, weight in zip(used, weights, strict=True):
            base = _tok_per_s(row, shares, compressed=False)
            speedup = _tok_per_s(row, shares, compressed=True) / base
            found.append(weight * math.log(speedup / row.speedup))
            if row.base_tok_per_s is not None:
                published = row.base_tok_per_s / row.base_accelerators
                found.append(_LEVEL_WEIGHT * weight * math.log(base / published))
        return np.concatenate([found, (logs - medians) / spreads])

    return _shares(least_squares(errors, medians, loss="soft_l1", xtol=1e-5, ftol=1e-5).x)


def _shares(logs: FloatArray) -> ServingEfficiency:
    return ServingEfficiency(**dict(zip(FITTED, map(float, np.exp(logs)), strict=True)))


def shares_without(rows: Sequence[ServingSpeed]) -> dict[str, ServingEfficiency]:
    """Return the shares fitted without each source whose rows count, by source."""
    sources = sorted({row.source for row in rows if is_fitted_to(row, rows)})
    return {out: fit_shares([row for row in rows if row.source != out]) for out in sources}


def held_out_errors(
    rows: Sequence[ServingSpeed],
    without: Mapping[str, ServingEfficiency],
    all_rows: ServingEfficiency,
) -> list[HeldOut]:
    """Predict every row by shares that never saw its source, and gather ratios by format."""
    ratios: defaultdict[str, list[float]] = defaultdict(list)
    sources: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        packed = _single_user_packing(rows, row)
        speedup = predicted_speedup(row, without.get(row.source, all_rows), packed)
        ratios[row.precision_format].append(speedup / row.speedup)
        sources[row.precision_format].append(row.source)
    fitted = {row.precision_format for row in rows if is_fitted_to(row, rows)}
    return [
        HeldOut(name, tuple(ratios[name]), tuple(sources[name]), name in fitted)
        for name in sorted(ratios)
    ]


def as_table(errors: Sequence[HeldOut]) -> list[str]:
    """Write held-out errors as the lines of a table in Markdown."""
    lines = [
        "| format | rows | sources | geometric mean, predicted over published | median error |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {error.precision_format} | {len(error.ratios)} | {len({*error.sources})} "
        f"| {error.geometric_mean:.3f} | {100.0 * (error.median_error - 1.0):.0f}% |"
        for error in errors
    ]
    return lines


def write_shares(path: Path = EFFICIENCY) -> list[HeldOut]:
    """Fit the shares and write them, with how far they move when a source is left out."""
    rows = serving_speeds()
    best, without = fit_shares(rows), shares_without(rows)
    used = [row for row in rows if is_fitted_to(row, rows)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("share", "best", "low", "high", "rows", "sources"))
        for name in FITTED:
            values = [getattr(shares, name) for shares in (best, *without.values())]
            writer.writerow(
                (name, rounded(values[0]), rounded(min(values)), rounded(max(values)),
                 len(used), len(without))
            )  # fmt: skip
    return held_out_errors(rows, without, best)


if __name__ == "__main__":
    write_shares()
