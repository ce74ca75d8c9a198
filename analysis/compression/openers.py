"""How each model of the registry is loaded or trained, and what it is measured on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from analysis.compression.errors import CalibrationError
from analysis.compression.grid import FEWEST_CALIBRATION_TOKENS, MeasuredModel
from analysis.compression.measures.language import Encode, LanguageModelling, windows
from analysis.compression.registry import ModelEntry, Package
from analysis.compression.setting import Setting
from analysis.compression.subject import Batch, Subject
from analysis.compression.texts import DRAWS, Texts
from analysis.compression.workbench import Student, Training, Workbench

WINDOW_TOKENS = 256
CLASSES = 16
"""Documents that passages are told apart by, and spread over."""


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


def _smollm2(
    entry: ModelEntry, measured: MeasuredModel, texts: Texts, setting: Setting
) -> Workbench:
    from analysis.compression.subjects.gpt import block_matrices
    from analysis.compression.subjects.smollm2 import smollm2

    texts = texts.drawn(measured.draw)
    model, encode = smollm2(measured.draw)
    subject = Subject(
        name=entry.name,
        model=model,
        targets=block_matrices(model),
        calibration=_calibration(encode, texts, measured, WINDOW_TOKENS, setting.device),
    )
    return _language(entry, measured, texts, subject, encode, WINDOW_TOKENS, setting)


def _language(
    entry: ModelEntry,
    measured: MeasuredModel,
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
        return recover(compressed, original, tokens, setting.seed, threads=setting.threads)

    held_out = windows(
        encode,
        texts.evaluation,
        length=length,
        most_tokens=measured.tokens,
        name=texts.name,
        place=measured.draw / (DRAWS - 1),
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
        draw=measured.draw,
        recover=recovered,
        student=student,
    )


def _calibration(
    encode: Encode, texts: Texts, measured: MeasuredModel, length: int, device: str
) -> Callable[[], Iterator[Batch]]:
    cut = windows(
        encode,
        texts.calibration,
        length=length,
        most_tokens=measured.calibration_tokens,
        name="the calibration text",
    ).to(device)
    if cut.tokens.numel() < FEWEST_CALIBRATION_TOKENS:
        raise CalibrationError(
            f"the calibration text gives {cut.tokens.numel()} tokens; on fewer than "
            f"{FEWEST_CALIBRATION_TOKENS} methods fit its noise."
        )
    # What is calibrated are the layers: the head's answers, a fifth of the time, are left out.
    return lambda: ({**batch, "logits_to_keep": 1} for batch in cut.batches(4))


def _gpt(entry: ModelEntry, measured: MeasuredModel, texts: Texts, setting: Setting) -> Workbench:
    from analysis.compression.distillation import train_student
    from analysis.compression.subjects.gpt import stream_of
    from analysis.compression.subjects.gpt_training import GptPlan, small_gpt

    plan = GptPlan()
    teacher = small_gpt(texts.train, texts.calibration, plan, tell=setting.teller(entry.name))
    length = teacher.shape.context
    teacher.calibration = _calibration(teacher.encode, texts, measured, length, setting.device)

    def student(method: str, student_share: float) -> tuple[Subject, Training]:
        tell = setting.teller(f"{method}:{student_share:g}")
        made = train_student(teacher, method, student_share, tell=tell)
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


def _minilm(
    entry: ModelEntry, measured: MeasuredModel, texts: Texts, _setting: Setting
) -> Workbench:
    from analysis.compression.measures.classification import Classification
    from analysis.compression.measures.retrieval import Retrieval
    from analysis.compression.subjects.encoder import CALIBRATION_TOKENS, minilm

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


def _digits(
    entry: ModelEntry, measured: MeasuredModel, _texts: Texts, setting: Setting
) -> Workbench:
    from analysis.compression.measures.images import ImageClassification
    from analysis.compression.recovery import recover_images
    from analysis.compression.subjects.convnet import (
        Images,
        ImageSubject,
        digits,
        digits_convnet,
    )

    network = digits_convnet(tell=setting.teller(entry.name))
    data = digits()
    held_out = Images(
        data.held_out.pixels[: measured.tokens], data.held_out.labels[: measured.tokens]
    )
    task = ImageClassification(held_out)

    def recovered(compressed: Subject, original: Subject, images: int) -> Training:
        assert isinstance(compressed, ImageSubject)  # noqa: S101 - narrows the type
        return recover_images(compressed, original, images, setting.seed)

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


OPENERS: Mapping[str, Callable[[ModelEntry, MeasuredModel, Texts, Setting], Workbench]] = {
    "smollm2-135m": _smollm2,
    "gpt-3m": _gpt,
    "minilm": _minilm,
    "digits-convnet": _digits,
}
"""By the name of the model."""
