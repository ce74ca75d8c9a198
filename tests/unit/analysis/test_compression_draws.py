"""How far losses move between permutations, texts and places, and what a verdict makes of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_measurements import made_row, made_rows
from scipy import stats

from analysis.compression.agreement import Agreement
from analysis.compression.fitting.draws import (
    DrawSpread,
    draw_spreads,
    rows_of_all_draws,
    shipped_spreads,
)
from analysis.compression.fitting.shapes import fit_shapes
from sim.compression.curves import Estimate


def in_three_draws(spread: float) -> list:
    generator = np.random.Generator(np.random.Philox(11))
    rows = []
    for bits in np.linspace(3.0, 8.0, 150):
        for draw in range(3):
            nats = 0.1 * np.exp(spread * generator.standard_normal())
            row = made_row("made-up-large", [("uniform_per_group", float(bits))], nats, 0.001)
            rows.append(replace(row, draw=draw))
    return rows


def test_a_known_spread_between_draws_is_recovered() -> None:
    found = draw_spreads(in_three_draws(0.3))
    assert set(found) == {"quantization"}
    assert found["quantization"].freedom == 300
    assert found["quantization"].log_sd == pytest.approx(0.3, rel=0.1)


def test_rows_of_one_draw_tell_no_spread() -> None:
    assert draw_spreads(made_rows()) == {}


def test_few_draws_widen_an_interval_by_students_t() -> None:
    assert DrawSpread(0.3, 2).normal_sd == pytest.approx(0.3 * 4.302653 / 1.96)
    assert DrawSpread(0.3, 100_000).normal_sd == pytest.approx(0.3, rel=1e-3)


def test_the_spread_between_draws_widens_intervals_of_shapes_and_offsets() -> None:
    rows = made_rows()
    alone, with_it = fit_shapes(rows), fit_shapes(rows, {"quantization": 0.5})
    one, other = alone["quantization"].shape, with_it["quantization"].shape
    assert other.high - other.low > 2.0 * (one.high - one.low)
    assert with_it["scattered"].shape == alone["scattered"].shape


def test_a_verdict_at_95_percent_holds_95_percent_of_other_draws() -> None:
    """Two tables differ by their draws alone: the parameters then differ as intervals say."""
    draws = stats.norm.rvs(size=(4000, 2), scale=0.2, random_state=3)

    def estimate(best: float) -> Estimate:
        return Estimate(best=best, low=best - 1.96 * 0.2, high=best + 1.96 * 0.2)

    agree = [Agreement("x", estimate(a), estimate(b)).agrees for a, b in draws]
    assert np.mean(agree) == pytest.approx(0.95, abs=0.012)


def test_shipped_draws_are_three_of_each_and_none_stands_twice() -> None:
    rows = rows_of_all_draws()
    keys = [(row.label, row.draw) for row in rows]
    assert len({*keys}) == len(keys)
    assert len({row.run_id for row in rows}) == len(rows)
    for label in ("gptq_per_group:4", "uniform_per_group:4", "svd_whitened:0.9"):
        assert {draw for name, draw in keys if name == label} == {0, 1, 2}


def test_error_compensation_moves_more_between_draws_than_plain_rounding() -> None:
    rows = rows_of_all_draws()
    own = {
        name: [row for row in rows if row.methods == (name,)]
        for name in ("gptq_per_group", "uniform_per_channel")
    }
    compensated, plain = (draw_spreads(some)["quantization"].log_sd for some in own.values())
    assert compensated > 3.0 * plain
    assert plain < shipped_spreads()["quantization"].log_sd < compensated
