"""A folder that must not be opened while something else is done."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.errors import UsageError

_shut: dict[str, frozenset[tuple[int, int]]] = {}
"""Folders that are shut now, with the files in them by device and number."""
_watching: list[bool] = []


@contextmanager
def kept_shut(folder: Path) -> Iterator[None]:
    """Refuse whatever this process opens in a folder, by any name, link or path.

    Other processes, such as those of workers, are not watched.

    Parameters
    ----------
    folder
        Nothing in it is opened to find out what it holds.

    Raises
    ------
    UsageError
        Something in it was about to be opened.
    """
    real = str(folder.resolve())
    found = (path.stat() for path in folder.rglob("*") if path.is_file())
    _shut[real] = frozenset((one.st_dev, one.st_ino) for one in found)
    if not _watching:
        sys.addaudithook(_refuse)  # hooks stay for good; this one does nothing while all is open
        _watching.append(True)
    try:
        yield
    finally:
        _shut.pop(real, None)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event != "open" or not _shut or not isinstance(arguments[0], str | bytes | os.PathLike):
        return
    path = os.fsdecode(arguments[0])
    real = os.path.realpath(path)
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path would be made at every opened file
        number = (status.st_dev, status.st_ino)
    except (OSError, ValueError):
        number = None
    for folder, files in _shut.items():
        if number in files or real == folder or real.startswith(folder + os.sep):
            raise UsageError(
                f"{path}: leads into {folder}, which a forecast must not see.  "
                "Put a copy of what was known into known/."
            )
