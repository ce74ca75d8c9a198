"""What a valid scenario says that is hardly meant, as ``check`` and ``run`` print it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def findings(name: str, scenario: Scenario) -> str:
    """Return the heading and every such value with its place; empty if there is none.

    Parameters
    ----------
    name
        What to call the scenario.
    scenario
        As read.
    """
    from sim.sanity.implausible import implausible

    found = implausible(scenario)
    if not found:
        return ""
    count = "1 value is" if len(found) == 1 else f"{len(found)} values are"
    return "\n".join((f"{name}: valid, but {count} hardly meant.", *map(str, found)))
