"""What must hold of costs and fleets, whatever the model, chip and demand."""

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.clouds.hosted_chip import HostedChip
from sim.compression.state import CompressionState
from sim.data.accelerators import accelerator
from sim.providers.cost_book import COST_CAUSES, CostBook
from sim.providers.hardware import FleetMix
from sim.scenario.supply import Accelerator, Architecture, Cloud, DatedRent
from sim.serving.cost import serving
from sim.serving.error import ServingError
from sim.serving.precision import Efficiency, Precision
from sim.serving.queueing import erlang_c
from sim.serving.roofline import StoredModel
from sim.tokens import TokenMix

CHIPS = ("H800 SXM5", "A100 SXM4 80GB")
CLOUD = Cloud(
    name="Cloud A",
    accelerators=(
        Accelerator(
            name="H800 SXM5",
            rents=(DatedRent(date=dt.date(2024, 1, 1), rent_usd_per_hour=2.0),),
        ),
    ),
)
keep = st.floats(0.2, 1.0)
bits = st.floats(2.0, 16.0)


@st.composite
def architectures(draw: st.DrawFn) -> Architecture:
    active = draw(st.floats(0.5, 40.0))
    experts = draw(st.integers(1, 64))
    expert_billion = draw(st.floats(0.0, 300.0)) if experts > 1 else 0.0
    return Architecture(
        parameters_billion=active + expert_billion,
        active_parameters_billion=active,
        expert_parameters_billion=expert_billion,
        experts=experts,
        active_experts=draw(st.integers(1, experts)),
        kv_bytes_per_token=draw(st.floats(1e4, 5e5)),
        weight_bits=draw(st.sampled_from([8.0, 16.0])),
        accelerators_per_instance=draw(st.integers(4, 64)),
        mean_context_tokens=draw(st.floats(100.0, 30_000.0)),
        minimum_decode_tok_per_s=draw(st.floats(2.0, 40.0)),
    )


states = st.builds(CompressionState, weight_bits=bits, keep_values=keep, keep_flops=keep)


def served(architecture: Architecture, state: CompressionState):
    try:
        return serving(
            architecture,
            StoredModel(
                Precision(state.weight_bits, state.activation_bits),
                state.keep_bytes,
                state.keep_flops,
            ),
            accelerator("H800 SXM5"),
            Efficiency(0.151, 0.22, 0.22),
            0.5,
        )
    except ServingError:
        return None


@given(architectures(), states, keep, keep, keep)
def test_more_compression_never_raises_a_cost_at_the_same_efficiency(
    architecture: Architecture,
    state: CompressionState,
    fewer_bits: float,
    fewer_bytes: float,
    fewer_flops: float,
) -> None:
    smaller = CompressionState(
        state.weight_bits * fewer_bits,
        keep_values=state.keep_values * fewer_bytes,
        keep_flops=state.keep_flops * fewer_flops,
    )
    before = served(architecture, state)
    assume(before is not None)
    after = served(architecture, smaller)
    assert after is not None
    assert after.busy_hours_per_mtok.input <= before.busy_hours_per_mtok.input * (1.0 + 1e-12)
    assert after.busy_hours_per_mtok.output <= before.busy_hours_per_mtok.output * (1.0 + 1e-9)


@given(architectures(), states)
def test_batches_fit_memory_and_speed(architecture: Architecture, state: CompressionState) -> None:
    cost = served(architecture, state)
    assume(cost is not None)
    chip = accelerator("H800 SXM5")
    used = cost.concurrency * architecture.mean_context_tokens * architecture.kv_bytes_per_token
    used += 1e9 * architecture.parameters_billion * state.bytes_per_parameter
    memory = 0.9 * chip.memory_bytes * architecture.accelerators_per_instance
    assert used <= memory * (1.0 + 1e-9)
    assert cost.step_s * architecture.minimum_decode_tok_per_s <= 1.0 + 1e-9
    assert cost.concurrency >= 1.0


changes = st.one_of(
    st.tuples(st.just("compression"), states),
    st.tuples(st.just("fleet"), st.tuples(st.sampled_from(CHIPS), st.floats(0.0, 1.0))),
    st.tuples(
        st.just("rents"),
        st.dictionaries(st.sampled_from(CHIPS), st.floats(0.1, 10.0), min_size=1),
    ),
)


@given(st.lists(changes, max_size=8))
def test_cost_changes_by_cause_add_up_to_the_total(steps: list) -> None:
    model = Architecture(
        parameters_billion=32.0, active_parameters_billion=32.0, kv_bytes_per_token=2e5
    )
    book = CostBook(
        model,
        {name: HostedChip(accelerator(name), 0.151, 0.22, 0.5) for name in CHIPS},
        FleetMix.all_on(CHIPS[0]),
        dict.fromkeys(CHIPS, 2.0),
        TokenMix(0.6, 0.1, 0.3),
    )
    first = book.marginal_cost_usd_per_mtok
    by_cause = dict.fromkeys(COST_CAUSES, 0.0)
    for kind, value in steps:
        if kind == "compression":
            change = book.set_compression(value)
        elif kind == "fleet":
            change = book.set_fleet(book.fleet.moved(*value))
        else:
            change = book.set_rents(value)
        by_cause[change.cause] += change.new_usd_per_mtok - change.old_usd_per_mtok
    assert book.changed_usd_per_mtok == by_cause
    total = book.marginal_cost_usd_per_mtok - first
    assert sum(by_cause.values()) == pytest.approx(total, abs=1e-12 * max(first, 1.0))


@given(st.integers(1, 500), st.floats(0.0, 0.98))
def test_waiting_rises_with_utilisation_and_falls_with_servers(
    servers: int, utilisation: float
) -> None:
    waiting = erlang_c(servers, utilisation)
    assert 0.0 <= waiting <= 1.0
    assert erlang_c(servers, utilisation + 0.01) >= waiting
    assert erlang_c(servers + 1, utilisation) <= waiting + 1e-15
