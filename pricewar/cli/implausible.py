"""What a valid scenario says that is hardly meant or worth a note, as commands print it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.errors import Problem
    from sim.scenario.scenario import Scenario

_NAMED = 4
"""A line has room for so many names."""


def findings(name: str, found: Sequence[Problem]) -> str:
    """Return the heading and every such value with its place; empty if there is none.

    Parameters
    ----------
    name
        What to call the scenario or the design.
    found
        What it says that is hardly meant.
    """
    if not found:
        return ""
    count = "1 value is" if len(found) == 1 else f"{len(found)} values are"
    return "\n".join((f"{name}: valid, but {count} hardly meant.", *map(str, found)))


def below_cost_in_full(scenario: Scenario) -> Iterator[str]:
    """Yield a heading and a line a product that is listed below cost; nothing if none is.

    Parameters
    ----------
    scenario
        A scenario that can be run.
    """
    from sim.sanity.below_cost import listed_below_cost

    below = listed_below_cost(scenario)
    if below:
        yield "listed below cost, which cost_plus without markup_share keeps until cost is lower:"
    for product in below:
        yield f"  {product}"


def below_cost_in_short(name: str, scenario: Scenario) -> str:
    """Return one line on the products that are listed below cost; empty if none is.

    Parameters
    ----------
    name
        What to call the scenario.
    scenario
        A scenario that can be run.
    """
    from sim.sanity.below_cost import listed_below_cost

    names = [one.product for one in listed_below_cost(scenario)]
    if not names:
        return ""
    count = "1 product is" if len(names) == 1 else f"{len(names)} products are"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return (
        f"{count} listed below cost: {', '.join(names[:_NAMED])}{more}; "
        f"`pricewar check {name}` shows by how much."
    )
