"""The roofline: how fast an instance prefills and decodes.

Prefill is bound by compute; a decoding step by the slower of compute and memory traffic, plus a
fixed time. The number of sequences decoded together is bound by memory and by the slowest speed
that a user accepts. A token attends to those before it: a prompt's to half of it on average, an
output token to all of its context, so that the work of a sequence grows with the square of its
length. The sources leave these operations out, as an architecture does that does not state them.

Where a small model drafts (`speculation`), k drafted tokens and their check give E tokens,

``t(B) = [k max(2 N_s B / F, b_w N_s / BW) + t_0 + max(2 N_a B (k + 1) / F, traffic)] / E``,

and drafting is left off wherever it does not shorten a step.

References
----------
Pope, R., et al. (2022). Efficiently scaling transformer inference. arXiv:2211.05102.
Erdil, E. (2025). Inference economics of language models. arXiv:2506.04645.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from sim.scenario.supply import Architecture
from sim.serving.error import ServingError
from sim.serving.precision import SIXTEEN_BITS, Efficiency, Precision
from sim.serving.speculation import Draft, expected_tokens

USABLE_MEMORY_SHARE = 0.9
"""Share of device memory left to weights and KV cache; the rest is activations and buffers."""
_BITS_PER_BYTE = 8.0
_BISECTIONS = 100


class Chip(Protocol):
    """What the roofline reads of an accelerator: dense peak rates, memory and board power."""

    @property
    def name(self) -> str:
        """Name in the accelerator table."""

    @property
    def fp16_flop_per_s(self) -> float:
        """Dense FLOP/s at 16 bits."""

    @property
    def eight_bit_op_per_s(self) -> float:
        """Dense operations per second at 8 bits; the 16-bit rate if it has no such units."""

    @property
    def has_fp8(self) -> bool:
        """Whether its 8-bit units compute in FP8; else they are for integers."""

    @property
    def memory_bytes(self) -> float:
        """Device memory."""

    @property
    def bandwidth_bytes_per_s(self) -> float:
        """Memory bandwidth."""

    @property
    def power_w(self) -> float:
        """Board power."""


@dataclass(frozen=True, slots=True)
class StoredModel:
    """What compression leaves of a model.

    Attributes
    ----------
    precision
        Bits of weights, activations and KV cache.
    keep_bytes, keep_flops
        Shares of parameters stored, and of active parameters computed, that are left.
    """

    precision: Precision
    keep_bytes: float = 1.0
    keep_flops: float = 1.0


@dataclass(frozen=True, slots=True)
class Roofline:
    """A model on an instance of G accelerators, in FLOPs, bytes and seconds."""

    flops_per_token: float
    """``2 N_a``"""
    attention_flops_per_pair: float
    """Of one token's attention to one other [a]."""
    context_tokens: float
    """Mean context [L]."""
    flop_per_s: float
    """``F mfu G``"""
    dense_bytes: float
    """``b_w N_d``"""
    expert_bytes: float
    """``b_w N_e``"""
    idle_expert_share: float
    """``1 - k/E``: experts that one token leaves alone."""
    kv_bytes_per_token: float
    """Of the cache, at its precision [kv]."""
    weight_bytes_per_s: float
    cache_bytes_per_s: float
    """``BW mbu G`` of weights and of the cache."""
    usable_memory_bytes: float
    """``0.9 H G``"""
    overhead_s: float
    """``t_0``"""
    draft: Draft | None = None
    """The small model that drafts tokens, if there is one."""

    @classmethod
    def of(
        cls, architecture: Architecture, model: StoredModel, chip: Chip, efficiency: Efficiency
    ) -> Roofline:
        """Put a model on an instance.

        Only weights and activations of at most 8 bits run at the chip's 8-bit rate.
        """
        devices = architecture.accelerators_per_instance
        precision = model.precision
        eight_bit = precision.computes_in_8_bits
        peak_flop_per_s = chip.eight_bit_op_per_s if eight_bit else chip.fp16_flop_per_s
        bandwidth = chip.bandwidth_bytes_per_s * devices
        bytes_per_billion = 1e9 * precision.weight_bits / _BITS_PER_BYTE * model.keep_bytes
        experts_billion = architecture.expert_parameters_billion
        return cls(
            flops_per_token=2e9 * architecture.active_parameters_billion * model.keep_flops,
            attention_flops_per_pair=architecture.attention_flops_per_pair,
            context_tokens=architecture.mean_context_tokens,
            flop_per_s=peak_flop_per_s * efficiency.flop_utilisation * devices,
            dense_bytes=(architecture.parameters_billion - experts_billion) * bytes_per_billion,
            expert_bytes=experts_billion * bytes_per_billion,
            idle_expert_share=1.0 - architecture.active_experts / architecture.experts,
            kv_bytes_per_token=architecture.kv_bytes_per_token * precision.kv_bits / SIXTEEN_BITS,
            weight_bytes_per_s=bandwidth * efficiency.weight_bandwidth_utilisation,
            cache_bytes_per_s=bandwidth * efficiency.cache_bandwidth_utilisation,
            usable_memory_bytes=USABLE_MEMORY_SHARE * chip.memory_bytes * devices,
            overhead_s=efficiency.overhead_s,
            draft=_draft(architecture, 1e9 * precision.weight_bits / _BITS_PER_BYTE),
        )

    def at_context(self, tokens: float) -> Roofline:
        """Return the same with another mean context."""
        return replace(self, context_tokens=tokens)

    @property
    def prefill_tok_per_s(self) -> float:
        """Input tokens per second, ``1 / t_in``, of prompts as long as the context."""
        attention = self.attention_flops_per_pair * self.context_tokens / 2.0
        return self.flop_per_s / (self.flops_per_token + attention)

    @property
    def decode_flops_per_token(self) -> float:
        """``2 N_a + a L``."""
        return self.flops_per_token + self.attention_flops_per_pair * self.context_tokens

    @property
    def kv_bytes_per_sequence(self) -> float:
        """``L kv``."""
        return self.context_tokens * self.kv_bytes_per_token

    @property
    def held_bytes(self) -> float:
        """Memory of all weights, those of the small model included."""
        drafting = 0.0 if self.draft is None else self.draft.weight_bytes
        return self.dense_bytes + self.expert_bytes + drafting

    @property
    def largest_batch(self) -> float:
        """Sequences whose KV cache fits beside the weights."""
        free_bytes = self.usable_memory_bytes - self.dense_bytes - self.expert_bytes
        if self.draft is not None:
            free_bytes -= self.draft.weight_bytes
        return free_bytes / self.kv_bytes_per_sequence

    def compute_s(self, batch: float) -> float:
        """Time in which a step's arithmetic is done."""
        return self.decode_flops_per_token * batch / self.flop_per_s

    def traffic_s(self, batch: float, tokens: float = 1.0) -> float:
        """Time in which a step's weights and KV cache are read, for so many tokens a sequence."""
        experts_read = 1.0 - float(self.idle_expert_share ** (batch * tokens))
        weights = self.dense_bytes + self.expert_bytes * experts_read
        cache = batch * self.kv_bytes_per_sequence
        return weights / self.weight_bytes_per_s + cache / self.cache_bytes_per_s

    def step_s(self, batch: float) -> float:
        """Time of an output token of each sequence, ``t(B)``, which rises with the batch."""
        alone = max(self.compute_s(batch), self.traffic_s(batch)) + self.overhead_s
        return alone if self.draft is None else min(alone, self._drafted_step_s(batch, self.draft))

    def is_compute_bound(self, batch: float) -> bool:
        """Return whether arithmetic, not memory, sets the pace of a step."""
        draft, tokens = self.draft, 1.0
        if draft is not None and self.step_s(batch) == self._drafted_step_s(batch, draft):
            tokens = draft.tokens + 1.0
        return self.compute_s(batch * tokens) >= self.traffic_s(batch, tokens)

    def _drafted_step_s(self, batch: float, draft: Draft) -> float:
        drafting = max(
            draft.flops_per_token * batch / self.flop_per_s,
            draft.weight_bytes / self.weight_bytes_per_s,
        )
        checked = draft.tokens + 1.0
        checking = max(self.compute_s(batch * checked), self.traffic_s(batch, checked))
        return (draft.tokens * drafting + checking + self.overhead_s) / draft.expected_tokens

    def batch_within(self, longest_step_s: float) -> float:
        """Return the largest batch that fits memory and whose step takes no longer.

        It is also the cheapest: ``t(B) / B`` falls with B. Fractions are averages over time.
        """
        low, high = 1.0, self.largest_batch
        if self.step_s(high) <= longest_step_s:
            return high
        if not self.expert_bytes and self.draft is None:
            return max(low, self._dense_batch_within(longest_step_s))
        # by hand, since importing scipy.optimize takes half a second of every run
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            if self.step_s(middle) <= longest_step_s:
                low = middle
            else:
                high = middle
        return low

    def _dense_batch_within(self, longest_step_s: float) -> float:
        """Solve ``t(B) = longest`` of a dense model, whose step is linear in B piece by piece."""
        left = longest_step_s - self.overhead_s
        cache_s = self.kv_bytes_per_sequence / self.cache_bytes_per_s
        by_traffic = (left - self.dense_bytes / self.weight_bytes_per_s) / cache_s
        return min(by_traffic, left * self.flop_per_s / self.decode_flops_per_token)

    def require_feasible(self, architecture: Architecture, chip: Chip) -> None:
        """Refuse an instance that cannot serve one sequence at the speed wanted.

        Raises
        ------
        ServingError
            If weights and one sequence do not fit, or one sequence decodes too slowly.
        """
        devices = architecture.accelerators_per_instance
        if self.largest_batch < 1.0:
            needed = self.held_bytes + self.kv_bytes_per_sequence
            raise ServingError.memory(
                chip.name, devices, needed / USABLE_MEMORY_SHARE, chip.memory_bytes
            )
        speed = 1.0 / self.step_s(1.0)
        if speed < architecture.minimum_decode_tok_per_s:
            raise ServingError.speed(
                chip.name, devices, speed, architecture.minimum_decode_tok_per_s
            )


def _draft(architecture: Architecture, bytes_per_billion: float) -> Draft | None:
    """Put the small model on the instance, at the bits of the large one."""
    speculation = architecture.speculation
    if speculation is None:
        return None
    return Draft(
        speculation.draft_tokens,
        expected_tokens(speculation.acceptance_share, speculation.draft_tokens),
        flops_per_token=2e9 * speculation.draft_parameters_billion,
        weight_bytes=speculation.draft_parameters_billion * bytes_per_billion,
    )
