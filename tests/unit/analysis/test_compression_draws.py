"""How far losses move between permutations, texts and places, and what a verdict makes of it."""

from __future__ import annotations

import math
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
from sim.compression.shipped_curves import shipped_curves


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


def half_width(one: Estimate) -> float:
    return 0.5 * (one.high - one.low)


def test_the_spread_between_draws_widens_the_offset_of_a_method_by_its_root_of_two() -> None:
    """Both a method and its reference may be drawn anew: more strengths do not help."""
    rows = [row for row in made_rows() if row.model == "made-up-large"]
    alone = fit_shapes(rows)["quantization"]
    drawn = fit_shapes(rows, {"quantization": DrawSpread(0.5, 100_000)})["quantization"]
    own, wide = (one.offsets["uniform_per_channel"].estimate for one in (alone, drawn))
    added = math.sqrt(half_width(wide) ** 2 - half_width(own) ** 2)
    assert added == pytest.approx(1.96 * math.sqrt(2.0) * 0.5, rel=0.1)
    for end in ("best", "low", "high"):  # strengths that move together move no shape
        assert getattr(drawn.shape, end) == pytest.approx(getattr(alone.shape, end), rel=1e-9)


def test_strengths_that_move_apart_widen_the_shape() -> None:
    rows = made_rows()
    alone = fit_shapes(rows)["quantization"].shape
    apart = DrawSpread(0.5, 100_000, common_share=0.0)
    assert half_width(fit_shapes(rows, {"quantization": apart})["quantization"].shape) > (
        2.0 * half_width(alone)
    )


def test_the_spread_between_draws_moves_no_best_value_and_no_other_group() -> None:
    rows = made_rows()
    alone, drawn = fit_shapes(rows), fit_shapes(rows, {"quantization": DrawSpread(0.5, 2)})
    assert drawn["scattered"].shape == alone["scattered"].shape
    assert drawn["quantization"].shape.best == alone["quantization"].shape.best
    for name, offset in alone["quantization"].offsets.items():
        assert drawn["quantization"].offsets[name].estimate.best == offset.estimate.best


@pytest.mark.parametrize("common", [0.0, 0.5, 1.0])
def test_a_known_common_share_is_recovered(common: float) -> None:
    generator = np.random.Generator(np.random.Philox(5))
    rows = []
    for model in range(60):
        for draw in range(3):
            together = generator.standard_normal()
            for bits in (4.0, 3.0):
                move = math.sqrt(common) * together
                move += math.sqrt(1.0 - common) * generator.standard_normal()
                row = made_row(
                    "made-up-large", [("gptq_per_group", bits)], 0.1 * math.exp(0.2 * move), 0.001
                )
                rows.append(replace(row, model=f"made-up-{model}", draw=draw))
    found = draw_spreads(rows)["quantization"]
    assert found.common_share == pytest.approx(common, abs=0.15)
    assert found.log_sd == pytest.approx(0.2, rel=0.1)


def test_the_shipped_interval_holds_what_every_draw_says_of_error_compensation() -> None:
    nats = {(row.label, row.draw): row.delta_nll_nats or 0.0 for row in rows_of_all_draws()}
    offset = {one.name: one for one in shipped_curves().methods}["uniform_per_group"].offset
    for draw in range(3):
        ratios = [
            nats[f"uniform_per_group:{bits}", draw] / nats[f"gptq_per_group:{bits}", draw]
            for bits in (3, 4)
        ]
        assert offset.low < np.mean(np.log(ratios)) < offset.high


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
