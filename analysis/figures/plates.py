"""All figures of a page, collected from the files of this folder, in order."""

from __future__ import annotations

import pkgutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import analysis.figures
from analysis.figures.plate import REGISTERED, Plate
from analysis.figures.style import blank, save
from analysis.worlds import Worlds
from sim.errors import ResultError


def collected() -> list[Plate]:
    """Return all figures in the order in which a reader wants them.

    Each file of this folder registers its own; further ones may be registered from anywhere with
    :func:`analysis.figures.plate.plate` before a page is built.
    """
    _import_all()
    return sorted(REGISTERED.values(), key=lambda plate: (plate.place, plate.name))


@cache
def _import_all() -> None:
    for module in pkgutil.iter_modules(analysis.figures.__path__):
        if not module.ispkg:
            import_module(f"{analysis.figures.__name__}.{module.name}")


@dataclass(frozen=True)
class Print:
    """A plate that has been drawn to disk."""

    plate: Plate
    title: str
    caption: str
    png: Path
    svg: Path


class FigureWarning(UserWarning):
    """A figure could not be drawn, and says so in its place."""


def print_all(
    worlds: Worlds, folder: Path, progress: Callable[[str, float], None] = lambda *_: None
) -> Iterator[Print]:
    """Draw every figure that has something to show into a folder, one at a time.

    A figure for which the worlds hold nothing to draw (`ResultError`) says so in its place. One
    that fails does too, and is warned of with `FigureWarning`: the page stands without it.

    Parameters
    ----------
    worlds
        Finished runs by name.
    folder
        Where the files go.
    progress
        Called before each figure with what it is and the share of them drawn.

    Yields
    ------
    Print
        The plate, its title, its caption with the number of replications, and its files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shown = [plate for plate in collected() if plate.shows(worlds)]
    for drawn, plate in enumerate(shown):
        title = plate.title_of(worlds)
        progress(f"drawing figure {drawn + 1} of {len(shown)}: {title}", drawn / len(shown))
        png, svg = _printed(plate, worlds, folder)
        yield Print(plate, title, plate.caption_of(worlds), png, svg)


def _printed(plate: Plate, worlds: Worlds, folder: Path) -> tuple[Path, Path]:
    try:
        return save(plate.draw(worlds), folder, plate.name)
    except ResultError as error:
        return save(blank(f"Nothing to draw: {error}"), folder, plate.name)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - one figure never costs the page
        failure = f"{type(error).__name__}: {error}"
        warnings.warn(
            f"the figure {plate.name!r} could not be drawn ({failure})", FigureWarning, stacklevel=2
        )
        return save(blank(f"This figure could not be drawn ({failure})."), folder, plate.name)
