"""A model on the bench: what it answers uncompressed, and how a configuration is applied to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis.compression.configuration import Configuration
from analysis.compression.errors import MethodNotAllowed
from analysis.compression.measures.quality import HeldOutTask, Quality
from analysis.compression.methods.method import Look
from analysis.compression.registry import ModelEntry
from analysis.compression.storage import ORIGINAL_BITS
from analysis.compression.subject import Subject
from sim.compression.groups import RECOVERED


@dataclass(frozen=True, slots=True)
class Training:
    """What training a compressed model took: tokens (or images) seen, and processor seconds."""

    tokens: int
    cpu_seconds: float


Recover = Callable[[Subject, Subject, int], Training]
"""Trains a compressed subject in place, with the original as its teacher, for so many tokens."""
Student = Callable[[str, float], tuple[Subject, Training]]
"""Returns a student by the name of its method and its share of the teacher's parameters."""


@dataclass(frozen=True, slots=True)
class Compressed:
    """A compressed model, and what making it took.

    Attributes
    ----------
    subject
        The model.
    keep_bytes, keep_flops
        Shares left of the original's matrices, at 16 bits.
    bits_w, bits_a, bits_cache
        Bits of a stored weight, of activations, and of a number of the KV cache.
    sparsity
        Share of weights removed by pruning; None where nothing was pruned.
    training
        Training after compressing, or of the student.
    cost_cpu_seconds, cost_tokens
        Processor time of compressing, training included; tokens of calibration text that was
        looked at, however often, and of training.
    """

    subject: Subject
    keep_bytes: float
    keep_flops: float
    bits_w: float
    bits_a: float
    bits_cache: float
    sparsity: float | None
    training: Training
    cost_cpu_seconds: float
    cost_tokens: int


@dataclass(slots=True)
class Workbench:
    """A model with its tasks.

    Attributes
    ----------
    entry
        The model's entry in the registry.
    base
        The uncompressed model.
    tasks
        What quality is measured on.
    calibration_tokens
        Tokens (or images) that methods look at.
    recovery_tokens
        Tokens (or images) that recovered models are trained on.
    origin
        Where the model comes from, for the record.
    items
        Held-out tokens, passages or images of each task.
    text
        What it is measured on, where that is not the session's text.
    draw
        Which permutation of channels, calibration text and place in the articles.
    recover, student
        How compressed models are trained on, and students made; None where that is not offered.
    """

    entry: ModelEntry
    base: Subject
    tasks: tuple[HeldOutTask[Any], ...]
    calibration_tokens: int
    recovery_tokens: int
    origin: Mapping[str, Any]
    items: Mapping[str, int]
    text: str = ""
    draw: int = 0
    recover: Recover | None = None
    student: Student | None = None
    _originals: dict[str, Any] = field(default_factory=dict)
    _looks_cpu_seconds: dict[Look, float] = field(default_factory=dict)

    @property
    def writes_text(self) -> bool:
        """Whether it is a language model, which decodes token by token."""
        return "language" in self.entry.tasks

    def compress(self, configuration: Configuration) -> Compressed:
        """Apply a configuration to a copy of the model.

        Raises
        ------
        MethodNotAllowed
            The model's layers do not allow a method at that strength, or it is not offered here.
        """
        parts = configuration.parts
        needs = (part.method.needs for part in parts if not part.is_student)
        looks = {look for look in needs if look is not None}
        begin = time.process_time()
        # A student has inputs of its own.
        recorded_s = 0.0 if parts[0].is_student else sum(map(self._looked, looks))
        subject, training = self.base.copy(), Training(0, 0.0)
        bits_a = ORIGINAL_BITS
        for part in parts:
            if part.is_student:
                if self.student is None:
                    raise MethodNotAllowed(
                        f"{part.name}: {self.entry.name} has no students here; distil gpt-3m."
                    )
                asked = time.process_time()
                subject, training = self.student(part.name, part.strength)
                # What its training took is on record, whether it was trained now or long ago.
                recorded_s += training.cpu_seconds
                begin += time.process_time() - asked
                continue
            method = part.method
            if method.needs is not None:
                method.needs.observe(subject)
            method.apply(subject, part.strength)
            bits_a = min(bits_a, method.activation_bits)
            if part.is_recovered:
                training = self._recovered(part.name, subject)
        cost = time.process_time() - begin + recorded_s
        left = subject.shares
        return Compressed(
            subject=subject,
            keep_bytes=left.keep_bytes,
            keep_flops=left.keep_flops,
            bits_w=left.bits_per_value,
            bits_a=bits_a,
            bits_cache=subject.cache_bits,
            sparsity=1.0 - left.keep_values if configuration.is_pruned else None,
            training=training,
            cost_cpu_seconds=cost,
            cost_tokens=training.tokens + max(map(self._tokens, looks), default=0),
        )

    def quality(self, task: HeldOutTask[Any], subject: Subject) -> Quality:
        """Measure a compressed model against the original, on the same held-out items."""
        if task.name not in self._originals:
            self._originals[task.name] = task.answers(self.base)
        return task.quality(self._originals[task.name], task.answers(subject))

    def forget_answers(self) -> None:
        """Let go of what the original answered: of every token, a number for each word known."""
        self._originals.clear()

    def _looked(self, look: Look) -> float:
        """Look at the original on calibration text; return what that took, if it was done before.

        So every method that needs it is charged with it once.
        """
        if look in self._looks_cpu_seconds:
            return self._looks_cpu_seconds[look]
        begin = time.process_time()
        look.observe(self.base)
        self._looks_cpu_seconds[look] = time.process_time() - begin
        return 0.0

    def _tokens(self, look: Look) -> int:
        if look.tokens is None:
            return self.calibration_tokens
        return min(look.tokens, self.calibration_tokens)

    def _recovered(self, name: str, subject: Subject) -> Training:
        if self.recover is None or not self.recovery_tokens:
            raise MethodNotAllowed(
                f"{name}: add recovery_tokens to {self.entry.name}, or drop {RECOVERED}."
            )
        return self.recover(subject, self.base, self.recovery_tokens)
