"""``extends``: one file builds on another.

Mappings merge key by key.  Lists of named records (domains, clouds, accelerators, providers,
products) merge by ``name``: an item changes the item of that name or is added at the end, and
``{name: X, remove: true}`` takes one out; an empty list, which would change nothing, is refused.
Every other list replaces the one it meets, and so does a record that changes its ``policy`` or
gives a price, a capability or the compression curves in another way.
"""

from __future__ import annotations

import os
from pathlib import Path as FilePath

from sim.nearest import nearest
from sim.scenario.composing import compose
from sim.scenario.files import locate, read_text
from sim.scenario.nodes import NAMED_LISTS, Listing, Mapping, Node, Path, Place, Scalar, name_of
from sim.scenario.problems import Problems
from sim.scenario.provenance import is_wrapped

GENERATIONS = 10
"""Longest chain of files that extend one another."""

ALTERNATIVES = (
    frozenset({"price_usd_per_mtok", "price_cny_per_mtok", "price_from_data"}),
    frozenset({"capability_logit", "capability_from_data"}),
    frozenset({"curves_from", "curves", "shipped_sha256"}),
)
"""Keys that say the same thing in different ways: giving one takes the place of the others."""


def load(source: str, problems: Problems) -> tuple[Mapping, tuple[FilePath, ...]]:
    """Read a file and those that it extends into one tree.

    Parameters
    ----------
    source
        A path, or the name of a shipped scenario.
    problems
        Takes the mistakes after which reading can go on.

    Returns
    -------
    Mapping
        The merged tree; every node names the file that it comes from.
    tuple of path
        The files, the one asked for first.
    """
    return _load(locate(source, FilePath()), Place(source), None, (), problems)


def _load(
    path: FilePath,
    place: Place,
    asked: Scalar | None,
    chain: tuple[FilePath, ...],
    problems: Problems,
) -> tuple[Mapping, tuple[FilePath, ...]]:
    label = _label(path)
    identity = FilePath(label if "\0" in label else os.path.realpath(path))
    if identity in chain:
        names = " -> ".join(link.name for link in (*chain[chain.index(identity) :], identity))
        raise problems.fail(place, f"goes in a circle: {names}.", path=("extends",), node=asked)
    if len(chain) >= GENERATIONS:
        raise problems.fail(
            place, f"at most {GENERATIONS} files may build on one another.", path=("extends",)
        )
    text = read_text(path, label, place, problems, asked=asked)
    root = compose(text, label, problems)
    if not isinstance(root, Mapping):
        raise _no_scenario(root, label, problems)
    base = root.entries.get("extends")
    own = root.without("extends")
    if base is None:
        return merge(Mapping({}, {}, root.place), own, (), problems), (path,)
    if not isinstance(base, Scalar) or not isinstance(base.value, str) or not base.value:
        raise problems.fail(
            base.place,
            "must be the path of a file, or the name of a shipped scenario.",
            path=("extends",),
            node=base,
        )
    parent, files = _load(
        locate(base.value, path.parent), base.place, base, (*chain, identity), problems
    )
    return merge(parent, own, (), problems), (path, *files)


def _label(path: FilePath) -> str:
    """Name a file as it was asked for, or from the working folder if it lies there."""
    here = FilePath.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _no_scenario(root: Node | None, label: str, problems: Problems) -> Exception:
    place = Place(label, 1, 1) if root is None else root.place
    if root is None or (isinstance(root, Scalar) and root.value is None):
        return problems.fail(
            place, "holds no scenario.", hint="`pricewar list` names scenarios to start from."
        )
    return problems.fail(
        place, "must be a mapping, with keys such as name, start_date, products.", node=root
    )


def merge(base: Mapping, change: Mapping, path: Path, problems: Problems) -> Mapping:
    """Lay a mapping over another, that of a file over that of the file it extends.

    Parameters
    ----------
    base, change
        What is changed, and what changes it.
    path
        Where in the scenario both stand.
    problems
        Takes removals of what is not there.
    """
    return change if _turns(base, change) else _merge_mappings(base, change, path, problems)


def _merge(base: Node | None, change: Node, path: Path, problems: Problems) -> Node:
    if isinstance(change, Mapping) and not is_wrapped(change):
        fits = isinstance(base, Mapping) and not is_wrapped(base) and not _turns(base, change)
        under = base if fits and isinstance(base, Mapping) else Mapping({}, {}, change.place)
        return _merge_mappings(under, change, path, problems)
    if isinstance(change, Listing) and path[-1] in NAMED_LISTS:
        under_items = base.items if isinstance(base, Listing) else ()
        if under_items and not change.items:
            _changes_nothing(change, under_items, path, problems)
        return Listing(_merge_named(under_items, change.items, path, problems), change.place)
    if isinstance(change, Listing):
        items = (_merge(None, item, (*path, i), problems) for i, item in enumerate(change.items))
        return Listing(tuple(items), change.place)
    return change


def _turns(base: Mapping, change: Mapping) -> bool:
    """Tell whether a record turns to another policy, whose keys are others."""
    old, new = base.entries.get("policy"), change.entries.get("policy")
    return isinstance(old, Scalar) and isinstance(new, Scalar) and old.value != new.value


def _merge_mappings(base: Mapping, change: Mapping, path: Path, problems: Problems) -> Mapping:
    replaced = {
        key for group in ALTERNATIVES if group & change.entries.keys() for key in group
    } - change.entries.keys()
    entries = {key: node for key, node in base.entries.items() if key not in replaced}
    for key, node in change.entries.items():
        entries[key] = _merge(entries.get(key), node, (*path, key), problems)
    place = base.place if base.entries else change.place
    return Mapping(entries, {**base.keys, **change.keys}, place)


def _merge_named(
    base: tuple[Node, ...], change: tuple[Node, ...], path: Path, problems: Problems
) -> tuple[Node, ...]:
    merged = list(base)
    seen: set[str] = set()
    for index, item in enumerate(change):
        name = name_of(item)
        position = next((i for i, old in enumerate(merged) if name and name_of(old) == name), None)
        if _is_removal(item) and name is not None:
            if position is None:
                known = [known for old in base if (known := name_of(old))]
                _nothing_to_remove(item, name, known, (*path, index), problems)
            else:
                del merged[position]
        elif position is None or name in seen:
            merged.append(_merge(None, item, (*path, len(merged)), problems))
        else:
            merged[position] = _merge(merged[position], item, (*path, position), problems)
        if name is not None:
            seen.add(name)
    return tuple(merged)


def _is_removal(item: Node) -> bool:
    if not isinstance(item, Mapping) or item.entries.keys() != {"name", "remove"}:
        return False
    remove = item.entries["remove"]
    return isinstance(remove, Scalar) and remove.value is True


def _changes_nothing(
    change: Listing, items: tuple[Node, ...], path: Path, problems: Problems
) -> None:
    name = next((name for item in items if (name := name_of(item))), "X")
    problems.add(
        change.place,
        path,
        "must be a list of at least one item to change, add or remove: items merge by name, and "
        "an empty list keeps them all.",
        node=change,
        hint=f"To take one out, write {{name: {name}, remove: true}}.",
    )


def _nothing_to_remove(
    item: Node, name: str, known: list[str], path: Path, problems: Problems
) -> None:
    close = nearest(name, known)
    problems.add(
        item.place,
        path,
        f"there is no {name!r} to remove in what this file extends.",
        hint=f"Did you mean {close!r}?" if close else "",
    )
