"""A logit choice, drawn as a race.

Product j finishes at E_j / exp(V_j), with E_j exponential; the first to finish is chosen with
probability exp(V_j) / sum exp(V). Finishing times are held as logarithms, ln E_j - V_j (a Gumbel
draw, sign reversed), so that no utility is too large; in a nest the Gumbel draw is scaled by its
lambda, and a draw of the nest's own joins the utility (`sim.users.mechanisms.nests`). Each
product's draw hangs on the event and the product's own key: one more product changes the choice
only if it is chosen itself.

Bounds of ln E_j, read from a table by the leading bits of the draw, are within 1/32 of each other
nearly always; finishing times are computed, by two logarithms each, only if bounds overlap.

References
----------
McFadden (1974). Conditional logit analysis of qualitative choice behavior. In: Frontiers in
Econometrics, 105-142: the maximum of utilities with Gumbel noise is a logit.
"""

import math

import numpy as np
from numpy.typing import NDArray

from sim.compiled import compiled
from sim.users.draws import uniform_52

_STEP_BITS = 5
_OCTAVES = 53
_STEP_SHIFT = 52 - _STEP_BITS
_FIRST_STEP = (1023 - _OCTAVES) << _STEP_BITS
_SLACK = 1e-12
"""Relative; logarithms, here and there, are within 1e-15 of the truth."""


def race_bounds() -> NDArray[np.float64]:
    """Lower and upper bounds of ln E, E = -ln(1 - u), over steps of the uniform u.

    Returns
    -------
    ndarray of float64
        Shape (53 x 32, 2): every octave of u from 2**-53 to 1 in 32 equal steps.
    """
    octave = np.arange(-_OCTAVES, 0)[:, None] + np.zeros(1 << _STEP_BITS)
    lower = np.ldexp(1.0 + np.arange(1 << _STEP_BITS) / (1 << _STEP_BITS), octave.astype(np.int64))
    edge = np.log(-np.log1p(-lower.ravel()))
    edge = np.append(edge, np.log(-np.log(2.0**-53)))
    slack = _SLACK * (1.0 + np.abs(edge))
    return np.column_stack([(edge - slack)[:-1], (edge + slack)[1:]])


@compiled
def log_exponential(word: np.uint64) -> float:
    """Logarithm of an exponential draw [ln E]."""
    return math.log(-math.log1p(-uniform_52(word)))


@compiled
def log_finish(word: np.uint64, utility: float, scale: float) -> float:
    """Logarithm of the time at which a product of this utility and scale of noise finishes."""
    return log_exponential(word) * scale - utility


@compiled
def step_of(word: np.uint64) -> np.int64:
    """Row of a draw's bounds in ``race_bounds``: the leading bits of u as a floating number."""
    return (np.float64(uniform_52(word)).view(np.int64) >> _STEP_SHIFT) - _FIRST_STEP


@compiled
def overtakes(
    word: np.uint64,
    utility: float,
    scale: float,
    leader_word: np.uint64,
    leader_utility: float,
    leader_scale: float,
    bounds: NDArray[np.float64],
) -> bool:
    """Whether a product finishes before the one that leads so far.

    Parameters
    ----------
    word, leader_word : uint64
        The draws of the two, as ``product_word`` returns them.
    utility, leader_utility : float
        Their utilities V, with the noise that their nests share; -inf for a product that cannot be
        chosen.
    scale, leader_scale : float
        What their draws are multiplied by: lambda of their nests, above zero.
    bounds : float64[.., 2]
        ``race_bounds()``.

    Notes
    -----
    Products and differences round monotonically, so that bounds of ln E_j give bounds of what is
    computed; a scale of one changes no bit.
    """
    step, leader_step = step_of(word), step_of(leader_word)
    lower, upper = bounds[step, 0] * scale, bounds[step, 1] * scale
    if lower - utility >= bounds[leader_step, 1] * leader_scale - leader_utility:
        return False
    if upper - utility < bounds[leader_step, 0] * leader_scale - leader_utility:
        return True
    own = log_finish(word, utility, scale)
    return own < log_finish(leader_word, leader_utility, leader_scale)
