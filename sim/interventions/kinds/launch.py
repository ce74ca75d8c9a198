"""A launch, or a provider's entry, moved to another day."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import ClassVar, Literal

from sim.interventions.checking import check_target, products_meant
from sim.interventions.intervention import Change, Intervention
from sim.interventions.planning import with_item
from sim.reading.frozen import Name
from sim.reading.nodes import Listing, Mapping, Path, Scalar
from sim.reading.problems import Problems
from sim.reading.view import View

PRICE = "price_usd_per_mtok"


class Launch(Intervention):
    """A product is launched on another day; of a provider, its first launch of the run.

    A provider's other launches move by as many days. What is on offer on the first day has been
    launched. Entries of ``price_history`` before the new day are left out; where the provider
    replays them, the last of them is the first price.
    """

    forms: ClassVar = ("launch {of:name} on {date:date}",)
    example: ClassVar = "launch DeepSeek-V2 on 2024-07-01"
    filled_in: ClassVar = frozenset({"moved_from_date"})

    kind: Literal["launch"]
    of: Name
    """A product, or a provider. Where both have the name, the product."""

    moved_from_date: dt.date | None = None
    """The day on which it, or the first of them, would be launched; filled in when a file is
    read."""

    @property
    def changes_nothing(self) -> bool:
        """Whether it is launched on the day on which it would be anyway."""
        return self.moved_from_date == self.date

    @property
    def change(self) -> Change:
        """That it is on offer from then on."""
        return Change(self.of, "listed", 0.0, 1.0)

    @classmethod
    def check(cls, said: View, scenario: View) -> None:
        """Note a name that is none, and what has been launched by the first day."""
        products, first = check_target(said, scenario), scenario.date("start_date")
        launches = [day for one in products if (day := one.date("launch_date"))]
        if first and launches and max(launches) <= first:
            said.object_to(
                "of",
                f"must be launched after start_date, {first}: it is on offer by then.",
                "Remove it on a day, or begin the scenario earlier.",
            )

    @classmethod
    def plan(cls, root: Mapping, said: View, path: Path, problems: Problems) -> Mapping:
        """Return the tree with the launches moved, and the day noted from which they were."""
        scenario = View(root, (), problems)
        first, date = scenario.date("start_date"), said.date("date")
        if first is None or date is None or date <= first:
            return root  # which is refused
        launches = {
            one.path[-1]: day
            for one in products_meant(said, scenario)
            if (day := one.date("launch_date")) and day > first
        }
        if not launches:
            return root
        planned = min(launches.values())
        for number, day in launches.items():
            later = _dated(day + (date - planned), said)
            root = with_item(root, "products", number, _moved(root, number, later))
        if said.date("moved_from_date") is None:
            noted = said.node.put("moved_from_date", _dated(planned, said))
            root = with_item(root, str(path[0]), path[1], noted)
        return root


def _dated(day: dt.date, said: View) -> Scalar:
    """Return a day, in the place of the intervention's."""
    return Scalar(day, f"{day}", said.node.entries["date"].place)


def _moved(root: Mapping, number: str | int, launch: Scalar) -> Mapping:
    """Return a product launched on another day, without the prices of its record before."""
    product = View(root, (), Problems()).records("products")[int(number)]
    node = product.node.put("launch_date", launch)
    history = node.entries.get("price_history")
    if not isinstance(history, Listing) or not isinstance(launch.value, dt.date):
        return node
    dates = [entry.date("date") for entry in product.records("price_history")]
    before = sum(day is not None and day < launch.value for day in dates)
    last = history.items[before - 1] if before else None
    if isinstance(last, Mapping) and PRICE in last.entries and _is_replayed(root, product):
        node = node.put(PRICE, last.entries[PRICE])
    return node.put("price_history", replace(history, items=history.items[before:]))


def _is_replayed(root: Mapping, product: View) -> bool:
    for provider in View(root, (), product.problems).records("providers"):
        price = provider.record("price")
        if provider.text("name") == product.text("provider") and price is not None:
            return price.text("policy") == "replay"
    return False
