"""An encoder on onnxruntime: in 32 bits, and with weights and activations in 8.

The session stands in for the model, so that quality is measured on the very file whose speed is
reported.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor, nn
from transformers import BertModel

from analysis.compression.measures.timing import REPEATS, Speed, in_turns, speeds
from analysis.compression.measures.torch_speed import forward_passes
from analysis.compression.subject import Batch

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
"""What a session reads, in this order."""

_OUTPUT = "last_hidden_state"


class OnnxEncoder(nn.Module):
    """A file run by onnxruntime on one thread, to be called like the encoder it was made from.

    Parameters
    ----------
    path
        The ONNX file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors only
        self.path = path
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
    ) -> SimpleNamespace:
        """Return the last hidden state, (batch, tokens, width), as an attribute of that name."""
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        kinds = torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids
        feed = dict(zip(INPUTS, (input_ids.numpy(), mask.numpy(), kinds.numpy()), strict=True))
        (hidden,) = self._session.run([_OUTPUT], feed)
        return SimpleNamespace(last_hidden_state=torch.from_numpy(hidden))


def export_onnx(model: BertModel, path: Path) -> Path:
    """Write an encoder as an ONNX file in 32 bits, for any batch and length; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    example = torch.ones(2, 8, dtype=torch.long)
    any_size = {0: "batch", 1: "tokens"}
    with warnings.catch_warnings():
        # Tracing warns of branches on shapes, which are alike for all batches of ours.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Hidden(model).eval(),  # the exporter puts all parts back into the state of the whole
            (example, example, torch.zeros_like(example)),
            str(path),
            input_names=list(INPUTS),
            output_names=[_OUTPUT],
            dynamic_axes=dict.fromkeys((*INPUTS, _OUTPUT), any_size),
            dynamo=False,
        )
    return path


def quantise_dynamic(path: Path, out: Path) -> Path:
    """Write a copy whose matrices hold 8-bit weights and take 8-bit inputs; return its path.

    Weights have a scale for each output channel; inputs are scaled as they come.  Token tables stay
    as they are, as they do under the other methods.
    """
    prepared = out.with_suffix(".prepared.onnx")
    quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
    quantize_dynamic(
        prepared,
        out,
        op_types_to_quantize=["MatMul", "Gemm"],
        per_channel=True,
        weight_type=QuantType.QInt8,
    )
    prepared.unlink()
    return out


def measure_speeds(
    files: Mapping[str, Path], base: str, batch: Batch, items: int, repeats: int = REPEATS
) -> dict[str, Speed]:
    """Measure files of one encoder in turns, on one thread.

    Parameters
    ----------
    files
        ONNX file of each format, by the format's name.
    base
        The format of the uncompressed encoder.
    batch
        What each reads at once.
    items
        Tokens in it.
    repeats
        Times that each is measured.
    """
    jobs = {name: forward_passes(OnnxEncoder(path), batch, items) for name, path in files.items()}
    return speeds(in_turns(jobs, repeats), base, engine_name())


def engine_name() -> str:
    """Return the engine as the table names it."""
    return f"onnxruntime {onnxruntime.__version__}"


class _Hidden(nn.Module):
    """An encoder with plain inputs and one plain output, as the exporter wants it."""

    def __init__(self, model: BertModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        reply = self.model(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        )
        hidden: Tensor = reply.last_hidden_state
        return hidden
