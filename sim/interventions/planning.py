"""Changing a scenario's tree, for interventions that plan another one."""

from __future__ import annotations

from sim.reading.nodes import Listing, Mapping


def with_item(root: Mapping, key: str, number: str | int, item: Mapping) -> Mapping:
    """Return a tree with another item in a list of its top level.

    Parameters
    ----------
    root
        The tree.
    key, number
        The list, and the place in it.
    item
        What stands there instead.
    """
    listing = root.entries[key]
    items = list(listing.items) if isinstance(listing, Listing) else []
    items[int(number)] = item
    return root.put(key, Listing(tuple(items), listing.place))
