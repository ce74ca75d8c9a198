"""The journal: every simulated moment, appended line by line, so that no kill loses what was done.

The first line says what the journal is of; each further one holds one run: its point in unit
coordinates, its replication, and its moments or why it failed. A line that a kill cut off is taken
off before the next is written. The journal has no lock of its own: whoever writes holds that of its
folder, which the system releases with its holder, however that ends.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import ResultError
from sim.quantities import FloatArray

_DIGITS = 10
"""Of unit coordinates: finer differences are those of processors, not of parameters."""


@dataclass(frozen=True)
class Evaluation:
    """One run.

    Attributes
    ----------
    unit
        Coordinates, as `rounded` returns them.
    replication
        Its number.
    moments
        Shape [m]; NaN where there is none.
    stage
        What it was run for.
    failure
        Why it failed; empty if it did not.
    """

    unit: tuple[float, ...]
    replication: int
    moments: FloatArray
    stage: str = ""
    failure: str = ""


def rounded(points: FloatArray) -> FloatArray:
    """Return coordinates as the journal knows them."""
    found: FloatArray = np.round(points, _DIGITS) + 0.0
    return found


class Journal:
    """Evaluations, on disk.

    Parameters
    ----------
    path
        The file; it is made with the first evaluations.
    subject
        Digest of what is estimated from what: another subject's journal is refused.

    Raises
    ------
    ResultError
        If the file is the journal of something else.
    """

    def __init__(self, path: Path, subject: str) -> None:
        self._path, self._subject = path, subject
        self._known: dict[tuple[tuple[float, ...], int], Evaluation] = {}
        if path.is_file():
            self._read()

    def __len__(self) -> int:
        """How many runs it holds."""
        return len(self._known)

    @property
    def evaluations(self) -> tuple[Evaluation, ...]:
        """All runs, in the order in which they were written."""
        return tuple(self._known.values())

    def find(self, unit: FloatArray, replication: int) -> Evaluation | None:
        """Return a run, if it was done."""
        return self._known.get((_key(unit), replication))

    def append(self, evaluations: Iterable[Evaluation]) -> None:
        """Write runs, and wait until the disk has them."""
        fresh = [it for it in evaluations if (it.unit, it.replication) not in self._known]
        if not fresh:
            return
        lines = [] if self._path.is_file() else [json.dumps({"journal_of": self._subject})]
        lines += [json.dumps(_record(it)) for it in fresh]
        with self._path.open("a", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))
            file.flush()
            os.fsync(file.fileno())
        self._known.update({(it.unit, it.replication): it for it in fresh})

    def _read(self) -> None:
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            with self._path.open("r+b") as file:
                file.truncate(len(whole))
        head, *rest = whole.splitlines() or [b"{}"]
        try:
            if json.loads(head).get("journal_of") != self._subject and whole:
                raise ResultError(
                    f"{self._path}: is the journal of another calibration: the file, the scenario "
                    "or the program changed.\n  Choose another folder with --out."
                )
            for line in rest:
                found = _evaluation(json.loads(line))
                self._known[found.unit, found.replication] = found
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ResultError(
                f"{self._path}: is damaged ({error}).\n"
                "  Remove it and continue with --resume: what sweeps hold is read from them again."
            ) from error
        if not whole:
            self._path.unlink()


def _key(unit: FloatArray) -> tuple[float, ...]:
    return tuple(float(it) for it in rounded(unit))


def _record(it: Evaluation) -> dict[str, Any]:
    moments = [None if np.isnan(moment) else float(moment) for moment in it.moments]
    record: dict[str, Any] = {"stage": it.stage, "unit": it.unit, "replication": it.replication}
    return record | {"moments": moments} | ({"failure": it.failure} if it.failure else {})


def _evaluation(record: dict[str, Any]) -> Evaluation:
    moments = np.array([np.nan if it is None else it for it in record["moments"]], dtype=float)
    unit = tuple(float(it) for it in record["unit"])
    return Evaluation(
        unit, int(record["replication"]), moments, record["stage"], record.get("failure", "")
    )
