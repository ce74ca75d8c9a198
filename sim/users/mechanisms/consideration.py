"""Consideration: which products come to mind at a review, and what news does to that.

A product comes to mind with probability ``1 - exp(-x)``, with the intensity
``x = (a0 + a1 share) exp(a4 R) + a2 peers + a3 news``, R being its reputation. News decays. At
events of a clock of its own, of rate ``news_review_per_day``, each product's news reaches a user
with probability ``min(1, news)``; the user compares what it has with the products whose news
reaches it, and with nothing else.

References
----------
Goeree (2008). Limited information and advertising in the U.S. personal computer industry.
Econometrica 76, 1017-1074: choice from random consideration sets.
"""

import math
from typing import NamedTuple

from sim.compiled import compiled
from sim.scenario.demand import Population


class ConsiderationRules(NamedTuple):
    """Parameters of consideration."""

    base: float
    """[a0]"""
    market_share_weight: float
    """[a1]"""
    peer_weight: float
    """[a2]"""
    news_weight: float
    """[a3]"""
    news_decay_per_day: float
    news_review_per_day: float
    """Rate at which a user looks into news of level one or more."""
    reputation_weight: float
    """[a4]"""

    @classmethod
    def from_scenario(cls, population: Population) -> "ConsiderationRules":
        """Read the parameters of a scenario's population."""
        consideration = population.consideration
        return cls(
            consideration.base,
            consideration.market_share_weight,
            consideration.peer_weight,
            consideration.news_weight,
            math.log(2.0) / consideration.news_half_life_days,
            population.clocks.news_review_per_day,
            consideration.reputation_weight,
        )


@compiled
def shared_intensity(market_share: float, reputation: float, rules: ConsiderationRules) -> float:
    """Part of a product's intensity that is the same for all users.

    Parameters
    ----------
    market_share : float
        The product's users over all users.
    reputation : float
        Of the product, as users hear it [R].
    rules : ConsiderationRules
    """
    known = rules.base + rules.market_share_weight * market_share
    if rules.reputation_weight == 0.0 or reputation == 0.0:
        return known
    return known * math.exp(rules.reputation_weight * reputation)


@compiled
def intensity(shared: float, peers_share: float, news: float, rules: ConsiderationRules) -> float:
    """Intensity of consideration x.

    Parameters
    ----------
    shared : float
        As ``shared_intensity`` returns it.
    peers_share : float
        Share of the neighbours who use the product.
    news : float
        What news adds: its level at some time, times the ``news_factor`` of the days since.
    rules : ConsiderationRules
    """
    return shared + rules.peer_weight * peers_share + news


@compiled
def news_factor(age_days: float, rules: ConsiderationRules) -> float:
    """Return what a unit of news adds to the intensity when it is so old."""
    return rules.news_weight * math.exp(-rules.news_decay_per_day * age_days)


@compiled
def considered(uniform: float, intensity: float) -> bool:
    """Whether uniform < 1 - exp(-x), with the exponential taken only if bounds do not settle it."""
    if uniform >= intensity:
        return False
    if uniform <= intensity - 0.5 * intensity * intensity:
        return True
    return uniform < consideration_probability(intensity)


@compiled
def consideration_probability(intensity: float) -> float:
    """Probability ``1 - exp(-x)`` that a product comes to mind."""
    return -math.expm1(-intensity)


@compiled
def news_level_now(news_level: float, age_days: float, rules: ConsiderationRules) -> float:
    """Return what is left of a news level after so many days."""
    return news_level * math.exp(-rules.news_decay_per_day * age_days)


@compiled
def news_reach(news_level: float, age_days: float, rules: ConsiderationRules) -> float:
    """Probability that an event of the news clock lets a user compare what it has with a product.

    The clock's rate times this is the rate at which the product's news is looked into.

    Parameters
    ----------
    news_level : float
        Of the product, at some time.
    age_days : float
        Days since then.
    rules : ConsiderationRules
    """
    if news_level == 0.0:
        return 0.0
    return min(news_level_now(news_level, age_days, rules), 1.0)
