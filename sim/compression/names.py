"""Names of recipes: ``gptq_per_group:4``, ``activation_aware:0.5+gptq_per_group:4``."""

from collections.abc import Mapping, Sequence
from itertools import product

from sim.compression.curves import CompressionCurves
from sim.compression.groups import CACHE, METHODS
from sim.errors import DataError, UnknownName

Strengths = Mapping[str, Sequence[float]]
"""Strengths at which each method was measured."""


def strengths_of(curves: CompressionCurves) -> dict[str, tuple[float, ...]]:
    """List the strengths at which each method was measured."""
    return {method.name: tuple(size.strength for size in method.sizes) for method in curves.methods}


def read_name(text: str, strengths: Strengths) -> tuple[tuple[tuple[str, float], ...], ...]:
    """Read the name of a recipe.

    Parameters
    ----------
    text
        Methods joined by ``+``, each with a strength after a colon or without.
    strengths
        Those that were measured.

    Returns
    -------
    tuple
        The ways to fill in strengths that are not given; each a method and strength per part.

    Raises
    ------
    UnknownName
        A method that was not measured, or not at this strength.
    DataError
        A method is given twice, or two of them set the bits of weights or of the cache.
    """
    parts = [part.strip() for part in text.split("+")]
    ways = tuple(product(*(_ways(part, strengths) for part in parts)))
    names = [part.partition(":")[0] for part in parts]
    if len({*names}) < len(names):
        raise DataError(f"recipe {text!r} names a method twice")
    rounding = [name for name in names if METHODS[name].family == "quantization"]
    if len(rounding) > 1:
        raise DataError(f"recipe {text!r} sets the bits of weights twice: {' and '.join(rounding)}")
    cached = [name for name in names if METHODS[name].family == CACHE]
    if len(cached) > 1:
        raise DataError(f"recipe {text!r} sets the bits of the cache twice: {' and '.join(cached)}")
    return ways


def _ways(part: str, strengths: Strengths) -> list[tuple[str, float]]:
    name, _, wanted = part.partition(":")
    if name not in strengths:
        raise UnknownName("compression method", name, strengths)
    known = {f"{strength:g}": strength for strength in strengths[name]}
    if not wanted:
        return [(name, strength) for strength in known.values()]
    if wanted not in known:
        raise UnknownName("compression recipe", part, [f"{name}:{label}" for label in known])
    return [(name, known[wanted])]
