r"""What a review comes to: the probability of each choice, over all that may come to mind.

A product l comes to mind with probability c_l and then finishes the race at an exponential time of
rate :math:`r_l = e^{V_l}`, so that j wins with

.. math:: \int_0^\infty c_j r_j e^{-r_j t}\; e^{-r_0 t}
          \prod_{l \ne j} (1 - c_l + c_l e^{-r_l t})\; dt.

From product i everything is scaled by :math:`e^{\sigma}`: i itself is certain to be there with
:math:`V_i + \sigma_{vendor} + \zeta S_i`, the provider's others run with
:math:`V_l + \sigma_{vendor} - \sigma_{model}`, other hosts of its model with
:math:`V_l + \sigma_{vendor}`. The integral is taken in ln t, where the trapezoidal rule converges
geometrically. With nests: `sim.users.nested_outcomes`.
"""

import math
from dataclasses import dataclass

import numpy as np

from sim.quantities import BoolArray, FloatArray, IntegerArray
from sim.users.nested_outcomes import nested_moves

_STEP = 0.8
"""In ln t; the error of the rule falls as exp(-9.9 / step)."""
_BELOW, _ABOVE = 13.0, 3.2
"""Reach of the integral: below the fastest product's ln t, above that of no product."""
_WIDEST_GAP, _WIDEST_GAP_IN_NESTS = 13.0, 30.0
"""Neighbours in the order of utilities are not further apart: beyond, one of two always wins."""
_TINY = 1e-300
_LARGEST = 600.0
"""The largest logarithm that is taken back: of larger ones there is no number."""


@dataclass(frozen=True, slots=True)
class Relations:
    """How products stand to each other.

    Attributes
    ----------
    provider, model, nest : ndarray of int, shape (P,)
        As in ``sim.users.offers.OfferView``.
    dissimilarity : tuple of float
        lambda of each nest, after that of products in none.
    vendor_cost, model_cost : float
        Of moving to another provider, and to another model of the same [sigma].
    """

    provider: IntegerArray
    model: IntegerArray
    nest: IntegerArray
    dissimilarity: tuple[float, ...]
    vendor_cost: float
    model_cost: float

    def kin(self) -> list[tuple[BoolArray, float]]:
        """Return products that cost less to move to, (P, P), and how much less, by kind."""
        twin = self.model[:, None] == self.model
        sibling = (self.provider[:, None] == self.provider) & ~twin
        other = ~np.eye(self.model.size, dtype=bool)
        kinds = (sibling, self.vendor_cost - self.model_cost), (twin & other, self.vendor_cost)
        return [(mask, gain) for mask, gain in kinds if mask.any()]


def outcomes(
    utility: FloatArray,
    outside: FloatArray,
    loyalty: FloatArray,
    intensity: FloatArray,
    relations: Relations,
) -> FloatArray:
    """Return the probabilities of a review's outcomes, from a row's state to a column's.

    Parameters
    ----------
    utility : ndarray, shape (K, P)
        Of each product to who holds none, in units of mu; minus infinity if not on offer.
    outside : ndarray, shape (K,)
        Of no product to who holds none.
    loyalty : ndarray, shape (K, P)
        What satisfaction adds to the utility of the present product.
    intensity : ndarray, shape (P,)
        Of consideration.
    relations : Relations

    Returns
    -------
    ndarray, shape (K, P + 1, P + 1)
        The last state is no product.
    """
    nested = bool((np.array(relations.dissimilarity)[relations.nest] < 1.0).any())
    widest = _WIDEST_GAP_IN_NESTS if nested else _WIDEST_GAP
    held = relations.vendor_cost + max(0.0, loyalty.max(initial=0.0))
    utility, outside = _closed_gaps(utility, outside, widest + held)
    own = utility + relations.vendor_cost + loyalty
    if nested:
        moves = nested_moves(
            utility,
            own,
            outside,
            intensity,
            relations.kin(),
            relations.nest,
            relations.dissimilarity,
        )
    else:
        moves = _moves(utility, own, outside, intensity, relations.kin())
    return np.asarray(moves / moves.sum(axis=2, keepdims=True))


