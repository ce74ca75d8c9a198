"""What compression has done to a product's model, and how recipes stack on one another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sim.compression.groups import ORIGINAL_BITS
from sim.compression.recipes import Loss, Part, Recipe


@dataclass(frozen=True, slots=True)
class CompressionState:
    """What compression has done to a model so far.

    Attributes
    ----------
    weight_bits, activation_bits, kv_bits
        Bits of a stored number [b], of what it is multiplied with, and of the KV cache.
    keep_values, keep_footprint, keep_flops
        Shares of the parameters stored, of the places of the matrices and of the active
        parameters computed that are left.
    mask_share, scale_share
        Bytes of masks, and of scales and codebooks, relative to all weights at 16 bits.
    structure_nats, quantisation_nats, cache_nats
        Loss by each time that parameters were taken away, by the bits of those that are left, and
        by those of the KV cache.
    is_two_of_four
        Whether two of every four weights are zero, in a pattern that arithmetic can skip.
    is_factored
        Whether matrices were replaced by factors, which bear rounding worse.
    capability_loss_logit
        Capability lost in all.
    """

    weight_bits: float
    activation_bits: float = ORIGINAL_BITS
    kv_bits: float = ORIGINAL_BITS
    keep_values: float = 1.0
    keep_footprint: float = 1.0
    keep_flops: float = 1.0
    mask_share: float = 0.0
    scale_share: float = 0.0
    structure_nats: tuple[float, ...] = ()
    quantisation_nats: float = 0.0
    cache_nats: float = 0.0
    is_two_of_four: bool = False
    is_factored: bool = False
    capability_loss_logit: float = 0.0

    @property
    def keep_bytes(self) -> float:
        """Share of the bytes left, of those that all weights take at the present bits."""
        side = self.keep_footprint * (self.mask_share + self.scale_share)
        return self.keep_values + side * ORIGINAL_BITS / self.weight_bits

    @property
    def bytes_per_parameter(self) -> float:
        """Bytes stored per original parameter."""
        return self.keep_bytes * self.weight_bits / 8.0

    def after(self, recipe: Recipe) -> CompressionState:
        """Return the state after one more recipe; unchanged if that makes nothing smaller.

        Shares of what is left multiply and losses in nats add, by the rule of stacks. A
        quantisation to no fewer bits does nothing; one to fewer bits starts from the original
        weights, so its loss and its scales replace those of the last. So it is with the KV cache.
        """
        state = self
        for part in recipe.parts:
            state = state._after(part)
        if state == self:
            return self
        return replace(state, capability_loss_logit=state._lost(recipe.loss))

    def _after(self, part: Part) -> CompressionState:
        size = part.size
        if part.rounds_cache:
            bits = ORIGINAL_BITS * size.cache_share
            if bits >= self.kv_bits:
                return self
            return replace(self, kv_bits=bits, cache_nats=part.nats)
        if part.bits is None:
            return replace(
                self,
                keep_values=self.keep_values * size.values_share,
                keep_footprint=self.keep_footprint * size.footprint_share,
                keep_flops=self.keep_flops * size.keep_flops_share,
                mask_share=self.mask_share + size.side_share,
                structure_nats=(*self.structure_nats, part.nats),
                is_two_of_four=self.is_two_of_four or part.is_two_of_four,
                is_factored=self.is_factored or part.family == "low_rank",
            )
        if part.bits >= self.weight_bits:
            return self
        return replace(
            self,
            weight_bits=part.bits,
            activation_bits=min(self.activation_bits, part.activation_bits),
            scale_share=size.side_share,
            quantisation_nats=part.nats,
        )

    def _lost(self, loss: Loss) -> float:
        rounding = (self.quantisation_nats, self.cache_nats)
        parts = (*self.structure_nats, *(nats for nats in rounding if nats))
        return loss.capability_logit(
            loss.nats(parts, rounds_factors=self.is_factored and bool(self.quantisation_nats))
        )
