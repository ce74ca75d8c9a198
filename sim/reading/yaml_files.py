"""Which files are read, and how large they may be."""

from __future__ import annotations

from pathlib import Path
from typing import Final

BYTES: Final = 1_000_000
"""Largest file that is read."""
ENDINGS: Final = (".yaml", ".yml")


def files_in(folder: Path) -> dict[str, Path]:
    """Return the YAML files directly in a folder, by file name without ending, in order."""
    if not folder.is_dir():
        return {}
    return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in ENDINGS}
