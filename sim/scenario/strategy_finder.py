"""Finding the strategy from outside the package that one provider names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import NamedTuple, TypeAlias, get_args

from sim.nearest import offer
from sim.reading.choice import OpenChoice
from sim.reading.nodes import Listing, Mapping, Node, Path, Place, Scalar
from sim.reading.problems import Problems
from sim.strategies.installed import installed
from sim.strategies.making import DIGEST, make
from sim.strategies.outside_code import BadCodeError, OutsideCode
from sim.strategies.strategy import Strategy

Strategies: TypeAlias = MappingType[str, type[Strategy]]
"""Classes from outside the package, by the ``policy`` that names them in a resolved scenario."""

OPTION = "--allow-code"
BYTES = 1_000_000
"""Largest file of policies that is read."""

_IN_FILE = re.compile(r"(?P<file>.+\.py)(?::(?P<name>.*))?\Z")


@dataclass(frozen=True, slots=True)
class StrategyPlace:
    """A key of providers that takes strategies of one kind."""

    key: str
    choice: OpenChoice[Strategy]
    stand_in: str
    """A built-in strategy without fields, so that the rest of a file can be checked."""


class Found(NamedTuple):
    """A class from outside the package, and where it was found this time."""

    made: type[Strategy]
    origin: OutsideCode


class Finder:
    """Finds classes, and notes why one cannot be had.

    Parameters
    ----------
    problems
        Takes files that cannot be read, code that may not or cannot be executed.
    known
        Classes that were made before, and allowed then.
    allow_code
        Whether the user allowed files outside the package to be executed.
    """

    def __init__(self, problems: Problems, known: Strategies, *, allow_code: bool) -> None:
        self._problems = problems
        self._known = known
        self._allow_code = allow_code

    def find(
        self, node: Node | None, place: StrategyPlace, path: Path
    ) -> tuple[Node | None, Found | None]:
        """Return a strategy's node with the name that tells its content, and what was found.

        A node that names a built-in strategy, or nothing that is known, stays as it is; in place of
        one that was refused stands a built-in strategy.

        Parameters
        ----------
        node
            The node.
        place
            What it is.
        path
            Where it stands.
        """
        policy = node.entries.get("policy") if isinstance(node, Mapping) else None
        if (
            not isinstance(node, Mapping)
            or not isinstance(policy, Scalar)
            or not isinstance(policy.value, str)
            or policy.value in place.choice.names
        ):
            return node, None
        try:
            found = self._class(policy, policy.value, place.choice, node.entries.get(DIGEST))
        except BadCodeError as error:
            self._problems.add(
                policy.place, (*path, "policy"), str(error), node=policy, hint=error.hint
            )
            stand_in = Scalar(place.stand_in, policy.text, policy.place)
            return Mapping({"policy": stand_in}, node.keys, node.place), None
        if found is None:
            return node, None
        named = Scalar(found.origin.policy, policy.text, policy.place)
        return node.put("policy", named, node.keys["policy"]), found

    def either(
        self, policy: Scalar, places: Sequence[StrategyPlace], path: Path
    ) -> tuple[StrategyPlace, type[Strategy]] | None:
        """Return of which kind a named strategy is, with its class; None, and noted, if of none.

        Parameters
        ----------
        policy
            The name, as under ``policy`` in a scenario.
        places
            The kinds that it may be of, by the keys of providers that take them.
        path
            Where the name stands.
        """
        name = str(policy.value)
        known = [name for place in places for name in sorted(place.choice.names)]
        refused = BadCodeError("is not the name of a strategy.", offer(name, known))
        for place in places:
            for strategy in place.choice.known:
                if name in get_args(strategy.model_fields[place.choice.tag].annotation):
                    return place, strategy
            try:
                found = self._class(policy, name, place.choice, None)
            except BadCodeError as error:
                refused = error
            else:
                if found is not None:
                    return place, found.made
        self._problems.add(policy.place, path, str(refused), node=policy, hint=refused.hint)
        return None

    def _class(
        self, policy: Scalar, name: str, choice: OpenChoice[Strategy], stated: Node | None
    ) -> Found | None:
        known = self._known.get(name)
        if known is not None and known.origin is not None:
            return Found(known, known.origin)
        in_file = _IN_FILE.match(name)
        offered = installed(choice.kind.entry_points)
        if in_file:
            origin = _origin(policy.place, in_file["file"], in_file["name"])
        elif name in offered:
            origin = offered[name].origin()
        else:
            return None
        if isinstance(stated, Scalar) and stated.value != origin.sha256:
            raise BadCodeError(
                f"{origin.label} is not what it was: its sha256 is {origin.sha256}, "
                f"{DIGEST} says {stated.value}.",
                f"Restore it, or remove {DIGEST} to run it as it is now.",
            )
        if origin.source is not None and not self._allow_code:
            raise BadCodeError(
                f"would run code from outside pricewar: class {origin.class_name} of "
                f"{origin.label}, sha256 {origin.sha256}.",
                f"Read that file; if you trust it, allow it with {OPTION}.",
            )
        return Found(make(choice.kind, origin), origin)


def _origin(place: Place, file: str, class_name: str | None) -> OutsideCode:
    if not class_name:
        raise BadCodeError(
            "must name a class of the file, FILE.py:CLASS.", "Such as my_policies.py:Penetration."
        )
    path = _path(place, file)
    return OutsideCode.of_file(path.name, class_name, str(path), _read(path))


def _read(path: FilePath) -> bytes:
    try:
        if path.stat().st_size > BYTES:
            raise BadCodeError(f"{path} has more than {BYTES / 1e6:g} MB.")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        folder = path.parent
        beside = [entry.name for entry in folder.glob("*.py")] if folder.is_dir() else []
        reason = getattr(error, "strerror", None) or error
        raise BadCodeError(
            f"{path} cannot be read: {reason}.",
            offer(path.name, beside, "The path counts from the file that says it."),
        ) from error


def policy_files(node: Node) -> Iterator[bytes]:
    """Yield the content of every file that a part of a tree names a policy of, if it is there."""
    if isinstance(node, Mapping | Listing):
        children = node.entries.values() if isinstance(node, Mapping) else node.items
        for child in children:
            yield from policy_files(child)
    elif isinstance(node.value, str) and (in_file := _IN_FILE.match(node.value)):
        path = _path(node.place, in_file["file"])
        if path.is_file():
            yield path.read_bytes()


def _path(place: Place, file: str) -> FilePath:
    """Return which file a name means: it counts from the file that says it."""
    return (FilePath(place.file).parent if place.line else FilePath()) / file
