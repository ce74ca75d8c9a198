"""All sections of a page, collected from the files of the folder ``sections``, in order."""

from __future__ import annotations

import pkgutil
import warnings
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


class SectionWarning(UserWarning):
    """A section could not be written, and says so in its place."""


def write_all(worlds: Worlds) -> Iterator[Written]:
    """Write every section that has something to say, one at a time.

    A section that cannot be made from these runs (`ResultError`) says why in its place. One that
    fails does too, and is warned of with `SectionWarning`: one section never costs the page.
    """
    for section in collected():
        blocks = _blocks(section, worlds)
        if blocks:
            yield Written(
                section.name,
                section.title_of(worlds),
                section.notice,
                section.place < FIGURES_PLACE,
                blocks,
            )


def _blocks(section: Section, worlds: Worlds) -> tuple[Block, ...]:
    try:
        return tuple(section.write(worlds)) if section.applies(worlds) else ()
    except ResultError as error:
        return (f"Not measured: {error}",)
    except Exception as error:  # noqa: BLE001 - one section never costs the page
        failure = f"{type(error).__name__}: {error}"
        warnings.warn(
            f"the section {section.name!r} could not be written ({failure})",
            SectionWarning,
            stacklevel=2,
        )
        return (f"This section could not be written ({failure}).",)
