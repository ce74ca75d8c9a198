"""Trained weights in the cache: written with the record of how they arose, checked when read."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from analysis.compression.errors import CalibrationError
from analysis.compression.packages import CACHE_VARIABLE, file_digest
from analysis.compression.provenance import processor
from analysis.compression.training import Descent, aside_of


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """How a model's weights came about, kept beside them.

    Attributes
    ----------
    script
        Module that trained them.
    recipe
        All that determines them: shape, seed, tokens, schedule, digest of the data.
    items
        Tokens (or images) seen, with repetition.
    weights_sha256
        Of the file of weights.
    loss_curve
        Training loss, averaged over every 20 steps.
    cpu_seconds
        Processor time that training took.
    date, processor, versions
        When, on what and with which libraries.
    """

    script: str
    recipe: Mapping[str, Any]
    items: int
    weights_sha256: str
    loss_curve: list[float]
    cpu_seconds: float
    date: str
    processor: str
    versions: Mapping[str, str]


def recipe_name(name: str, recipe: Mapping[str, Any]) -> str:
    """Return a file name that changes with anything that determines the weights."""
    text = json.dumps(recipe, sort_keys=True)
    return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def save_trained(
    path: Path,
    model: nn.Module,
    descent: Descent,
    *,
    script: str,
    recipe: Mapping[str, Any],
    items: int,
) -> TrainingRecord:
    """Write weights (``.safetensors``) and their record (``.json``) beside them.

    The record is written last: weights without one do not count.

    Raises
    ------
    CalibrationError
        The disk is full or the place cannot be written.
    """
    weights = path.with_suffix(".safetensors")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = aside_of(weights)
        # Tied parameters are named once; the models trained here have no lasting buffers.
        save_file({name: one.detach() for name, one in model.named_parameters()}, aside)
        aside.replace(weights)
        record = TrainingRecord(
            script=script,
            recipe=recipe,
            items=items,
            weights_sha256=file_digest(weights),
            loss_curve=descent.curve,
            cpu_seconds=round(descent.cpu_seconds, 2),
            date=dt.datetime.now(dt.UTC).date().isoformat(),
            processor=processor(),
            versions={name: version(name) for name in ("torch", "transformers", "tokenizers")},
        )
        note = path.with_suffix(".json")
        aside_of(note).write_text(json.dumps(asdict(record), indent=1), encoding="utf-8")
        aside_of(note).replace(note)
    except (OSError, SafetensorError) as error:
        raise cannot_be_written(path, error) from None
    return record


def cannot_be_written(path: Path, error: Exception) -> CalibrationError:
    """Return the error to raise when the cache takes no more."""
    return CalibrationError(
        f"{path}: what was trained cannot be written ({error}).  Free disk space, or set "
        f"{CACHE_VARIABLE} to another folder."
    )


def load_trained(path: Path, model: nn.Module) -> TrainingRecord | None:
    """Fill a model with trained weights; None if they have not been trained yet.

    Raises
    ------
    CalibrationError
        The weights are not those that their record describes.
    """
    weights, note = path.with_suffix(".safetensors"), path.with_suffix(".json")
    if not note.exists():
        return None
    try:
        record = TrainingRecord(**json.loads(note.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise CalibrationError(
            f"{note}: is damaged.  Delete it, and the model is trained again."
        ) from None
    found = file_digest(weights) if weights.exists() else "no file"
    if found != record.weights_sha256:
        raise CalibrationError(
            f"{weights}: is damaged (SHA-256 {found[:12]}..., its record says "
            f"{record.weights_sha256[:12]}...).  Delete {note.name}, and the model is "
            "trained again."
        )
    tensors = load_file(weights)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(tensors[name])
    return record
