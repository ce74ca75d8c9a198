"""Completing what stands after ``--set``: the path to a value of the scenario on the line."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.reading.nodes import Mapping, Node, Path


def complete_path(prefix: str, parsed_args: argparse.Namespace, **_: object) -> list[str]:
    """List the paths that go one step further than what has been typed.

    Parameters
    ----------
    prefix
        What has been typed of ``PATH=VALUE``.
    parsed_args
        The arguments before it: the scenario is among them, or else keys are those of any.

    Returns
    -------
    list of str
        With ``=`` behind what may be one value, ``.`` and ``[`` before what is in it; none once a
        value has been begun.
    """
    if "=" in prefix:
        return []
    return [text for text in _further(_tree(parsed_args), prefix) if text.startswith(prefix)]


def _tree(arguments: argparse.Namespace) -> Mapping:
    """Return the tree of the scenario on the line; an empty one if there is none to be read."""
    from sim.errors import PricewarError
    from sim.reading.nodes import Mapping, Place
    from sim.reading.parsed import parse_file
    from sim.scenario.dialect import SCENARIO

    files = getattr(arguments, "files", None) or [getattr(arguments, "scenario", None)]
    try:
        root = parse_file(files[0], SCENARIO).root if files[0] else None
    except (PricewarError, OSError):
        root = None
    return root if isinstance(root, Mapping) else Mapping({}, {}, Place("the command line"))


def _further(root: Mapping, prefix: str) -> Iterator[str]:
    """Yield the paths one step beyond the last whole step of a prefix."""
    from sim.reading.nodes import Listing, descend, name_of
    from sim.scenario.dialect import SCENARIO

    end = max(prefix.rfind("."), prefix.rfind("["))
    while prefix[:end].count("[") > prefix[:end].count("]"):  # a dot within an item's name
        end = prefix.rfind("[", 0, end)
    done = prefix[: max(end, 0)]
    path = _positions(root, done)
    if path is None:
        return
    node = descend(root, path) if path else root
    if isinstance(node, Listing) and (not done or prefix[end] == "["):
        for index, item in enumerate(node.items):
            yield f"{done}[{name_of(item) or index}]."
        return
    for key in SCENARIO.vocabulary.keys_at(root, path):
        text = f"{done}.{key}" if done else key
        yield f"{text}{_ending(root, (*path, key))}"


def _positions(root: Mapping, text: str) -> Path | None:
    """Return the path that a text names, items by position; None if it leads nowhere."""
    from sim.reading.nodes import Listing, descend, name_of
    from sim.reading.overriding import Item, steps_of

    path: Path = ()
    for step in steps_of(text):
        if isinstance(step, Item):
            node: Node | None = descend(root, path)
            items = node.items if isinstance(node, Listing) else ()
            names = [name_of(item) or str(index) for index, item in enumerate(items)]
            if step.label not in names:
                return None
            path = (*path, names.index(step.label))
        else:
            path = (*path, step)
    return path


def _ending(root: Mapping, path: Path) -> str:
    """Return the sign that goes on from a key: into a record, into a list, or to a value."""
    from sim.reading.nodes import Listing, descend
    from sim.scenario.dialect import SCENARIO

    if isinstance(descend(root, path), Listing):
        return "["
    return "." if SCENARIO.vocabulary.keys_at(root, path) else "="
