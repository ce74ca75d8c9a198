"""Demand: volumes that nobody has, users that there are not, markets that nobody would enter."""

from __future__ import annotations

import math

import numpy as np

from sim.data.capabilities import capability_scale, scale_in_words
from sim.market.offer_book import token_mixes
from sim.sanity.places import Places
from sim.scenario.demand import Domain
from sim.scenario.nests import nest_of
from sim.scenario.scenario import Scenario
from sim.scenario.supply import Product
from sim.streams import Streams
from sim.units import DAYS_PER_MONTH
from sim.users.usage import success_share, surplus_per_mtok, usage_share
from sim.users.user_types import UserTypes

MOST_USD_PER_MONTH = 1e6
"""A median user that would spend more on tokens is hardly meant."""
MOST_USERS = 8.3e9
"""People alive: United Nations, World Population Prospects 2024, for 2026."""
_BEYOND_THE_SCALE_LOGIT = 4.0
_WIDEST = 4.0
"""Standard deviations below the median of the cheapest setup: one user in 30,000."""
_LEAST_USAGE = 0.5 / 2**32
"""Usage below this is none: it is held in 32 bits."""


def check_volumes(scenario: Scenario, places: Places) -> None:
    """Note volumes that nobody could pay, and more users than people."""
    for number, domain in enumerate(scenario.domains):
        volume = domain.volume.median_mtok_per_month
        spend = volume * domain.task_value.reference_price_usd_per_mtok
        if spend > MOST_USD_PER_MONTH:
            places.note(
                ("domains", number, "volume", "median_mtok_per_month"),
                volume,
                f"the median user's tasks would cost {spend:,.0f} USD a month at the reference "
                "price.",
                f"Is it in tokens? In millions of tokens it is {volume / 1e6:g}.",
            )
    represented = scenario.population.users_represented
    if represented > MOST_USERS:
        places.note(
            ("population", "represents_users"), represented, "there are fewer people than that."
        )


def check_capabilities(scenario: Scenario, places: Places) -> None:
    """Note capabilities far from those of all models that were measured."""
    known = [one.value for one in capability_scale().capabilities.values()]
    low, high = min(known) - _BEYOND_THE_SCALE_LOGIT, max(known) + _BEYOND_THE_SCALE_LOGIT
    values = [
        (("products", number, "capability_logit"), product.capability_logit)
        for number, product in enumerate(scenario.products)
    ] + [
        (("domains", number, "difficulty_logit"), domain.difficulty_logit)
        for number, domain in enumerate(scenario.domains)
    ]
    for path, value in values:
        if not low <= value <= high:
            places.note(path, value, "no model is anywhere near.", scale_in_words())


def check_portfolios(scenario: Scenario, places: Places) -> None:
    """Note portfolios that nobody can use: where all requests are alike, one product serves all."""
    most = scenario.population.portfolio.most_products
    classes = max(len(domain.request_classes) for domain in scenario.domains)
    if most > max(classes, 1):
        places.note(
            ("population", "portfolio", "most_products"),
            most,
            f"the requests of a domain are of at most {max(classes, 1)} "
            f"{'classes' if classes > 1 else 'class'}, and each is served by one product.",
            "Say which classes there are: domains[].request_classes.",
        )


def check_nests(scenario: Scenario, places: Places) -> None:
    """Note nests that no two products share: they change nothing."""
    nests = scenario.population.choice.nests
    of_products = [nest_of(product, nests) for product in scenario.products]
    for number, nest in enumerate(nests):
        if of_products.count(nest.name) < 2:
            places.note(
                ("population", "choice", "nests", number, "name"),
                nest.name,
                f"{of_products.count(nest.name) or 'none'} of the products is in it, and a nest of "
                "fewer than two changes nothing.",
                "A product belongs to the nest that it names, or to the first whose conditions it "
                "meets.",
            )


