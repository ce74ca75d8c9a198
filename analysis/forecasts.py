"""How well providers forecast: what they expected to sell beside what was sold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.record.event import EventKind

if TYPE_CHECKING:
    from sim.record.run import Run


@dataclass(frozen=True, slots=True)
class ForecastScore:
    """How far the forecasts of a product were off.

    Attributes
    ----------
    product
        Its name.
    horizon_days
        How far ahead they looked.
    forecasts
        How many fell due before the end of the run, over all replications.
    error
        Mean of ``|ln(sold / forecast)|``.
    error_of_no_change
        The same of the sales of the day on which each forecast was made.
    """

    product: str
    horizon_days: float
    forecasts: int
    error: float
    error_of_no_change: float

    @property
    def skill(self) -> float:
        """``1 - error / error of no change``: above 0 if the forecast was worth making."""
        return 1.0 - self.error / self.error_of_no_change if self.error_of_no_change else np.nan


def forecast_scores(run: Run) -> list[ForecastScore]:
    """Return the score of each product of which forecasts fell due.

    A forecast is held against the tokens a day of the first week that ends at its date or later.
    Forecasts of nothing, and those of what then was not sold at all, have no logarithm and count
    in no mean.
    """
    horizons = {
        product.name: provider.price.forecast_horizon_days
        for provider in run.scenario.providers
        for product in run.scenario.products
        if product.provider == provider.name and provider.price.forecast_horizon_days > 0.0
    }
    if not horizons:
        return []
    events, rows = run.columns("events"), run.columns("products")
    found = []
    for product, horizon_days in horizons.items():
        made = (events["kind"] == EventKind.FORECAST) & (events["subject"] == product)
        own = rows["product"] == product
        errors = []
        for number in np.flatnonzero(made):
            due = events["time_days"][number] + horizon_days
            same = own & (rows["replication"] == events["replication"][number])
            later = np.flatnonzero(same & (rows["time_days"] >= due))
            if not later.size:
                continue
            first = later[np.argmin(rows["time_days"][later])]
            sold = rows["tokens_mtok_per_day"][first]
            said = np.array([events["new"][number], events["old"][number]])
            if sold > 0.0 and (said > 0.0).all():
                errors.append(np.abs(np.log(sold / said)))
        if errors:
            mean = np.mean(errors, axis=0)
            found.append(
                ForecastScore(product, horizon_days, len(errors), float(mean[0]), float(mean[1]))
            )
    return found
