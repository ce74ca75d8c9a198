"""What a folder or file holds that was taken for another, and which command is meant."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_OF_SWEEPS: Final = {
    "game": "`pricewar game {path}` tells its payoffs and equilibria",
    "factors": "`pricewar attribute {path}` divides the outcome among its causes",
}
"""What reads a sweep of one kind; all others are read for sensitivity."""
_READS_OTHERS: Final = "`pricewar sensitivity {path}` says what its outcomes hang on"
_LOOKED_FOR: Final = (Path("results"), *(Path("results") / name for name in
                      ("sweeps", "attribute", "whatif", "calibrations", "backtests")))  # fmt: skip


def belongs_to(path: Path) -> str:
    """Say what a path is and which command it is for; empty if it is nothing of pricewar's.

    Parameters
    ----------
    path
        What somebody gave where something else was asked for.
    """
    return next(_kinds(path, shlex.quote(str(path))), "")


def _kinds(path: Path, shown: str) -> Iterator[str]:
    """Yield what a path is, by what nothing else holds."""
    if (path / "plan.parquet").is_file():
        kind = _kind_of_sweep(path)
        reader = _OF_SWEEPS.get(kind, _READS_OTHERS).format(path=shown)
        yield (
            f"It is a sweep{f' of kind {kind}' if kind else ''}: {reader}, `pricewar status "
            f"{shown}` how far it is, `pricewar query {shown} SQL` reads its tables."
        )
    if (path / "manifest.json").is_file():
        yield (
            f"It is a run: `pricewar report {shown}` explains it; "
            f"{path / 'resolved.yaml'} is its scenario."
        )
    if (path / "options" / "plan.parquet").is_file():
        yield (
            f"It is a decision of `pricewar whatif`: its tables are the CSV files in it, and "
            f"`pricewar query {shlex.quote(str(path / 'options'))} SQL` reads its runs."
        )
    if (path / "journal.jsonl").is_file() and (path / "calibration.yaml").is_file():
        yield (
            f"It is a calibration: `pricewar calibrate market` with --out {shown} --resume "
            f"continues it; {path / 'parameters.yaml'} is the scenario that it comes to."
        )
    if (path / "forecast.json").is_file():
        yield f"It is a forecast: `pricewar backtest CASE --score {shown}` scores it."
    if (path / "case.yaml").is_file():
        yield f"It is a case: `pricewar backtest {shown}` says what it asks."
    if path.suffix in (".yaml", ".yml") and path.is_file():
        yield f"It is a file: `pricewar run {shown}` runs a scenario, `pricewar sweep` a design."
    for folder in _LOOKED_FOR:
        if not path.exists() and (there := folder / path).is_dir():
            yield f"Did you mean {there}?"


def _kind_of_sweep(path: Path) -> str:
    try:
        record = json.loads((path / "sweep.json").read_bytes())
    except (OSError, ValueError):
        return ""
    return str(record.get("kind") or "") if isinstance(record, dict) else ""
