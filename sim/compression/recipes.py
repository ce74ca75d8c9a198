r"""What compression does to a model: recipes, read off the fitted curves.

A recipe is a method at a strength, ``gptq_per_group:4``, or a stack of them,
``activation_aware:0.5+gptq_per_group:4``. What it leaves follows the accounting of storage:

.. math:: \text{keep bytes} = \frac{b}{16} \prod_i v_i + \prod_i f_i \sum_i o_i

b bits of a stored number, v numbers left, f places of the matrices left, o masks, scales and
codebooks. Recipes of the KV cache leave weights alone and shrink the cache. What a recipe loses is
read off the curves in nats, at the size of the model; the losses of a stack's parts add up to
``gamma`` times their sum, and to no less than the largest of them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from sim.compression.curves import CompressionCurves, MethodCurve, MethodSize
from sim.compression.groups import (
    CACHE,
    ORIGINAL_BITS,
    ROUNDED_ACTIVATION_BITS,
    SIZE_BILLION,
    TWO_OF_FOUR,
)
from sim.compression.names import read_name, strengths_of
from sim.errors import DataError

LARGEST_NATS = 1.0
"""Recipes that lose more are offered to nobody: beyond, nothing is known of capability."""

SMALLEST_BILLION = 0.1
"""A smaller model is taken to be of this size."""

_QUANTIZATION = "quantization"


@dataclass(frozen=True, slots=True)
class Part:
    """One method at one strength, applied to a model of some size."""

    method: str
    family: str
    size: MethodSize
    nats: float
    activation_bits: float = ORIGINAL_BITS

    @property
    def is_two_of_four(self) -> bool:
        """Whether it leaves zeros in a pattern that arithmetic can skip."""
        return self.method.startswith(TWO_OF_FOUR)

    @property
    def bits(self) -> float | None:
        """Bits of a stored number; None where the method leaves them alone."""
        return ORIGINAL_BITS * self.size.values_share if self.is_quantised else None

    @property
    def is_quantised(self) -> bool:
        """Whether it changes the bits."""
        return self.family == _QUANTIZATION

    @property
    def rounds_cache(self) -> bool:
        """Whether it rounds the KV cache and leaves weights alone."""
        return self.family == CACHE

    @property
    def label(self) -> str:
        """As in a scenario file: ``gptq_per_group:4``."""
        return f"{self.method}:{self.size.strength:g}"


@dataclass(frozen=True, slots=True)
class Loss:
    """How losses of parts become a loss of capability."""

    stacking: float
    """[gamma]"""
    stacking_factors: float
    """[gamma] Where factors of a matrix are rounded."""
    capability_per_nat: float
    """[kappa] Logit of capability lost per nat."""

    def nats(self, parts: Sequence[float], *, rounds_factors: bool = False) -> float:
        """Rise of the negative log-likelihood of a stack, from those of its parts."""
        if len(parts) < 2:
            return sum(parts)
        gamma = self.stacking_factors if rounds_factors else self.stacking
        return max(*parts, gamma * sum(parts))

    def capability_logit(self, nats: float) -> float:
        """Capability lost by a rise of the negative log-likelihood."""
        return self.capability_per_nat * max(0.0, nats)


@dataclass(frozen=True)
class Recipe:
    """What a provider can do to a model of some size, relative to the model at 16 bits."""

    parts: tuple[Part, ...]
    loss: Loss

    @cached_property
    def name(self) -> str:
        """As in a scenario file: ``activation_aware:0.5+gptq_per_group:4``."""
        return "+".join(part.label for part in self.parts)

    @cached_property
    def keep_bytes_share(self) -> float:
        """Share of the weights' bytes that is left."""
        values = math.prod(part.size.values_share for part in self.parts)
        footprint = math.prod(part.size.footprint_share for part in self.parts)
        return values + footprint * sum(part.size.side_share for part in self.parts)

    @cached_property
    def keep_flops_share(self) -> float:
        """Share of the operations per token that is left."""
        return math.prod(part.size.keep_flops_share for part in self.parts)

    @cached_property
    def work_tokens(self) -> float:
        """Tokens that the original reads in the time of compressing, training left out [omega]."""
        return sum(part.size.work_tokens for part in self.parts)

    @cached_property
    def training_tokens_per_parameter(self) -> float:
        """The same of training, for each parameter of the original [nu]."""
        return sum(part.size.training_tokens_per_parameter for part in self.parts)

    @cached_property
    def nats(self) -> float:
        """Rise of the negative log-likelihood."""
        families = {part.family for part in self.parts}
        return self.loss.nats(
            [part.nats for part in self.parts],
            rounds_factors={"low_rank", _QUANTIZATION} <= families,
        )

    @cached_property
    def capability_loss_logit(self) -> float:
        """Capability lost."""
        return self.loss.capability_logit(self.nats)


