"""8-bit weights and inputs as onnxruntime runs them, so that quality and speed are of one file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from torch import nn
from transformers import BertModel

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.methods.method import Method
from analysis.compression.subject import Subject

ONNX_INT8 = "onnx_int8"
_SCALE_BITS = 32.0
"""A scale for each output channel, in single precision."""


class _AsExported(nn.Module):
    """An exported encoder that keeps the original's parts, which bytes are accounted on."""

    def __init__(self, original: BertModel, exported: nn.Module) -> None:
        super().__init__()
        self.embeddings, self.encoder = original.embeddings, original.encoder
        self.exported = exported

    def forward(self, **inputs: object) -> object:
        return self.exported(**inputs)


def apply(subject: Subject, strength: float) -> None:
    """Replace an encoder by its 8-bit ONNX file, run by onnxruntime.

    Raises
    ------
    MethodNotAllowed
        The model is no encoder.
    """
    from analysis.compression.measures.onnx_encoder import (
        OnnxEncoder,
        export_onnx,
        quantise_dynamic,
    )

    model = subject.model
    if not isinstance(model, BertModel):
        raise MethodNotAllowed(
            f"{ONNX_INT8}: only encoders are exported; {subject.name} is a "
            f"{type(model).__name__}.  Choose dynamic_w8a8."
        )
    with tempfile.TemporaryDirectory() as folder:
        plain = export_onnx(model, Path(folder) / "float32.onnx")
        exported = OnnxEncoder(quantise_dynamic(plain, Path(folder) / "int8.onnx"))
    subject.model = _AsExported(model, exported)
    for name, storage in subject.storage.items():
        scales = subject.matrix(name).weight.shape[0] * _SCALE_BITS
        subject.storage[name] = storage.quantised(strength, scales)


METHODS = (
    Method(
        name=ONNX_INT8,
        family="quantization",
        dial="bits",
        low=8,
        high=8,
        apply=apply,
        activation_bits=8.0,
        reference="onnxruntime.quantization.quantize_dynamic, per channel",
    ),
)
