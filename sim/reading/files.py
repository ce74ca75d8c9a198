"""Opening scenario files: which file a name means, and its text."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from sim.nearest import nearest, one_of
from sim.reading.nodes import Place, Scalar
from sim.reading.problems import Problems
from sim.scenario.shipped import scenarios_in, shipped

BYTES = 1_000_000
"""Largest file that is read."""

_ENDINGS = (".yaml", ".yml")


def locate(name: str, folder: Path, known: Mapping[str, Path] | None = None) -> Path:
    """Tell which file a name means: a path from `folder`, or else a shipped file.

    A name without a folder and an ending, such as ``minimal``, is that of a shipped file unless
    a file of that very name exists.

    Parameters
    ----------
    name
        As the user gave it.
    folder
        Where relative paths begin.
    known
        The shipped files by name; None: the scenarios.
    """
    path = folder / name
    is_bare = "/" not in name and os.sep not in name and not name.endswith(_ENDINGS)
    known = shipped() if known is None else known
    return known[name] if is_bare and name in known and not path.is_file() else path


def read_text(
    path: Path, file: str, place: Place, problems: Problems, *, asked: Scalar | None = None
) -> str:
    """Return the text of a file.

    Parameters
    ----------
    path
        The file.
    file
        What to call it in messages.
    place
        Where the file was asked for, for the message if it cannot be opened.
    problems
        Takes the mistake.
    asked
        The ``extends`` that names it, if one does.

    Raises
    ------
    ScenarioError
        Not a readable, modest, non-empty UTF-8 text file.
    """
    allowed, hint, content = _opened(path)
    if not allowed:
        allowed, hint = _objection(content)
    if allowed:
        raise problems.fail(
            place, allowed, path=("extends",) if asked else (), node=asked, hint=hint
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        raise problems.fail(
            Place(file, line, column),
            f"the byte 0x{content[error.start]:02X} is not UTF-8 text.",
            hint="Save the file as UTF-8.",
        ) from error


def _opened(path: Path) -> tuple[str, str, bytes]:
    """Return an objection, a hint, and the content where there is no objection."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return "is a folder.", f"Scenarios in it: {one_of(list(scenarios_in(path)))}.", b""
        if not stat.S_ISREG(status.st_mode):
            return "is not a regular file.", "", b""
        if status.st_size > BYTES:
            size = f"this one has {status.st_size / 1e6:,.1f} MB"
            return f"a scenario file has at most {BYTES / 1e6:g} MB; {size}.", "", b""
        return "", "", path.read_bytes()
    except FileNotFoundError:
        return "there is no such file.", _offer(path), b""
    except PermissionError:
        return "may not be read: permission denied.", "Allow it with chmod u+r.", b""
    except (OSError, ValueError) as error:
        return f"cannot be opened: {getattr(error, 'strerror', None) or error}.", "", b""


def _objection(content: bytes) -> tuple[str, str]:
    """Return an objection to the bytes of a file, and a hint."""
    if not content.strip():
        return "is empty.", "`pricewar list` names scenarios to start from."
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "is UTF-16 text; must be UTF-8.", "Save it as UTF-8."
    if b"\0" in content[:8192]:
        return "is a binary file; must be YAML text.", ""
    return "", ""


def _offer(path: Path) -> str:
    try:
        beside = [entry.name for entry in path.parent.iterdir() if entry.suffix in _ENDINGS]
    except OSError:
        beside = []
    close = nearest(path.name, beside) or nearest(path.stem, shipped())
    if close:
        return f"Did you mean {close!r}?"
    return f"Shipped scenarios: {one_of(list(shipped()))}."
