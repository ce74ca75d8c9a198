"""Interventions that change nothing: of size zero, or after the last day."""

from __future__ import annotations

from sim.sanity.places import Places
from sim.scenario.scenario import Scenario


def check_interventions(scenario: Scenario, places: Places) -> None:
    """Note interventions that change nothing in the run."""
    for number, one in enumerate(scenario.interventions):
        path = ("interventions", number, "date")
        if one.changes_nothing:
            places.note(path, one.date, "the intervention changes nothing: its size is zero.")
        elif one.date > scenario.end_date:
            places.note(
                path,
                one.date,
                f"it comes after the last day, {scenario.end_date}: it does not happen.",
                "Write an earlier date, or end the scenario later.",
            )
