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
    needs_counterfactual
        Whether it says nothing without the run without the war.
    """

    name: str
    title: str
    caption: str
    draw: Callable[..., Figure]
    needs_counterfactual: bool = False


PLATES: tuple[Plate, ...] = (
    Plate("overview", overview.TITLE, overview.CAPTION, overview.draw),
    Plate("prices", prices.TITLE, prices.CAPTION, prices.draw),
    Plate("reactions", reactions.TITLE, reactions.CAPTION, reactions.draw),
    Plate("decomposition", decomposition.TITLE, decomposition.CAPTION, decomposition.draw),
    Plate("war", war.TITLE, war.CAPTION, war.draw, needs_counterfactual=True),
    Plate("adoption", adoption.TITLE, adoption.CAPTION, adoption.draw),
    Plate("shares", shares.TITLE, shares.CAPTION, shares.draw),
    Plate("money", money.TITLE, money.CAPTION, money.draw),
    Plate("facts", facts.TITLE, facts.CAPTION, facts.draw),
)


@dataclass(frozen=True)
class Print:
    """A plate that has been drawn to disk."""

    plate: Plate
    caption: str
    png: Path
    svg: Path


def print_all(run: Run, counterfactual: Run | None, folder: Path) -> Iterator[Print]:
    """Draw every figure that the run can fill into a folder, one at a time.

    Yields
    ------
    Print
        The plate, its caption with the number of replications, and its files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for plate in PLATES:
        if plate.needs_counterfactual and counterfactual is None:
            continue
        if plate.name == "facts" and not run.scenario.facts:
            continue
        png, svg = save(plate.draw(run, counterfactual), folder, plate.name)
        yield Print(plate, f"{plate.caption} {replications_text(run)}", png, svg)
