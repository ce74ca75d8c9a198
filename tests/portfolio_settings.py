"""Classes of requests, users who may hold several products, and ten offers."""

import numpy as np
from demand_settings import Offers

from sim.scenario.portfolios import Portfolio, RequestClass
from sim.scenario.scenario import Scenario
from sim.users.offers import OfferView

EASY_AND_HARD = (
    RequestClass(name="easy", share=0.7, difficulty_shift_logit=-1.0),
    RequestClass(name="hard", share=0.3, difficulty_shift_logit=2.0),
)
HASTY = RequestClass(name="hasty", share=0.2, delay_cost_factor=5.0)
THREE = (
    EASY_AND_HARD[0].model_copy(update={"share": 0.5}),
    EASY_AND_HARD[1],
    HASTY,
)
UNCHANGING = {
    "switching_cost_vendor": 0.0,
    "switching_cost_model": 0.0,
    "peer_bonus": 0.0,
    "satisfaction_weight": 0.0,
}


def several(
    scenario: Scenario, classes: tuple[RequestClass, ...], most: int, **domain: object
) -> Scenario:
    """Return a scenario whose users may hold so many products for these classes of requests."""
    domains = tuple(
        one.model_copy(update={"request_classes": classes} | domain) for one in scenario.domains
    )
    population = scenario.population.model_copy(update={"portfolio": Portfolio(most_products=most)})
    return scenario.model_copy(update={"domains": domains, "population": population})


def ten_offers(offers_of: Offers, **fields: object) -> OfferView:
    rng = np.random.default_rng(2)
    market = {
        "domains": 1,
        "price": rng.lognormal(0.0, 1.0, 10),
        "capability_logit": rng.normal(0.0, 1.5, 10),
        "delay_s": rng.uniform(0.0, 2.0, 10),
        "provider_index": np.array([0, 0, 0, 1, 1, 2, 2, 3, 4, 5], np.int16),
        "model_index": np.array([0, 1, 2, 3, 4, 5, 5, 6, 7, 8]),
        "news": rng.uniform(0.0, 0.5, 10) * (np.arange(10) % 2),
    }
    return offers_of("abcdefghij", **(market | fields))


# ------------------------------------------------------------------------------- choosing
