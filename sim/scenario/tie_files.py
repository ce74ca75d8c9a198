"""Files of ties: a network of the user's own, named by ``network: {kind: edge_list, file: ...}``.

A line holds the numbers of two users, 0 to N - 1, with blanks, a tab or a comma between them, as
networkx writes edge lists and collections of networks offer them; ``#`` begins a comment. A tie may
stand in both directions. In a resolved scenario the file's name tells its content, and a copy lies
beside it: ``network/0f3c.../friends.txt``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path as FilePath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.nearest import nearest
from sim.reading.nodes import Mapping, Path, Place, Scalar, descend
from sim.reading.problems import Problems
from sim.scenario.demand import Population
from sim.scenario.scenario import Scenario

FOLDER = "network"
"""Folder beside a resolved scenario in which the file lies that it names."""
_DIGITS = 12
_SHOWN = 5
"""Mistakes of a file that are reported."""
_PATH: Path = ("population", "network")


class BadLine(NamedTuple):
    """A line that is not a tie, counted from one."""

    line: int
    text: str
    why: str
    hint: str


def include_ties(root: Mapping, known: bytes, problems: Problems) -> tuple[Mapping, bytes]:
    """Read the file of ties that a tree names, and name it by its content.

    Parameters
    ----------
    root
        The whole tree.
    known
        Content of the file that was read before, which a resolved scenario names by its digest.
    problems
        Takes lines that are not ties of two users.

    Returns
    -------
    Mapping
        The tree, with the file's name and digest.
    bytes
        Content of the file; empty if the network is of another kind.

    Raises
    ------
    ScenarioError
        No file is named, it cannot be read, or it is not the one of the digest.
    """
    network = descend(root, _PATH)
    if not isinstance(network, Mapping):
        return root, b""
    kind, named = network.entries.get("kind"), network.entries.get("file")
    if not isinstance(kind, Scalar) or kind.value != "edge_list":
        return _with_network(root, network.without("file", "file_sha256")), b""
    if not isinstance(named, Scalar) or not isinstance(named.value, str) or not named.value:
        raise problems.fail(
            (named or kind).place,
            "must name a file of ties.",
            path=(*_PATH, "file"),
            node=named,
            hint="Such as `file: friends.txt`, with the numbers of two users a line: 0 1.",
        )
    stated = network.entries.get("file_sha256")
    digest = stated.value if isinstance(stated, Scalar) else None
    content = known
    if digest is None or _sha256(known) != digest:
        content = _read(named, problems)
    if digest is not None and _sha256(content) != digest:
        raise problems.fail(
            named.place,
            f"is not what it was: its sha256 is {_sha256(content)}, file_sha256 says {digest}.",
            path=(*_PATH, "file"),
            node=named,
            hint="Restore it, or remove file_sha256 to run it as it is now.",
        )
    for bad in _bad_lines(content, _users(root)):
        place = Place(str(_file(named)), bad.line, 1)
        problems.add(place, (*_PATH, "file"), bad.why, value=bad.text, hint=bad.hint)
    name = f"{FOLDER}/{_sha256(content)[:_DIGITS]}/{FilePath(named.value).name}"
    network = network.put("file", Scalar(name, name, named.place))
    digest = _sha256(content)
    network = network.put("file_sha256", Scalar(digest, digest, named.place))
    return _with_network(root, network), content


def with_ties(scenario: Scenario, content: bytes) -> Scenario:
    """Return a scenario with the content of its file of ties."""
    population = scenario.population
    network = population.network.with_ties(content)
    population = population.model_copy(update={"network": network})
    found = scenario.model_copy(update={"population": population})
    return found.traced_to(scenario.origin)


def tie_file(scenario: Scenario) -> dict[str, bytes]:
    """Return the file of ties that a resolved scenario names, by its path from it."""
    network = scenario.population.network
    return {network.file: network.ties} if network.ties and network.file else {}


@lru_cache(maxsize=2)
def read_ties(content: bytes) -> NDArray[np.int64]:
    """Return undirected ties, shape (2, E), each given once, of a file without mistakes."""
    ends = np.array([tie for _, tie in _lines(content)], np.int64).reshape(-1, 2)
    return np.asarray(np.unique(np.sort(ends, axis=1), axis=0).T)


def _lines(content: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the cells of each line that has any, with its number."""
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        cells = line.partition(b"#")[0].replace(b",", b" ").split()
        if cells:
            yield number, cells


def _bad_lines(content: bytes, users: int) -> list[BadLine]:
    """Return the first lines that are not ties, or one that says what the file lacks."""
    bad: list[BadLine] = []
    most, has_ties = -1, False
    for number, cells in _lines(content):
        found = _objection(cells)
        if found is not None:
            bad.append(BadLine(number, b" ".join(cells)[:40].decode(errors="replace"), *found))
        else:
            has_ties = True
            highest = max(int(cells[0]), int(cells[1]))
            if highest >= users and most < 0:
                bad.append(BadLine(number, str(highest), f"must be below {users}, the users.", ""))
            most = max(most, highest if highest >= users else -1)
        if len(bad) == _SHOWN:
            break
    if most >= users:
        bad = [
            one._replace(hint=f"Numbers count from 0; set population.users to at least {most + 1}.")
            if not one.hint
            else one
            for one in bad
        ]
    if not bad and not has_ties:
        bad.append(BadLine(1, "", "holds no tie.", "Write the numbers of two users a line: 0 1."))
    return bad


def _objection(cells: list[bytes]) -> tuple[str, str] | None:
    """Say why the cells of a line are not a tie; None if they are."""
    if len(cells) != 2:
        hint = "Weights are not represented: keep the first two columns." if cells[2:] else ""
        return f"must be the numbers of two users; it has {len(cells)}.", hint or "Such as: 0 1."
    if not all(cell.isdigit() and len(cell) < 10 for cell in cells):
        return "must be the numbers of two users.", "Whole numbers from 0 on, such as: 0 1."
    if int(cells[0]) == int(cells[1]):
        return "must tie two users; this is one.", "Drop the line."
    return None


def _users(root: Mapping) -> int:
    """Return how many users there are; whatever is wrong with the number is noted elsewhere."""
    users = descend(root, ("population", "users"))
    if isinstance(users, Scalar) and isinstance(users.value, int) and users.value > 0:
        return users.value
    return Population().users


def _with_network(root: Mapping, network: Mapping) -> Mapping:
    population = root.entries["population"]
    if isinstance(population, Mapping):
        root = root.put("population", population.put("network", network))
    return root


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _file(named: Scalar) -> FilePath:
    """Return the file that is meant; a value from the command line counts from the folder."""
    folder = FilePath(named.place.file).parent if named.place.line else FilePath()
    return folder / str(named.value)


def _read(named: Scalar, problems: Problems) -> bytes:
    path, hint = _file(named), ""
    try:
        if path.is_file():
            return path.read_bytes()
        reason = "is a folder." if path.is_dir() else "there is no such file."
        beside = [one.name for one in path.parent.glob("*") if one.is_file()]
        close = nearest(path.name, beside)
        hint = f"Did you mean {close!r}?" if close else "Its path counts from this file."
    except (OSError, ValueError) as error:
        reason = f"cannot be read: {getattr(error, 'strerror', None) or error}."
    raise problems.fail(named.place, reason, path=(*_PATH, "file"), node=named, hint=hint)
