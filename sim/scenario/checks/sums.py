"""Numbers that must fit together: shares that make a whole, parts that are within it."""

from __future__ import annotations

from sim.reading.nodes import Listing
from sim.reading.view import View, number_of
from sim.scenario.demand import Population, Tokens
from sim.scenario.deployment import CLOUD

TOLERANCE = 1e-6
"""Shares may miss one by this much, so that thirds can be written out."""
MOST_TYPES = 65_536
"""User types in all: a user's record names its type in 16 bits."""


def check_sums(scenario: View) -> None:
    """Note shares that do not add up and parts larger than the whole."""
    domains = scenario.records("domains")
    shares = [domain.number("share") for domain in domains]
    _require_whole(domains[-1] if domains else None, "share", shares, "the domains' shares")
    for domain in domains:
        _check_domain(domain)
    for provider in scenario.records("providers"):
        split = provider.node.entries.get("fixed_cost_split")
        if isinstance(split, Listing):
            parts = [number_of(item) for item in split.items]
            _require_whole(provider, "fixed_cost_split", parts, "its parts")
    for product in scenario.records("products"):
        _check_device(product)
        architecture = product.record("architecture")
        if architecture is not None:
            _check_architecture(architecture)
    population = scenario.record("population")
    if population is not None:
        _check_nests(population)
        _check_types(population, domains)


def _require_whole(record: View | None, key: str, parts: list[float | None], whose: str) -> None:
    known = [part for part in parts if part is not None]
    if record is None or not known or len(known) < len(parts):
        return
    if not all(0.0 <= part <= 1.0 for part in known):
        return
    total = sum(known)
    if abs(total - 1.0) > TOLERANCE:
        gap = f"{abs(total - 1.0):.6g} too {'much' if total > 1.0 else 'little'}"
        record.object_to(key, f"{whose} must add to 1; they add to {total:.6g}, {gap}.")


def _check_domain(domain: View) -> None:
    tokens = domain.record("tokens")
    if tokens is not None:
        output = tokens.number("output_share", Tokens().output_share)
        cached = tokens.number("cache_hit_share", Tokens().cache_hit_share)
        if output is not None and cached is not None and 1.0 < output + cached <= 2.0:
            tokens.object_to(
                "cache_hit_share",
                f"must be at most {1.0 - output:g}: output_share is {output:g}, "
                "and the two may sum to at most 1.",
            )
    private, blocked = (
        domain.number(key, 0.0) for key in ("privacy_share", "privacy_blocked_share")
    )
    if private is not None and blocked is not None and private < blocked <= 1.0:
        domain.object_to(
            "privacy_blocked_share",
            f"must be at most privacy_share, {private:g}, of which it is a part.",
        )
    classes = domain.records("request_classes")
    shares = [one.number("share") for one in classes]
    _require_whole(classes[-1] if classes else None, "share", shares, "the shares of all classes")
    volume = domain.record("volume")
    quantile = volume.number("pareto_from_quantile") if volume is not None else None
    if volume is not None and quantile is not None and 0.999 <= quantile <= 1.0:
        volume.object_to(
            "pareto_from_quantile", "must be below 0.999, where the tail of volumes is cut."
        )


def _check_device(product: View) -> None:
    if product.record("device") is not None and product.text("deployment") in (None, CLOUD):
        product.object_to(
            "device",
            "belongs to a product that runs with the user; this one runs in a cloud.",
            "Give its deployment: edge, mobile or embedded.",
        )


def _check_architecture(architecture: View) -> None:
    for part, whole in (
        ("active_parameters_billion", "parameters_billion"),
        ("expert_parameters_billion", "parameters_billion"),
        ("active_experts", "experts"),
    ):
        least = 1.0 if whole == "experts" else None
        larger, smaller = architecture.number(whole, least), architecture.number(part)
        if larger is not None and smaller is not None and smaller > larger > 0.0:
            architecture.object_to(part, f"must not exceed {whole}, {larger:g}.")
    drafting, size = architecture.record("speculation"), architecture.number("parameters_billion")
    if drafting is not None and size is not None:
        draft = drafting.number("draft_parameters_billion")
        if draft is not None and draft >= size > 0.0:
            drafting.object_to(
                "draft_parameters_billion",
                f"must be below parameters_billion, {size:g}: a smaller model drafts.",
            )


def _check_types(population: View, domains: list[View]) -> None:
    """Refuse more types, times classes of requests, than a user's 16 bits can name."""
    types = population.number("types_per_domain", Population().types_per_domain)
    classes = max((len(one.records("request_classes")) for one in domains), default=1) or 1
    rows = len(domains) * classes
    if types is not None and domains and types * rows > MOST_TYPES:
        of_classes = f" of {classes} classes of requests" if classes > 1 else ""
        population.object_to(
            "types_per_domain",
            f"must be at most {MOST_TYPES // rows} with {len(domains)} domains{of_classes}: "
            f"{MOST_TYPES:,} types in all.",
        )


def _check_nests(population: View) -> None:
    choice = population.record("choice")
    for nest in choice.records("nests") if choice is not None else []:
        first, end = nest.number("capability_from_logit"), nest.number("capability_below_logit")
        if first is not None and end is not None and first >= end:
            nest.object_to(
                "capability_below_logit", f"must be above capability_from_logit, {first:g}."
            )
