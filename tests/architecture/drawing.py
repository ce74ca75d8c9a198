"""The drawing of the house in ``docs/architecture.md``, and the imports that it is held against."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import grimp

ROOT = Path(__file__).parents[2]
PACKAGES = ("pricewar", "sim", "analysis")


class Floor(NamedTuple):
    """One line of the drawing.

    Attributes
    ----------
    names
        Packages or modules; the most specific name of a module is the floor that it stands on.
    independent
        Whether they know nothing of each other: parted by ``|``, not by a comma.
    """

    names: tuple[str, ...]
    independent: bool


def read_drawing(page: str) -> list[Floor]:
    """Read the floors of the block below the heading "Floors", highest first."""
    block = re.search(r"^## Floors\n.*?^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert block is not None, "docs/architecture.md has no block ```text below '## Floors'"
    floors = []
    for line in block[1].splitlines():
        names, _, _ = line.partition("  ")
        if names.strip():
            parts = re.split(r"\s*[|,]\s*", names.strip())
            floors.append(Floor(tuple(parts), independent="|" in names))
    return floors


def modules() -> set[str]:
    """Return the names of all modules and packages."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }


def imports(*packages: str) -> set[tuple[str, str]]:
    """Return importer and imported, also from inside functions and under TYPE_CHECKING."""
    graph = grimp.build_graph(*packages, cache_dir=None, exclude_type_checking_imports=False)
    return {
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    }


def name_in_drawing(module: str, floors: list[Floor]) -> str | None:
    """Return the most specific name in the drawing that covers a module."""
    drawn = {name for floor in floors for name in floor.names}
    parts = module.split(".")
    candidates = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((name for name in candidates if name in drawn), None)


def against_the_drawing(found: set[tuple[str, str]], floors: list[Floor]) -> list[str]:
    """Say which imports go up, or sideways between names that know nothing of each other."""
    height = {name: -row for row, floor in enumerate(floors) for name in floor.names}
    independent = {name for floor in floors if floor.independent for name in floor.names}
    wrong = []
    for importer, imported in sorted(found):
        above, below = (name_in_drawing(module, floors) for module in (importer, imported))
        if above is None or below is None or above == below:
            continue
        if height[above] < height[below]:
            wrong.append(f"{importer} imports {imported}, which is above it")
        elif height[above] == height[below] and above in independent:
            wrong.append(f"{importer} imports {imported}, which stands beside it")
    return wrong
