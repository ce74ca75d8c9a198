"""What is the same for all types during a step: shares, and what comes to mind."""

import math

from sim.compiled import compiled, compiled_apart
from sim.users.cohort.records import World
from sim.users.mechanisms.awareness import hearing_factor, hearing_per_day
from sim.users.mechanisms.consideration import (
    consideration_probability,
    intensity,
    news_factor,
    shared_intensity,
)

_HARDLY_ANY = 1e-4


@compiled_apart
def most_moves_per_day(world: World) -> float:
    """Return how many reviews, looks at news and losses a user expects at most, a day."""
    rules = world.rules
    news = rules.consideration.news_review_per_day if world.offered.book.news_total > 0.0 else 0.0
    return rules.choice.review_per_day + news + rules.churn.most_per_day


@compiled_apart
def set_climate(now_days: float, days: float, world: World) -> None:
    """Set the climate of a step of some days that begins now."""
    climate, rules, book = world.scratch.climate, world.rules, world.offered.book
    people = count_people(world)
    decay = rules.consideration.news_decay_per_day
    age_days = now_days - book.news_time_days
    mean = -math.expm1(-decay * days) / (decay * days)
    weight = news_factor(age_days, rules.consideration) * mean
    for j in range(climate.share.size):
        share = world.totals.users_of[j] / people
        climate.share[j] = share if world.offered.has_peers else 0.0
        climate.consideration[j] = 0.0
        climate.reach[j] = 0.0
        if book.products[j]["listed"]:
            drawn = intensity(
                shared_intensity(share, book.reputation[j], rules.consideration),
                climate.share[j],
                weight * book.news[j],
                rules.consideration,
            )
            climate.consideration[j] = consideration_probability(drawn)
            level = book.news[j] * math.exp(-decay * age_days)
            climate.reach[j] = mean_reach(level, decay, days)
    adopting = world.totals.users_of[-1] / people if world.offered.has_peers else 0.0
    climate.amounts[0] = rules.choice.review_per_day * days
    climate.amounts[1] = rules.consideration.news_review_per_day * days
    events = most_moves_per_day(world) * days
    if events > _HARDLY_ANY:
        none = math.exp(-events)
        climate.weights[1] = (1.0 - none * (1.0 + events)) / (events * events)
        climate.weights[0] = none + 2.0 * events * climate.weights[1]
    else:
        climate.weights[0], climate.weights[1] = 1.0, 0.5
    level = book.news_total * math.exp(-decay * age_days)
    news = mean_reach(level, decay, days)
    hazard = hearing_per_day(adopting, rules.awareness) * hearing_factor(news, rules.awareness)
    climate.amounts[2] = -math.expm1(-hazard * days)


@compiled
def count_people(world: World) -> int:
    """Count all users."""
    people = 0
    for k in range(world.type_keys.size):
        people += world.totals.types[k]["population"]
    return people


@compiled
def mean_reach(level: float, decay_per_day: float, days: float) -> float:
    """Mean over some days of the lesser of one and a level of news that decays from now on."""
    if level <= 0.0:
        return 0.0
    full_days = min(max(math.log(level) / decay_per_day, 0.0), days)
    rest = level * math.exp(-decay_per_day * full_days) / decay_per_day
    rest *= -math.expm1(-decay_per_day * (days - full_days))
    return (full_days + rest) / days
