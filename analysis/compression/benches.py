"""Opens a workbench for each model of the registry: loads or trains it, and sets up its tasks."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from analysis.compression.errors import CalibrationError
from analysis.compression.grid import Measured
from analysis.compression.measures.language import Encode, LanguageModelling, windows
from analysis.compression.registry import ModelEntry, Package, model_entry
from analysis.compression.subject import Batch, Subject
from analysis.compression.texts import Texts
from analysis.compression.workbench import Student, Training, Workbench

WINDOW_TOKENS = 256
CLASSES = 16
"""Documents that passages are told apart by, and spread over."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How measurements are run.

    Attributes
    ----------
    threads
        Threads that torch may use.
    device
        ``cpu`` or ``cuda``.
    seed
        Seed of all draws.
    """

    threads: int
    device: str
    seed: int


class Benches:
    """Opens workbenches, and keeps the last one at hand: what it has collected is used again.

    Parameters
    ----------
    texts
        What language models are calibrated and measured on.
    setting
        Threads, device, seed.
    """

    def __init__(self, texts: Texts, setting: Setting) -> None:
        self.texts = texts
        self.setting = setting
        self._last: tuple[Measured, str, Workbench] | None = None

    def open(self, measured: Measured, device: str | None = None) -> Workbench:
        """Return the workbench of a model; `open_workbench` says what may go wrong.

        Parameters
        ----------
        measured
            The model of a grid.
        device
            Where it is wanted; None: where the setting says.
        """
        place = device or self.setting.device
        if self._last is None or self._last[:2] != (measured, place):
            self._last = None  # two models need not fit in memory together
            gc.collect()
            bench = open_workbench(measured, self.texts, replace(self.setting, device=place))
            self._last = (measured, place, bench)
        return self._last[2]


def open_workbench(measured: Measured, texts: Texts, setting: Setting) -> Workbench:
    """Load or train a model and set up what it is measured on.

    Parameters
    ----------
    measured
        The model of a grid.
    texts
        What language models are calibrated and measured on.
    setting
        Threads, device, seed.

    Raises
    ------
    CalibrationError
        The model cannot be had, does not fit in memory, or the text is too short for it.
    """
    entry = model_entry(measured.model)
    _require_memory(entry)
    torch.set_num_threads(setting.threads)
    bench = _OPENERS[entry.name](entry, measured, texts, setting)
    if setting.device != "cpu":
        bench.base.model.to(setting.device)
    return bench


def free_memory_gb() -> float:
    """Return the memory that this machine can still give [GB]; infinite where it cannot be told."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return float("inf")
    kilobytes = next(line.split()[1] for line in lines if line.startswith("MemAvailable"))
    return float(kilobytes) / 1e6


def _require_memory(entry: ModelEntry) -> None:
    free = free_memory_gb()
    if free < entry.memory_gb:
        others = ", ".join(other.name for other in _known() if other.memory_gb <= free)
        raise CalibrationError(
            f"{entry.name}: needs some {entry.memory_gb:g} GB of memory, and {free:.1f} GB are "
            f"free.  Close other programs, or measure another model: {others or 'none fits'}."
        )


def _known() -> Sequence[ModelEntry]:
    from analysis.compression.registry import MODELS

    return tuple(MODELS.values())


def _origin(entry: ModelEntry, **further: Any) -> dict[str, Any]:
    """Describe where a model comes from, for the record."""
    package: Package | None = entry.package
    origin: dict[str, Any] = {"licence": entry.licence, "note": entry.note}
    if package is not None:
        origin |= {
            "package": package.name,
            "version": package.version,
            "sha256": dict(package.files),
            "made_by": package.origin,
        }
    return origin | further


def _smollm2(entry: ModelEntry, measured: Measured, texts: Texts, setting: Setting) -> Workbench:
    from analysis.compression.subjects.gpt import block_matrices
    from analysis.compression.subjects.smollm2 import smollm2

    model, encode = smollm2()
    subject = Subject(
        name=entry.name,
        model=model,
        targets=block_matrices(model),
        calibration=_calibration(encode, texts, measured, WINDOW_TOKENS, setting.device),
    )
    return _language(entry, measured, texts, subject, encode, WINDOW_TOKENS, setting)


def _language(
    entry: ModelEntry,
    measured: Measured,
    texts: Texts,
    subject: Subject,
    encode: Encode,
    length: int,
    setting: Setting,
    student: Student | None = None,
    **origin: Any,
) -> Workbench:
    from analysis.compression.recovery import recover

    def recovered(compressed: Subject, original: Subject, tokens: int) -> Training:
        took = recover(compressed, original, tokens, setting.seed, threads=setting.threads)
        return Training(took.tokens, took.cpu_seconds)

    held_out = windows(
        encode,
        texts.evaluation,
        length=length,
        most_tokens=measured.tokens,
        name=texts.name,
    )
    task = LanguageModelling(held_out.to(setting.device), texts.name)
    return Workbench(
        entry=entry,
        base=subject,
        tasks=(task,),
        calibration_tokens=measured.calibration_tokens,
        recovery_tokens=measured.recovery_tokens,
        origin=_origin(entry, **origin),
        items={task.name: task.items},
        recover=recovered,
        student=student,
    )


