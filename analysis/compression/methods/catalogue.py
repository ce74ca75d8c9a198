"""All compression methods by name."""

from __future__ import annotations

from analysis.compression.errors import CalibrationError
from analysis.compression.methods import (
    cache,
    codebook,
    dynamic,
    eight_bit_floats,
    gguf_formats,
    gptq,
    heads,
    layers,
    low_rank,
    neurons,
    onnx_int8,
    pruning,
    uniform,
)
from analysis.compression.methods.method import Method
from sim.nearest import offer

_FAMILIES = (
    pruning,
    neurons,
    heads,
    layers,
    low_rank,
    uniform,
    codebook,
    gptq,
    dynamic,
    eight_bit_floats,
    cache,
    gguf_formats,
    onnx_int8,
)

METHODS: dict[str, Method] = {
    method.name: method for family in _FAMILIES for method in family.METHODS
}
"""Every method, by its name in grids, in the table and in scenario files."""


def method(name: str) -> Method:
    """Return a method by its name.

    Raises
    ------
    CalibrationError
        There is no such method; the message offers the nearest.
    """
    if name in METHODS:
        return METHODS[name]
    raise CalibrationError(f"unknown compression method {name!r}.  {offer(name, METHODS)}")
