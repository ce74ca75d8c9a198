"""Worlds: runs of one market under different conditions, held side by side by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from analysis.differences import differences, in_a_phrase, is_the_war
from analysis.words import joined
from sim.errors import ResultError
from sim.record.run import Run

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

Worlds: TypeAlias = Mapping[str, Run]
"""Runs by name, at least one. The first is what a page or a figure is about; the others stand
beside it, with the same seed and dates."""

WAR: Final = "war"
"""Name of a run with a war where its counterfactual stands beside it."""
NO_WAR: Final = "no war"
"""Name of that counterfactual."""
AS_HAPPENED: Final = "as it happened"
"""Name of the world in which every provider charges the list prices of the scenario's record."""


INTERVENTION: Final = "intervention"
"""Name of a run with interventions where the same market without them stands beside it."""
NO_INTERVENTION: Final = "no intervention"
"""Name of that market."""
SEEDING: Final = "seeding"
"""Name of a run in which providers seed users, where others stand beside it."""
BY_LOT: Final = "seeding by lot"
"""Name of the world in which as many users are seeded, drawn by lot."""
PRICE_CUT: Final = "price cut"
"""Name of the world in which the same money is spent on lower prices."""
NO_SEEDING: Final = "no seeding"
"""Name of the world without campaigns."""


class KeptUnder(dict[str, Run]):
    """Worlds, and a folder under which further runs of them may lie besides their own folders.

    Parameters
    ----------
    worlds
        Runs by name.
    folder
        Which; None: there is none.
    """

    def __init__(self, worlds: Worlds, folder: Path | None) -> None:
        super().__init__(worlds)
        self.folder = folder


def beside(worlds: Worlds, run: Run) -> tuple[Path, ...]:
    """Return the folder, besides its own, in which variants of one of the worlds may lie, if any.

    Each of the worlds has its own, so that variants of two do not meet.
    """
    folder = worlds.folder if isinstance(worlds, KeptUnder) else None
    if folder is None:
        return ()
    return (folder if run is subject(worlds) else folder / "worlds" / run.folder.name,)


def subject(worlds: Worlds) -> Run:
    """Return the first world."""
    return next(iter(worlds.values()))


def require_replications(*runs: Run) -> None:
    """Refuse runs in which nothing has finished.

    Raises
    ------
    ResultError
        If a run has no finished replication.
    """
    for run in runs:
        if not run.replications:
            raise ResultError(
                f"{run.folder}: no replication has finished, so there is nothing to report.\n"
                "  Continue it with `pricewar run` and --resume."
            )


def others(worlds: Worlds) -> dict[str, Run]:
    """Return the worlds beside the first."""
    first = next(iter(worlds))
    return {name: run for name, run in worlds.items() if name != first}


def names_of(first: Run, second: Run) -> tuple[str, str]:
    """Return what two runs are called side by side: their scenarios, or else their folders.

    Folders of one name get as much of the path before it as tells them apart.
    """
    names = str(first.manifest["scenario"]), str(second.manifest["scenario"])
    if names[0] != names[1]:
        return names
    paths = first.folder.resolve().parts, second.folder.resolve().parts
    for length in range(1, max(map(len, paths)) + 1):
        tails = tuple("/".join(parts[-length:]) for parts in paths)
        if tails[0] != tails[1]:
            return tails[0], tails[1]
    return names[0], f"{names[1]} again"


def named(worlds: Worlds) -> dict[str, str]:
    """Return what titles and captions may speak of.

    Returns
    -------
    dict
        ``first``, ``others`` and ``all``: the names; ``pairs``: the first minus each of the others;
        ``differing``: in what the first differs from each, a sentence without its full stop.
    """
    first, *rest = worlds
    return {
        "first": first,
        "others": joined(rest),
        "all": joined([first, *rest]),
        "pairs": joined([f"{first} minus {name}" for name in rest]),
        "differing": "; ".join(_differing(worlds)),
    }


def _differing(worlds: Worlds) -> Iterator[str]:
    """Yield a clause for each of the other worlds."""
    first, scenario = next(iter(worlds)), subject(worlds).scenario
    for name, run in others(worlds).items():
        found = differences(scenario, run.scenario)
        if found:
            yield f"\u201c{first}\u201d differs from \u201c{name}\u201d in {in_a_phrase(found)}"
        else:
            yield f"\u201c{first}\u201d is the same scenario as \u201c{name}\u201d"


def peace_among(worlds: Worlds) -> Run | None:
    """Return the first of the other worlds that lacks the war of the first and nothing else."""
    return next(
        (run for run in others(worlds).values() if adds_the_war(subject(worlds), run)), None
    )


def adds_the_war(run: Run, other: Run) -> bool:
    """Return whether a run has a war that another lacks, and the two differ in nothing else."""
    differing = differences(run.scenario, other.scenario)
    return is_the_war(differing) and has_war(run.scenario)


def has_war(scenario: Scenario) -> bool:
    """Whether any provider can go to war in a scenario."""
    return scenario.factors.competition and any(p.war is not None for p in scenario.providers)
