"""Which products come to mind, and a logit choice between them drawn as a race.

Product j finishes at E_j / exp(V_j), with E_j exponential; the first to finish is chosen with
probability exp(V_j) / sum exp(V). Finishing times are held as logarithms, ln E_j - V_j (a Gumbel
draw, sign reversed), so that no utility is too large. Each product's draws hang on the event and
the product's own key: one more product changes the choice only if it is chosen itself.

References
----------
McFadden (1974). Conditional logit analysis of qualitative choice behavior. In: Frontiers in
Econometrics, 105-142: the maximum of utilities with Gumbel noise is a logit.
Goeree (2008). Limited information and advertising in the U.S. personal computer industry.
Econometrica 76, 1017-1074: choice from random consideration sets.
"""

import math

import numpy as np
from numpy.typing import NDArray

from sim.compiled import compiled
from sim.users.draws import lower_uniform, product_word, upper_uniform
from sim.users.records import Book, Scratch

_FLOOR_BITS = 10
_FLOOR_SHIFT = np.uint64(32 - _FLOOR_BITS)
_LOW_32 = np.uint64(0xFFFF_FFFF)


def race_floor() -> NDArray[np.float64]:
    """Lower bounds of ln(-ln u) over 1024 equal steps of u; the last step has no bound."""
    steps = np.arange(1, 1 << _FLOOR_BITS) / (1 << _FLOOR_BITS)
    return np.append(np.log(-np.log(steps)), -1e300)


@compiled
def log_finish(word: np.uint64, utility: float) -> float:
    """Logarithm of the time at which a product of this utility finishes."""
    return math.log(-math.log(lower_uniform(word))) - utility


@compiled
def log_finish_bound(word: np.uint64, utility: float, floor: NDArray[np.float64]) -> float:
    """Lower bound of ``log_finish`` from the leading bits of the draw, without a logarithm."""
    return float(floor[np.int64((word & _LOW_32) >> _FLOOR_SHIFT)] - utility)


@compiled
def finish_below(best: float, word: np.uint64, utility: float, floor: NDArray[np.float64]) -> float:
    """Finishing time, as ``log_finish``, if it is below the best so far; else perhaps infinity."""
    if log_finish_bound(word, utility, floor) >= best:
        return math.inf
    return log_finish(word, utility)


@compiled
def shortlist(
    event_key: np.uint64,
    peer_weight: float,
    news_weight: float,
    share_weight: float,
    base: float,
    users_of: NDArray[np.int64],
    book: Book,
    scratch: Scratch,
) -> int:
    """List the products that may come to mind.

    A product of intensity x comes to mind if its uniform draw is below 1 - exp(-x); here those are
    listed whose draw is below x, which are a few more. The loops have no branch that the processor
    would have to guess, and the first is done for several products at once.

    Parameters
    ----------
    event_key : uint64
        Random key of the review.
    peer_weight, news_weight, share_weight, base : float
        Intensity of one neighbour, of one unit of news, of one user, and of nothing at all.
    users_of : int64[P + 1]
        Users of each product.
    book : Book
        Steps and news of the products.
    scratch : Scratch
        Holds the users of each product among the neighbours; receives the list, the products'
        draws and their intensities.

    Returns
    -------
    int
        Length of the list.
    """
    for j in range(book.steps.size):
        word = product_word(event_key, book.steps[j])
        intensity = base + share_weight * users_of[j]
        intensity += peer_weight * scratch.peers[j] + news_weight * book.news[j]
        scratch.word[j] = word
        scratch.intensity[j] = intensity
        scratch.margin[j] = intensity - upper_uniform(word)
    length = 0
    for j in range(book.steps.size):
        scratch.shortlist[length] = j
        length += scratch.margin[j] > 0.0
    return length


@compiled
def considered(uniform: float, intensity: float) -> bool:
    """Whether uniform < 1 - exp(-x), with the exponential taken only if bounds do not settle it."""
    if uniform >= intensity:
        return False
    if uniform <= intensity - 0.5 * intensity * intensity:
        return True
    return uniform < -math.expm1(-intensity)
