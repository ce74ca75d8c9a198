"""The roofline's edges: what it refuses, and what its switches do."""

import pytest

from sim.clouds.hosted_chip import HostedChip
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


def test_cached_input_costs_the_time_that_reading_its_cache_takes() -> None:
    assert cost().busy_hours_per_mtok.cache_hit == 0.0
    read = cost(cache_read_bytes_per_s=5e9).busy_hours_per_mtok
    assert read.cache_hit * 3600.0 == pytest.approx(1e6 * SEVENTY.kv_bytes_per_token / 5e9)
    assert read.input == cost().busy_hours_per_mtok.input
    assert cost(cache_read_bytes_per_s=1e10).busy_hours_per_mtok.cache_hit == read.cache_hit / 2.0


def test_a_cached_token_of_deepseek_is_cheap_and_not_free() -> None:
    """40 GiB/s a node of eight is what its storage is said to read at the peak."""
    model = Architecture(
        parameters_billion=671.0,
        active_parameters_billion=37.0,
        expert_parameters_billion=653.0,
        experts=256,
        active_experts=8,
        kv_bytes_per_token=70_272.0,
        accelerators_per_instance=32,
    )
    hosted = HostedChip(accelerator("H800 SXM5"), target_utilisation=0.5)
    efficiency = hosted.efficiency(EIGHT_BITS.precision, model)
    rate = 40.0 * 2**30 / 8.0
    busy = serving(
        model, EIGHT_BITS, hosted.chip, efficiency, 0.5, cache_read_bytes_per_s=rate
    ).busy_hours_per_mtok
    assert 0.02 < busy.cache_hit / busy.input < 0.1


ATTENTION = 4.0 * 80 * 64 * 128
"""Operations a pair of tokens: 80 layers of 64 heads of 128."""


def at_context(tokens: float, attention: float = ATTENTION) -> Serving:
    changes = {"attention_flops_per_pair": attention, "mean_context_tokens": tokens}
    return cost(SEVENTY.model_copy(update=changes))


@pytest.mark.parametrize("tokens", [1_000.0, 10_000.0, 50_000.0])
def test_a_prompt_s_attention_grows_with_the_square_of_its_length(tokens: float) -> None:
    prompt_s = tokens / at_context(tokens).prefill_tok_per_s
    rate = SOME.flop_utilisation * H100.eight_bit_op_per_s * SEVENTY.accelerators_per_instance
    pairs = tokens**2 / 2.0
    assert prompt_s * rate == pytest.approx(2.0 * 70e9 * tokens + ATTENTION * pairs)


def test_without_attention_input_costs_the_same_at_any_length_and_with_it_more() -> None:
    plain, with_it = (
        [at_context(tokens, attention).busy_hours_per_mtok.input for tokens in (2e3, 2e4)]
        for attention in (0.0, ATTENTION)
    )
    assert plain[0] == plain[1] == cost().busy_hours_per_mtok.input
    assert plain[0] < with_it[0] < with_it[1]


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
