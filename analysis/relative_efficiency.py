"""What an A100 achieves of its peaks relative to an H100, from pairs of one engine.

The roofline takes all accelerators to reach the same shares of their peaks. One edition of an
engine prints both at 16 bits, the same models at the same lengths on as many accelerators, so that
the engine's level cancels in what an H100 serves over what an A100 does. Two factors, of the A100's
arithmetic and of its traffic, are fitted to the logarithms of those ratios by least squares; they
are an accelerator's ``prefill_efficiency`` and ``decode_efficiency`` in a scenario.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.serving_levels import Beside, pairs_of_one_engine, predicted_tok_per_s
from sim.quantities import FloatArray

_SPREAD = 0.1
"""Error of a ratio, in logs, beyond which it counts less (soft L1)."""


@dataclass(frozen=True, slots=True)
class RelativeEfficiency:
    """Factors of the older accelerator's shares of peak.

    Attributes
    ----------
    prefill, decode
        Of arithmetic and of traffic.
    prefill_log_error, decode_log_error
        Standard errors of their logarithms.
    error_before, error_after
        Mean of ``|ln(ours / theirs)|`` of the ratios, without the factors and with them.
    """

    prefill: float
    decode: float
    prefill_log_error: float
    decode_log_error: float
    error_before: float
    error_after: float


def relative_efficiency(compared: Sequence[Beside]) -> RelativeEfficiency:
    """Fit the factors to the pairs among published throughputs."""
    from scipy.optimize import least_squares  # half a second to import

    pairs = pairs_of_one_engine(compared)

    def errors(logs: FloatArray) -> FloatArray:
        prefill, decode = np.exp(logs)
        return np.array(
            [
                newer.log_ratio
                - math.log(
                    predicted_tok_per_s(
                        older.level, prefill_efficiency=prefill, decode_efficiency=decode
                    )
                    / older.level.tok_per_s
                )
                for newer, older in pairs
            ]
        )

    fit = least_squares(errors, np.zeros(2), loss="soft_l1", f_scale=_SPREAD)
    after = errors(fit.x)
    spread = float(after.std(ddof=2))
    jacobian: FloatArray = np.asarray(fit.jac, dtype=np.float64)
    of_logs = spread * np.sqrt(np.diag(np.linalg.inv(jacobian.T @ jacobian)))
    prefill, decode = np.exp(fit.x)
    return RelativeEfficiency(
        float(prefill),
        float(decode),
        float(of_logs[0]),
        float(of_logs[1]),
        float(np.abs(errors(np.zeros(2))).mean()),
        float(np.abs(after).mean()),
    )
