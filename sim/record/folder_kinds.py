"""What a folder or file holds that was taken for another, and which command is meant."""

from __future__ import annotations

from pathlib import Path


def belongs_to(path: Path) -> str:
    """Say what a path is and which command it is for; empty if it is nothing of pricewar's.

    Parameters
    ----------
    path
        What somebody gave where something else was asked for.
    """
    if (path / "plan.parquet").is_file():
        return (
            f"It is a sweep: `pricewar status {path}` says how far it is, "
            f"`pricewar query {path} SQL` reads its tables."
        )
    if (path / "manifest.json").is_file():
        return (
            f"It is a run: `pricewar report {path}` explains it; "
            f"{path / 'resolved.yaml'} is its scenario."
        )
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return f"It is a file: `pricewar run {path}` runs a scenario, `pricewar sweep` a design."
    for folder in (Path("results"), Path("results") / "sweeps"):
        if not path.exists() and (there := folder / path).is_dir():
            return f"Did you mean {there}?"
    return ""
