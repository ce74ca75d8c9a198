"""Fleets: products that share instances are of one provider, and one size, and served by it."""

from __future__ import annotations

from sim.reading.view import View
from sim.scenario.deployment import CLOUD
from sim.scenario.supply import Architecture

_SIZE = "accelerators_per_instance"
_SAME = ("parameters_billion", "active_parameters_billion", _SIZE)


def check_fleets(scenario: View) -> None:
    """Note products whose fleet could not serve them together."""
    first: dict[tuple[str | None, str], View] = {}
    for product in scenario.records("products"):
        name, deployment = product.text("fleet"), product.text("deployment")
        hosted = deployment in (None, CLOUD)
        for key in ("fleet", "launch_instances", "rate_limit_mtok_per_day"):
            if not hosted and product.gives(key):
                product.object_to(
                    key, f"has no meaning for a product that runs with its users ({deployment})."
                )
        if name is None or not hosted:
            continue
        earlier = first.setdefault((product.text("provider"), name), product)
        if earlier is not product:
            _compare(product, earlier)


def _compare(product: View, earlier: View) -> None:
    """Note where two products of a fleet are not one model."""
    one, other = product.record("architecture"), earlier.record("architecture")
    if one is None or other is None:
        return
    for key in _SAME:
        default = float(Architecture.model_fields[_SIZE].default) if key == _SIZE else None
        here, there = one.number(key, default), other.number(key, default)
        if here is not None and there is not None and here != there:
            product.object_to(
                "fleet",
                f"is that of {earlier.text('name')}, but {key} is {here:.12g} here and "
                f"{there:.12g} there: an instance holds one model.",
                "Give it a fleet of its own, or leave fleet out.",
            )
            return
