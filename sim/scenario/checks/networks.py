"""The network: ties that there are users for, and communities that they fit into."""

from __future__ import annotations

from sim.reading.view import View
from sim.scenario.demand import Network, Population

_LEAST_USERS = 10
"""Fewer are refused elsewhere."""


def check_network(scenario: View) -> None:
    """Note ties, communities and blocks that the users are too few for."""
    population = scenario.record("population")
    network = population.record("network") if population is not None else None
    users = population.number("users", Population().users) if population is not None else None
    if network is None or users is None or users < _LEAST_USERS:
        return
    kind = network.text("kind") or Network().kind
    degree = network.number("mean_degree", Network().mean_degree)
    if degree is None or kind in ("complete", "none", "edge_list"):
        return
    if degree >= users:
        network.object_to("mean_degree", f"must be below the number of users, {users:g}.")
    elif degree % 2 and kind in ("watts_strogatz", "barabasi_albert"):
        network.object_to("mean_degree", f"must be even for {kind}: half of it to each side.")
    elif kind == "lfr":
        _check_communities(network, degree, users)
    elif kind == "stochastic_block":
        _check_blocks(scenario, network, degree, users)


def _check_communities(network: View, degree: float, users: float) -> None:
    default = Network()
    exponent = network.number("degree_exponent", default.degree_exponent) or 0.0
    most = network.number("largest_degree", default.largest_degree) or 0.0
    mixing = network.number("mixing_share", default.mixing_share)
    smallest = network.number("smallest_community", default.smallest_community)
    largest = network.number("largest_community", default.largest_community)
    if mixing is None or smallest is None or largest is None:
        return
    if not (1.0 <= exponent <= 10.0 and 2.0 <= most <= 10_000.0 and 0.0 <= mixing <= 1.0):
        return
    if most < degree:
        network.object_to("largest_degree", f"must be at least mean_degree, {degree:g}.")
        return
    numbers = range(1, round(most) + 1)
    lowest = sum(n ** (1.0 - exponent) for n in numbers) / sum(n**-exponent for n in numbers)
    if degree < lowest:
        network.object_to(
            "mean_degree",
            f"must be at least {lowest:.3g}, the mean of degrees 1 to {most:g} with exponent "
            f"{exponent:g}.",
            "Or lower largest_degree, or raise degree_exponent.",
        )
    if largest < smallest:
        network.object_to(
            "largest_community", f"must be at least smallest_community, {smallest:g}."
        )
    elif smallest > users:
        network.object_to("smallest_community", f"must be at most the users, {users:g}.")
    elif min(largest, users) <= (1.0 - mixing) * most:
        network.object_to(
            "largest_community",
            f"must be above {(1.0 - mixing) * most:g}: users of largest_degree {most:g} have that "
            "many ties within theirs.",
            "Or lower largest_degree, or raise mixing_share.",
        )


def _check_blocks(scenario: View, network: View, degree: float, users: float) -> None:
    mixing = network.number("mixing_share", Network().mixing_share)
    blocks = network.number("blocks")
    if mixing is None:
        return
    within = (1.0 - mixing) * degree
    if blocks is not None and blocks >= 1.0:
        if users / blocks - 1.0 < within:
            network.object_to(
                "blocks",
                f"must be at most {int(users / (within + 1.0))}: {within:g} ties of each of the "
                f"{users:g} users are within its block.",
            )
        return
    for domain in scenario.records("domains") if blocks is None else []:
        share = domain.number("share")
        if share is not None and 0.0 < share <= 1.0 and share * users - 1.0 < within:
            network.object_to(
                "mean_degree",
                f"gives users {within:g} ties within their domain, and {domain.text('name')} has "
                f"but {share * users:g} users.",
                "Lower it, raise mixing_share or population.users, or give `blocks`.",
            )
