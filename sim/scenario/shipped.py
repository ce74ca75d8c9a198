"""The scenarios that come with pricewar."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def shipped_folder() -> Path:
    """Return the folder of shipped scenarios.

    It lies inside the package once installed from a wheel, and beside it in a clone.
    """
    inside = _PACKAGE / "scenarios"
    return inside if inside.is_dir() else _PACKAGE.parent / "scenarios"


def scenarios_in(folder: Path) -> dict[str, Path]:
    """Return the scenario files directly in a folder, by file name without ending, in order."""
    if not folder.is_dir():
        return {}
    return {
        path.stem: path for path in sorted(folder.iterdir()) if path.suffix in (".yaml", ".yml")
    }


def shipped() -> dict[str, Path]:
    """Return the shipped scenarios by name."""
    return scenarios_in(shipped_folder())


def shipped_sweeps() -> dict[str, Path]:
    """Return the shipped sweep designs by name."""
    return scenarios_in(shipped_folder() / "sweeps")