def loss_of(curves: CompressionCurves) -> Loss:
    """Return how losses become a loss of capability under some curves."""
    return Loss(curves.stacking.best, curves.stacking_factors.best, curves.capability_per_nat.best)


class Recipes:
    """All recipes that some curves give.

    Parameters
    ----------
    curves
        The shipped ones, or a scenario's own.
    """

    def __init__(self, curves: CompressionCurves) -> None:
        self._curves = curves
        self._groups = {group.name: group for group in curves.groups}
        self._methods = {method.name: method for method in curves.methods}
        self._strengths = strengths_of(curves)
        self._every: dict[tuple[float, str | None, bool], tuple[Recipe, ...]] = {}
        self.loss = loss_of(curves)

    def named(
        self, text: str, parameters_billion: float, series: str | None = None
    ) -> tuple[Recipe, ...]:
        """Return the recipes that a name admits: one if it gives every strength.

        Parameters
        ----------
        text
            ``gptq_per_group:4``, a stack joined by ``+``, or the same without some strengths.
        parameters_billion
            Size of the model to be compressed, in 1e9 parameters.
        series
            Its series, such as ``Llama-3``; None: unknown.

        Raises
        ------
        UnknownName
            A method that was not measured, or not at this strength.
        DataError
            A method is given twice or two of them set the bits, or the size is not positive.
        """
        ways = read_name(text, self._strengths)
        return tuple(
            Recipe(
                tuple(
                    self._part(method, strength, parameters_billion, series)
                    for method, strength in way
                ),
                self.loss,
            )
            for way in ways
        )

    def every(
        self, parameters_billion: float, series: str | None = None, *, cache: bool = False
    ) -> tuple[Recipe, ...]:
        """Return all recipes for a model of a size that lose at most 1 nat.

        They are the single methods, and every way to remove or replace weights followed by every
        way to round what is left.

        Parameters
        ----------
        parameters_billion, series
            As in `named`.
        cache
            Whether the KV cache may be rounded as well: by itself, and after each of these.
        """
        key = (parameters_billion, series, cache)
        if key not in self._every:
            parts = [
                self._part(name, strength, parameters_billion, series)
                for name, strengths in self._strengths.items()
                for strength in strengths
            ]
            small = [part for part in parts if part.nats <= LARGEST_NATS]
            of_weights = tuple(self._of_weights([p for p in small if not p.rounds_cache]))
            with_cache = self._with_cache(of_weights, [p for p in small if p.rounds_cache])
            self._every[key] = (*of_weights, *(with_cache if cache else ()))
        return self._every[key]

    def _with_cache(
        self, of_weights: Sequence[Recipe], formats: Sequence[Part]
    ) -> Iterator[Recipe]:
        yield from (Recipe((part,), self.loss) for part in formats)
        for recipe, part in product(of_weights, formats):
            both = Recipe((*recipe.parts, part), self.loss)
            if both.nats <= LARGEST_NATS:
                yield both

    def _of_weights(self, small: Sequence[Part]) -> Iterator[Recipe]:
        yield from (Recipe((part,), self.loss) for part in small)
        rounding = [part for part in small if part.is_quantised]
        for first, second in product((part for part in small if not part.is_quantised), rounding):
            stack = Recipe((first, second), self.loss)
            if stack.nats <= LARGEST_NATS:
                yield stack

    def _part(
        self, name: str, strength: float, parameters_billion: float, series: str | None
    ) -> Part:
        method = self._methods[name]
        size = next(size for size in method.sizes if size.strength == strength)
        nats = self._nats(method, size, parameters_billion, series)
        bits = ROUNDED_ACTIVATION_BITS if method.rounds_activations else ORIGINAL_BITS
        return Part(name, method.family, size, nats, bits)

    def _nats(
        self,
        method: MethodCurve,
        size: MethodSize,
        parameters_billion: float,
        series: str | None,
    ) -> float:
        if not parameters_billion > 0.0:
            raise DataError(f"a model of {parameters_billion:g} billion parameters has no recipe")
        group = self._groups[method.group]
        x = size.x if group.mildest_x is None else max(size.x, group.mildest_x)
        billion = min(max(parameters_billion, SMALLEST_BILLION), group.largest_billion)
        nats = math.exp(
            group.level.best
            + group.effect(series).best
            + method.offset.best
            + group.shape.best * (x - group.centre)
            - group.size_slope.best * math.log(billion / SIZE_BILLION)
        )
        return nats + (self._curves.activation_nats.best if method.rounds_activations else 0.0)
