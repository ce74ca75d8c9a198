"""Domains that give their ``size`` in place of their ``share`` of users."""

from __future__ import annotations

from dataclasses import replace

from sim.reading.nodes import Listing, Mapping, Node, Path, Scalar
from sim.reading.problems import Problems
from sim.reading.provenance import Source, Sources
from sim.reading.view import number_of

SHARE, SIZE = "share", "size"


def share_out(root: Mapping, sources: Sources, problems: Problems) -> Mapping:
    """Return the tree with shares in place of sizes.

    Domains that give a share have it. What that leaves of all users goes to the others in
    proportion to their sizes, so that the shares add to one whichever domains a file picks.

    Parameters
    ----------
    root
        The whole tree.
    sources
        Takes the sources of the shares; a range of a size is that of the share, the other sizes
        being as they are.
    problems
        Takes sizes that are none, and shares that leave nothing for them.
    """
    domains = root.entries.get("domains")
    if not isinstance(domains, Listing):
        return root
    sizes = [_size(item, ("domains", n), problems) for n, item in enumerate(domains.items)]
    whole = sum(size for size in sizes if size is not None)
    rest = _left(domains, sizes, problems)
    items = tuple(
        item
        if size is None or not isinstance(item, Mapping)
        else _with_share(item, size, whole, rest, ("domains", n), sources)
        for n, (item, size) in enumerate(zip(domains.items, sizes, strict=True))
    )
    return root.put("domains", Listing(items, domains.place))


def _size(item: Node, path: Path, problems: Problems) -> float | None:
    """Return the size of a domain; one where it is none, and None where none is given."""
    node = item.entries.get(SIZE) if isinstance(item, Mapping) else None
    if node is None or not isinstance(item, Mapping):
        return None
    if SHARE in item.entries:
        problems.add(
            item.keys[SIZE],
            (*path, SIZE),
            f"duplicates {SHARE} in {item.keys[SHARE].in_words}.",
            hint="Remove one of the two.",
        )
    size = number_of(node)
    if size is not None and size > 0.0:
        return size
    problems.add(node.place, (*path, SIZE), "must be a number > 0 (users, in any unit).", node=node)
    return 1.0


def _left(domains: Listing, sizes: list[float | None], problems: Problems) -> float:
    """Return what shares leave of all users to domains that give a size."""
    given = [
        number_of(item.entries[SHARE])
        for item, size in zip(domains.items, sizes, strict=True)
        if size is None and isinstance(item, Mapping) and SHARE in item.entries
    ]
    rest = 1.0 - sum(share for share in given if share is not None)
    if rest > 0.0 or all(size is None for size in sizes):
        return rest
    last = max(n for n, size in enumerate(sizes) if size is not None)
    item = domains.items[last]
    problems.add(
        item.place,
        ("domains", last, SIZE),
        "must find users left: the other domains' shares add to 1 or more.",
        hint="Give this domain a share, and lower theirs.",
    )
    return 1.0


def _with_share(
    item: Mapping, size: float, whole: float, rest: float, path: Path, sources: Sources
) -> Mapping:
    share = rest * size / whole
    found = sources.pop((*path, SIZE), None)
    if found is not None:
        sources[(*path, SHARE)] = _source_of_share(found, share, size, whole, rest)
    node = item.entries[SIZE]
    named = item.without(SIZE)
    return named.put(SHARE, Scalar(share, f"{share:g}", node.place), item.keys[SIZE])


def _source_of_share(
    source: Source, share: float, size: float, whole: float, rest: float
) -> Source:
    note = f"{source.note}; " if source.note else ""
    note += f"size {size:g} of {whole:g}"
    limits = source.range
    if limits is not None:
        low, high = (rest * limit / (whole - size + limit) if limit else 0.0 for limit in limits)
        limits = min(low, share), max(high, share)
    return replace(source, value=share, range=limits, note=note)
