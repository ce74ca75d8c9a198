"""What is known of models beyond price and scores: rows of a table ``products.csv``."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sim.data.prices import PricePoint
from sim.data.table import Row, read_table
from sim.nearest import offer


@dataclass(frozen=True, slots=True)
class Engineering:
    """What is known of a model beyond price and scores; None: a prior stands for it."""

    provider: str
    model: str
    open_weights: bool | None = None
    parameters_billion: float | None = None
    active_parameters_billion: float | None = None
    kv_bytes_per_token: float | None = None
    nest: str = ""
    source: str = ""


def engineering_of(
    paths: Iterable[Path], prices: Iterable[PricePoint], as_of: dt.date | None = None
) -> dict[tuple[str, str], Engineering]:
    """Read tables ``products.csv``, by provider and model.

    Parameters
    ----------
    paths
        The tables.
    prices
        Whatever their date: a row may be of none but their models.
    as_of
        The date by which a row must have been known to be taken; None: all are.

    Raises
    ------
    DataError
        A row is refused, or is of a model that has no price.
    """
    priced: dict[str, set[str]] = defaultdict(set)
    for point in prices:
        priced[point.provider].add(point.model)

    def known(row: Row) -> Engineering | None:
        one = _engineering(row)
        if one.provider not in priced:
            raise row.error(
                f"provider = {one.provider!r} has no price in llm_api_prices.csv.  "
                f"{offer(one.provider, sorted(priced))}"
            )
        if one.model not in priced[one.provider]:
            raise row.error(
                f"model = {one.model!r} of {one.provider} has no price in llm_api_prices.csv.  "
                f"{offer(one.model, sorted(priced[one.provider]))}"
            )
        return one if row.is_known_by(as_of) else None

    rows = (one for path in paths for one in read_table(path, known))
    return {(one.provider, one.model): one for one in rows if one is not None}


def _engineering(row: Row) -> Engineering:
    parameters = row.optional_number("parameters_billion", low=1e-3)
    active = row.optional_number("active_parameters_billion", low=1e-3)
    if active is not None and parameters is not None and active > parameters:
        raise row.error(f"active_parameters_billion = {active:g} is above {parameters:g}")
    row.optional_date("known_on")
    return Engineering(
        provider=row.text("provider"),
        model=row.text("model"),
        open_weights=row.flag("open_weights") if row.optional_text("open_weights") else None,
        parameters_billion=parameters,
        active_parameters_billion=active,
        kv_bytes_per_token=row.optional_number("kv_bytes_per_token", low=1.0),
        nest=row.optional_text("nest"),
        source=row.text("source"),
    )
