"""What a folder holds, bar what is nobody's."""

from __future__ import annotations

from pathlib import Path

_OF_THE_SYSTEM = frozenset({"lost+found"})


def names_in(folder: Path) -> set[str]:
    """Return the names in a folder, without hidden ones and those that a file system puts there.

    Raises
    ------
    OSError
        If it is no folder or cannot be read.
    """
    names = {entry.name for entry in folder.iterdir()}
    return {name for name in names - _OF_THE_SYSTEM if not name.startswith(".")}
