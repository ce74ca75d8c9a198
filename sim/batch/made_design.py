"""A design that a command makes of its arguments: its places are what somebody typed, not a file's.

The text of such a design is JSON, which is YAML: it is what ``design.yaml`` in the sweep's folder
holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import Final

from sim.errors import UsageError
from sim.reading.files import Document
from sim.reading.nodes import Mapping, Node, Place
from sim.reading.python_values import NotAValueError, node_of

_NO_PLACES: Final[MappingType[str, str]] = {}
_NO_NODES: Final[MappingType[str, Node]] = {}


def made_design(
    command: str,
    said: MappingType[str, object],
    places: MappingType[str, str] = _NO_PLACES,
    nodes: MappingType[str, Node] = _NO_NODES,
) -> Document:
    """Return a design as if a file had said it; the scenario's path counts from here.

    Parameters
    ----------
    command
        What makes it, as it is typed: the place of all that nobody typed.
    said
        What it says, by key.
    places
        By key, what was typed to say it: ``--players A,B``.
    nodes
        By key, what it says in place of `said`, where its parts have places of their own.

    Raises
    ------
    UsageError
        If a text holds what no file may.

    Examples
    --------
    >>> made_design("pricewar game", {"players": ["A"]}, {"players": "--players A"}).tree.keys
    {'players': Place(file='--players A', line=0, column=0)}
    """
    where = {key: Place(places.get(key, command)) for key in said}
    try:
        entries = {key: node_of(value, where[key]) for key, value in said.items()}
    except NotAValueError as error:
        raise UsageError(f"{command}: {error}.") from error
    text = json.dumps(said, ensure_ascii=False, indent=1) + "\n"
    return Document(Path("design"), text, Mapping({**entries, **nodes}, where, Place(command)))
