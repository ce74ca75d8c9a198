"""Classes of requests: a user's work in parts, each a row of its own in all tables of types.

Rows stand class by class: row ``c K + k`` is class c of type k, so that the first K rows are the
types themselves wherever something is counted once a user. A class has its share of the volume,
of the free quota and of the budget, a difficulty and a price of delay of its own; devices are
bought for each class apart.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from sim.quantities import FloatArray
from sim.scenario.demand import Domain
from sim.scenario.portfolios import RequestClass
from sim.users.user_types import UserTypes


def count_classes(domains: Sequence[Domain]) -> int:
    """Return how many classes of requests each domain is cut into [C], at least one."""
    return max((len(domain.request_classes) for domain in domains), default=1) or 1


def equal_number(domain: Domain, classes: int) -> tuple[RequestClass, ...]:
    """Return a domain's classes, the last cut into equal ones until there are so many.

    Classes that are alike are served alike, so that this changes nothing.
    """
    own = domain.request_classes or (RequestClass(name="all", share=1.0),)
    parts = classes - len(own) + 1
    last = own[-1].model_copy(update={"share": own[-1].share / parts})
    return (*own[:-1], *(last for _ in range(parts)))


def split_types(types: UserTypes, domains: Sequence[Domain]) -> UserTypes:
    """Return the types cut into classes of requests, C K rows; the types themselves at C = 1.

    Parameters
    ----------
    types : UserTypes
        Of whole users.
    domains : sequence of Domain
        In the order of the types.
    """
    classes = count_classes(domains)
    if classes == 1:
        return types
    of_domains = [equal_number(domain, classes) for domain in domains]

    def by_row(name: str) -> FloatArray:
        table = np.array([[getattr(one, name) for one in own] for own in of_domains])
        return np.asarray(table.T[:, types.domain].ravel())

    share = by_row("share")
    rows: dict[str, Any] = {
        one.name: np.tile(getattr(types, one.name), classes)
        for one in fields(types)
        if one.name != "domains"
    }
    rows["work_share"] = share
    rows["volume_mtok_per_month"] = share * rows["volume_mtok_per_month"]
    rows["difficulty_logit"] = rows["difficulty_logit"] + by_row("difficulty_shift_logit")
    rows["delay_cost_usd_per_mtok_second"] = rows["delay_cost_usd_per_mtok_second"] * by_row(
        "delay_cost_factor"
    )
    return replace(types, **rows)


def follow_types(rows: UserTypes, types: UserTypes) -> None:
    """Let classes of requests have the volumes and budgets that their types have now, in place."""
    if rows is types:
        return
    classes = rows.count // types.count
    volume = np.tile(types.volume_mtok_per_month, classes)
    rows.volume_mtok_per_month[:] = rows.work_share * volume
    rows.budget_usd_per_mtok[:] = np.tile(types.budget_usd_per_mtok, classes)


def whole(rows: FloatArray, types: int) -> FloatArray:
    """Return sums over the classes of each type: shape (C K, ...) to (K, ...)."""
    return np.asarray(rows.reshape(-1, types, *rows.shape[1:]).sum(axis=0))
