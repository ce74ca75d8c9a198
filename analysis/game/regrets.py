r"""Regret of a strategy: how much it may cost to have chosen it.

The *worst* regret of s is :math:`\max_t [\max_k U(k, t) - U(s, t)]` over all that the others may
play (Savage 1951). Its regret *at an equilibrium* is what a member loses that plays s while all
others keep to the equilibrium (Jordan, Kiekintveld and Wellman 2007).

References
----------
Savage, L. J. (1951). The theory of statistical decision. Journal of the American Statistical
Association 46(253), 55-67.
Jordan, P. R., Kiekintveld, C., Wellman, M. P. (2007). Empirical game-theoretic analysis of the TAC
supply chain game. AAMAS, 1188-1195.
"""

from __future__ import annotations

import numpy as np

from analysis.game.role_game import Mix, RoleGame, against
from sim.quantities import FloatArray


def worst_regrets(game: RoleGame, role: int) -> FloatArray:
    """Return the worst regret of each strategy of a role, (..., S_r)."""
    payoff = game.payoffs[role]
    lead = payoff.ndim - len(game.names)
    lost = payoff.max(axis=lead - 1, keepdims=True) - payoff
    return np.asarray(lost.max(axis=tuple(range(lead, payoff.ndim))))


def regrets_at(game: RoleGame, role: int, mix: Mix) -> FloatArray:
    """Return what each strategy of a role loses against a mix, over the best, (..., S_r)."""
    worth = against(game, role, mix)
    return np.asarray(worth.max(axis=-1, keepdims=True) - worth)
