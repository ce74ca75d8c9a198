"""How much of its work a user gives to a model: closed forms for lognormal task values.

A user has A Mtok of work a month. The value of a task, in USD per Mtok of work, is lognormal:
ln v ~ N(m, s^2). A product succeeds at a share pi of the tasks and costs p per Mtok of work. A task
is worth running if v pi >= p, so the share of tasks worth running is Phi(z) with
z = (m + ln pi - ln p) / s. All functions work elementwise on arrays.

References
----------
Dubin, McFadden (1984). An econometric analysis of residential electric appliance holdings and
consumption. Econometrica 52, 345-362: discrete choice with continuous use.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, log_ndtr, ndtr, ndtri

Floats = NDArray[np.float64]

_SMALLEST_SHARE = float(np.finfo(np.float64).tiny)
"""Floor of success shares, so that their logarithms stay finite."""


def success_share(
    capability_logit: ArrayLike, difficulty_logit: ArrayLike, scale_logit: ArrayLike
) -> Floats:
    """Share of tasks that succeed [pi], ``1 / (1 + exp(-(q - k) / tau))``.

    Parameters
    ----------
    capability_logit, difficulty_logit, scale_logit : array_like
        Capability q of the product, difficulty k and its scale tau > 0 in the domain.
    """
    gap = np.subtract(capability_logit, difficulty_logit)
    return np.asarray(np.maximum(expit(gap / np.asarray(scale_logit)), _SMALLEST_SHARE))


def usage_share(
    work_price_usd_per_mtok_of_work: ArrayLike,
    mean_log_value: ArrayLike,
    log_sd: ArrayLike,
    success: ArrayLike,
) -> Floats:
    """Share of tasks worth running, Phi(z); one where the price is zero.

    Parameters
    ----------
    work_price_usd_per_mtok_of_work : array_like
        Effective price p of one Mtok of work, >= 0.
    mean_log_value, log_sd : array_like
        m and s of the log task value.
    success : array_like
        Success share pi.
    """
    return np.asarray(
        ndtr(_threshold(work_price_usd_per_mtok_of_work, mean_log_value, log_sd, success))
    )


def elasticity(
    work_price_usd_per_mtok_of_work: ArrayLike,
    mean_log_value: ArrayLike,
    log_sd: ArrayLike,
    success: ArrayLike,
) -> Floats:
    """Own-price elasticity of usage as a positive number, phi(z) / (s Phi(z)).

    Arguments as in ``usage_share``. It falls as the price falls: there is a price below which
    cheaper tokens no longer raise spending.
    """
    z = _threshold(work_price_usd_per_mtok_of_work, mean_log_value, log_sd, success)
    return np.asarray(np.exp(_log_inverse_mills(z)) / np.asarray(log_sd))


def value_share(usage: ArrayLike, log_sd: ArrayLike) -> Floats:
    """Share of the value of all tasks in the most valuable share w of them, Phi(Phi^-1(w) + s)."""
    return np.asarray(ndtr(ndtri(np.asarray(usage)) + np.asarray(log_sd)))


def surplus_per_mtok(
    usage: ArrayLike,
    work_price_usd_per_mtok_of_work: ArrayLike,
    mean_log_value: ArrayLike,
    log_sd: ArrayLike,
    success: ArrayLike,
) -> Floats:
    """Consumer surplus in USD per Mtok of all work, running the most valuable share w of tasks.

    ``pi exp(m + s^2 / 2) Phi(Phi^-1(w) + s) - p w``. At w = Phi(z) it is the largest surplus, and
    its derivative in the price is -Phi(z) (Roy's identity).

    Parameters
    ----------
    usage : array_like
        Share w of tasks run.
    work_price_usd_per_mtok_of_work, mean_log_value, log_sd, success : array_like
        As in ``usage_share``.
    """
    gain = np.asarray(success) * mean_value(mean_log_value, log_sd) * value_share(usage, log_sd)
    return np.asarray(gain - np.multiply(work_price_usd_per_mtok_of_work, usage))


def mean_value(mean_log_value: ArrayLike, log_sd: ArrayLike) -> Floats:
    """Mean task value exp(m + s^2 / 2) in USD per Mtok of work."""
    return np.asarray(np.exp(np.asarray(mean_log_value) + 0.5 * np.square(log_sd)))


def mean_log_value(
    viable_share: float, log_sd: float, work_price_usd_per_mtok_of_work: float, success: float
) -> float:
    """Mean log task value m at which a given share of tasks is worth running.

    ``m = s Phi^-1(w) + ln p - ln pi``, so that ``usage_share`` at that price and quality is w. The
    elasticity there is ``phi(Phi^-1(w)) / (s w)``.

    Parameters
    ----------
    viable_share : float
        Share w of tasks worth running, between 0 and 1.
    log_sd : float
        Spread s > 0 of the log task value.
    work_price_usd_per_mtok_of_work : float
        Reference price, > 0.
    success : float
        Success share at the reference capability, > 0.
    """
    return float(
        log_sd * ndtri(viable_share) + math.log(work_price_usd_per_mtok_of_work) - math.log(success)
    )


def _threshold(
    work_price_usd_per_mtok_of_work: ArrayLike,
    mean_log_value: ArrayLike,
    log_sd: ArrayLike,
    success: ArrayLike,
) -> Floats:
    """Z = (m + ln pi - ln p) / s; infinite for a free product."""
    with np.errstate(divide="ignore"):
        log_price = np.log(np.asarray(work_price_usd_per_mtok_of_work, dtype=np.float64))
        log_success = np.log(np.asarray(success, dtype=np.float64))
    return np.asarray((np.asarray(mean_log_value) + log_success - log_price) / np.asarray(log_sd))


def _log_inverse_mills(z: ArrayLike) -> Floats:
    """ln(phi(z) / Phi(z))."""
    return np.asarray(-0.5 * np.square(z) - 0.5 * math.log(math.tau) - log_ndtr(np.asarray(z)))
