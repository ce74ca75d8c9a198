"""How compression looks in every figure: a colour a family, a marker a method, names in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from matplotlib import colormaps
from matplotlib.colors import LogNorm, to_hex
from matplotlib.ticker import FuncFormatter, NullFormatter

from analysis.figures.style import BLUE, GREEN, ORANGE, PURPLE, VERMILION
from sim.compression.groups import RECOVERED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAMILIES: Final = {
    "quantization": BLUE,
    "pruning": VERMILION,
    "low_rank": GREEN,
    "distillation": ORANGE,
    "stack": PURPLE,
}
"""Colour of each family, in the order of legends."""

FAMILY_NAMES: Final = {
    "quantization": "quantization",
    "pruning": "pruning",
    "low_rank": "low rank",
    "distillation": "distillation",
    "stack": "stacks",
}

MODEL_NAMES: Final = {
    "smollm2-135m": "SmolLM2-135M",
    "gpt-3m": "our GPT, 3M",
    "minilm": "MiniLM-L6",
    "digits-convnet": "convolutional network",
}

TASK_NAMES: Final = {"language": "next token"}

_METHODS: Final = (
    ("gguf_", "llama.cpp formats", "<"),
    ("onnx_int8", "onnxruntime, 8 bits", ">"),
    ("dynamic_w8a8", "8-bit activations too", "X"),
    ("uniform_per_group_a8", "8-bit activations too", "X"),
    ("gptq", "error compensation (GPTQ)", "D"),
    ("uniform_per_group", "uniform, groups of 64", "o"),
    ("uniform_per_channel", "uniform, per channel", "s"),
    ("kmeans_weighted", "k-means, weighted", "^"),
    ("kmeans", "k-means, plain", "v"),
    ("nf4", "NF4", "P"),
    ("two_of_four", "2:4", "D"),
    ("activation_aware", "activation-aware", "o"),
    ("magnitude", "magnitude", "s"),
    ("neurons", "neurons", "^"),
    ("heads", "heads", "v"),
    ("layers", "layers", "P"),
    ("svd_whitened", "SVD, whitened", "o"),
    ("svd", "SVD, plain", "s"),
    ("distilled_layers", "fewer layers", "o"),
    ("distilled_width", "narrower", "s"),
    ("alone", "without a teacher", "X"),
)
"""Beginning of a method's name, its name in words, its marker; the first that fits holds."""

SMALLEST_BILLION, LARGEST_BILLION = 3e-3, 400.0
_SIZES = colormaps["viridis"]
_SCALE = LogNorm(SMALLEST_BILLION, LARGEST_BILLION)


def method_look(method: str) -> tuple[str, str]:
    """Return a method's name in words and its marker.

    Examples
    --------
    >>> method_look("magnitude_recovered")
    ('magnitude', 's')
    """
    name = method.removesuffix(RECOVERED)
    return next(
        ((words, marker) for start, words, marker in _METHODS if name.startswith(start)),
        (name.replace("_", " "), "h"),
    )


def recipe_words(label: str) -> str:
    """Write a recipe for people.

    Examples
    --------
    >>> recipe_words("activation_aware:0.5+gptq_per_group:4")
    'activation aware 0.5 + gptq per group 4'
    """
    parts = (part.partition(":") for part in label.split("+"))
    return " + ".join(f"{name.replace('_', ' ')} {strength}".strip() for name, _, strength in parts)


def size_colour(billion: float) -> str:
    """Return the colour of a model of so many billion parameters: larger is lighter."""
    inside = min(max(billion, SMALLEST_BILLION), LARGEST_BILLION)
    # The lightest tenth of the scale cannot be seen on white.
    return to_hex(_SIZES(0.9 * float(_SCALE(inside))))


def size_words(billion: float) -> str:
    """Write a number of parameters.

    Examples
    --------
    >>> size_words(0.135), size_words(70.0)
    ('135M', '70B')
    """
    return f"{1e3 * billion:.3g}M" if billion < 1.0 else f"{billion:.3g}B"


def percent_axis(axes: Axes, shares: tuple[float, ...]) -> None:
    """Put ticks at shares, written in percent, on a log x axis whose limits are final."""
    low, high = axes.get_xlim()
    axes.set_xticks([share for share in shares if low <= share <= high])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}%"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def nats_axis(axes: Axes) -> None:
    """Put plain decimal ticks on a log axis of losses whose limits are final."""
    low, high = axes.get_ylim()
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1.0, 3.0) if math.log10(high / low) < 3.0 else (1.0,)
    ticks = [step * 10.0**power for power in powers for step in steps]
    axes.set_yticks([tick for tick in ticks if low <= tick <= high])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda nats, _: f"{nats:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
