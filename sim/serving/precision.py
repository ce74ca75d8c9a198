"""At which precision a model is served, and what of the chip's peak it then achieves.

Weights of fewer bits than the activations are unpacked to those before they are multiplied: they
save traffic and memory, and no arithmetic. Only weights and activations of at most 8 bits run at
the 8-bit rate. Shares of peak belong to precision, phase and kind of model (dense or mixture of
experts), not to the chip; `sim.data.serving_efficiency` holds them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sim.data.serving_efficiency import ServingEfficiency, serving_efficiency

SIXTEEN_BITS = 16.0
EIGHT_BITS = 8.0
_PACKED_EIGHT_BITS = 6.0
"""Weights of more bits than these are unpacked as those of 8 bits are."""
_SCALES_BITS = 1.0
"""Bits that scales may add to 8 bits and 16."""
STEP_OVERHEAD_S = 2e-3
"""Time of a decoding step that neither compute nor traffic explains: launches, communication."""


@dataclass(frozen=True, slots=True)
class Precision:
    """Bits that a model is served at.

    Attributes
    ----------
    weight_bits, activation_bits, kv_bits
        Of stored weights, of what is multiplied with them, and of the KV cache.
    two_of_four
        Two of every four weights are zero, in a pattern that arithmetic can skip.
    """

    weight_bits: float
    activation_bits: float
    kv_bits: float = SIXTEEN_BITS
    two_of_four: bool = False

    @property
    def computes_in_8_bits(self) -> bool:
        """Whether arithmetic runs at the chip's 8-bit rate."""
        return max(self.weight_bits, self.activation_bits) <= EIGHT_BITS + _SCALES_BITS

    @property
    def unpacks(self) -> bool:
        """Whether weights have fewer bits than what they are multiplied as."""
        computed = EIGHT_BITS if self.computes_in_8_bits else SIXTEEN_BITS
        return self.weight_bits < computed - _SCALES_BITS


SERVED_IN_16_BITS = Precision(SIXTEEN_BITS, SIXTEEN_BITS)


@dataclass(frozen=True, slots=True)
class Efficiency:
    """What of the peak an instance achieves when busy.

    Attributes
    ----------
    flop_utilisation
        Achieved share of the peak rate at this precision [mfu].
    weight_bandwidth_utilisation, cache_bandwidth_utilisation
        Achieved shares of bandwidth in reading weights and the KV cache [mbu].
    overhead_s
        Fixed time of a decoding step [t_0].
    """

    flop_utilisation: float
    weight_bandwidth_utilisation: float
    cache_bandwidth_utilisation: float
    overhead_s: float = STEP_OVERHEAD_S

    def scaled(self, prefill: float, decode: float) -> Efficiency:
        """Return that of an accelerator which does better or worse than most by these factors."""
        return replace(
            self,
            flop_utilisation=self.flop_utilisation * prefill,
            weight_bandwidth_utilisation=self.weight_bandwidth_utilisation * decode,
            cache_bandwidth_utilisation=self.cache_bandwidth_utilisation * decode,
        )


def efficiency_at(
    precision: Precision,
    *,
    has_fp8: bool,
    is_mixture: bool,
    accelerators: int,
    shares: ServingEfficiency | None = None,
) -> Efficiency:
    """Return what a model achieves at a precision.

    Parameters
    ----------
    precision
        Bits of weights, activations and cache.
    has_fp8
        Whether the accelerator computes in FP8; else its 8 bits are integers.
    is_mixture
        Whether the model is a mixture of experts.
    accelerators
        That hold one copy of the model.
    shares
        Shares of peak; None: the shipped ones.
    """
    known = serving_efficiency() if shares is None else shares
    arithmetic = _arithmetic(precision, known, has_fp8=has_fp8)
    packed = _packed(precision, known)
    if is_mixture:
        arithmetic *= known.mixture_arithmetic / known.arithmetic_fp8
        weights = known.mixture_traffic * packed / known.packed_8_bits
        return Efficiency(arithmetic, weights, known.mixture_traffic)
    together = known.parallel if accelerators > 1 else 1.0
    return Efficiency(
        arithmetic * together, known.traffic * packed * together, known.traffic * together
    )


def _arithmetic(precision: Precision, shares: ServingEfficiency, *, has_fp8: bool) -> float:
    share = shares.arithmetic_16_bits
    unpacking = shares.unpacking_to_16_bits
    if precision.computes_in_8_bits:
        share = shares.arithmetic_fp8 if has_fp8 else shares.arithmetic_int8
        unpacking = shares.unpacking_to_8_bits
    if precision.unpacks:
        share *= unpacking
    return share * shares.two_of_four if precision.two_of_four else share


def _packed(precision: Precision, shares: ServingEfficiency) -> float:
    if precision.weight_bits > EIGHT_BITS + _SCALES_BITS:
        return 1.0
    eight = precision.weight_bits > _PACKED_EIGHT_BITS
    return shares.packed_8_bits if eight else shares.packed_4_bits
