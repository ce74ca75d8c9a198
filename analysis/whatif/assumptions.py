"""Which assumptions of a scenario a decision is tried on: values with a range, in families."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

Assumptions: TypeAlias = "dict[str, dict[str, tuple[float, float]]]"
"""By name: for each path its low and its high end."""

_PARTS: Final = re.compile(r"domains\[[^\]]+\]\.share|.*\.fixed_cost_split\[\d\]")
"""Parts of a whole, of which none can move alone."""
_ITEM: Final = re.compile(r"^(?P<list>\w+)\[(?P<name>[^\]]+)\]\.(?P<rest>.+)$")
_BRACKETS: Final = re.compile(r"\[[^\]]*\]")


def assumptions_of(
    scenario: Scenario, provider: str, patterns: Sequence[str] = ("*",)
) -> Assumptions:
    """Return the assumptions that a scenario states a range for.

    Like values move together, to the same end of their ranges: those of all domains, of all clouds,
    of the decider's products, of all rivals. Shares that add to one are left out.

    Parameters
    ----------
    scenario
        With its ranges.
    provider
        Who decides.
    patterns
        Names of families to keep, with ``*`` for anything.

    Returns
    -------
    dict
        By name of the family: paths with their low and high ends.
    """
    own = {product.name for product in scenario.products if product.provider == provider}
    found: Assumptions = {}
    for path, source in scenario.provenance.items():
        if source.range is None or not source.range[0] < source.range[1] or _PARTS.fullmatch(path):
            continue
        name = _family(path, provider, own)
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            whole = isinstance(source.value, int) and not isinstance(source.value, bool)
            low, high = (round(end) if whole else end for end in source.range)
            found.setdefault(name, {})[path] = (float(low), float(high))
    return found


def _family(path: str, provider: str, own: set[str]) -> str:
    """Return the name under which a value moves with its like."""
    item = _ITEM.match(path)
    if item is None:
        return path
    rest = _BRACKETS.sub("", item["rest"])
    if item["list"] == "providers":
        return f"{provider}: {rest}" if item["name"] == provider else f"rivals: {rest}"
    if item["list"] == "products":
        owner = provider if item["name"] in own else "rivals"
        return f"products of {owner}: {rest}"
    return f"{item['list']}: {rest}"
