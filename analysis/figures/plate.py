"""A plate: a figure with its title, its caption, and when it has something to show."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from analysis.figures.intervention_dates import mark_interventions
from analysis.figures.style import replications_text, styled
from analysis.worlds import Worlds, named, subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw: TypeAlias = "Callable[[Worlds], Figure]"

_SEVERAL: Final = ("others", "all", "pairs")
"""What speaks of the other worlds, in a title or caption."""


@dataclass(frozen=True, slots=True)
class Plate:
    """A figure that a page may hold.

    Title and captions may name the worlds: ``{first}`` stands for the name of the first,
    ``{others}`` for those of the others, and so on; see :func:`analysis.worlds.named`.

    Attributes
    ----------
    name
        Identifier, and file name without suffix.
    place
        Where it stands among the others: ascending.
    title, caption
        What people read above and below it.
    tables
        The tables that it is drawn from; it is left out where one has no rows.
    draw
        From the worlds to the figure.
    paired
        What the caption says besides where there is more than one world.
    applies
        Whether it has anything to show of these worlds.
    """

    name: str
    place: int
    title: str
    caption: str
    tables: tuple[str, ...]
    draw: Draw
    paired: str = ""
    applies: Callable[[Worlds], bool] = lambda _worlds: True

    def shows(self, worlds: Worlds) -> bool:
        """Return whether it has anything to show of these worlds."""
        held = subject(worlds).manifest["tables"]
        filled = all(held.get(table, {}).get("rows", 0) > 0 for table in self.tables)
        return filled and self.applies(worlds)

    def title_of(self, worlds: Worlds) -> str:
        """Return the title of a figure of these worlds; names stand as they are."""
        return self.title.format(**named(worlds))

    def caption_of(self, worlds: Worlds) -> str:
        """Return the caption of a figure of these worlds: what it shows, and how sure it is."""
        text = " ".join(filter(None, (self.caption, self._of_several(worlds))))
        return f"{text.format(**named(worlds))} {replications_text(subject(worlds))}"

    def _of_several(self, worlds: Worlds) -> str:
        """Return what the caption says of the worlds where there are several."""
        if len(worlds) == 1 or any(f"{{{name}}}" in self.title + self.caption for name in _SEVERAL):
            return ""
        return self.paired or "Of {first} alone."


REGISTERED: dict[str, Plate] = {}
"""Every figure that was registered, by name."""


def plate(
    name: str,
    *,
    place: int,
    title: str,
    caption: str,
    tables: tuple[str, ...],
    paired: str = "",
    applies: Callable[[Worlds], bool] = lambda _worlds: True,
) -> Callable[[Draw], Draw]:
    """Register a figure for every page; see `Plate` for what it says of itself.

    Raises
    ------
    ValueError
        If the name is taken.

    Examples
    --------
    A file of its own in this folder is enough::

        @plate("reviews", place=95, title="Reviews", caption="Reviews a week.", tables=("market",))
        def draw(worlds: Worlds) -> Figure:
            ...
    """
    if name in REGISTERED:
        raise ValueError(f"there is a figure {name!r} already")

    def register(draw: Draw) -> Draw:
        def marked(worlds: Worlds) -> Figure:
            figure = draw(worlds)
            mark_interventions(figure, worlds)
            return figure

        inside = styled(functools.wraps(draw)(marked))
        REGISTERED[name] = Plate(name, place, title, caption, tables, inside, paired, applies)
        return inside

    return register
