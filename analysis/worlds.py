"""Worlds: runs of one market under different conditions, held side by side by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from sim.errors import ResultError
from sim.record.run import Run

if TYPE_CHECKING:
    from sim.batch.replicate import Progress
    from sim.scenario.scenario import Scenario

Worlds: TypeAlias = Mapping[str, Run]
"""Runs by name, at least one. The first is what a page or a figure is about; the others stand
beside it, with the same seed and dates."""

WAR: Final = "war"
"""Name of a run with a war where its counterfactual stands beside it."""
NO_WAR: Final = "no war"
"""Name of that counterfactual."""


def subject(worlds: Worlds) -> Run:
    """Return the first world."""
    return next(iter(worlds.values()))


def others(worlds: Worlds) -> dict[str, Run]:
    """Return the worlds beside the first."""
    first = next(iter(worlds))
    return {name: run for name, run in worlds.items() if name != first}


def peace_among(worlds: Worlds) -> Run | None:
    """Return the first of the other worlds in which no provider can go to war, or None."""
    return next((run for run in others(worlds).values() if not has_war(run.scenario)), None)


def has_war(scenario: Scenario) -> bool:
    """Whether any provider can go to war in a scenario."""
    return scenario.factors.competition and any(p.war is not None for p in scenario.providers)


def peaceful(scenario: Scenario) -> Scenario:
    """Return the same scenario with the war policies off, everything else held fixed."""
    factors = scenario.factors.model_copy(update={"competition": False})
    name = f"{scenario.name[:73]}-no-war"
    return scenario.model_copy(update={"factors": factors, "name": name})


def without_war_folder(run: Run) -> Path:
    """Return where the world without the war of a run is kept."""
    return run.folder / "worlds" / "no-war"


def finished_without_war(run: Run) -> Run | None:
    """Return the world without the war if it is there, complete, and still of this run."""
    from sim.scenario.writer import scenario_hash

    try:
        world = Run(without_war_folder(run), allow_code=run.allow_code)
    except ResultError:
        return None
    fits = (
        world.manifest["scenario_sha256"] == scenario_hash(peaceful(run.scenario))
        and world.seed == run.seed
        and set(run.replications) <= set(world.replications)
    )
    return world if fits else None


def without_war(run: Run, progress: Progress | None = None, workers: int | None = None) -> Run:
    """Run the same market without the war, or open it where it has been run before.

    The world has the run's seed and replications, so that it shares every draw with it.

    Parameters
    ----------
    run
        A finished run of a scenario with a war.
    progress
        Told how far it is.
    workers
        Processes; None: one a processor.
    """
    from sim.batch.replicate import replicate

    return finished_without_war(run) or replicate(
        peaceful(run.scenario),
        out=without_war_folder(run),
        replications=max(run.replications) + 1,
        seed=run.seed,
        workers=workers,
        overwrite=True,
        progress=progress,
        command=["pricewar", "report", str(run.folder)],
    )
