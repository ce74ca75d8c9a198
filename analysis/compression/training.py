"""Training of the models that are trained here: loop, schedule, going on where it stopped."""

from __future__ import annotations

import math
import os
import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from analysis.compression.errors import CalibrationError

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
        that was interrupted continues as if it had not been.
    checkpoint
        File to resume from if it is there, written every 100 steps and removed at the end.
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
            loss.backward()
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


def aside_of(path: Path) -> Path:
    """Return where a process of its own writes a file, before it takes the place of the old one."""
    return path.with_name(f".{path.name}.{os.getpid()}")


def _optimiser(model: nn.Module, schedule: Schedule) -> torch.optim.AdamW:
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": schedule.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=schedule.peak_rate, betas=(0.9, 0.95), fused=True)


def _since(start: float) -> float:
    return time.process_time() - start


def _save_state(
    path: Path,
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    losses: list[float],
    cpu_seconds: float,
) -> None:
    aside = aside_of(path)
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
            f"{path}: the state of training cannot be written ({error}).  Free disk space and run "
            "the same command again; training resumes from the last state that was written."
        ) from None


def _state_of(path: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = torch.load(path, weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError):
        raise CalibrationError(
            f"{path}: is damaged.  Delete it, and training starts from the beginning."
        ) from None
    return state
