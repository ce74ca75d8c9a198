from __future__ import annotations

import copy
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor, nn  # noqa: E402

from analysis.compression.errors import CalibrationError  # noqa: E402
from analysis.compression.gguf_files.writing import write_gguf  # noqa: E402
from analysis.compression.measures import llama_cpp, torch_speed  # noqa: E402
from analysis.compression.measures.timing import (  # noqa: E402
    Passes,
    in_turns,
    median_and_spread,
    speeds,
)
from analysis.compression.methods.catalogue import method  # noqa: E402
from analysis.compression.methods.gguf_formats import gguf_method  # noqa: E402
from analysis.compression.subject import Subject  # noqa: E402

PROMPT = tuple(b"The market is ")
WRITTEN = 12


def _differences(model: nn.Module, written: tuple[tuple[int, float], ...]) -> Tensor:
    """Return by how much torch's log-probabilities of the written tokens are off [nats]."""
    tokens = [token for token, _ in written]
    with torch.no_grad():
        reply = model(input_ids=torch.tensor([[*PROMPT, *tokens]])).logits.log_softmax(-1)[0]
    ours = reply[torch.arange(len(PROMPT) - 1, len(PROMPT) - 1 + len(tokens)), tokens]
    return ours - torch.tensor([logarithm for _, logarithm in written])


def test_jobs_are_run_in_turns_there_and_back() -> None:
    order: list[str] = []
    jobs = {name: lambda name=name: order.append(name) for name in "abc"}
    in_turns(jobs, repeats=2)
    assert "".join(order) == "abc" + "cba"


def test_a_model_has_read_once_before_it_is_measured() -> None:
    seen: list[str] = []
    models = {name: _Noting(name, seen) for name in "ab"}
    torch_speed.measure_forward_speeds(models, "a", {"input": torch.zeros(1)}, items=1, repeats=1)
    assert "".join(seen) == "ab" + "ab"


class _Noting(nn.Module):
    def __init__(self, name: str, seen: list[str]) -> None:
        super().__init__()
        self.name, self.seen = name, seen

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - a model's argument
        self.seen.append(self.name)
        return input + 1


def test_the_median_does_not_mind_one_slow_repeat() -> None:
    middle, spread = median_and_spread([1.0, 1.0, 1.0, 1.0, 50.0])
    assert (middle, spread) == (1.0, 0.0)


def test_one_repeat_has_no_spread() -> None:
    assert speeds({"whole": [Passes(0.01, 0.1)]}, "whole", "engine")["whole"].spread is None


def test_speed_is_the_inverse_of_the_median_time_beside_the_base() -> None:
    found = speeds(
        {"whole": [Passes(0.01, 0.1)] * 3, "half": [Passes(0.005, 0.04), Passes(0.005, 0.06)]},
        "whole",
        "engine",
    )["half"]
    assert found.prefill_tok_per_s == pytest.approx(200.0)
    assert found.decode_tok_per_s == pytest.approx(20.0)
    assert found.prefill_base_tok_per_s == pytest.approx(100.0)
    assert found.decode_base_tok_per_s == pytest.approx(10.0)
    assert found.kind == "measured"
    assert found.spread == pytest.approx(0.2)


