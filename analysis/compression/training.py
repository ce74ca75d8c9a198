"""Training of the models that are trained here: the loop, its schedule, the weights on disk."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import os
import pickle
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from analysis.compression.errors import CalibrationError
from analysis.compression.packages import CACHE_VARIABLE, file_digest

_STEPS_BETWEEN_CHECKPOINTS = 100
_STEPS_A_POINT = 20


@dataclass(frozen=True, slots=True)
class Schedule:
    """How fast weights move while they are trained, step by step.

    Attributes
    ----------
    steps
        Updates of the weights.
    peak_rate
        Learning rate at its highest, after the warm-up.
    warmup_share
        Share of the steps in which the rate rises from zero.
    final_share
        Share of the peak rate that is left at the end of the cosine.
    weight_decay
        Pull of matrices towards zero, decoupled; vectors are left alone.
    threads
        Processor threads; part of the recipe, as sums over threads round differently.
    """

    steps: int
    peak_rate: float
    warmup_share: float = 0.05
    final_share: float = 0.05
    weight_decay: float = 0.1
    threads: int = 1

    def rate(self, step: int) -> float:
        """Return the learning rate of a step: linear warm-up, then half a cosine.

        References
        ----------
        Loshchilov, I., Hutter, F. (2017). SGDR: stochastic gradient descent with warm restarts.
        arXiv:1608.03983, equation 5.
        """
        warmup = max(1.0, self.warmup_share * self.steps)
        if step < warmup:
            return self.peak_rate * (step + 1) / warmup
        done = (step - warmup) / max(1.0, self.steps - warmup)
        cosine = 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0)))
        return self.peak_rate * (self.final_share + (1.0 - self.final_share) * cosine)


@dataclass(frozen=True, slots=True)
class Descent:
    """What training took and how the loss fell.

    Attributes
    ----------
    losses
        Of every step [nats for a language model].
    cpu_seconds
        Processor time, summed over threads and over interruptions.
    """

    losses: list[float]
    cpu_seconds: float

    @property
    def curve(self) -> list[float]:
        """The loss, averaged over every 20 steps."""
        parts = range(0, len(self.losses), _STEPS_A_POINT)
        means = (self.losses[start : start + _STEPS_A_POINT] for start in parts)
        return [round(sum(part) / len(part), 5) for part in means]


@contextmanager
def repeatable(model: nn.Module, threads: int) -> Iterator[None]:
    """Have torch compute the same bits each time, on so many threads; put back what was set.

    Only on processors: some operations have no such form on graphics cards.
    """
    before, was_strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(threads)
    if next(model.parameters()).device.type == "cpu":
        torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(was_strict)
        torch.set_num_threads(before)


def descend(
    model: nn.Module,
    loss_of: Callable[[int], Tensor],
    schedule: Schedule,
    *,
    checkpoint: Path | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> Descent:
    """Train those parameters of a model in place that ask for gradients, with AdamW.

    Parameters
    ----------
    loss_of
        The loss of a step, by its number; it alone says which data a step sees, so that training
        that was interrupted goes on as if it had not been.
    checkpoint
        File to go on from if it is there, written every 100 steps and removed at the end.
    tell
        Called after each step with its number and the number of steps.

    References
    ----------
    Loshchilov, I., Hutter, F. (2019). Decoupled weight decay regularization. arXiv:1711.05101.
    """
    optimiser = _optimiser(model, schedule)
    losses: list[float] = []
    spent_before = 0.0
    if checkpoint is not None and checkpoint.exists():
        state = _state_of(checkpoint)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        losses, spent_before = state["losses"], state["cpu_seconds"]
    start = time.process_time()
    with repeatable(model, schedule.threads):
        for step in range(len(losses), schedule.steps):
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate(step)
            optimiser.zero_grad(set_to_none=True)
            loss = loss_of(step)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            losses.append(loss.item())
            if tell is not None:
                tell(step + 1, schedule.steps)
            if checkpoint is not None and (step + 1) % _STEPS_BETWEEN_CHECKPOINTS == 0:
                _save_state(checkpoint, model, optimiser, losses, spent_before + _since(start))
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return Descent(losses, spent_before + _since(start))


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
        aside = _aside(weights)
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
            processor=_processor(),
            versions={name: version(name) for name in ("torch", "transformers", "tokenizers")},
        )
        note = path.with_suffix(".json")
        _aside(note).write_text(json.dumps(asdict(record), indent=1), encoding="utf-8")
        _aside(note).replace(note)
    except (OSError, SafetensorError) as error:
        raise cannot_be_written(path, error) from None
    return record


def cannot_be_written(path: Path, error: Exception) -> CalibrationError:
    """Return the error to raise when the cache takes no more."""
    return CalibrationError(
        f"{path}: what was trained cannot be written ({error}).  Make room, or set "
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


def _optimiser(model: nn.Module, schedule: Schedule) -> torch.optim.AdamW:
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": schedule.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=schedule.peak_rate, betas=(0.9, 0.95), fused=True)


def _aside(path: Path) -> Path:
    """Return where a process of its own writes a file, before it takes the place of the old one."""
    return path.with_name(f".{path.name}.{os.getpid()}")


def _since(start: float) -> float:
    return time.process_time() - start


def _save_state(
    path: Path,
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    losses: list[float],
    cpu_seconds: float,
) -> None:
    aside = _aside(path)
    state = {
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "losses": losses,
        "cpu_seconds": cpu_seconds,
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(state, aside)
        aside.replace(path)
    except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
        raise CalibrationError(
            f"{path}: the state of training cannot be written ({error}).  Make room and give the "
            "same command again; training goes on from the last state that was written."
        ) from None


def _state_of(path: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = torch.load(path, weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError):
        raise CalibrationError(
            f"{path}: is damaged.  Delete it, and training starts from the beginning."
        ) from None
    return state


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )
