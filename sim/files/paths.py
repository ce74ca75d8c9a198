"""Paths as callers give them."""

from __future__ import annotations

import os
from pathlib import Path

from sim.errors import UsageError

_SHOWN = 60
"""Most characters of a wrong argument that a message shows."""


def path_of(value: object, call: str, wanted: str) -> Path:
    """Return what a caller gave as a path.

    Parameters
    ----------
    value
        A text or a path.
    call
        What was called: ``sim.open_run``.
    wanted
        What it takes: ``the folder of a run``.

    Raises
    ------
    UsageError
        If it is anything else.
    """
    text = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(text, str):
        raise UsageError(f"{call} takes {wanted}, not {shown(value)}.")
    return Path(text)


def shown(value: object) -> str:
    """Write a value as messages show it, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
