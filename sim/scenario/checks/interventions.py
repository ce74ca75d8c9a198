"""Interventions: of something that there is, on days of the scenario, and each asked for once."""

from __future__ import annotations

from sim.interventions.checking import check_days
from sim.reading.nodes import plain
from sim.reading.view import View
from sim.scenario.interventions import KEY, kind_of


def check_interventions(scenario: View) -> None:
    """Note interventions that could not be carried out as they are written."""
    seen: list[object] = []
    for said in scenario.records(KEY):
        kind = kind_of(said)
        if kind is None:
            continue
        check_days(said, scenario)
        kind.check(said, scenario)
        if plain(said.node) in seen:
            said.object_to("kind", "must not say what another intervention says already.")
        seen.append(plain(said.node))
