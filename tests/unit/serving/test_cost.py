"""The roofline's edges: what it refuses, and what its switches do."""

import pytest

from sim.data.accelerators import accelerator
from sim.errors import PricewarError
from sim.scenario.supply import Architecture
from sim.serving.cost import Serving, serving
from sim.serving.error import ServingError
from sim.serving.precision import Efficiency, Precision
from sim.serving.roofline import StoredModel
from sim.tokens import TokenMix

H100 = accelerator("H100 SXM5 80GB")
SEVENTY = Architecture(
    parameters_billion=70.0,
    active_parameters_billion=70.0,
    kv_bytes_per_token=327_680.0,
    accelerators_per_instance=4,
)


EIGHT_BITS = StoredModel(Precision(8.0, 8.0))
SOME = Efficiency(0.4, 0.6, 0.6)


def cost(
    architecture: Architecture = SEVENTY, model: StoredModel = EIGHT_BITS, **changes: float
) -> Serving:
    return serving(architecture, model, H100, SOME, 0.5, **changes)


def test_a_model_that_does_not_fit_is_refused_with_the_number_of_accelerators_that_would_do() -> (
    None
):
    big = SEVENTY.model_copy(update={"parameters_billion": 600.0})
    with pytest.raises(ServingError, match=r"4 x H100.* hold 320 GB; .* at least 9"):
        cost(big)
    enough = big.model_copy(update={"accelerators_per_instance": 9})
    assert cost(enough).concurrency >= 1.0


def test_a_model_that_decodes_too_slowly_for_one_user_is_refused() -> None:
    hasty = SEVENTY.model_copy(update={"minimum_decode_tok_per_s": 400.0})
    with pytest.raises(ServingError, match="below minimum_decode_tok_per_s = 400"):
        cost(hasty)


def test_a_refusal_is_an_error_that_the_command_line_prints() -> None:
    assert issubclass(ServingError, PricewarError)


def test_cached_input_costs_no_compute_unless_told_otherwise() -> None:
    assert cost().busy_hours_per_mtok.cache_hit == 0.0
    dear = cost(cache_hit_compute_share=0.25).busy_hours_per_mtok
    assert dear.cache_hit == pytest.approx(0.25 * dear.input)
    assert dear.cache_hit > 0.0


@pytest.mark.parametrize(("weights", "activations"), [(16.0, 16.0), (8.0, 16.0), (4.0, 16.0)])
def test_whatever_has_more_than_eight_bits_prefills_at_the_sixteen_bit_rate(
    weights: float, activations: float
) -> None:
    slow = cost(model=StoredModel(Precision(weights, activations)))
    for bits in (8.0, 4.0):
        fast = cost(model=StoredModel(Precision(bits, 8.0)))
        assert fast.prefill_tok_per_s / slow.prefill_tok_per_s == pytest.approx(
            H100.eight_bit_op_per_s / H100.fp16_flop_per_s
        )


def test_a_cache_of_fewer_bits_leaves_room_for_more_sequences() -> None:
    def patient(kv_bits: float) -> Serving:
        slow = SEVENTY.model_copy(update={"minimum_decode_tok_per_s": 0.1})
        return cost(slow, StoredModel(Precision(8.0, 8.0, kv_bits)))

    assert patient(8.0).concurrency == pytest.approx(2.0 * patient(16.0).concurrency)
    assert patient(4.0).concurrency == pytest.approx(4.0 * patient(16.0).concurrency)


def test_cost_is_rent_times_busy_hours_over_utilisation() -> None:
    mix = TokenMix(0.5, 0.3, 0.2)
    served = cost()
    assert mix.blend(served.marginal_cost_usd_per_mtok(2.0)) == pytest.approx(
        mix.blend(served.busy_hours_per_mtok) * 2.0 / 0.5
    )


def test_energy_scales_with_the_overhead_of_the_building() -> None:
    doubled = cost(power_usage_effectiveness=2.0)
    assert doubled.kwh_per_mtok_input == pytest.approx(2.0 * cost().kwh_per_mtok_input)
    assert doubled.kwh_per_mtok_output == pytest.approx(2.0 * cost().kwh_per_mtok_output)


def test_slow_arithmetic_makes_decoding_compute_bound() -> None:
    crawling = Efficiency(0.001, 1.0, 1.0, overhead_s=0.0)
    slow = serving(SEVENTY, StoredModel(Precision(4.0, 8.0)), H100, crawling, 0.5)
    assert slow.bound == "compute"
    assert cost().bound == "bandwidth"


def test_a_lower_accepted_speed_lets_more_users_share_a_step() -> None:
    patient = SEVENTY.model_copy(update={"minimum_decode_tok_per_s": 5.0})
    hasty = SEVENTY.model_copy(update={"minimum_decode_tok_per_s": 30.0})
    assert cost(patient).concurrency > cost(hasty).concurrency
    assert cost(patient).busy_hours_per_mtok.output < cost(hasty).busy_hours_per_mtok.output
