"""The scale of tastes: how many dollars a month a unit of utility is worth to a domain's users."""

from sim.scenario.demand import Domain
from sim.users.usage import surplus_per_mtok
from sim.users.user_types import median_type


def reference_taste_scale(domain: Domain, share: float) -> float:
    """Taste scale of a domain's median user [mu_d], USD per month.

    ``mu_d = share x A_median x CS(p_ref, q_ref)``: a share of the surplus that the median user has
    at the domain's reference price and capability, handling included. Whatever is on sale, and when
    and for how much, has no part in it.

    Parameters
    ----------
    domain : Domain
        Its volume, task values, difficulty and handling cost are read.
    share : float
        ``population.choice.taste_scale_share``.
    """
    value = domain.task_value
    success, mean = median_type(domain)
    price = value.reference_price_usd_per_mtok + domain.handling_cost_usd_per_mtok
    surplus = surplus_per_mtok(value.viable_share, price, mean, value.log_sd, success)
    return float(share * domain.volume.median_mtok_per_month * surplus)
