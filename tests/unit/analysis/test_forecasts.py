"""Forecasts are held against what was sold when they fell due, and against no change."""

from types import SimpleNamespace

import numpy as np
import pytest

from analysis.forecasts import forecast_scores
from analysis.report.sections.forecasts import write
from sim.strategies.pricing.forward import Forward
from sim.strategies.pricing.hold import Hold


def run_of(price, events, sold):
    """Make a run of one product with two replications of weekly sales."""
    replication, time_days, old, new = map(np.array, zip(*events, strict=True))
    tables = {
        "events": {
            "kind": np.full(len(events), "forecast"),
            "subject": np.full(len(events), "mine"),
            "replication": replication,
            "time_days": time_days,
            "old": old,
            "new": new,
        },
        "products": {
            "product": np.full(8, "mine"),
            "replication": np.repeat([0, 1], 4),
            "time_days": np.tile([0.0, 7.0, 14.0, 21.0], 2),
            "tokens_mtok_per_day": np.array(sold),
        },
    }
    provider = SimpleNamespace(name="I", price=price)
    product = SimpleNamespace(name="mine", provider="I")
    scenario = SimpleNamespace(providers=[provider], products=[product])
    return SimpleNamespace(scenario=scenario, columns=tables.__getitem__)


SOLD = [1.0, 2.0, 4.0, 8.0, 1.0, 1.0, 3.0, 0.0]
FORWARD = Forward(policy="forward", horizon_days=10.0)


def test_errors_are_of_the_first_week_that_ends_when_the_forecast_is_due_or_later() -> None:
    # due at 13, 10 and 31: the sales of day 14 of replication 0 and of 1, and none
    events = [(0, 3.0, 1.0, 2.0), (1, 0.0, 3.0, 6.0), (0, 21.0, 1.0, 1.0)]
    (score,) = forecast_scores(run_of(FORWARD, events, SOLD))
    assert (score.product, score.forecasts, score.horizon_days) == ("mine", 2, 10.0)
    assert score.error == pytest.approx(np.log(2.0))
    assert score.error_of_no_change == pytest.approx((np.log(4.0) + 0.0) / 2.0)
    assert score.skill == pytest.approx(0.0)


def test_a_forecast_of_what_was_not_sold_counts_in_no_mean() -> None:
    assert forecast_scores(run_of(FORWARD, [(1, 11.0, 1.0, 1.0)], SOLD)) == []


def test_who_makes_no_forecasts_is_not_scored_and_the_section_stays_away() -> None:
    run = run_of(Hold(policy="hold"), [(0, 3.0, 1.0, 2.0)], SOLD)
    assert forecast_scores(run) == []
    assert list(write({"a world": run})) == []
    (table,) = write({"a world": run_of(FORWARD, [(0, 3.0, 1.0, 2.0)], SOLD)})
    assert table.rows[0][:4] == ("a world", "mine", "10", "1")
