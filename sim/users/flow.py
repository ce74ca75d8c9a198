"""What users did over an interval, and how they stand at its end."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Flow:
    """Everything that happened over one interval, per simulated user. D domains, P products.

    Attributes
    ----------
    days : float
        Length of the interval.
    mtok : ndarray, shape (D, P)
        Tokens used [Mtok], the exact integral over time.
    billed_mtok : ndarray, shape (D, P)
        Those of them that are beyond free quotas.
    work_mtok : ndarray, shape (D, P)
        Work done with them [Mtok of work]: tokens over tokens per task.
    user_days : ndarray, shape (D, P)
        Integral of the number of users; whoever holds several products counts once for each.
    surplus_usd : ndarray, shape (D,)
        Integral of realised consumer surplus: value less price, before the four costs below.
    running_fee_usd, setup_cost_usd, switching_cost_usd, device_cost_usd : ndarray, shape (D,)
        What users pay besides to keep products (fees of further vendors included), to adopt for
        the first time, to move, and for devices over their life; it goes to nobody in the market.
    surplus_usd_by_type, running_fee_usd_by_type, setup_cost_usd_by_type,
    switching_cost_usd_by_type, device_cost_usd_by_type : ndarray, shape (K,)
        The same five by type.
    surplus_usd_by_offer : ndarray, shape (K, P)
        Realised surplus by type and product.
    type_domain : ndarray of int64, shape (K,)
        Domain of each type.
    task_share_days : ndarray, shape (D,)
        Integral of the share of the domain's potential volume that is run.
    adoptions, switches_in, switches_out, leaves : ndarray of int64, shape (D, P)
        Users who came from no product, came from another, went to another, went to none. A product
        taken beside others, or dropped while others are kept, counts as coming from or going to
        another.
    reviews, candidates : int
        Reviews made, and ticks of the users' clocks, accepted or not.
    """

    days: float
    mtok: Floats
    billed_mtok: Floats
    work_mtok: Floats
    user_days: Floats
    surplus_usd: Floats
    running_fee_usd: Floats
    setup_cost_usd: Floats
    switching_cost_usd: Floats
    surplus_usd_by_type: Floats
    running_fee_usd_by_type: Floats
    setup_cost_usd_by_type: Floats
    switching_cost_usd_by_type: Floats
    device_cost_usd: Floats
    device_cost_usd_by_type: Floats
    surplus_usd_by_offer: Floats
    type_domain: Counts
    task_share_days: Floats
    adoptions: Counts
    switches_in: Counts
    switches_out: Counts
    leaves: Counts
    reviews: int
    candidates: int

    def served(self, share: Floats) -> "Flow":
        """Return what users got if only a share of each product's tokens was served.

        Tasks that are refused bring no surplus and cost nothing; which are is chance.

        Parameters
        ----------
        share : ndarray, shape (P,)
            Part of what was asked for that was served; above one where a queue is worked off.
        """
        got = self.surplus_usd_by_offer * share
        by_type = self.surplus_usd_by_type - (self.surplus_usd_by_offer - got).sum(axis=1)
        sums = np.bincount(self.type_domain, by_type, self.surplus_usd.size)
        return replace(
            self,
            mtok=self.mtok * share,
            billed_mtok=self.billed_mtok * share,
            work_mtok=self.work_mtok * share,
            surplus_usd=np.asarray(sums, np.float64),
            surplus_usd_by_type=by_type,
            surplus_usd_by_offer=got,
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How users stand at one moment, per simulated user. D domains, P products.

    Attributes
    ----------
    users : ndarray of int64, shape (D, P)
        Users by product; whoever holds several counts once for each.
    holders : ndarray of int64, shape (D,)
        Users of any product.
    population : ndarray of int64, shape (D,)
        All users of the domain, aware or not.
    adopters, aware : ndarray of int64, shape (D,)
        Users of any product who run the least that counts as adoption; users who know the
        technology.
    usage_mtok_per_day : ndarray, shape (D, P)
        Tokens used.
    surplus_usd_per_day : ndarray, shape (D,)
        Realised consumer surplus.
    satisfaction_mean : ndarray, shape (D,)
        Mean over users of any product; zero where there are none.
    satisfaction_by_product : ndarray, shape (P,)
        Mean over users of the product; not a number where there are none.
    potential_mtok_per_day : ndarray, shape (D,)
        Work that the domain's users would have done if every task paid [Mtok of work].
    tasks_share : ndarray, shape (D,)
        Share of it that is run.
    barrier_blocked : ndarray of int64, shape (D,)
        Aware users who never adopted and for whom no product's surplus pays for their setup.
    privacy_blocked : ndarray of int64, shape (D,)
        Aware non-users who would rather have some product than none, were it not for the privacy
        cost.
    """

    users: Counts
    holders: Counts
    population: Counts
    adopters: Counts
    aware: Counts
    usage_mtok_per_day: Floats
    surplus_usd_per_day: Floats
    satisfaction_mean: Floats
    satisfaction_by_product: Floats
    potential_mtok_per_day: Floats
    tasks_share: Floats
    barrier_blocked: Counts
    privacy_blocked: Counts
