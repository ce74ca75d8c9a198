"""Compression of a product's model: which recipe, when it is done, and how recipes stack.

References
----------
Frantar, E., et al. (2023). GPTQ. arXiv:2210.17323; Frantar, E., Alistarh, D. (2023). SparseGPT.
arXiv:2301.00774: sources of many of the published measurements that recipes are drawn from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from sim.errors import PricewarError
from sim.scenario.supply import Architecture, CompressionProject
from sim.streams import Stream, Streams, entity_of

ORIGINAL_BITS = 16.0
"""Bits of the weights that published recipes start from."""


class CompressionError(PricewarError):
    """A compression project has nothing to do: drop it, or name another method."""


class CompressionRecipe(Protocol):
    """What a method does to a model, relative to the same model at 16 bits."""

    @property
    def method(self) -> str:
        """Name of the method."""

    @property
    def family(self) -> str:
        """``quantization``, ``pruning``, ``low_rank``, ``distillation`` or ``combo``."""

    @property
    def keep_bytes_share(self) -> float:
        """Share of the stored bytes that is left."""

    @property
    def keep_flop_share(self) -> float:
        """Share of the FLOPs per token that is left."""

    @property
    def capability_loss_logit(self) -> float:
        """Capability that is lost."""


@dataclass(frozen=True, slots=True)
class CompressionState:
    """What compression has done to a model so far.

    Attributes
    ----------
    weight_bits
        Bits of a weight [b].
    keep_bytes, keep_flops
        Shares of parameters stored and of active parameters computed that are left.
    structure_loss_logit, quantisation_loss_logit
        Capability lost by taking parameters away, and by the bits of those that are left.
    """

    weight_bits: float
    keep_bytes: float = 1.0
    keep_flops: float = 1.0
    structure_loss_logit: float = 0.0
    quantisation_loss_logit: float = 0.0

    @classmethod
    def of(cls, architecture: Architecture) -> CompressionState:
        """Return the state of a model as released."""
        return cls(weight_bits=architecture.weight_bits)

    @property
    def bytes_per_parameter(self) -> float:
        """Bytes stored per original parameter."""
        return self.keep_bytes * self.weight_bits / 8.0

    @property
    def capability_loss_logit(self) -> float:
        """Capability lost in all."""
        return self.structure_loss_logit + self.quantisation_loss_logit

    def after(self, recipe: CompressionRecipe) -> CompressionState:
        """Return the state after one more recipe; unchanged if that makes nothing smaller.

        Shares of parameters multiply and capability losses add: measured combinations of two or
        three methods lose 1.02 (sd 0.07) times the sum of what each loses alone. Recipes that
        change the bits set them to ``16 keep_bytes``: quantising a model that is already released
        in 8 bits to 4 bits halves it. A further quantisation starts from the original weights, so
        its loss replaces that of the last.
        """
        bits = ORIGINAL_BITS * recipe.keep_bytes_share
        flops = self.keep_flops * min(1.0, recipe.keep_flop_share)
        loss = recipe.capability_loss_logit
        if recipe.family == "quantization":
            if bits >= self.weight_bits:
                return self
            return replace(self, weight_bits=bits, quantisation_loss_logit=loss)
        if recipe.family == "combo":
            smaller = replace(self, weight_bits=min(self.weight_bits, bits), keep_flops=flops)
        else:
            left = self.keep_bytes * min(1.0, recipe.keep_bytes_share)
            smaller = replace(self, keep_bytes=left, keep_flops=flops)
        if smaller == self:
            return self
        return replace(smaller, structure_loss_logit=self.structure_loss_logit + loss)


Recipe = TypeVar("Recipe", bound=CompressionRecipe)


def choose_recipe(
    recipes: Sequence[Recipe], accuracy_weight: float, state: CompressionState
) -> Recipe:
    r"""Return the recipe that minimises ``alpha loss_accuracy + (1 - alpha) loss_size``.

    Both losses run from 0 to 1 over the recipes at hand: accuracy is the further capability
    lost, relative to the largest among them; size is what is left of the stored bytes, 1 for no
    change and 0 for the smallest among them.

    Parameters
    ----------
    recipes
        Candidates; those that would make the model no smaller are passed over.
    accuracy_weight
        alpha, 0 to 1.
    state
        The model as it is now.

    Raises
    ------
    CompressionError
        If no candidate makes the model smaller.
    """
    smaller = [recipe for recipe in recipes if state.after(recipe) != state]
    if not smaller:
        raise CompressionError(
            f"none of {len(recipes)} recipes makes a model of {state.bytes_per_parameter:g} bytes "
            "per parameter smaller: start fewer compression projects"
        )
    after = [state.after(recipe) for recipe in smaller]
    lost = [max(0.0, new.capability_loss_logit - state.capability_loss_logit) for new in after]
    left = [new.bytes_per_parameter / state.bytes_per_parameter for new in after]
    most_lost, smallest = max(lost), min(left)

    def loss(index: int) -> tuple[float, str]:
        accuracy = lost[index] / most_lost if most_lost > 0.0 else 0.0
        size = (left[index] - smallest) / (1.0 - smallest) if smallest < 1.0 else 0.0
        return accuracy_weight * accuracy + (1.0 - accuracy_weight) * size, smaller[index].method

    return smaller[min(range(len(smaller)), key=loss)]


def lead_time_days(project: CompressionProject, streams: Streams) -> float:
    """Return how long a project takes: lognormal with median ``lead_time_days``.

    The draw belongs to the product, start date and method, so that other projects shift nothing.
    """
    entity = entity_of(f"{project.product}/{project.start_date}/{project.method}")
    deviation = streams.normal(Stream.PROJECT_LEAD_TIME, entity, 0)
    return project.lead_time_days * math.exp(project.lead_time_log_sd * deviation)
