"""A pricing strategy as a line of text: ``undercut:0.2``, ``loss_leader:budget_usd=2e8``.

::

    as_written                            as the scenario has it, at peace and at war
    cost_plus                             a strategy of peace: prices so, and takes no part in a war
    undercut:0.2                          a strategy of war, its first field; of peace as written
    undercut:0.2,floor_cost_share=0.6     further fields by name
    cost_plus:0.4+undercut                both: the one at peace, the other at war
    my_policies.py:Penetration:goal_user_share=0.07

A text says how all products of a provider are priced. Fields that it leaves out are those of the
scenario where the provider prices by this strategy there, else the strategy's defaults, as for
``--set``.
"""

from __future__ import annotations

import re
from typing import Final

from sim.errors import ScenarioError
from sim.nearest import offer, one_of
from sim.reading.composing import compose
from sim.reading.nodes import Mapping, Node, Path, Place, Scalar
from sim.reading.problems import Problems
from sim.scenario.outside import PLACES
from sim.scenario.strategy_finder import Finder
from sim.strategies.making import DIGEST
from sim.strategies.strategy import Strategy

AS_WRITTEN: Final = "as_written"
"""The strategy that a scenario gives a provider."""
_PEACE, _WAR = (place.key for place in PLACES)
_NEXT_PART = re.compile(r"\+(?=\s*[^\W\d])")
"""A plus before a name: in 1e+6 it stands before a digit."""
_PART = re.compile(r"\s*(?P<name>[^:]+?\.py\s*:[^:]*|[^:]*)(?::(?P<values>.*))?", re.DOTALL)


def split_texts(text: str) -> list[str]:
    """Split a list of strategies at its commas, those between a strategy's fields left out.

    Examples
    --------
    >>> split_texts("cost_plus, undercut:0.2,floor_cost_share=0.6, match")
    ['cost_plus', 'undercut:0.2,floor_cost_share=0.6', 'match']
    """
    texts: list[str] = []
    for piece in text.split(","):
        is_field = "=" in piece.partition(":")[0]
        if is_field and texts:
            texts[-1] += f",{piece.strip()}"
        else:
            texts.append(piece.strip())
    return texts


def strategy_of_text(text: Scalar, finder: Finder, problems: Problems, path: Path) -> Mapping:
    """Return what a text puts under ``price`` and ``war`` of a provider.

    Parameters
    ----------
    text
        The text.
    finder
        Finds strategies from outside the package.
    problems
        Takes what is wrong.
    path
        Where the text stands.

    Returns
    -------
    Mapping
        With ``price``, ``war`` or both; empty for `AS_WRITTEN`, and where something is wrong.
    """
    empty = Mapping({}, {}, text.place)
    if str(text.value).strip() == AS_WRITTEN:
        return empty
    entries: dict[str, Node] = {}
    for part in _NEXT_PART.split(str(text.value)):
        found = _part(part, text.place, finder, problems, path)
        if found is None:
            return empty
        key, node = found
        if key in entries:
            of = "peace" if key == _PEACE else "war"
            hint = "Join one of peace and one of war, such as cost_plus+undercut:0.2."
            problems.add(text.place, path, f"names two strategies of {of}.", node=text, hint=hint)
            return empty
        entries[key] = node
    if _WAR not in entries:  # who is given a strategy of peace alone takes no part in wars
        entries[_WAR] = Scalar(None, "null", text.place)
    return Mapping(entries, dict.fromkeys(entries, text.place), text.place)


def _part(
    part: str, place: Place, finder: Finder, problems: Problems, path: Path
) -> tuple[str, Mapping] | None:
    matched = _PART.fullmatch(part)
    name = matched["name"].strip() if matched else part
    policy = Scalar(name, name, place)
    found = finder.either(policy, PLACES, path)
    if found is None:
        return None
    kind, strategy = found
    entries: dict[str, Node] = {"policy": policy}
    values = matched["values"] if matched else None
    for number, piece in enumerate(values.split(",") if values is not None else ()):
        field, equals, value = piece.partition("=")
        if not equals:
            field, value = _first_field(strategy) if number == 0 else "", piece
        node = _value(value, place, problems)
        problem, hint = _objection(field.strip(), piece.strip(), name, strategy, node, number)
        if node is None or problem:
            problems.add(place, path, problem, node=Scalar(part, part, place), hint=hint)
            return None
        entries[field.strip()] = node
    return kind.key, Mapping(entries, dict.fromkeys(entries, place), place)


def _value(text: str, place: Place, problems: Problems) -> Node | None:
    """Return a value as a file would have it; None if it is none."""
    try:
        node = compose(text.strip(), place.file, problems.copy(), has_lines=False)
    except ScenarioError:
        return None
    return None if node is None else _placed(node, place)


def _placed(node: Node, place: Place) -> Node:
    """Put a value where the text stands that it is part of."""
    return Scalar(node.value, node.text, place) if isinstance(node, Scalar) else node


def _objection(
    field: str, piece: str, name: str, strategy: type[Strategy], node: Node | None, number: int
) -> tuple[str, str]:
    """Return what is wrong with a field of a text, and what to do; nothing if nothing is."""
    fields = _fields(strategy)
    if not field and number > 0:
        return f"{piece!r} has no name: after the first value, fields are FIELD=VALUE.", ""
    if not field:
        return f"{name} has no fields, and takes no value.", f"Write {name} alone."
    if field not in fields:
        return f"{field!r} is not a field of {name}.", offer(
            field, fields, f"It has: {one_of(fields)}."
        )
    if node is None:
        return f"{piece!r} gives {field} no value.", f"Such as {name}:{field}=0.2."
    return "", ""


def _fields(strategy: type[Strategy]) -> list[str]:
    return [name for name in strategy.model_fields if name not in ("policy", DIGEST)]


def _first_field(strategy: type[Strategy]) -> str:
    """Return the first field that the class itself declares, else the first that it has."""
    fields = _fields(strategy)
    for declaring in strategy.__mro__:
        own = [name for name in fields if name in vars(declaring).get("__annotations__", {})]
        if own:
            return own[0]
    return ""
