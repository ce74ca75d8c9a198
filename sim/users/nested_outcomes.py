r"""What a review comes to where nests make products' times depend on each other.

In a nest l finishes at a time of survival :math:`\exp(-S (t e^{V_l})^{1/\lambda})`, independent of
the others' given S. So at each t what belongs to a nest is averaged over S, and nests are
independent: the rest is as in `sim.users.outcomes`.
"""

import numpy as np

from sim.quantities import BoolArray, FloatArray, IntegerArray
from sim.users.shared_noise_nodes import Nodes, shared_noise_nodes

_STEP, _STEP_IN_NESTS = 0.6, 0.9
"""In ln t; within nests times lambda. The error of the rule falls as exp(-9.9 lambda / step)."""
_BELOW, _ABOVE = 16.0, 4.0
"""Reach of the integral: below the fastest product's ln t, above that of no product."""


def nested_moves(
    utility: FloatArray,
    own: FloatArray,
    outside: FloatArray,
    intensity: FloatArray,
    kin: list[tuple[BoolArray, float]],
    nest: IntegerArray,
    dissimilarity: tuple[float, ...],
) -> FloatArray:
    """Return probabilities of a review's outcomes, (K, P + 1, P + 1), but for a factor a row.

    Parameters
    ----------
    utility, own : ndarray, shape (K, P)
        Of a product of another provider, and of the present product.
    outside : ndarray, shape (K,)
    intensity : ndarray, shape (P,)
    kin : list of (ndarray of bool, shape (P, P)) and float
        Products to which moving costs less, and how much less.
    nest : ndarray of int, shape (P,)
    dissimilarity : tuple of float
        As in ``sim.users.outcomes.Relations``.
    """
    types, products = utility.shape
    groups = _groups(nest, dissimilarity)
    grid = _grid(own, outside, groups)
    none = np.exp(outside[:, None] + grid)
    parts = [_race(members, nodes, utility, own, grid, intensity, kin) for members, nodes in groups]
    nobody = np.exp(-none)[:, None, :] * np.ones((1, products + 1, 1))
    for _, survival, _ in parts:
        nobody = nobody * survival
    moves = np.zeros((types, products + 1, products + 1))
    moves[:, :, -1] = (nobody * none[:, None, :]).sum(axis=2)
    for members, survival, density in parts:
        others = np.divide(nobody, survival, out=np.zeros_like(nobody), where=survival > 0.0)
        moves[:, :, members] = np.einsum("kiq,kqij->kij", others, density)
    return moves


def _groups(
    nest: IntegerArray, dissimilarity: tuple[float, ...]
) -> list[tuple[IntegerArray, Nodes]]:
    """Return the members of each nest, and values that stand for its noise.

    Products in no nest, or in one without correlation, make a group of their own.
    """
    scale = np.array(dissimilarity)[nest]
    alone = np.flatnonzero(scale == 1.0), shared_noise_nodes(1.0)
    nests = [
        (np.flatnonzero(nest == number), shared_noise_nodes(dissimilar))
        for number, dissimilar in enumerate(dissimilarity)
        if dissimilar < 1.0
    ]
    return [group for group in (alone, *nests) if group[0].size]


def _race(
    members: IntegerArray,
    nodes: Nodes,
    utility: FloatArray,
    own: FloatArray,
    grid: FloatArray,
    intensity: FloatArray,
    kin: list[tuple[BoolArray, float]],
) -> tuple[IntegerArray, FloatArray, FloatArray]:
    """Return what a group's members do by each time, averaged over the noise that they share.

    Returns
    -------
    members : ndarray of int, shape (n,)
    survival : ndarray, shape (K, P + 1, Q)
        Probability that none has finished by each time, from each state.
    density : ndarray, shape (K, Q, P + 1, n)
        Of each member's finishing, in ln t, and of no other of the group having finished.
    """
    with np.errstate(divide="ignore"):
        log_missed = -intensity[members, None, None]
        log_seen = np.log(-np.expm1(-intensity))[members, None, None]

    def arrivals(level: FloatArray) -> FloatArray:
        """Integrated hazard of finishing by each time, (K, n, Q, M)."""
        late = level[:, members, None, None] + grid[:, None, :, None] + nodes.noise
        with np.errstate(over="ignore"):
            return np.exp(np.minimum(late / nodes.dissimilarity, 700.0))

    def runs(level: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log of the odds not to have finished; density of finishing, over those odds."""
        arrived = arrivals(level)
        log_survival = np.logaddexp(log_missed, log_seen - arrived)
        return log_survival, arrived * np.exp(log_seen - arrived - log_survival)

    log_other, hazard_other = runs(utility)
    kept = arrivals(own)
    states = utility.shape[1] + 1
    closer = [
        (np.vstack([mask, np.zeros((1, states - 1), bool)])[:, members], *runs(utility + gain))
        for mask, gain in kin
    ]
    log_survival = log_other.sum(axis=1, keepdims=True) * np.ones((1, states, 1, 1))
    for near, log_kin, _ in closer:
        log_survival += np.tensordot(near.astype(np.float64), log_kin - log_other, (1, 1)).swapaxes(
            0, 1
        )
    log_survival[:, members] -= log_other + kept
    weighted = np.exp(log_survival) * nodes.weight
    by_time = weighted.swapaxes(1, 2)  # (K, Q, P + 1, M)
    density = by_time @ np.moveaxis(hazard_other, 1, 3)
    for near, _, hazard_kin in closer:
        density = np.where(near, by_time @ np.moveaxis(hazard_kin, 1, 3), density)
    own_density = (weighted[:, members] * kept).sum(axis=3)
    density[:, :, members, np.arange(members.size)] = own_density.swapaxes(1, 2)
    return members, weighted.sum(axis=3), density / nodes.dissimilarity


def _grid(
    own: FloatArray, outside: FloatArray, groups: list[tuple[IntegerArray, Nodes]]
) -> FloatArray:
    """Points in ln t, (K, Q), a step apart that may differ between types."""
    fastest = [own[:, members].max(axis=1) + nodes.noise.max() for members, nodes in groups]
    top = np.max([outside, *fastest], axis=0)
    low, high = -top - _BELOW, -outside + _ABOVE
    dissimilarity = min((nodes.dissimilarity for _, nodes in groups), default=1.0)
    step = min(_STEP, _STEP_IN_NESTS * dissimilarity)
    points = int(np.ceil((high - low).max() / step)) + 1
    return np.linspace(low, high, points, axis=1)
