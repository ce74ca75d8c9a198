"""Seeding: chosen users hear of the technology, and look at the market at once."""

import numpy as np

from sim.compiled import compiled
from sim.quantities import IntegerArray
from sim.streams import Stream
from sim.users.draws import event_words
from sim.users.portfolio.reviewing import look
from sim.users.records import AWARE, REVIEW, World
from sim.users.shortlist import attend_all

_CHOICE = np.uint64(Stream.SEEDING_CHOICE)


@compiled
def seed_users(seeded: IntegerArray, campaign: np.uint64, time_days: float, world: World) -> None:
    """Make users aware, and let each review what is on offer.

    Parameters
    ----------
    seeded : int64[n]
        The users, in the order in which they review.
    campaign : uint64
        Entity of the campaign, part of the address of its draws.
    time_days : float
        Now, where a batch ends.
    world : World
        Records of the population; its book holds what news the seeded have heard.
    """
    rules = world.rules
    attend_all(time_days, world)
    for n in range(seeded.size):
        user = seeded[n]
        row = world.users.rows[user]
        if not row["flags"] & AWARE:
            row["flags"] |= AWARE
            world.totals.types[row["type_index"]]["aware"] += 1
            world.totals.types[row["type_index"]]["untried"] += 1
        key = event_words(_CHOICE, campaign, np.uint64(user), rules.seed, rules.replication)[0]
        look(user, key, time_days, 0.0, REVIEW, world)
