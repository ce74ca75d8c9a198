r"""How the payoffs might have come out: a bootstrap over replications.

Whole replications are drawn with replacement, the same for all profiles and roles, so that what the
shared draws have in common stays in common (Efron 1979). With few replications the spread of
resampled means is too narrow, by :math:`\sqrt{(R-1)/R}` and by the normal instead of Student's
quantile; deviations from the mean are widened by both,
:math:`\sqrt{R/(R-1)}\, t_{R-1, 0.975} / z_{0.975}` (Hesterberg 2015, section 3.3), so that an
interval of a mean is as wide as Student's.

References
----------
Efron, B. (1979). Bootstrap methods: another look at the jackknife. Annals of Statistics 7(1), 1-26.
Hesterberg, T. C. (2015). What teachers should know about the bootstrap. American Statistician
69(4), 371-386.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from analysis.game.role_game import RoleGame
from sim.quantities import FloatArray
from sim.statistics import student_quantile

RESAMPLES: Final = 2_000
_SEED: Final = 20240506
_NORMAL_QUANTILE: Final = 1.959963984540054


def weights(replications: int, resamples: int = RESAMPLES) -> FloatArray:
    """Return what each replication weighs in each resampled mean, (resamples, R); rows add to 1.

    Raises
    ------
    ValueError
        With fewer than two replications.
    """
    if replications < 2:
        raise ValueError("one replication says nothing about chance")
    counts = np.random.default_rng(_SEED).multinomial(
        replications, np.full(replications, 1 / replications), size=resamples
    )
    wider = math.sqrt(replications / (replications - 1)) * (
        float(student_quantile(replications)) / _NORMAL_QUANTILE
    )
    even = 1.0 / replications
    return np.asarray(even + wider * (counts / replications - even))


def resampled(samples: RoleGame, resamples: int = RESAMPLES) -> RoleGame | None:
    """Return a stack of mean games; None with fewer than two replications.

    Parameters
    ----------
    samples
        A stack with a game a replication.
    resamples
        How many.
    """
    replications = samples.payoffs[0].shape[0]
    if replications < 2:
        return None
    weigh = weights(replications, resamples)
    return samples.like([np.tensordot(weigh, payoff, axes=1) for payoff in samples.payoffs])
