"""Every number of a run's scenario, with where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.scenario.dialect import SCENARIO

if TYPE_CHECKING:
    from sim.reading.provenance import Source
    from sim.record.run import Run

_PART = re.compile(r"(\w+)[.\[]")


@dataclass(frozen=True)
class Number:
    """A number of the scenario.

    Attributes
    ----------
    path
        Where it stands, such as ``products[glm-4].capability_logit``.
    value
        As the run used it, in the unit of the path's last word.
    source, date, range, note
        As the scenario states them; empty where it states none.
    """

    path: str
    value: str
    source: str = ""
    date: str = ""
    range: str = ""
    note: str = ""

    @property
    def is_assumption(self) -> bool:
        """Whether the scenario marks it as measured by nobody."""
        return self.source == "assumption"


def grouped(numbers: Iterable[Number]) -> dict[str, list[Number]]:
    """Group numbers by the part of the scenario that they belong to, in order.

    Examples
    --------
    >>> list(grouped([Number("products[glm-4].capability_logit", "1"), Number("seed", "2")]))
    ['products', 'general']
    """
    groups: dict[str, list[Number]] = {}
    for number in numbers:
        part = _PART.match(number.path)
        groups.setdefault(part[1] if part else "general", []).append(number)
    return groups


def numbers_of(run: Run) -> list[Number]:
    """List every number of the scenario that was run, in the order of the scenario.

    Numbers without a stated source are included with an empty one: defaults of the program, or
    figures of the file that name none. Published facts are not among them: they judge the run and
    do not enter it.
    """
    provenance = run.scenario.provenance
    used = run.scenario.model_dump(mode="python", exclude={"facts"})
    return [_number(path, value, provenance.get(path)) for path, value in _leaves(used, "")]


def _number(path: str, value: float, source: Source | None) -> Number:
    shown = f"{value:,.6g}" if abs(value) < 1e15 else f"{value:g}"
    if source is None:
        return Number(path, shown)
    limits = "" if source.range is None else f"{source.range[0]:,g} to {source.range[1]:,g}"
    date = "" if source.date is None else source.date.isoformat()
    return Number(path, shown, source.source, date, limits, source.note)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _leaves(child, f"{path}.{key}" if path else key)
    elif isinstance(value, tuple | list):
        named = path.rpartition(".")[2] in SCENARIO.named_lists
        for index, child in enumerate(value):
            yield from _leaves(child, f"{path}[{child['name'] if named else index}]")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value
