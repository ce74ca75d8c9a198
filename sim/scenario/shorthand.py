"""Other ways in which a file may give shares, prices, capabilities and compression curves.

``size`` of a domain in place of ``share``
    Its part of what the other domains' shares leave of all users.
``price_cny_per_mtok`` in place of ``price_usd_per_mtok``
    Converted at the rate of the day from which the price holds: the product's launch or the first
    day of the scenario, whichever is later, or the date of an entry of ``price_history``.
``price_from_data: {provider: Zhipu, model: glm-3-turbo, history: true}``
    The list price of that day from the price table; with ``history`` every later one too.
``capability_from_data: DeepSeek-V2 (MoE-236B)``
    The capability of a model on the scale fitted to the benchmark table.
``compression: {curves_from: my_curves.yaml}``
    The curves in another file, its path being from the file that names it.
"""

from __future__ import annotations

import datetime as dt

from sim.data.dataset import Dataset
from sim.reading.nodes import Listing, Mapping, Node, Path, Scalar
from sim.reading.problems import Problems
from sim.reading.provenance import Sources
from sim.scenario.currency import convert
from sim.scenario.dialect import SCENARIO
from sim.scenario.fitted_curves import include_curves
from sim.scenario.references import (
    look_up_capability,
    look_up_price,
    standard_error_from_range,
)
from sim.scenario.sizes import share_out


def expand(root: Mapping, sources: Sources, problems: Problems, dataset: Dataset) -> Mapping:
    """Replace every shorthand by what it stands for.

    Parameters
    ----------
    root
        The tree without wrappers.
    sources
        Sources that the wrappers gave; takes those of values converted or from tables.
    problems
        Takes prices that are none, names that are in no table, dates without a price.
    dataset
        The tables.

    Returns
    -------
    Mapping
        The tree in the words of the records alone.
    """
    root = share_out(include_curves(root, sources, problems), sources, problems)
    products = root.entries.get("products")
    if not isinstance(products, Listing):
        return root
    items = tuple(
        _product(root, item, ("products", index), sources, problems, dataset)
        for index, item in enumerate(products.items)
    )
    return root.put("products", Listing(items, products.place))


def _product(
    root: Mapping,
    node: Node,
    path: Path,
    sources: Sources,
    problems: Problems,
    dataset: Dataset,
) -> Node:
    if not isinstance(node, Mapping):
        return node
    for group in SCENARIO.alternatives:
        _refuse_two(node, group, path, problems)
    launch, start = _date(node, "launch_date"), _date(root, "start_date")
    day = max(launch, start) if launch and start else None
    node = convert(root, node, path, day, sources, problems, dataset)
    history = node.entries.get("price_history")
    if isinstance(history, Listing):
        entries = tuple(
            convert(
                root,
                entry,
                (*path, "price_history", i),
                _date(entry, "date"),
                sources,
                problems,
                dataset,
            )
            if isinstance(entry, Mapping)
            else entry
            for i, entry in enumerate(history.items)
        )
        node = node.put("price_history", Listing(entries, history.place))
    last, retire = _date(root, "end_date"), _date(node, "retire_date")
    if last and retire:
        last = min(last, retire - dt.timedelta(days=1))
    node = look_up_price(root, node, path, (day, last), sources, problems, dataset)
    node = look_up_capability(node, path, sources, problems, dataset)
    return standard_error_from_range(node, path, sources)


def _refuse_two(node: Mapping, group: frozenset[str], path: Path, problems: Problems) -> None:
    given = [key for key in node.entries if key in group]
    for key in given[1:]:
        problems.add(
            node.keys[key],
            (*path, key),
            f"duplicates {given[0]} in {node.keys[given[0]].in_words}.",
            hint="Remove one of the two.",
        )


def _date(node: Mapping, key: str) -> dt.date | None:
    child = node.entries.get(key)
    return child.value if isinstance(child, Scalar) and isinstance(child.value, dt.date) else None
