"""Opening files: which file a name means, its text, and its tree."""

from __future__ import annotations

import os
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from sim.files.folder_kinds import belongs_to
from sim.nearest import offer, one_of
from sim.reading.composing import compose
from sim.reading.dialect import Dialect
from sim.reading.nodes import Mapping, Node, Place, Scalar
from sim.reading.problems import Problems
from sim.reading.yaml_files import BYTES, ENDINGS, files_in

_SHARED_KEYS = frozenset({"name", "title", "question", "seed", "replications"})
"""Keys that files of several kinds have."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read: where it lies, its text and its tree."""

    path: Path
    text: str
    tree: Mapping


def locate(name: str, folder: Path, dialect: Dialect) -> Path:
    """Return the file that a name means: a path from `folder`, or else a shipped file.

    A name without a folder and an ending, such as ``minimal``, is that of a shipped file unless
    a file of that very name exists.

    Parameters
    ----------
    name
        As the user gave it.
    folder
        Where relative paths begin.
    dialect
        The kind of file, which knows those that are shipped.
    """
    path = folder / name
    is_bare = "/" not in name and os.sep not in name and not name.endswith(ENDINGS)
    known = dialect.shipped() if is_bare else {}
    if name in known and not path.is_file():
        return known[name]
    if name.isascii() or os.path.lexists(path):
        return path
    decomposed = folder / unicodedata.normalize("NFD", name)  # as some systems store names
    return decomposed if os.path.lexists(decomposed) else path


def read_document(
    path: Path,
    file: str,
    place: Place,
    dialect: Dialect,
    problems: Problems,
    *,
    asked: Scalar | None = None,
) -> Document:
    """Read a file that holds a mapping.

    Parameters
    ----------
    path
        The file.
    file
        What to call it in messages.
    place
        Where the file was asked for, for the message if it cannot be opened.
    dialect
        What the file may say.
    problems
        Takes the mistakes.
    asked
        The ``extends`` that names it, if one does.

    Raises
    ------
    ScenarioError
        Not a readable, modest, non-empty UTF-8 text file, or not a YAML mapping.
    """
    text = _read_text(path, file, place, dialect, problems, asked)
    tree = compose(text, file, problems)
    if isinstance(tree, Mapping):
        _refuse_other_kind(tree, file, dialect, problems)
        return Document(path, text, tree)
    raise _no_mapping(tree, file, dialect, problems)


def _refuse_other_kind(tree: Mapping, file: str, dialect: Dialect, problems: Problems) -> None:
    own = {*dialect.record.model_fields, "extends"} - _SHARED_KEYS
    for other in dialect.other_kinds:
        telling = [key for key in tree.entries if key in other.keys]
        if telling and not tree.entries.keys() & (own - other.keys):
            raise problems.fail(
                tree.keys[telling[0]],
                f"this is a {other.noun}, not a {dialect.noun}.",
                hint=f"`pricewar {other.command} {file}` takes it.",
            )


def _no_mapping(root: Node | None, file: str, dialect: Dialect, problems: Problems) -> Exception:
    place = Place(file, 1, 1) if root is None else root.place
    if root is None or (isinstance(root, Scalar) and root.value is None):
        return problems.fail(place, f"holds no {dialect.noun}.", hint=dialect.starting_hint)
    return problems.fail(
        place, f"must be a mapping, with keys such as {dialect.keys_shown}.", node=root
    )


def _read_text(
    path: Path,
    file: str,
    place: Place,
    dialect: Dialect,
    problems: Problems,
    asked: Scalar | None,
) -> str:
    allowed, hint, content = _opened(path, dialect)
    if not allowed:
        allowed, hint = _objection(content, dialect)
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


def _opened(path: Path, dialect: Dialect) -> tuple[str, str, bytes]:
    """Return an objection, a hint, and the content where there is no objection."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            found = list(files_in(path))
            there = f"{dialect.noun.capitalize()}s in it: {one_of(found)}."
            nothing = f"There is no {dialect.noun} in it."
            return "is a folder.", belongs_to(path) or (there if found else nothing), b""
        if not stat.S_ISREG(status.st_mode):
            return "is not a regular file.", "", b""
        if status.st_size > BYTES:
            size = f"this one has {status.st_size / 1e6:,.1f} MB"
            return f"a {dialect.noun} file has at most {BYTES / 1e6:g} MB; {size}.", "", b""
        return "", "", path.read_bytes()
    except FileNotFoundError:
        return "there is no such file.", _offer(path, dialect), b""
    except PermissionError:
        return "may not be read: permission denied.", "Allow it with chmod u+r.", b""
    except (OSError, ValueError) as error:
        return f"cannot be opened: {getattr(error, 'strerror', None) or error}.", "", b""


def _objection(content: bytes, dialect: Dialect) -> tuple[str, str]:
    """Return an objection to the bytes of a file, and a hint."""
    if not content.strip():
        return "is empty.", dialect.starting_hint
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "is UTF-16 text; must be UTF-8.", "Save it as UTF-8."
    if b"\0" in content[:8192]:
        return "is a binary file; must be YAML text.", ""
    return "", ""


def _offer(path: Path, dialect: Dialect) -> str:
    for other in dialect.other_kinds:
        if path.name in other.shipped() and path.name not in dialect.shipped():
            return f"`pricewar {other.command} {path.name}` takes the shipped {other.noun}."
    shipped = dialect.shipped()
    try:
        beside = [entry.name for entry in path.parent.iterdir() if entry.suffix in ENDINGS]
    except OSError:
        beside = []
    rest = offer(path.stem, shipped, f"Shipped {dialect.noun}s: {one_of(list(shipped))}.")
    return offer(path.name, beside, rest)
