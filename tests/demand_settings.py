"""Demand in which little happens but what a test is about; and what its fixtures build."""

from collections.abc import Callable

from sim.scenario import demand
from sim.scenario.scenario import Scenario
from sim.users.offers import OfferView
from sim.users.population import Population
from sim.users.taste import reference_taste_scale

Build = Callable[..., Scenario]
Offers = Callable[..., OfferView]
Start = Callable[..., Population]

STILL = {
    "review_per_day": 0.0,
    "news_review_per_day": 0.0,
    "usage_per_day": 0.0,
    "churn_per_day": 0.0,
}
UNHEARD = {"innovation_per_day": 0.0, "imitation_per_day": 0.0}
ALONE = demand.Network(kind="none")
EVERYBODY = demand.Awareness(initial_share=1.0, **UNHEARD)


def with_taste_scale(domain: demand.Domain, people: demand.Population) -> demand.Domain:
    """Return a domain with its own taste scale, or that of its reference."""
    if domain.taste_scale_usd_per_month is not None:
        return domain
    scale = reference_taste_scale(domain, people.choice.taste_scale_share)
    return domain.model_copy(update={"taste_scale_usd_per_month": scale})
