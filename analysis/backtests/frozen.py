"""A forecast that was written, and is held against its digests whenever it is read."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.backtests.case import digest_of
from analysis.backtests.naive import CensoredExponential, Normal
from sim.errors import ResultError

DRAWS, NAIVE_FILE, RECORD = "forecast.csv", "naive.csv", "forecast.json"


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast that was written.

    Attributes
    ----------
    path
        Its folder.
    record
        What ``forecast.json`` says.
    """

    path: Path
    record: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Forecast:
        """Read a forecast, and hold its files against their digests.

        Raises
        ------
        ResultError
            It is none, or was changed since it was written.
        """
        try:
            record = json.loads((path / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ResultError(_is_none(path)) from error
        if not isinstance(record, dict) or not isinstance(record.get("files"), dict):
            raise ResultError(_is_none(path))
        stated = record.pop("sha256", None)
        if stated != hash_of(record):
            raise ResultError(_was_changed(path / RECORD))
        for name, digest in record["files"].items():
            if not (path / name).is_file() or digest_of(path / name) != digest:
                raise ResultError(_was_changed(path / name))
        return cls(path, {**record, "sha256": stated})

    def draws(self) -> dict[tuple[str, str, dt.date], np.ndarray[Any, np.dtype[np.float64]]]:
        """Return draws by target, quantity and date."""
        found: dict[tuple[str, str, dt.date], list[float]] = {}
        for row in _rows(self.path / DRAWS):
            key = row["target"], row["quantity"], dt.date.fromisoformat(row["date"])
            found.setdefault(key, []).append(float(row["value"]))
        return {key: np.array(values) for key, values in found.items()}

    def naive(self) -> dict[tuple[str, str, dt.date], dict[str, Normal | CensoredExponential]]:
        """Return naive forecasts by target, quantity and date, then by name."""
        origin = dt.date.fromisoformat(self.record["origin"])
        found: dict[tuple[str, str, dt.date], dict[str, Normal | CensoredExponential]] = {}
        for row in _rows(self.path / NAIVE_FILE):
            day = dt.date.fromisoformat(row["date"])
            found.setdefault((row["target"], row["quantity"], day), {})[row["forecast"]] = (
                CensoredExponential(float(row["rate_per_day"]), float((day - origin).days))
                if row["rate_per_day"]
                else Normal(float(row["mean"]), float(row["sd"]))
            )
        return found


def hash_of(record: dict[str, Any]) -> str:
    """Return the SHA-256 of what a record says, in hexadecimal."""
    text = json.dumps(record, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _is_none(path: Path) -> str:
    return f"{path}: is no forecast.  `pricewar backtest CASE --forecast` writes one."


def _was_changed(file: Path) -> str:
    return (
        f"{file}: was changed or removed since it was written; the forecast cannot be scored.  "
        "Forecast anew."
    )


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)
