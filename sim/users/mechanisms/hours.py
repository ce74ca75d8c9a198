r"""Hours: how users' tokens spread over the day, the same each day, by domain.

.. math:: x_{jh} = \sum_d a_{dh} x_{dj}, \qquad
          \text{peak of } j = 24 \max_h x_{jh} / \sum_h x_{jh}

with a_dh the share of hour h in the tokens of domain d. A product whose domains peak at different
hours has a lower peak than any of them. Choice and use know no hours: what waits at the peak, or is
turned away, is felt as the mean over the requests of a day.

References
----------
Steiner (1957). Peak loads and efficient pricing. Quarterly Journal of Economics 71, 585-610: one
capacity, demand by period of the day.
"""

from collections.abc import Sequence

import numpy as np

from sim.quantities import FloatArray
from sim.scenario.demand import HOURS, Domain
from sim.strategies.pricing.tariff import Tariff


def hour_shares(domains: Sequence[Domain]) -> FloatArray:
    """Return the share of each hour in a day's tokens, (D, 24); even where nothing is said."""
    weights = np.array([domain.load_by_hour or (1.0,) * HOURS for domain in domains])
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def served_hours(domains: Sequence[Domain], tariffs: Sequence[Tariff]) -> FloatArray:
    """Return the share of each hour in what is served, by domain and product, (D, P, 24)."""
    asked = hour_shares(domains)
    return np.array(
        [
            [tariff.served_by_hour(one, domain.deferrable_share) for tariff in tariffs]
            for domain, one in zip(domains, asked, strict=True)
        ]
    )


def paid_shares(domains: Sequence[Domain], tariffs: Sequence[Tariff]) -> FloatArray:
    """Return what each domain pays of each product's list price, (D, P)."""
    asked = hour_shares(domains)
    return np.array(
        [
            [tariff.paid_share(one, domain.deferrable_share) for tariff in tariffs]
            for domain, one in zip(domains, asked, strict=True)
        ]
    )


def by_hour(mtok: FloatArray, shares: FloatArray) -> FloatArray:
    """Return tokens by hour of the day and product, (24, P); they add up to those of the day.

    Parameters
    ----------
    mtok : ndarray, shape (D, P)
        Tokens by domain and product, of one day or of many.
    shares : ndarray, shape (D, P, 24)
        As ``served_hours`` returns them.
    """
    return np.asarray(np.einsum("dph,dp->hp", shares, mtok))


def peaks(mtok: FloatArray, shares: FloatArray) -> FloatArray:
    """Return the tokens of each product's busiest hour over those of its mean hour, (P,).

    Between 1 and 24; not a number for a product without tokens. Arguments as in ``by_hour``.
    """
    hourly = by_hour(mtok, shares)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(HOURS * hourly.max(axis=0) / hourly.sum(axis=0))
