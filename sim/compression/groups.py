"""Compression methods: their families, the curve that each follows, and its published kin.

Methods whose loss grows alike with strength form a group. The strength enters the group's curve as

=============  ===================  =====================================================
group          x                    loss in nats at fixed size of the model
=============  ===================  =====================================================
quantization   ``-b``               ``A exp(-k b)``, b effective bits, scales included
scattered      ``ln(-ln(1 - s))``   ``A (-ln(1 - s))^p``, s share of weights removed
structured     ``ln(s / (1 - s))``  ``A (s / (1 - s))^p``, s share of parameters removed
low_rank       ``ln((1 - r) / r)``  ``A ((1 - r) / r)^p``, r share of parameters kept
distillation   ``ln ln(1 / g)``     ``A (ln(1 / g))^p``, g share of parameters of the student
cache          ``-b``               ``A exp(-k b)``, b bits of a number of the KV cache
=============  ===================  =====================================================

Rounding adds noise of power ``4^-b``: to second order, the loss is proportional to it and k is
``2 ln 2 = 1.39`` (Nagel et al. 2021, arXiv:2106.08295, section 2).
"""

import math
from dataclasses import dataclass

ORIGINAL_BITS = 16.0
"""Bits of a weight that shares of bytes are relative to."""
SIZE_BILLION = 10.0
"""The size, in 1e9 parameters, at which levels are stated."""
ROUNDED_ACTIVATION_BITS = 8.0
"""Bits of activations under the methods that round them."""
TWO_OF_FOUR = "two_of_four"
"""Beginning of the name of a method that leaves two of every four weights."""
CACHE = "cache"
"""Group and family of the methods that round the KV cache and leave weights alone."""
RECOVERED = "_recovered"
"""Ending of the name of a method after which the model was trained on."""


@dataclass(frozen=True, slots=True)
class TableMethod:
    """One method as the table of measurements names it.

    Attributes
    ----------
    group
        The curve that it follows; empty for a control or a check of an engine, of which no recipe
        is made.
    published_class
        The class of published measurements that is the same method, if there is one.
    rounds_activations
        Activations are rounded to 8 bits as well.
    weights_like
        The method that does the same to weights and leaves activations alone.
    twin
        The method that it varies: what it gains or loses by that may be told by pairs of both.
    """

    family: str
    group: str
    published_class: str = ""
    rounds_activations: bool = False
    weights_like: str = ""
    twin: str = ""


def _pruning(group: str, published_class: str = "", twin: str = "") -> TableMethod:
    return TableMethod("pruning", group, published_class, twin=twin)


_PLAIN = {
    "gptq_per_group": TableMethod("quantization", "quantization", "GPTQ per group"),
    "uniform_per_channel": TableMethod("quantization", "quantization", "nearest per channel"),
    "uniform_per_group": TableMethod("quantization", "quantization", "nearest per group"),
    "uniform_per_channel_asymmetric": TableMethod("quantization", ""),
    "uniform_per_group_symmetric": TableMethod("quantization", ""),
    "kmeans": TableMethod("quantization", "quantization"),
    "kmeans_weighted": TableMethod("quantization", "quantization"),
    "nf4": TableMethod("quantization", "quantization"),
    **{
        f"gguf_{kind}": TableMethod("quantization", "")
        for kind in ("f16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0")
    },
    "onnx_int8": TableMethod("quantization", ""),
    "dynamic_w8a8": TableMethod("quantization", "quantization", "", True, "uniform_per_channel"),
    "uniform_per_group_a8": TableMethod(
        "quantization", "quantization", "", True, "uniform_per_group"
    ),
    "activation_aware": _pruning("scattered", "Wanda"),
    "magnitude": _pruning("scattered", "magnitude", "activation_aware"),
    "two_of_four_activation_aware": _pruning("scattered", "Wanda 2:4"),
    "two_of_four_magnitude": _pruning("scattered", "magnitude 2:4", "two_of_four_activation_aware"),
    "layers": _pruning("structured", "blocks"),
    "neurons": _pruning("structured", "LLM-Pruner"),
    "heads": _pruning("structured"),
    "svd_whitened": TableMethod("low_rank", "low_rank", "SVD-LLM"),
    "svd": TableMethod("low_rank", "low_rank", twin="svd_whitened"),
    "distilled_layers": TableMethod("distillation", "distillation", "pruned and distilled"),
    "distilled_width": TableMethod("distillation", "distillation"),
    "alone_width": TableMethod("distillation", ""),
    "alone_layers": TableMethod("distillation", ""),
    "cache_per_block": TableMethod(CACHE, CACHE, "cache in blocks of 32"),
    "cache_per_token": TableMethod(CACHE, CACHE),
    "cache_keys_per_channel": TableMethod(CACHE, CACHE),
    "cache_fp8": TableMethod(CACHE, CACHE),
    "fp8_w8a8": TableMethod("quantization", ""),
    "fp8_w8a8_per_tensor": TableMethod("quantization", ""),
}

METHODS = {
    **_PLAIN,
    **{
        name + RECOVERED: TableMethod(method.family, method.group, twin=name)
        for name, method in _PLAIN.items()
        if method.family in ("pruning", "low_rank")
    },
}
"""Every method by name; of those of a group that have a published class, the first is the one
whose level the published measurements give."""

GROUPS = ("quantization", "scattered", "structured", "low_rank", "distillation", CACHE)


def curve_position(group: str, strength: float, keep_bytes_share: float) -> float:
    """Return x, the strength as the group's curve takes it.

    Parameters
    ----------
    group
        As in `GROUPS`.
    strength
        The strength of the method: of scattered pruning, the share of weights removed.
    keep_bytes_share
        What is left of the bytes: effective bits of quantised weights or of the cache, and
        parameters left by all methods that remove or replace structure, follow from it.
    """
    left = keep_bytes_share
    if group in ("quantization", CACHE):
        return -ORIGINAL_BITS * left
    if group == "scattered":
        return math.log(-math.log(1.0 - strength))
    if group in ("structured", "low_rank"):
        return math.log((1.0 - left) / left)
    return math.log(math.log(1.0 / left))