def _moves(
    utility: FloatArray,
    own: FloatArray,
    outside: FloatArray,
    intensity: FloatArray,
    kin: list[tuple[BoolArray, float]],
) -> FloatArray:
    """Return the probabilities, but for a factor of each row, of a logit without nests."""
    types, products = utility.shape
    top = np.maximum(own.max(axis=1, initial=-np.inf), outside)
    low, high = -top - _BELOW, -outside + _ABOVE
    points = int(np.ceil((high - low).max() / _STEP)) + 1
    log_time = np.linspace(low, high, points, axis=1)[:, None, :]  # (K, 1, Q)
    seen = -np.expm1(-intensity)[:, None]
    other, kept = _clock(utility, log_time), _clock(own, log_time)
    none = _clock(outside[:, None], log_time)
    log_other, density_other = _unfinished(other, seen)
    nobody = log_other.sum(axis=1, keepdims=True) - none
    survive = nobody - log_other - kept
    closer = [(mask, *_unfinished(_faster(other, gain), seen)) for mask, gain in kin]
    for mask, log_kin, _ in closer:
        survive += np.einsum("ij,kjq->kiq", mask.astype(np.float64), log_kin - log_other)
    survive = np.exp(survive)  # (K, P, Q): nothing has finished
    moves = np.zeros((types, products + 1, products + 1))
    transposed = np.swapaxes(density_other, 1, 2)
    moves[:, :-1, :-1] = survive @ transposed
    for mask, _, density in closer:
        nearby = survive @ np.swapaxes(density, 1, 2)
        moves[:, :-1, :-1] = np.where(mask, nearby, moves[:, :-1, :-1])
    diagonal = np.arange(products)
    moves[:, diagonal, diagonal] = (survive * kept).sum(axis=2)
    moves[:, :-1, -1] = (survive * none).sum(axis=2)
    alone = np.exp(nobody)
    moves[:, -1, :-1] = (alone @ transposed)[:, 0, :]
    moves[:, -1, -1] = (alone * none).sum(axis=2)[:, 0]
    return moves


def _clock(utility: FloatArray, log_time: FloatArray) -> FloatArray:
    """Return r t, (K, P, Q); what is beyond all numbers has finished, as any large one has."""
    if utility.max(initial=0.0) < _LARGEST:
        return np.asarray(np.exp(utility)[:, :, None] * np.exp(log_time))
    return np.asarray(np.exp(np.minimum(utility[:, :, None] + log_time, _LARGEST)))


def _faster(clock: FloatArray, gain: float) -> FloatArray:
    gain = min(gain, _LARGEST)
    return np.asarray(np.minimum(clock, math.exp(_LARGEST - gain)) * math.exp(gain))


def _unfinished(clock: FloatArray, seen: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return ln of the chance not to have finished, ``1 - c + c e^{-r t}``, and the hazard in ln t.

    ``clock`` is r t, ``seen`` the chance c of coming to mind.
    """
    running = seen * np.exp(-clock)
    unfinished = np.maximum(running + (1.0 - seen), _TINY)
    return np.log(unfinished), clock * running / unfinished


def _closed_gaps(
    utility: FloatArray, outside: FloatArray, widest: float
) -> tuple[FloatArray, FloatArray]:
    """Utilities in which no two neighbours are further apart than where one of them always wins."""
    everything = np.column_stack([utility, outside])
    on_offer = np.isfinite(everything)
    order = np.argsort(everything, axis=1)
    ranked = np.take_along_axis(everything, order, axis=1)
    with np.errstate(invalid="ignore"):
        gap = np.diff(ranked, axis=1, prepend=ranked[:, :1])
    gap = np.where(np.isfinite(gap), np.minimum(gap, widest), 0.0)
    closed = np.empty_like(everything)
    np.put_along_axis(closed, order, np.cumsum(gap, axis=1), axis=1)
    closed = np.where(on_offer, closed, -np.inf)
    return closed[:, :-1] - closed[:, -1:], np.zeros(len(outside))
