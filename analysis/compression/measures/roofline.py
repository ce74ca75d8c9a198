"""Speed of formats that this processor has no kernel for, derived from what it was measured on.

Decoding one token reads every weight once and does little arithmetic with it, so memory sets the
pace.  The time of a token is taken as

    t(bytes) = t0 + bytes / bandwidth,

fitted on formats that the engine has dense kernels for.  Reading a prompt uses each weight many
times, so arithmetic sets the pace, and its time is proportional to multiply-adds.  Neither knows
what unpacking costs or what arithmetic in fewer bits saves: packed formats that were measured lie
on both sides, and the largest of their distances is stated beside every derived speed.

References
----------
Williams, S., Waterman, A., Patterson, D. (2009). Roofline: an insightful visual performance model
for multicore architectures. *Communications of the ACM* 52(4), 65-76.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.compression.errors import CalibrationError
from analysis.compression.measures.timing import Speed


@dataclass(frozen=True, slots=True)
class MeasuredRoofline:
    """Time of a decoded token as a function of the bytes that it reads.

    Attributes
    ----------
    fixed_s
        Time that does not depend on bytes, ``t0`` [s].
    bytes_per_s
        Bandwidth that weights are read at [B/s].
    residuals
        Of each format that was measured, those it was not fitted on included: measured over
        derived time, less 1.
    engine
        Whose measurements they are.
    """

    fixed_s: float
    bytes_per_s: float
    residuals: Mapping[str, float]
    engine: str

    def decode_s(self, bytes_read: float) -> float:
        """Return seconds of a decoded token, ``t0 + bytes / bandwidth``."""
        return self.fixed_s + bytes_read / self.bytes_per_s


def fit_roofline(
    bytes_read: Mapping[str, float],
    decode_tok_per_s: Mapping[str, float],
    engine: str,
    checked: Mapping[str, tuple[float, float]] | None = None,
) -> MeasuredRoofline:
    """Fit time against bytes by least squares.

    Parameters
    ----------
    bytes_read
        Of each format: bytes of weights read for a token [B].
    decode_tok_per_s
        Of each format: tokens decoded per second.
    engine
        What measured them.
    checked
        Bytes and speed of formats that it is not fitted on, for their residuals.

    Raises
    ------
    CalibrationError
        Fewer than two formats, or larger ones decode no slower than smaller ones.
    """
    names = [name for name in bytes_read if name in decode_tok_per_s]
    sizes = np.array([bytes_read[name] for name in names])
    times = np.array([1.0 / decode_tok_per_s[name] for name in names])
    if np.unique(sizes).size < 2:
        raise CalibrationError(
            f"the roofline needs decode speeds of at least two sizes, not of {names}.  Measure "
            "f32, f16 and q8_0."
        )
    slope, fixed = np.polyfit(sizes, times, 1)
    if slope <= 0.0:
        measured = ", ".join(f"{name} {decode_tok_per_s[name]:.4g} tok/s" for name in names)
        raise CalibrationError(
            f"larger formats decode no slower than smaller ones ({measured}): no bandwidth can be "
            "found.  Measure again while nothing else runs on the machine."
        )
    fitted = fixed + slope * sizes
    residuals = dict(zip(names, (times / fitted - 1.0).tolist(), strict=True))
    for name, (size, rate) in (checked or {}).items():
        residuals[name] = float(1.0 / (rate * (fixed + slope * size)) - 1.0)
    return MeasuredRoofline(float(fixed), float(1.0 / slope), residuals, engine)


def derived_speed(
    roofline: MeasuredRoofline | None,
    measured_base: Speed,
    *,
    bytes_base: float,
    bytes_read: float,
    keep_multiply_adds: float,
) -> Speed:
    """Return the speed that bytes and multiply-adds allow, marked as derived.

    Parameters
    ----------
    roofline
        Fit on this model's formats; None for a model that decodes nothing.
    measured_base
        Any speed measured on the same engine; its base columns are the uncompressed model's.
    bytes_base, bytes_read
        Bytes read for a decoded token before and after compression [B].
    keep_multiply_adds
        Share of the whole model's multiply-adds for a token that is left.
    """
    decode, decode_base = None, measured_base.decode_base_tok_per_s
    spread = measured_base.spread
    if roofline is not None and decode_base is not None:
        decode = decode_base * roofline.decode_s(bytes_base) / roofline.decode_s(bytes_read)
        spread = max(abs(residual) for residual in roofline.residuals.values())
    return Speed(
        prefill_tok_per_s=measured_base.prefill_base_tok_per_s / keep_multiply_adds,
        decode_tok_per_s=decode,
        prefill_base_tok_per_s=measured_base.prefill_base_tok_per_s,
        decode_base_tok_per_s=decode_base,
        kind="roofline",
        engine=measured_base.engine,
        spread=spread,
    )
