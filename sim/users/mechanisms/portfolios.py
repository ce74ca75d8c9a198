"""Portfolios: which product serves which class of requests, and what it costs to hold several.

A user of type k cuts its work into classes c, shares s_c. It holds the set H of the products a_c
that serve them, at most H_max, and compares

    V(a) = sum over c of [CS_c(a_c) / mu + s_c (t(a_c) + b_c(a_c) + eps(a_c))]
           - f / mu - f_h (vendors(H) - 1) / mu

with t what a product is worth beside its surplus (brand, quality, privacy, peers), b_c = zeta S_c
for the product that serves the class so far and minus the cost of switching from it for any other,
eps the Gumbel draw of the product in this review, f the running fee and f_h [USD a month] the fee
for each further vendor.
A product that serves nothing is worth nothing. With one class, or H_max = 1, this is the logit of
whole users; without fees, and as many products as classes, each class has a logit of its own.

References
----------
Hendel (1999). Estimating multiple-discrete choice models: an application to computerization
returns. Review of Economic Studies 66, 423-446: a firm's tasks, each with the product that serves
it best.
"""

from typing import NamedTuple

from sim.compiled import compiled
from sim.scenario.scenario import Scenario
from sim.users.request_classes import count_classes


class PortfolioRules(NamedTuple):
    """What portfolios may hold."""

    is_on: bool
    """Whether users may hold several products, or have several classes of requests."""
    classes: int
    """[C]"""
    most_products: int
    """[H_max]"""
    users: int
    """[N] How many there are: class c of user i has place c N + i among them."""

    @classmethod
    def from_scenario(cls, scenario: Scenario) -> "PortfolioRules":
        """Read the parameters of a scenario."""
        classes = count_classes(scenario.domains)
        most = scenario.population.portfolio.most_products
        return cls(classes > 1 or most > 1, classes, most, scenario.population.users)


@compiled
def class_utility(offer_utility: float, work_share: float, tie: float, noise: float) -> float:
    """Return what a product is worth for one class of requests, in units of mu.

    Parameters
    ----------
    offer_utility : float
        What the offer is worth to the class: its surplus, and its share of tastes and of the
        running fee.
    work_share : float
        Share of the work in the class [s_c].
    tie : float
        What serving all the work would be worth besides: peers, and satisfaction where the product
        serves the class already, else less the cost of moving to it.
    noise : float
        The product's draw [eps].
    """
    return offer_utility + work_share * (tie + noise)


@compiled
def vendors_fee(further_vendor_fee: float, vendors: int) -> float:
    """Return what a number of vendors, one at least, cost beyond the first, in the fee's unit."""
    return further_vendor_fee * (vendors - 1)
