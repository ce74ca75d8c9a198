"""The list of figures that a report holds, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.figures import (
    adoption,
    decomposition,
    facts,
    money,
    overview,
    prices,
    reactions,
    shares,
    war,
)
from analysis.figures.style import replications_text, save
from analysis.reactions import main_trigger, war_moves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.record.run import Run


@dataclass(frozen=True)
class Plate:
    """A figure with its title and caption.

    Attributes
    ----------
    name
        File name without suffix.
    title, caption
        What people read above and below it.
    draw
        From a run, and the run without the war if there is one, to the figure.
    paired
        What the caption says besides where there is a run without the war.
    applies
        Whether it has anything to show of a run, and of the run without the war or None.
    """

    name: str
    title: str
    caption: str
    draw: Callable[..., Figure]
    paired: str = ""
    applies: Callable[[Run, Run | None], bool] = lambda _run, _counterfactual: True

    def caption_of(self, run: Run, counterfactual: Run | None) -> str:
        """Return the caption of a run's figure, with the number of its replications."""
        paired = self.paired if counterfactual is not None else ""
        return " ".join(filter(None, (self.caption, paired, replications_text(run))))


def _has_reactions(run: Run, _counterfactual: Run | None) -> bool:
    return main_trigger(run) is not None and not war_moves(run).empty


def _has_counterfactual(_run: Run, counterfactual: Run | None) -> bool:
    return counterfactual is not None


def _has_facts(run: Run, _counterfactual: Run | None) -> bool:
    return bool(run.scenario.facts)


PLATES: tuple[Plate, ...] = (
    Plate("overview", overview.TITLE, overview.CAPTION, overview.draw, overview.PAIRED),
    Plate("prices", prices.TITLE, prices.CAPTION, prices.draw),
    Plate("reactions", reactions.TITLE, reactions.CAPTION, reactions.draw, applies=_has_reactions),
    Plate("decomposition", decomposition.TITLE, decomposition.CAPTION, decomposition.draw),
    Plate("war", war.TITLE, war.CAPTION, war.draw, applies=_has_counterfactual),
    Plate("adoption", adoption.TITLE, adoption.CAPTION, adoption.draw),
    Plate("shares", shares.TITLE, shares.CAPTION, shares.draw),
    Plate("money", money.TITLE, money.CAPTION, money.draw, money.PAIRED),
    Plate("facts", facts.TITLE, facts.CAPTION, facts.draw, applies=_has_facts),
)
"""All figures, in the order in which a reader wants them."""


@dataclass(frozen=True)
class Print:
    """A plate that has been drawn to disk."""

    plate: Plate
    caption: str
    png: Path
    svg: Path


def print_all(run: Run, counterfactual: Run | None, folder: Path) -> Iterator[Print]:
    """Draw every figure that has something to show into a folder, one at a time.

    Yields
    ------
    Print
        The plate, its caption with the number of replications, and its files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for plate in PLATES:
        if plate.applies(run, counterfactual):
            png, svg = save(plate.draw(run, counterfactual), folder, plate.name)
            yield Print(plate, plate.caption_of(run, counterfactual), png, svg)
