"""Dates: in an order that makes sense.

What is dated after the last day, be it a launch, an upgrade or the war, does not happen: a run that
is cut short (``--set end_date=...``) does not get that far.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from sim.reading.view import View


def check_dates(scenario: View) -> None:
    """Note dates out of order."""
    first, last = scenario.date("start_date"), scenario.date("end_date")
    if first and last and last <= first:
        scenario.object_to("end_date", f"must come after start_date, {first}.")
    products = scenario.records("products")
    for product in products:
        _check_product(product, first)
    retired = {
        name: date
        for product in products
        if (name := product.text("name")) and (date := product.date("retire_date"))
    }
    for provider in scenario.records("providers"):
        for project in provider.records("compression"):
            _check_project(project, retired)
    if first is not None:
        _require_an_offer(scenario, products, first)
        for cloud in scenario.records("clouds"):
            for accelerator in cloud.records("accelerators"):
                _check_rents(accelerator, first)
    _require_order(scenario.records("exchange_rates"))
    _require_order(scenario.records("sector_revenue"))
    war = scenario.record("war")
    ends = war.date("end_date") if war is not None else None
    if war is not None and first and ends and ends < first:
        war.object_to("end_date", f"must not come before start_date, {first}.")
    answers = war.date("first_answer_date") if war is not None else None
    if war is not None and answers and ends and ends < answers:
        war.object_to("end_date", f"must not come before first_answer_date, {answers}.")


def _check_product(product: View, first: dt.date | None) -> None:
    launch, retire = product.date("launch_date"), product.date("retire_date")
    if launch and retire and retire <= launch:
        product.object_to("retire_date", f"must come after launch_date, {launch}.")
    _check_versions(product, launch, first, retire)
    history = product.records("price_history")
    _require_order(history)
    begins = max(launch, first) if launch and first else None
    if launch and first and retire and retire <= first:
        begins = launch  # it is never on offer: its prices are those of its past
    for entry in history:
        date = entry.date("date")
        if date and begins and date < begins:
            entry.object_to(
                "date",
                f"must not come before {begins}, from which the product's first price holds.",
                "Drop earlier prices; price_usd_per_mtok is the price on that day.",
            )
        elif date and retire and date >= retire:
            entry.object_to("date", f"must come before retire_date, {retire}.")


def _check_versions(
    product: View, launch: dt.date | None, first: dt.date | None, retire: dt.date | None
) -> None:
    versions = product.records("versions")
    _require_order(versions)
    begins = max(launch, first) if launch and first else None
    for version in versions:
        date = version.date("date")
        if date and begins and date <= begins:
            version.object_to(
                "date",
                f"must come after {begins}, from which the product's capability_logit holds.",
                "Write that of the day into capability_logit, and drop earlier versions.",
            )
        elif date and retire and date >= retire:
            version.object_to("date", f"must come before retire_date, {retire}.")


def _check_project(project: View, retired: dict[str, dt.date]) -> None:
    """Refuse to compress what is no longer on offer; what is launched later may be prepared."""
    begins, ends = project.date("start_date"), retired.get(project.text("product") or "")
    if begins and ends and begins >= ends:
        project.object_to("start_date", f"must come before its product's retire_date, {ends}.")


def _require_an_offer(scenario: View, products: list[View], first: dt.date) -> None:
    """Users settle on the first day's offers, so there must be one."""
    launches = [product.date("launch_date") for product in products]
    if not products or None in launches:
        return
    offered = [product for product in products if _is_on_sale(product, first)]
    if not offered:
        scenario.object_to(
            "start_date",
            "must be a day on which a product is on the market.",
            f"The first launch is on {min(date for date in launches if date)}.",
        )
        return
    factors = scenario.record("factors")
    needs_open_weights = all(product.flag("open_weights") for product in offered)
    if factors is not None and factors.flag("open_weights") is False and needs_open_weights:
        factors.object_to(
            "open_weights",
            f"must be true: without open weights nothing is on the market on {first}.",
            "Add a product without, or begin later.",
        )


def _is_on_sale(product: View, day: dt.date) -> bool:
    launch, retire = product.date("launch_date"), product.date("retire_date")
    return launch is not None and launch <= day and (retire is None or retire > day)


def _check_rents(accelerator: View, first: dt.date) -> None:
    rents = accelerator.records("rents")
    _require_order(rents)
    begins = rents[0].date("date") if rents else None
    if begins is not None and begins > first:
        rents[0].object_to("date", f"must not come after start_date, {first}.")


def _require_order(entries: list[View]) -> None:
    for before, entry in pairwise(entries):
        earlier, date = before.date("date"), entry.date("date")
        if earlier and date and date <= earlier:
            entry.object_to("date", f"must come after the entry before it, {earlier}.")
