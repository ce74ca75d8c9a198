"""All sections of a page, collected from the files of the folder ``sections``, in order."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

import analysis.report.sections
from analysis.report.section import FIGURES_PLACE, REGISTERED, Block, Section
from analysis.worlds import Worlds
from sim.errors import ResultError


@dataclass(frozen=True, slots=True)
class Written:
    """A section that was written about worlds."""

    name: str
    title: str
    notice: bool
    before_figures: bool
    blocks: tuple[Block, ...]


def collected() -> list[Section]:
    """Return all sections in the order in which a reader wants them.

    Each file of the folder registers its own; further ones may be registered from anywhere with
    :func:`analysis.report.section.section` before a page is built.
    """
    _import_all()
    return sorted(REGISTERED.values(), key=lambda section: (section.place, section.name))


@cache
def _import_all() -> None:
    for module in pkgutil.iter_modules(analysis.report.sections.__path__):
        import_module(f"{analysis.report.sections.__name__}.{module.name}")


def write_all(worlds: Worlds) -> Iterator[Written]:
    """Write every section that has something to say, one at a time.

    A section that cannot be made from these runs (`ResultError`) says why in its place.
    """
    for section in collected():
        if not section.applies(worlds):
            continue
        try:
            blocks = tuple(section.write(worlds))
        except ResultError as error:
            blocks = (f"Not measured: {error}",)
        if blocks:
            yield Written(
                section.name,
                section.title_of(worlds),
                section.notice,
                section.place < FIGURES_PLACE,
                blocks,
            )
