"""The reference of a scenario: declared in its file, solved once, never declared anew by a run."""

from __future__ import annotations

from sim.reading.nodes import Path, descend
from sim.reading.overriding import SOURCE
from sim.reading.provenance import Sources
from sim.reading.view import View

SOLVED = "solved from the reference that the file declares"
"""Source of what follows from the first day of the file as written."""
_SETTING = "set for one run it would have no effect: it is part of the reference, which is the file"


def check_reference(scenario: View, sources: Sources) -> None:
    """Refuse overrides that would declare another reference, and would have no effect.

    Taste scales and outside utilities follow from the file as written. Whoever wants others sets
    them, or writes a file that extends it. Where the start is declared, shares do have an effect.
    """
    population = scenario.record("population")
    declared = population is not None and population.text("start") == "declared"
    for number, domain in enumerate(scenario.records("domains")):
        path = ("domains", number)
        if _is(SOLVED, (*path, "taste_scale_usd_per_month"), sources):
            _refuse(
                scenario,
                ("population", "choice", "taste_scale_share"),
                "taste_scale_usd_per_month of the domains",
                sources,
            )
        if not declared and _is(SOLVED, (*path, "outside_utility"), sources):
            _refuse(domain, (*path, "initial_adopter_share"), "outside_utility", sources)


def _is(source: str, path: Path, sources: Sources) -> bool:
    return path in sources and sources[path].source == source


def _refuse(record: View, path: Path, instead: str, sources: Sources) -> None:
    if not _is(SOURCE, path, sources):
        return
    node = descend(record.node, path[len(record.path) :])
    if node is not None:
        record.problems.add(
            node.place,
            path,
            f"{_SETTING} as written.",
            node=node,
            hint=f"Set {instead}, or write it into a file that extends this one.",
        )
