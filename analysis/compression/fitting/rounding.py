"""The digits to which fitted numbers are stated.

Six are far more than any interval allows, and few enough that a fit on another machine, whose
linear algebra differs in the last bits, gives the same. What is rounded here is written down and
shipped in full: see `shipped_tables` and `curves_file`.
"""

from sim.compression.curves import Estimate

_NOTHING = 1e-9


def rounded(value: float) -> float:
    """Round to six significant digits; what is nearly nothing is 0."""
    return float(f"{value:.6g}") if abs(value) > _NOTHING else 0.0


def rounded_estimate(estimate: Estimate) -> Estimate:
    """Round an estimate and the ends of its interval."""
    return Estimate(
        best=rounded(estimate.best), low=rounded(estimate.low), high=rounded(estimate.high)
    )