def test_llama_cpp_writes_what_torch_writes(tiny_model: nn.Module, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    path = write_gguf(tiny_model, tmp_path / "f32.gguf", "f32").path
    with llama_cpp.LlamaCpp(path) as engine:
        reply = engine.complete(PROMPT, WRITTEN, say_which=True)
    assert _differences(tiny_model, reply.written).abs().max() < 0.01  # keys are in 16 bits there
    tokens = torch.tensor([PROMPT])
    for token, _ in reply.written:
        with torch.no_grad():
            likely = tiny_model(input_ids=tokens).logits[0, -1]
        assert likely[token] > likely.max() - 0.02
        tokens = torch.cat([tokens, torch.tensor([[token]])], dim=1)


def test_quality_is_measured_on_what_llama_cpp_computes(
    tiny_model: nn.Module, tiny_subject: Subject, tmp_path: Path
) -> None:
    pytest.importorskip("xllamacpp")
    path = write_gguf(tiny_model, tmp_path / "q4_0.gguf", "q4_0").path
    with llama_cpp.LlamaCpp(path) as engine:
        written = engine.complete(PROMPT, WRITTEN, say_which=True).written
    uncompressed = _differences(tiny_model, written).abs().mean()
    gguf_method("q4_0").apply(tiny_subject, 4)
    compressed = _differences(tiny_subject.model, written).abs().mean()
    assert compressed < 0.02
    assert compressed < 0.2 * uncompressed


def test_all_formats_are_measured_in_one_session(tiny_model: nn.Module, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    tiny = copy.deepcopy(tiny_model)
    tiny.config.max_position_embeddings = 512
    files = {
        kind: write_gguf(tiny, tmp_path / f"{kind}.gguf", kind).path for kind in ("f16", "q8_0")
    }
    found = llama_cpp.measure_speeds(files, base="f16", repeats=2)
    assert set(found) == {"f16", "q8_0"}
    assert found["f16"].decode_tok_per_s == found["q8_0"].decode_base_tok_per_s
    assert all(speed.prefill_tok_per_s > 0 for speed in found.values())
    assert "llama.cpp" in found["q8_0"].engine


def test_a_damaged_file_is_refused_and_the_harness_goes_on(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    path = tmp_path / "damaged.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(CalibrationError, match="llama.cpp stopped"), llama_cpp.LlamaCpp(path):
        pass


def test_removed_layers_and_neurons_make_torch_faster(tiny_base: Subject) -> None:
    thin = tiny_base.copy()
    method("neurons").apply(thin, 0.5)
    method("layers").apply(thin, 0.34)
    found = torch_speed.measure_speeds(
        {"whole": tiny_base.model, "thin": thin.model}, "whole", repeats=5
    )["thin"]
    assert found.kind == "measured"
    assert found.decode_tok_per_s > found.decode_base_tok_per_s
    assert found.prefill_tok_per_s > found.prefill_base_tok_per_s


def test_a_network_that_only_reads_has_no_decode_speed() -> None:
    class Net(nn.Module):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 8))

        def forward(self, images: Tensor) -> Tensor:
            return self.layers(images)

    batch = {"images": torch.zeros(256, 64)}
    found = torch_speed.measure_forward_speeds(
        {"whole": Net(4096), "half": Net(512)}, "whole", batch, items=256, repeats=3
    )["half"]
    assert found.decode_tok_per_s is None
    assert found.prefill_tok_per_s > found.prefill_base_tok_per_s


@pytest.fixture(scope="module")
def encoder() -> nn.Module:
    transformers = pytest.importorskip("transformers")
    with torch.random.fork_rng():
        torch.manual_seed(5)
        model = transformers.BertModel(
            transformers.BertConfig(
                vocab_size=64, hidden_size=64, intermediate_size=128, num_hidden_layers=2,
                num_attention_heads=4, max_position_embeddings=64,
            )
        )  # fmt: skip
    return model.eval()


@pytest.mark.filterwarnings("ignore")  # torch and onnxruntime warn about their own parts
def test_an_exported_encoder_gives_the_same_hidden_states(
    encoder: nn.Module, tmp_path: Path
) -> None:
    pytest.importorskip("onnxruntime")
    from analysis.compression.measures import onnx_encoder

    whole = onnx_encoder.export_onnx(encoder, tmp_path / "whole.onnx")
    packed = onnx_encoder.quantise_dynamic(whole, tmp_path / "packed.onnx")
    tokens = torch.randint(0, 64, (3, 17), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(tokens)
    mask[1, 9:] = 0
    batch = {"input_ids": tokens, "attention_mask": mask}
    with torch.no_grad():
        expected = encoder(**batch).last_hidden_state[mask == 1]
    same = onnx_encoder.OnnxEncoder(whole)(**batch).last_hidden_state[mask == 1]
    near = onnx_encoder.OnnxEncoder(packed)(**batch).last_hidden_state[mask == 1]
    assert (same - expected).abs().max() < 1e-4
    cosines = nn.functional.cosine_similarity(near, expected, dim=-1)
    assert cosines.mean() > 0.99
    assert not torch.equal(near, same)
    found = onnx_encoder.measure_speeds(
        {"whole": whole, "packed": packed}, "whole", batch, items=int(mask.sum()), repeats=2
    )
    assert found["packed"].decode_tok_per_s is None
    assert found["packed"].prefill_tok_per_s > 0
