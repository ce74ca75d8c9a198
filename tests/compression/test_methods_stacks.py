"""One method after another on the same model: zeros stay, and what is stored adds up."""

import pytest

from analysis.compression.methods.catalogue import METHODS, method
from analysis.compression.methods.weights import rows_of

QUANTISERS = sorted(
    name
    for name, known in METHODS.items()
    # Those that write a file for another engine are tested with that engine.
    if known.dial == "bits" and not name.startswith(("gguf_", "onnx_"))
)
DOWN = "model.layers.1.mlp.down_proj"


@pytest.mark.parametrize("quantiser", QUANTISERS)
@pytest.mark.parametrize("pruner", ["activation_aware", "two_of_four_magnitude"])
def test_quantising_keeps_the_zeros_that_pruning_left(pruner, quantiser, tiny_subject):
    method(pruner).apply(tiny_subject, 0.5)
    absent = {name: rows_of(tiny_subject, name) == 0 for name in tiny_subject.targets}
    bits = min(4.0, METHODS[quantiser].high) if METHODS[quantiser].low <= 4 else 8
    method(quantiser).apply(tiny_subject, bits)
    for name, zeros in absent.items():
        assert (rows_of(tiny_subject, name)[zeros] == 0).all()
    storage = tiny_subject.storage[DOWN]
    assert storage.values == 64 * 128 / 2
    assert storage.bits_per_value == bits
    assert storage.multiply_adds == 64 * 128 * (0.5 if pruner.startswith("two") else 1.0)


def test_pruned_and_quantised_bytes_are_codes_bitmap_and_scales(tiny_subject):
    method("activation_aware").apply(tiny_subject, 0.5)
    method("gptq_per_group").apply(tiny_subject, 4)
    codes, bitmap, scales = 64 * 128 / 2 * 4, 64 * 128, 64 * 2 * (16 + 4)
    assert tiny_subject.storage[DOWN].bits == codes + bitmap + scales


def test_factors_are_quantised_as_matrices_of_their_own(tiny_subject):
    method("svd_whitened").apply(tiny_subject, 0.6)
    method("gptq_per_group").apply(tiny_subject, 4)
    kept_rank = round(0.6 * 64 * 128 / (64 + 128))
    first, second = tiny_subject.storage[f"{DOWN}.0"], tiny_subject.storage[f"{DOWN}.1"]
    assert first.bits == kept_rank * 128 * 4 + kept_rank * 2 * 20
    assert second.bits == kept_rank * 64 * 4 + 64 * 20
    assert first.weights + second.weights == pytest.approx(64 * 128)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("layers", 1 / 3), ("gptq_per_group", 4)),
        (("neurons", 0.25), ("gptq_per_group", 4)),
        (("heads", 0.5), ("svd_whitened", 0.8)),
        (("layers", 1 / 3), ("neurons", 0.25)),
        (("svd_whitened", 0.8), ("activation_aware", 0.3)),
        (("neurons", 0.25), ("activation_aware", 0.3)),
    ],
)
def test_methods_that_need_moments_work_on_what_others_left(first, second, loss_of):
    alone = loss_of(first)
    assert alone + 0.3 > loss_of(first, second) > 0.5 * alone


def test_a_stack_of_three_shrinks_by_the_product_of_its_parts(tiny_subject):
    method("layers").apply(tiny_subject, 1 / 3)
    method("neurons").apply(tiny_subject, 0.25)
    before = tiny_subject.shares.keep_bytes
    assert before == pytest.approx(2 / 3 * (1 - 0.25 * 24576 / 36864))
    method("uniform_per_channel").apply(tiny_subject, 8)
    scales = sum(len(rows_of(tiny_subject, name)) for name in tiny_subject.targets) * 16
    assert tiny_subject.shares.keep_bytes == pytest.approx(before / 2 + scales / (3 * 36864 * 16))
