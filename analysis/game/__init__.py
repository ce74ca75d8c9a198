"""Empirical games: what providers earn by which strategies, and what they would choose.

A game is estimated by simulation (Wellman 2006): its payoffs are means over replications that all
profiles share draws in, and every statement about it is held against their uncertainty.

References
----------
Wellman, M. P. (2006). Methods for empirical game-theoretic analysis. AAAI, 1552-1555.
"""
