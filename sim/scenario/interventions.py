"""Interventions in a scenario's tree: lines of text become records, and plans are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from sim.interventions.intervention import Intervention
from sim.interventions.line import read_line
from sim.interventions.registry import KINDS
from sim.reading.nodes import Listing, Mapping, Node, Path, Scalar
from sim.reading.overriding import Override, additions
from sim.reading.problems import Problems
from sim.reading.view import View

KEY = "interventions"
OPTION = "--do"


def asked_for(items: Sequence[object], problems: Problems) -> tuple[Override, ...]:
    """Read interventions of the command line or of a call: lines of text, mappings or records."""
    return additions(KEY, items, OPTION, problems)


def read_lines(root: Mapping, problems: Problems) -> Mapping:
    """Return the tree with records in place of the lines of text that stand for them."""
    listing = root.entries.get(KEY)
    if not isinstance(listing, Listing):
        return root
    items: list[Node] = []
    for item in listing.items:
        record: Node | None = item
        if isinstance(item, Scalar) and isinstance(item.value, str):
            record = read_line(item, KINDS, (KEY, len(items)), problems)
        elif not isinstance(item, Mapping):
            _refuse(item, (KEY, len(items)), problems)
            continue
        if record is not None:
            items.append(record)
    return root.put(KEY, Listing(tuple(items), listing.place))


def _refuse(item: Node, path: Path, problems: Problems) -> None:
    allowed = f"must be a line of text, such as '{KINDS[0].example}', or a mapping with its kind."
    problems.add(item.place, path, allowed, node=item)


def plan(root: Mapping, problems: Problems) -> Mapping:
    """Return the tree as its interventions plan it, in their order."""
    for number, said in enumerate(View(root, (), problems).records(KEY)):
        kind = kind_of(said)
        if kind is not None:
            root = kind.plan(root, said, (KEY, number), problems)
    return root


def kind_of(said: View) -> type[Intervention] | None:
    """Return the class of an intervention; None if it names none, which is noted elsewhere."""
    name = said.text("kind")
    return next(
        (one for one in KINDS if name in get_args(one.model_fields["kind"].annotation)), None
    )
