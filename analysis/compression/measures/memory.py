"""Bytes: on disk, in memory, moved for a token; and the peak of the process."""

from __future__ import annotations

import resource
from pathlib import Path
from types import TracebackType

from torch import nn

from analysis.compression.storage import ORIGINAL_BITS
from analysis.compression.subject import Subject

_RESET_PEAK = "5"
"""What to write to ``clear_refs`` to set the peak back to what is resident now: proc(5)."""


class PeakMemory:
    """Peak resident memory of this process over a ``with`` block.

    Attributes
    ----------
    peak_bytes
        The peak [B], known after the block.
    since_start
        True where the system does not let the peak be set back: it is then that of the process
        since it began.
    """

    def __init__(self) -> None:
        self.peak_bytes = 0
        self.since_start = False

    def __enter__(self) -> PeakMemory:
        try:
            Path("/proc/self/clear_refs").write_text(_RESET_PEAK, encoding="ascii")
        except OSError:  # not Linux, or not allowed in this container
            self.since_start = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.peak_bytes = peak_since_start() if self.since_start else _high_water_mark()


def peak_since_start() -> int:
    """Return the peak resident memory of this process since it began [B]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def bytes_on_disk(subject: Subject) -> float:
    """Return bytes of the whole model as stored: targets as accounted, the rest in 16 bits."""
    return (sum(one.bits for one in subject.storage.values()) + _rest_bits(subject)) / 8


def bytes_in_memory(subject: Subject) -> float:
    """Return bytes of the weights as a dense kernel holds them.

    Values keep their bits, with scales and codebooks beside; zeros that pruning left at scattered
    places are held like any other value, because the kernel runs over them.
    """
    total = _rest_bits(subject)
    for name, storage in subject.storage.items():
        if storage.values:
            entries = subject.matrix(name).weight.numel()
            total += max(entries * storage.bits_per_value + storage.side_bits, storage.bits)
    return total / 8


def bytes_per_decoded_token(subject: Subject) -> float:
    """Return bytes of weights read for one decoded token: all as stored, less the token table.

    Of a table of token embeddings only one row is read, unless the output head shares it.
    """
    unread = sum(
        module.weight.numel() - module.embedding_dim
        for module in subject.model.modules()
        if isinstance(module, nn.Embedding) and not _shared(subject.model, module)
    )
    return bytes_on_disk(subject) - unread * ORIGINAL_BITS / 8


def _shared(model: nn.Module, table: nn.Embedding) -> bool:
    return any(
        isinstance(module, nn.Linear) and module.weight is table.weight
        for module in model.modules()
    )


def _rest_bits(subject: Subject) -> float:
    """Return bits of all parameters that are not weights of targets, in 16 bits each."""
    compressed = sum(
        subject.matrix(name).weight.numel()
        for name, storage in subject.storage.items()
        if storage.values
    )
    return (subject.parameters - compressed) * ORIGINAL_BITS


def _high_water_mark() -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return peak_since_start()
