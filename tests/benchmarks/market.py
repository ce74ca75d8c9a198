"""The market of the reviews that are measured: 40 products, 8 neighbours, six domains."""

import numpy as np

from sim.scenario import demand
from sim.scenario.scenario import Scenario
from sim.streams import entity_of
from sim.users.offers import OfferView, Terms

PRODUCTS = 40
PROVIDERS = 14
DOMAINS = 6


def scenario_of(users: int) -> Scenario:
    """Make a population in which all know the technology and only the review clock runs."""
    domains = [
        demand.Domain(
            name=f"domain {n}",
            share=1.0 / DOMAINS,
            volume=demand.Volume(median_mtok_per_month=5.0),
            task_value=demand.TaskValue(
                reference_price_usd_per_mtok=2.0, reference_capability_logit=0.0
            ),
            difficulty_logit=0.0,
            privacy_share=0.2,
            privacy_cost=1.0,
            setup_cost_usd=5.0,
            taste_scale_usd_per_month=1.0,
            outside_utility=0.0,
        )
        for n in range(DOMAINS)
    ]
    population = demand.Population(
        users=users,
        start="declared",
        network=demand.Network(kind="watts_strogatz", mean_degree=8),
        awareness=demand.Awareness(
            innovation_per_day=0.0, imitation_per_day=0.0, initial_share=1.0
        ),
        clocks=demand.Clocks(news_review_per_day=0.0, usage_per_day=0.0, churn_per_day=0.0),
    )
    return Scenario.model_construct(population=population, domains=tuple(domains), products=())


def offers() -> OfferView:
    """Make forty products of fourteen providers, of various prices and capabilities."""
    rng = np.random.default_rng(2024)
    price = rng.uniform(0.2, 3.0, PRODUCTS)
    return OfferView(
        product_keys=np.array([entity_of(f"product {j}") for j in range(PRODUCTS)], np.uint32),
        provider_index=(np.arange(PRODUCTS) % PROVIDERS).astype(np.int16),
        model_index=np.arange(PRODUCTS),
        nest_index=np.zeros(PRODUCTS, np.int64),
        domain_price_usd_per_mtok=np.tile(price, (DOMAINS, 1)),
        capability_logit=rng.uniform(-1.0, 1.0, PRODUCTS),
        delay_s=np.zeros(PRODUCTS),
        refused_share=np.zeros(PRODUCTS),
        tokens_per_task=np.ones(PRODUCTS),
        brand_utility=np.zeros(PRODUCTS),
        listed=np.ones(PRODUCTS, dtype=bool),
        cloud=np.ones(PRODUCTS, dtype=bool),
        terms=Terms.plain(DOMAINS, PRODUCTS),
        reputation=np.zeros(PRODUCTS),
        news=np.zeros(PRODUCTS),
    )
