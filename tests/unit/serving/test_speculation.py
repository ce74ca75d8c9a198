"""Speculative decoding: tokens of a check, the step that they make, and when it pays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.data.accelerators import accelerator
from sim.scenario.supply import Architecture, Speculation
from sim.serving.cost import serving
from sim.serving.precision import Precision, efficiency_at
from sim.serving.roofline import Roofline, StoredModel
from sim.serving.speculation import expected_tokens

MODEL = Architecture(
    parameters_billion=70.0,
    active_parameters_billion=70.0,
    kv_bytes_per_token=320_000.0,
    weight_bits=16.0,
    accelerators_per_instance=8,
)
DRAFTING = Speculation(draft_parameters_billion=1.0, acceptance_share=0.8, draft_tokens=4)
CHIP = accelerator("H100 SXM5 80GB")
STORED = StoredModel(Precision(16.0, 16.0))
EFFICIENCY = efficiency_at(STORED.precision, has_fp8=True, is_mixture=False, accelerators=8)


def roofline(speculation: Speculation | None = DRAFTING, model: Architecture = MODEL) -> Roofline:
    changed = model.model_copy(update={"speculation": speculation})
    return Roofline.of(changed, STORED, CHIP, EFFICIENCY)


@pytest.mark.parametrize("acceptance", [0.0, 0.3, 0.8, 0.99])
def test_a_check_gives_the_tokens_of_the_geometric_sum(acceptance: float) -> None:
    closed = (1.0 - acceptance**5) / (1.0 - acceptance)
    assert expected_tokens(acceptance, 4) == pytest.approx(closed)
    assert expected_tokens(1.0, 4) == 5.0


def test_a_check_gives_on_average_what_accepting_token_by_token_gives() -> None:
    draws = np.random.Generator(np.random.Philox(7)).random((200_000, 4)) < 0.7
    accepted = np.cumprod(draws, axis=1).sum(axis=1)
    assert expected_tokens(0.7, 4) == pytest.approx(1.0 + accepted.mean(), rel=0.005)


def test_a_drafted_step_is_k_small_passes_and_one_check_over_the_tokens_that_they_give() -> None:
    line, batch = roofline(), 2.0
    small_bytes = 1e9 * 2.0 / line.weight_bytes_per_s
    checking = max(2.0 * 70e9 * batch * 5.0 / line.flop_per_s, line.traffic_s(batch))
    expected = (4.0 * small_bytes + checking + line.overhead_s) / expected_tokens(0.8, 4)
    assert line.step_s(batch) == pytest.approx(expected)
    assert line.step_s(batch) < 0.5 * roofline(None).step_s(batch)


def test_drafting_is_left_off_where_arithmetic_binds_already() -> None:
    short = MODEL.model_copy(update={"mean_context_tokens": 100.0})
    batch = 2000.0
    assert roofline(None, short).is_compute_bound(batch)
    assert roofline(model=short).step_s(batch) == roofline(None, short).step_s(batch)


def test_no_batch_is_slower_with_a_draft_and_steps_rise_with_it() -> None:
    steps = [roofline().step_s(batch) for batch in (1.0, 4.0, 16.0, 64.0, 256.0, 1024.0)]
    alone = [roofline(None).step_s(batch) for batch in (1.0, 4.0, 16.0, 64.0, 256.0, 1024.0)]
    assert all(one <= other for one, other in zip(steps, alone, strict=True))
    assert steps == sorted(steps)


def test_a_draft_that_is_never_accepted_changes_nothing_but_the_memory_that_it_takes() -> None:
    useless = DRAFTING.model_copy(update={"acceptance_share": 0.0})
    line, alone = roofline(useless), roofline(None)
    assert line.step_s(8.0) == alone.step_s(8.0)
    assert line.held_bytes - alone.held_bytes == pytest.approx(2e9)
    assert line.largest_batch < alone.largest_batch


def test_the_batch_at_a_speed_wanted_is_the_largest_that_keeps_it() -> None:
    line = roofline()
    batch = line.batch_within(0.02)
    assert line.step_s(batch) == pytest.approx(0.02)
    assert batch > roofline(None).batch_within(0.02)


def test_without_a_draft_nothing_changes_and_with_one_a_fast_answer_costs_less() -> None:
    fast = MODEL.model_copy(update={"minimum_decode_tok_per_s": 60.0})
    drafting = fast.model_copy(update={"speculation": DRAFTING})
    alone = serving(fast, STORED, CHIP, EFFICIENCY, 0.5)
    drafted = serving(drafting, STORED, CHIP, EFFICIENCY, 0.5)
    assert drafted.busy_hours_per_mtok.output < 0.75 * alone.busy_hours_per_mtok.output
    assert drafted.busy_hours_per_mtok.input == alone.busy_hours_per_mtok.input
    assert replace(roofline(), draft=None) == roofline(None)
