"""Recovery: training a pruned or factored model a little, so that it answers as it did before.

The weights that are left learn from the uncompressed model's answers, not from labels, so that what
is regained is what compression took and not a fit to the text. The loss is that of
`analysis.compression.distillation` with all weight on the teacher at temperature 1,
``KL(p(original) || p(compressed))``. Images, of which there are few and whose labels are sure, use
half of each. A weight that is zero stays zero.

References
----------
.. [1] Han, S. et al. (2015). Learning both weights and connections for efficient neural networks.
   arXiv:1506.02626: prune, then train what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from analysis.compression.distillation import distillation_loss
from analysis.compression.errors import MethodNotAllowed
from analysis.compression.storage import ORIGINAL_BITS
from analysis.compression.subject import Subject
from analysis.compression.subjects.convnet import ImageSubject, image_order
from analysis.compression.subjects.gpt import GptSubject
from analysis.compression.subjects.gpt_training import window_order, windows_at
from analysis.compression.training import Descent, Schedule, descend
from analysis.compression.workbench import Training

_RATE_TIMES_WIDTH = 0.1
"""Peak learning rate times the width of the model: wider models bear smaller steps
(arXiv:2203.03466). Assumed; 5e-4 at a width of 192, 1.7e-4 at 576."""
_IMAGE_RATE = 5e-4
_WINDOWS_A_STEP = 2
_IMAGES_A_STEP = 32


def recover(
    subject: Subject, teacher: Subject, tokens: int, seed: int, *, threads: int = 1
) -> Training:
    """Train a compressed language model's matrices and norms in place on the original's answers.

    Text is the training text of a model trained here, and calibration text otherwise; never what
    quality is measured on.

    Parameters
    ----------
    subject
        The compressed model.
    teacher
        The original.
    tokens
        Tokens to see; rounded down to whole steps.
    seed
        Of the order of the text.

    Raises
    ------
    MethodNotAllowed
        Weights are quantised already: training would take them off their grid.
    """
    device = next(subject.model.parameters()).device
    steps = [step.to(device) for step in _text_steps(subject, tokens, seed)]
    width = int(subject.model.config.hidden_size)  # type: ignore[union-attr, arg-type]
    schedule = Schedule(len(steps), _RATE_TIMES_WIDTH / width, weight_decay=0.0, threads=threads)

    def loss_of(step: int) -> Tensor:
        seen = steps[step]
        with torch.no_grad():
            soft = teacher.model(input_ids=seen, use_cache=False).logits
        logits = subject.model(input_ids=seen, use_cache=False).logits
        return distillation_loss(logits, soft, seen, teacher_weight=1.0, temperature=1.0)

    with _only_what_is_left(subject):
        descent = descend(subject.model, loss_of, schedule)
    return _training(sum(step.numel() for step in steps), descent)


def recover_images(subject: ImageSubject, teacher: Subject, images: int, seed: int) -> Training:
    """Train a compressed image classifier in place on labels and the original's answers.

    Parameters
    ----------
    images
        Training images to see, with repetition; rounded down to whole steps of 32.

    Raises
    ------
    MethodNotAllowed
        Weights are quantised already.
    """
    steps = images // _IMAGES_A_STEP
    if steps < 1:
        raise MethodNotAllowed(
            f"recovery on {images} images: one step sees {_IMAGES_A_STEP}.  Use at least as many."
        )
    order = image_order(subject.train_labels.numel(), steps, _IMAGES_A_STEP, seed)

    def loss_of(step: int) -> Tensor:
        seen, labels = subject.train_images[order[step]], subject.train_labels[order[step]]
        with torch.no_grad():
            soft = teacher.model(input=seen)
        logits = subject.model(input=seen)
        return distillation_loss(
            logits.unsqueeze(1), soft.unsqueeze(1), labels.unsqueeze(1),
            teacher_weight=0.5, temperature=1.0,
        )  # fmt: skip

    with _only_what_is_left(subject):
        descent = descend(subject.model, loss_of, Schedule(steps, _IMAGE_RATE, weight_decay=0.0))
    return _training(order.numel(), descent)


def _training(items: int, descent: Descent) -> Training:
    return Training(items, round(descent.cpu_seconds, 3))


def _text_steps(subject: Subject, tokens: int, seed: int) -> list[Tensor]:
    """Return the windows that each step sees."""
    if isinstance(subject, GptSubject):
        context, stream = subject.shape.context, subject.train_tokens
        order = window_order(stream, context, max(0, tokens) // (4 * context), seed)
        steps = [windows_at(stream, starts, context)[0] for starts in order]
    else:
        windows = torch.cat([batch["input_ids"] for batch in subject.calibration()])
        count = tokens // windows.shape[1]
        generator = torch.Generator().manual_seed(seed)
        rows: list[int] = []
        while len(rows) < count:
            rows += torch.randperm(windows.shape[0], generator=generator).tolist()
        parts = torch.tensor(rows[:count], dtype=torch.long).split(_WINDOWS_A_STEP)
        steps = [windows[part] for part in parts if part.numel()]
    if not steps:
        raise MethodNotAllowed(
            f"recovery on {tokens} tokens of {subject.name}: one step sees more.  Use at least "
            "1,024."
        )
    return steps


@contextmanager
def _only_what_is_left(subject: Subject) -> Iterator[None]:
    """Let gradients reach the targets' nonzero weights, the norms and the biases, nothing else."""
    quantised = [
        name for name, storage in subject.storage.items() if storage.bits_per_value < ORIGINAL_BITS
    ]
    if quantised:
        raise MethodNotAllowed(
            f"recovery of {subject.name}: {quantised[0]} is quantised already, and training would "
            "take it off its grid.  Recover first, then quantise."
        )
    matrices = {name: subject.matrix(name).weight for name in subject.targets}
    before = {name: one.requires_grad for name, one in subject.model.named_parameters()}
    trained = {id(weight) for weight in matrices.values()}
    for parameter in subject.model.parameters():
        parameter.requires_grad_(id(parameter) in trained or parameter.ndim == 1)
    hooks = [weight.register_hook(_masking(weight)) for weight in matrices.values()]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for name, parameter in subject.model.named_parameters():
            parameter.requires_grad_(before[name])
            parameter.grad = None


def _masking(weight: Tensor) -> Callable[[Tensor], Tensor]:
    """Return a hook under which zero weights get no gradient, and so no step of AdamW."""
    keep = weight.detach() != 0
    return lambda gradient: gradient * keep