def check_privacy(scenario: Scenario, places: Places) -> None:
    """Note shares of types so small that no type is of them."""
    types = scenario.population.types_per_domain
    for number, domain in enumerate(scenario.domains):
        for key in ("privacy_share", "privacy_blocked_share"):
            share = getattr(domain, key)
            if share > 0.0 and round(share * types) == 0:
                places.note(
                    ("domains", number, key),
                    share,
                    f"of {types} types that is none: it changes nothing.",
                    f"At least {math.ceil(0.5 / share) + 1} types_per_domain have one of them.",
                )


def check_adoption(scenario: Scenario, places: Places) -> None:
    """Note it if nobody of any domain would adopt a product of the first day.

    Some domains may be closed at first, until prices fall or models improve.
    """
    awareness = scenario.population.awareness
    if awareness.initial_share == 0.0 and awareness.innovation_per_day == 0.0:
        places.note(
            ("population", "awareness"), 0.0, "nobody knows the technology or comes to know it."
        )
    offered = [
        product
        for product in scenario.products
        if scenario.has(product) and product.is_on_sale(scenario.start_date)
    ]
    types = UserTypes.draw(scenario, Streams(scenario.seed, 0))
    per_domain = types.count // types.domains
    objections = [
        _objection(
            scenario,
            domain,
            number,
            types,
            slice(number * per_domain, (number + 1) * per_domain),
            offered,
        )
        for number, domain in enumerate(scenario.domains)
    ]
    if None in objections:
        return
    for number, (domain, objection) in enumerate(zip(scenario.domains, objections, strict=True)):
        if objection is not None:
            places.note(("domains", number, "name"), domain.name, *objection)


def _objection(
    scenario: Scenario,
    domain: Domain,
    number: int,
    types: UserTypes,
    rows: slice,
    offered: list[Product],
) -> tuple[str, str] | None:
    """Say why nobody of a domain would adopt; None if somebody would.

    The conditions are those of the kernel: some task is worth running, the surplus exceeds the
    running fee, and what is left over the horizon pays for the setup.
    """
    mix = token_mixes(scenario)[number]
    tokens = np.array([product.tokens_per_task for product in offered])
    price = np.array([mix.blend(product.price_usd_per_mtok.per_token) for product in offered])
    work = (price * tokens)[None, :] + types.handling_cost_usd_per_mtok[rows, None]
    success = success_share(
        np.array([product.capability_logit for product in offered]),
        types.difficulty_logit[rows, None],
        types.difficulty_scale_logit[rows, None],
    )
    mean, sd = types.mean_log_value[rows, None], types.log_sd[rows, None]
    usage = usage_share(work, mean, sd, success)
    surplus = types.volume_mtok_per_month[rows, None] * surplus_per_mtok(
        usage, work, mean, sd, success
    )
    if (usage <= _LEAST_USAGE).all():
        return (
            "nobody would adopt on the first day: no product is worth a single task of anybody's.",
            "Compare its difficulty, prices and task values with the products' capabilities.",
        )
    net = float((surplus - domain.running_fee_usd_per_month).max())
    if net <= 0.0:
        return (
            "nobody would adopt on the first day: the keenest user gains "
            f"{float(surplus.max()):,.3g} USD a month, and keeping a product costs "
            f"{domain.running_fee_usd_per_month:,.6g}.",
            "Compare running_fee_usd_per_month with the volumes and task values.",
        )
    gain = net * scenario.population.setup_horizon_days / DAYS_PER_MONTH
    least = domain.setup_cost_usd * math.exp(-_WIDEST * domain.setup_cost_log_sd)
    if gain < least:
        return (
            f"nobody would adopt on the first day: the keenest user gains {gain:,.3g} USD in "
            f"{scenario.population.setup_horizon_days:g} days, and setup costs "
            f"{domain.setup_cost_usd:,.6g} in the median.",
            "Compare setup_cost_usd with the volumes and task values.",
        )
    return None
