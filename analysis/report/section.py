"""A section: a part of the page in words and tables, registered as figures are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from analysis.worlds import Worlds, named

Tone: TypeAlias = Literal["", "settled", "hit", "miss"]
"""How a cell stands out: bold; green and bold; red and bold."""
HeadingKind: TypeAlias = Literal["text", "number", "wrap", "path"]
"""How a column is set: as it is; to the right; broken over lines; as the path of a value."""

FIGURES_PLACE = 100
"""Where the figures stand among the sections: those with a lower place come before them."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: a text, and in small print below it what belongs to it."""

    text: str
    small: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a column, and how its cells are set."""

    text: str
    kind: HeadingKind = "text"


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table of a section; each row has a cell for every heading."""

    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell | str, ...], ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list with a dot before each item."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Folded:
    """Blocks behind a line that opens them."""

    summary: str
    blocks: tuple[str | PageTable | Bullets, ...]


Block: TypeAlias = str | PageTable | Bullets | Folded
"""What a section is made of: a paragraph, a table, a list, or some of them folded away. Texts are
plain: the page escapes them."""

Write: TypeAlias = Callable[[Worlds], Iterable[Block]]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page that is made from worlds.

    Attributes
    ----------
    name
        Identifier, and anchor on the page.
    place
        Where it stands: ascending; below ``FIGURES_PLACE`` before the figures.
    title
        Its heading; ``{first}`` stands for the name of the first world, ``{others}`` for those of
        the others.
    write
        From the worlds to its blocks; the section is left out if there are none.
    applies
        Whether it has anything to say of these worlds.
    notice
        Whether it is a warning, which is set in a frame.
    """

    name: str
    place: int
    title: str
    write: Write
    applies: Callable[[Worlds], bool] = lambda _worlds: True
    notice: bool = False

    def title_of(self, worlds: Worlds) -> str:
        """Return the heading of a section about these worlds; names stand as they are."""
        return self.title.format(**named(worlds))


REGISTERED: dict[str, Section] = {}
"""Every section that was registered, by name."""


def section(
    name: str,
    *,
    place: int,
    title: str,
    applies: Callable[[Worlds], bool] = lambda _worlds: True,
    notice: bool = False,
) -> Callable[[Write], Write]:
    """Register a section for every page; see `Section` for what it says of itself.

    Raises
    ------
    ValueError
        If the name is taken.

    Examples
    --------
    A file of its own in the folder ``sections`` is enough::

        @section("doubts", place=10, title="Doubts", notice=True)
        def write(worlds: Worlds) -> Iterator[Block]:
            yield "Prices are below cost for 31 weeks."
    """
    if name in REGISTERED:
        raise ValueError(f"there is a section {name!r} already")

    def register(write: Write) -> Write:
        REGISTERED[name] = Section(name, place, title, write, applies, notice)
        return write

    return register
