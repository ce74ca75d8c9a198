"""What formats achieve, each against what published benchmarks say of it."""

import pytest

from sim.data.accelerators import accelerator
from sim.data.serving_efficiency import EFFICIENCY, serving_efficiency
from sim.errors import DataError
from sim.scenario.supply import Architecture
from sim.serving.cost import Serving, serving
from sim.serving.precision import Efficiency, Precision, efficiency_at
from sim.serving.roofline import StoredModel

DENSE = Architecture(
    parameters_billion=34.0,
    active_parameters_billion=34.0,
    kv_bytes_per_token=160_000.0,
    accelerators_per_instance=8,
)
A100, H100 = accelerator("A100 SXM4 80GB"), accelerator("H100 SXM5 80GB")
W16, W8A8, W4A16 = Precision(16.0, 16.0), Precision(8.0, 8.0), Precision(4.0, 16.0)


def at(precision: Precision, *, mixture: bool = False, fp8: bool = True) -> Efficiency:
    return efficiency_at(precision, has_fp8=fp8, is_mixture=mixture, accelerators=1)


def served(precision: Precision, chip=H100, accelerators: int = 8) -> Serving:
    efficiency = efficiency_at(
        precision, has_fp8=chip.has_fp8, is_mixture=False, accelerators=accelerators
    )
    model = DENSE.model_copy(update={"accelerators_per_instance": accelerators})
    return serving(model, StoredModel(precision), chip, efficiency, 0.5)


def test_weights_of_4_bits_alone_pay_where_memory_binds_and_not_where_arithmetic_does() -> None:
    for chip in (A100, H100):
        few, many = ([served(bits, chip, n) for bits in (W16, W4A16)] for n in (1, 8))
        for full, packed in (few, many):
            assert packed.busy_hours_per_mtok.input > 1.1 * full.busy_hours_per_mtok.input
        assert few[1].busy_hours_per_mtok.output < 0.8 * few[0].busy_hours_per_mtok.output
        assert many[1].busy_hours_per_mtok.output > many[0].busy_hours_per_mtok.output


def test_8_bits_of_both_gain_in_prompts_less_than_the_doubled_peak() -> None:
    gain = served(W16).busy_hours_per_mtok.input / served(W8A8).busy_hours_per_mtok.input
    assert 1.2 < gain < 1.9


def test_activations_decide_the_rate_whatever_the_weights() -> None:
    with_8, with_16 = served(Precision(4.0, 8.0)), served(W4A16)
    assert with_8.prefill_tok_per_s > 1.5 * with_16.prefill_tok_per_s
    assert served(Precision(8.0, 16.0)).prefill_tok_per_s == with_16.prefill_tok_per_s


def test_a_scale_of_a_quarter_bit_does_not_make_8_bits_into_16() -> None:
    assert Precision(8.25, 8.0).computes_in_8_bits
    assert not Precision(8.25, 8.0).unpacks
    assert Precision(4.25, 8.0).unpacks


def test_integers_achieve_less_than_fp8_in_published_benchmarks() -> None:
    assert at(W8A8, fp8=False).flop_utilisation < at(W8A8).flop_utilisation


def test_a_mixture_at_8_bits_achieves_what_deepseeks_day_shows() -> None:
    day = at(W8A8, mixture=True)
    assert day.flop_utilisation == pytest.approx(0.151)
    assert day.weight_bandwidth_utilisation == pytest.approx(0.22)
    assert day.cache_bandwidth_utilisation == pytest.approx(0.22)


def test_dense_models_do_better_than_mixtures_at_every_precision() -> None:
    for precision in (W16, W8A8, W4A16):
        dense, mixture = at(precision), at(precision, mixture=True)
        assert dense.flop_utilisation > 2.0 * mixture.flop_utilisation
        assert dense.weight_bandwidth_utilisation > 2.0 * mixture.weight_bandwidth_utilisation


def test_the_pattern_two_of_four_gains_less_than_its_doubled_rate() -> None:
    share = at(Precision(8.0, 8.0, two_of_four=True)).flop_utilisation
    assert 0.5 < share / at(W8A8).flop_utilisation < 1.0


def test_several_accelerators_do_less_each_than_one() -> None:
    one = efficiency_at(W16, has_fp8=True, is_mixture=False, accelerators=1)
    two = efficiency_at(W16, has_fp8=True, is_mixture=False, accelerators=2)
    assert two.flop_utilisation == pytest.approx(
        serving_efficiency().parallel * one.flop_utilisation
    )


def test_an_accelerator_may_do_better_or_worse_than_most() -> None:
    usual = at(W16)
    own = usual.scaled(prefill=0.5, decode=1.2)
    assert own.flop_utilisation == 0.5 * usual.flop_utilisation
    assert own.weight_bandwidth_utilisation == 1.2 * usual.weight_bandwidth_utilisation
    assert own.cache_bandwidth_utilisation == 1.2 * usual.cache_bandwidth_utilisation


def test_a_table_that_lacks_a_share_is_refused_by_name(tmp_path) -> None:
    lines = EFFICIENCY.read_text(encoding="utf-8").splitlines()
    short = tmp_path / "short.csv"
    short.write_text("\n".join(line for line in lines if "parallel" not in line))
    with pytest.raises(DataError, match="short.csv: has no parallel"):
        serving_efficiency(short)
