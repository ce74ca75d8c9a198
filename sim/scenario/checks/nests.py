"""Nests: a correlation is none, or large enough to be told from none."""

from __future__ import annotations

from sim.reading.view import View

LEAST_CORRELATION = 0.02


def check_nests(scenario: View) -> None:
    """Note nests whose products are all but independent."""
    population = scenario.record("population")
    choice = population.record("choice") if population is not None else None
    for nest in choice.records("nests") if choice is not None else []:
        correlation = nest.number("correlation")
        if correlation is not None and 0.0 < correlation < LEAST_CORRELATION:
            nest.object_to(
                "correlation",
                f"must be 0 or at least {LEAST_CORRELATION:g}: less cannot be told from none.",
                "Write 0.",
            )