def _calibration(
    encode: Encode, texts: Texts, measured: Measured, length: int, device: str
) -> Callable[[], Iterator[Batch]]:
    cut = windows(
        encode,
        texts.calibration,
        length=length,
        most_tokens=measured.calibration_tokens,
        name="the calibration text",
    ).to(device)
    # What is calibrated are the layers: the head's answers, a fifth of the time, are left out.
    return lambda: ({**batch, "logits_to_keep": 1} for batch in cut.batches(4))


def _gpt(entry: ModelEntry, measured: Measured, texts: Texts, setting: Setting) -> Workbench:
    from analysis.compression.distillation import train_student
    from analysis.compression.subjects.gpt import stream_of
    from analysis.compression.subjects.gpt_training import GptPlan, small_gpt

    plan = GptPlan()
    teacher = small_gpt(texts.train, texts.calibration, plan)
    length = teacher.shape.context
    teacher.calibration = _calibration(teacher.encode, texts, measured, length, setting.device)

    def student(method: str, student_share: float) -> tuple[Subject, Training]:
        made = train_student(teacher, method, student_share)
        made.subject.model.to(setting.device)
        return made.subject, Training(made.tokens, made.cpu_seconds)

    return _language(
        entry,
        measured,
        texts,
        teacher,
        teacher.encode,
        length,
        setting,
        student,
        weights_sha256=teacher.weights_sha256,
        training_seed=plan.seed,
        training_tokens=plan.tokens,
        training_script="analysis/compression/subjects/gpt_training.py",
        training_text_tokens=int(stream_of(teacher.encode, texts.train).numel()),
    )


def _minilm(entry: ModelEntry, measured: Measured, texts: Texts, setting: Setting) -> Workbench:
    from analysis.compression.measures.classification import Classification
    from analysis.compression.measures.retrieval import Retrieval
    from analysis.compression.subjects.encoder import CALIBRATION_TOKENS, minilm

    _only_on_cpu(entry, setting)
    encoder = minilm(texts.calibration)
    each = max(2, measured.tokens // CLASSES)
    retrieval = Retrieval(encoder, texts.evaluation, passages_per_document=each)
    classification = Classification(
        encoder, texts.evaluation, classes=CLASSES, passages_per_class=each
    )
    return Workbench(
        entry=entry,
        base=encoder,
        tasks=(retrieval, classification),
        calibration_tokens=CALIBRATION_TOKENS,
        recovery_tokens=0,
        origin=_origin(entry),
        items={
            retrieval.name: len(retrieval.queries),
            classification.name: len(classification.held_out),
        },
    )


def _digits(entry: ModelEntry, measured: Measured, _texts: Texts, setting: Setting) -> Workbench:
    from analysis.compression.measures.images import ImageClassification
    from analysis.compression.recovery import recover_images
    from analysis.compression.subjects.convnet import (
        Images,
        ImageSubject,
        digits,
        digits_convnet,
    )

    _only_on_cpu(entry, setting)
    network = digits_convnet()
    data = digits()
    held_out = Images(
        data.held_out.pixels[: measured.tokens], data.held_out.labels[: measured.tokens]
    )
    task = ImageClassification(held_out)

    def recovered(compressed: Subject, original: Subject, images: int) -> Training:
        assert isinstance(compressed, ImageSubject)  # noqa: S101 - narrows the type
        took = recover_images(compressed, original, images, setting.seed)
        return Training(took.tokens, took.cpu_seconds)

    return Workbench(
        entry=entry,
        base=network,
        tasks=(task,),
        calibration_tokens=data.calibration.labels.numel(),
        recovery_tokens=measured.recovery_tokens,
        origin=_origin(entry, weights_sha256=network.weights_sha256),
        items={task.name: held_out.labels.numel()},
        text="handwritten digits of scikit-learn (UCI, CC BY 4.0)",
        recover=recovered,
    )


def _only_on_cpu(entry: ModelEntry, setting: Setting) -> None:
    if setting.device != "cpu":
        raise CalibrationError(
            f"{entry.name}: is measured on the processor alone.  Give --device cpu, or choose "
            "language models with --model."
        )


_OPENERS = {
    "smollm2-135m": _smollm2,
    "gpt-3m": _gpt,
    "minilm": _minilm,
    "digits-convnet": _digits,
}
