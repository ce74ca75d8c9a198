from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
gguf = pytest.importorskip("gguf")

import numpy as np  # noqa: E402
from torch import nn  # noqa: E402

from analysis.compression.errors import MethodNotAllowed  # noqa: E402
from analysis.compression.gguf_files.layout import FORMATS  # noqa: E402
from analysis.compression.gguf_files.reading import dequantised  # noqa: E402
from analysis.compression.gguf_files.writing import write_gguf  # noqa: E402
from analysis.compression.methods.catalogue import method  # noqa: E402
from analysis.compression.methods.gguf_formats import (  # noqa: E402
    METHODS,
    gguf_method,
    rounded_in_blocks,
)
from analysis.compression.subject import Subject  # noqa: E402

PACKED = FORMATS[2:]


def test_a_whole_file_gives_back_the_very_weights(tiny_model: nn.Module, tmp_path: Path) -> None:
    state = dequantised(write_gguf(tiny_model, tmp_path / "f32.gguf", "f32").path)
    for name, tensor in tiny_model.state_dict().items():
        assert torch.equal(state[name], tensor), name


def test_transformers_reads_the_same_weights_from_the_file(
    tiny_model: nn.Module, tmp_path: Path
) -> None:
    reading = pytest.importorskip("transformers.modeling_gguf_pytorch_utils")
    path = write_gguf(tiny_model, tmp_path / "q8_0.gguf", "q8_0").path
    theirs = reading.LlamaTensorProcessor({"num_attention_heads": 4, "num_key_value_heads": 2})
    ours = dequantised(path)
    for tensor in gguf.GGUFReader(path).tensors:
        if tensor.name == "blk.1.attn_k.weight":
            weights = gguf.dequantize(tensor.data, tensor.tensor_type)
            expected = theirs.process(weights, tensor.name).weights
            assert np.array_equal(ours["model.layers.1.self_attn.k_proj.weight"], expected)
            return
    pytest.fail("the file has no key matrix")


@pytest.mark.parametrize("kind", PACKED)
def test_the_method_leaves_the_weights_that_the_file_holds(
    kind: str, tiny_subject: Subject, tiny_model: nn.Module, tmp_path: Path
) -> None:
    written = write_gguf(tiny_model, tmp_path / "packed.gguf", kind)
    gguf_method(kind).apply(tiny_subject, 4)
    state = dequantised(written.path)
    for name in tiny_subject.targets:
        assert torch.equal(tiny_subject.matrix(name).weight, state[f"{name}.weight"]), name


@pytest.mark.parametrize("kind", FORMATS)
def test_storage_counts_the_bytes_that_the_file_has(
    kind: str, tiny_subject: Subject, tiny_model: nn.Module, tmp_path: Path
) -> None:
    written = write_gguf(tiny_model, tmp_path / "counted.gguf", kind)
    gguf_method(kind).apply(tiny_subject, 4)
    in_file = sum(
        size
        for name, size in written.tensor_bytes.items()
        if name.startswith("blk.") and "norm" not in name
    )
    assert sum(one.bits for one in tiny_subject.storage.values()) / 8 == in_file


def test_fewer_bits_leave_less_of_the_model(tiny_model: nn.Module, tmp_path: Path) -> None:
    sizes = [
        write_gguf(tiny_model, tmp_path / f"{kind}.gguf", kind).bytes_per_decoded_token
        for kind in FORMATS
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == len(sizes)


def test_rows_that_do_not_divide_into_blocks_stay_in_16_bits(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    model = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=32, hidden_size=64, intermediate_size=40, num_hidden_layers=1,
            num_attention_heads=2, num_key_value_heads=2, tie_word_embeddings=True,
        )
    )  # fmt: skip
    types = write_gguf(model, tmp_path / "uneven.gguf", "q4_0").tensor_types
    assert types["blk.0.ffn_down.weight"] == "F16"  # rows of 40
    assert types["blk.0.ffn_up.weight"] == "Q4_0"  # rows of 64
    assert {name: types[name] for name in ("token_embd.weight", "output_norm.weight")} == {
        "token_embd.weight": "F16",
        "output_norm.weight": "F32",
    }


def test_zeros_left_by_pruning_stay_zeros(tiny_subject: Subject) -> None:
    method("magnitude").apply(tiny_subject, 0.5)
    zeros = {name: tiny_subject.matrix(name).weight == 0 for name in tiny_subject.targets}
    gguf_method("q4_1").apply(tiny_subject, 4)  # its blocks have a minimum, and need no zero
    for name, were_zero in zeros.items():
        assert were_zero.sum() >= 0.49 * were_zero.numel()
        assert not tiny_subject.matrix(name).weight[were_zero].any()


def test_inputs_are_rounded_as_the_library_packs_them() -> None:
    inputs = torch.randn(3, 5, 64, generator=torch.Generator().manual_seed(3))
    kind = gguf.GGMLQuantizationType.Q8_0
    expected = gguf.dequantize(gguf.quantize(inputs.numpy().reshape(15, 64), kind), kind)
    found = rounded_in_blocks(inputs).numpy().reshape(15, 64)
    assert np.abs(found - expected).max() < 1e-6


def test_a_thinner_model_is_written_in_its_own_shape(tiny_subject: Subject, tmp_path: Path) -> None:
    method("heads").apply(tiny_subject, 0.5)
    method("neurons").apply(tiny_subject, 0.5)
    method("layers").apply(tiny_subject, 0.25)
    path = write_gguf(tiny_subject.model, tmp_path / "thin.gguf", "f32").path
    state = dequantised(path)
    for name, tensor in tiny_subject.model.state_dict().items():
        assert torch.equal(state[name], tensor), name


def test_factors_have_no_place_in_a_file(tiny_subject: Subject, tmp_path: Path) -> None:
    method("svd").apply(tiny_subject, 0.5)
    with pytest.raises(MethodNotAllowed, match="Measure this model in torch"):
        write_gguf(tiny_subject.model, tmp_path / "factors.gguf", "f16")


def test_a_convolution_is_refused() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3))
    subject = Subject("net", model, ("0",), lambda: iter(()))
    with pytest.raises(MethodNotAllowed, match="convolution"):
        gguf_method("q8_0").apply(subject, 8)


def test_each_format_is_a_method() -> None:
    assert [one.name for one in METHODS] == [f"gguf_{kind}" for kind in FORMATS if kind != "f32"]
    assert all(one.low == one.high for one in METHODS)
