"""Training of the small GPT: which text it sees in which order, and the trained model kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

import torch
from torch import Tensor, nn

from analysis.compression.errors import CalibrationError
from analysis.compression.packages import cache_folder, file_digest
from analysis.compression.subjects.gpt import (
    GptSubject,
    Shape,
    block_matrices,
    calibration_batches,
    encoder,
    new_model,
    stream_of,
    trained_tokenizer,
)
from analysis.compression.trained_weights import load_trained, recipe_name, save_trained
from analysis.compression.training import Schedule, descend

WINDOWS_A_STEP = 4


@dataclass(frozen=True, slots=True)
class GptPlan:
    """How the small GPT is trained.

    Attributes
    ----------
    shape
        Its sizes.
    tokens
        Tokens to see, with repetition; rounded down to whole steps of 4 windows.
    seed
        Of its first weights and of the order of the text.
    peak_rate
        Highest learning rate.
    threads
        Processor threads: one, so that the weights do not depend on how many there are.
    """

    shape: Shape = field(default_factory=Shape)
    tokens: int = 2_000_000
    seed: int = 1
    peak_rate: float = 1.5e-3
    threads: int = 1

    @property
    def schedule(self) -> Schedule:
        """The schedule that sees so many tokens."""
        return Schedule(
            steps_for(self.tokens, self.shape.context), self.peak_rate, threads=self.threads
        )


def steps_for(tokens: int, context: int) -> int:
    """Return the steps of 4 windows that see so many tokens.

    Raises
    ------
    CalibrationError
        Not even one step.
    """
    steps = tokens // (WINDOWS_A_STEP * context)
    if steps < 1:
        raise CalibrationError(
            f"training on {tokens} tokens: one step sees {WINDOWS_A_STEP * context}.  Use at "
            "least that many."
        )
    return steps


def window_order(stream: Tensor, context: int, steps: int, seed: int) -> Tensor:
    """Return where the windows of each step start in a stream, shape (steps, 4).

    Each pass over the text cuts it at another offset and shuffles the windows.
    """
    room = stream.numel() - 1
    if room < 2 * context:
        raise CalibrationError(
            f"the training text has {stream.numel()} tokens; windows of {context} need at least "
            f"{2 * context + 1}.  Use a longer text."
        )
    generator = torch.Generator().manual_seed(seed)
    wanted = steps * WINDOWS_A_STEP
    starts: list[Tensor] = []
    while sum(part.numel() for part in starts) < wanted:
        offset = int(torch.randint(context, (1,), generator=generator))
        count = (room - offset) // context
        starts.append(offset + context * torch.randperm(count, generator=generator))
    return torch.cat(starts)[:wanted].view(steps, WINDOWS_A_STEP)


def windows_at(stream: Tensor, starts: Tensor, context: int) -> tuple[Tensor, Tensor]:
    """Return windows and the tokens that follow each of theirs, both of shape (k, context)."""
    cut = torch.stack([stream[start : start + context + 1] for start in starts.tolist()])
    return cut[:, :-1], cut[:, 1:]


def next_token_loss(logits: Tensor, ahead: Tensor) -> Tensor:
    """Return the mean of ``-ln P(next token)`` [nats]."""
    return nn.functional.cross_entropy(logits.flatten(0, 1), ahead.flatten())


def small_gpt(
    train: Sequence[str],
    calibration: Sequence[str],
    plan: GptPlan | None = None,
    *,
    tell: Callable[[int, int], None] | None = None,
) -> GptSubject:
    """Return the small GPT, trained by a plan or read from the cache if that was done before.

    Parameters
    ----------
    train, calibration
        Documents to train on, and to calibrate methods with.
    tell
        Called after each step of training with its number and the number of steps.

    Raises
    ------
    CalibrationError
        A text is too short, the cache is damaged, or the disk is full.
    """
    plan = plan or GptPlan()
    text_sha256 = hashlib.sha256("\x00".join(train).encode()).hexdigest()
    tokenizer_path = cache_folder() / f"gpt-tokenizer-{text_sha256[:12]}.json"
    encode = encoder(trained_tokenizer(train, tokenizer_path))
    stream = stream_of(encode, train)
    recipe = {
        "plan": asdict(plan),
        "schedule": asdict(plan.schedule),
        "windows_a_step": WINDOWS_A_STEP,
        "text_sha256": text_sha256,
        "tokenizer_sha256": file_digest(tokenizer_path),
    }
    path = cache_folder() / recipe_name("gpt", recipe)
    model = new_model(plan.shape, plan.seed)
    record = load_trained(path, model)
    if record is None:
        schedule, context = plan.schedule, plan.shape.context
        order = window_order(stream, context, schedule.steps, plan.seed)

        def loss_of(step: int) -> Tensor:
            seen, ahead = windows_at(stream, order[step], context)
            return next_token_loss(model(input_ids=seen).logits, ahead)

        checkpoint = path.with_suffix(".checkpoint")
        descent = descend(model.train(), loss_of, schedule, checkpoint=checkpoint, tell=tell)
        record = save_trained(
            path, model, descent, script=__name__, recipe=recipe, items=order.numel() * context
        )
    return GptSubject(
        name="gpt-3m",
        model=model.eval(),
        targets=block_matrices(model),
        calibration=calibration_batches(stream_of(encode, calibration), plan.shape.context),
        shape=plan.shape,
        encode=encode,
        train_tokens=stream,
        weights_sha256=record.weights_sha256,
    )
