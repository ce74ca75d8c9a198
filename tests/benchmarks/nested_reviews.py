"""Time a review with every mechanism of choice on, by turns against one without nests.

    python tests/benchmarks/nested_reviews.py [USERS] [TURNS]

Forty products in four nests, each serving a model that one other serves, and tastes for quality.
"""

import dataclasses
import sys
import time

import market
import numpy as np
from measures import spread
from present import Reviews, warm_up

from sim.scenario.nests import Nest
from sim.streams import Streams
from sim.users.population import Population

DAYS = 6.0
MOST = 2.0
"""Wanted: at most so many times a review without nests."""


def nested(users: int) -> Reviews:
    """Return reviews of the same market with every mechanism of choice on."""
    reviews = Reviews(users)
    scenario = market.scenario_of(users)
    choice = scenario.population.choice.model_copy(
        update={
            "nests": tuple(Nest(name=f"nest {g}", correlation=0.5) for g in range(4)),
            "quality_utility": 0.2,
        }
    )
    population = scenario.population.model_copy(update={"choice": choice})
    reviews.offers = dataclasses.replace(
        reviews.offers,
        nest_index=1 + np.arange(market.PRODUCTS) % 4,
        model_index=np.arange(market.PRODUCTS) // 2,
    )
    reviews.population = Population.build(
        scenario.model_copy(update={"population": population}), Streams(1)
    )
    reviews.population.start(reviews.offers)
    return reviews


def nanoseconds(reviews: Reviews) -> float:
    """Return the processor time of a review."""
    begin = time.process_time()
    count = reviews.advance(DAYS)
    return (time.process_time() - begin) / count * 1e9


def main() -> None:
    """Measure by turns, and print medians and ranges."""
    users, turns = (int(text) for text in (*sys.argv[1:], "20000", "9")[:2])
    warm_up()
    both = Reviews(users), nested(users)
    for reviews in both:
        reviews.advance(DAYS)
    times = [[nanoseconds(reviews) for reviews in both] for _ in range(turns)]
    plain, full = ([pair[n] for pair in times] for n in (0, 1))
    ratio = [after / before for before, after in times]
    sys.stdout.write(
        f"without nests {spread(plain)} ns a review, with nests {spread(full)} ns\n"
        f"ratio {spread(ratio)}, wanted at most {MOST:g}\n"
    )


if __name__ == "__main__":
    main()
