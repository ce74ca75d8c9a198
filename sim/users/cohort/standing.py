"""How cohorts stand at one moment: counts, values and satisfaction, added up over classes."""

import numpy as np

from sim.compiled import compiled, compiled_apart
from sim.users.cells import ADOPTERS, BARRED
from sim.users.cohort.records import STRATA, Counts, Floats, World
from sim.users.cohort.use import mean_value, share_above
from sim.users.mechanisms.usage import first_usage


@compiled
def count_users(world: World) -> None:
    """Count the users of all products, and those who are aware."""
    totals, cohorts = world.totals, world.cohorts
    totals.users_of[:] = 0
    for k in range(world.type_keys.size):
        for j in range(totals.users_of.size - 1):
            users = totals.cells[k, j]["users"]
            totals.users_of[j] += users
            totals.users_of[-1] += users
        untried = np.int64(0)
        for z in range(STRATA):
            untried += cohorts.new[k, z]
        totals.types[k]["untried"] = untried
        totals.types[k]["aware"] = totals.types[k]["population"] - cohorts.unaware[k]


@compiled_apart
def value_usage(world: World) -> None:
    """Set what users realise of the value of their tasks."""
    for k in range(world.type_keys.size):
        for j in range(world.totals.users_of.size - 1):
            cell = world.totals.cells[k, j]
            square = world.cohorts.usage_square[k, j]
            cell["value"] = mean_value(cell["users"], cell["usage"], square, world.rules.log_sd[k])


@compiled_apart
def survey_cohorts(
    world: World,
    domain: Counts,
    reach_share: Floats,
    least_usage: Floats,
    satisfaction: Floats,
    satisfaction_by_product: Floats,
    people: Counts,
) -> None:
    """Add up satisfaction, adopters, and those whose setup cost keeps them out.

    Parameters
    ----------
    world : World
    domain : int64[K]
        Domain of each type.
    reach_share : float64[K]
        Share of the type's users for whom a first adoption of any product pays.
    least_usage : float64[K, P]
        Usage of an adopter at least, in units of 1 / UNIT.
    satisfaction : float64[D]
        Zeros; receives the sum over users of a product.
    satisfaction_by_product : float64[P]
        Zeros; receives the same by product.
    people : int64[5, D]
        Its rows ADOPTERS and BARRED are added to.
    """
    cohorts, totals, offers = world.cohorts, world.totals, world.offered.book.offers
    for k in range(domain.size):
        d = domain[k]
        for j in range(totals.users_of.size - 1):
            cell = totals.cells[k, j]
            if cell["users"] == 0:
                continue
            users, target = cell["users"], offers[k, j]["usage_target"]
            part = share_above(
                users,
                cell["usage"],
                cohorts.usage_square[k, j],
                np.float64(first_usage(np.int64(target), world.rules.usage)),
                least_usage[k, j],
            )
            people[ADOPTERS, d] += np.int64(users * part + 0.5)
            for c in range(2):
                total = cohorts.held[k, j, c] * cohorts.satisfaction[k, j, c]
                satisfaction[d] += total
                satisfaction_by_product[j] += total
        for z in range(STRATA):
            if world.strata.middle[k, z] > reach_share[k]:
                people[BARRED, d] += cohorts.new[k, z]
