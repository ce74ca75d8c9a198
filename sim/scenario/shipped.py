"""The scenarios that come with pricewar."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sim.reading.yaml_files import files_in

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def shipped_folder() -> Path:
    """Return the folder of shipped scenarios.

    It lies inside the package once installed from a wheel, and beside it in a clone.
    """
    inside = _PACKAGE / "scenarios"
    return inside if inside.is_dir() else _PACKAGE.parent / "scenarios"


def shipped() -> dict[str, Path]:
    """Return the shipped scenarios by name."""
    return files_in(shipped_folder())


def shipped_sweeps() -> dict[str, Path]:
    """Return the shipped sweep designs by name."""
    return files_in(shipped_folder() / "sweeps")


def library() -> Path:
    """Return the file of domains and deployments that scenarios take by name."""
    return shipped_folder() / "library" / "domains.yaml"
