"""Bytes on disk and in memory, the peak of the process, and what to do when none is left."""

from __future__ import annotations

import math
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from analysis.compression.errors import CalibrationError
from analysis.compression.pages import give_back_pages
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
        give_back_pages()  # or the peak would be that of an earlier row
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


def free_memory_gb() -> float:
    """Return the memory that this machine can still give [GB]; infinite where it cannot be told."""
    give_back_pages()
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return math.inf
    found = (line.split()[1] for line in lines if line.startswith("MemAvailable"))
    return float(next(found, math.inf)) / 1e6


@contextmanager
def enough_memory(what: str) -> Iterator[None]:
    """Turn memory that runs out inside the block into a message of one sentence.

    Raises
    ------
    CalibrationError
        Memory of the machine or of the accelerator is used up.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        is_torch = "not enough memory" in str(error) or "out of memory" in str(error)
        if isinstance(error, RuntimeError) and not is_torch:
            raise
        raise CalibrationError(
            f"{what}: memory ran out.  Rows finished before are kept.  Ask for fewer tokens in the "
            "grid, or close other programs, and run the same command again."
        ) from None


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
