"""Distillation of the small GPT: students trained for real, with the teacher and without.

A student's loss on one token is

    w T^2 KL(p_T(teacher) || p_T(student)) + (1 - w) (-ln p_1(student)[next token])

with ``p_T`` the softmax at temperature T [1]_. The control is the same student, from the same first
weights, on the same text in the same order, with ``w = 0``.

References
----------
.. [1] Hinton, G., Vinyals, O., Dean, J. (2015). Distilling the knowledge in a neural network.
   arXiv:1503.02531, section 2.
.. [2] Sanh, V. et al. (2019). DistilBERT. arXiv:1910.01108: students that start from evenly spaced
   layers of the teacher.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor, nn
from transformers import LlamaForCausalLM

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.packages import cache_folder
from analysis.compression.subjects.gpt import (
    GptSubject,
    Shape,
    block_matrices,
    new_model,
    student_storage,
)
from analysis.compression.subjects.gpt_training import (
    WINDOWS_A_STEP,
    next_token_loss,
    steps_for,
    window_order,
    windows_at,
)
from analysis.compression.trained_weights import load_trained, recipe_name, save_trained
from analysis.compression.training import Schedule, descend

TEMPERATURE = 1.0
"""A language model's answers are spread over many tokens already, so they are not softened."""
TEACHER_WEIGHT = 0.7
STUDENT_TOKENS = 400_000
_PEAK_RATE = 1.5e-3
_HEAD_WIDTH, _NEURON_MULTIPLE = 32, 64


@dataclass(frozen=True, slots=True)
class Student:
    """A trained student and what it took.

    Attributes
    ----------
    subject
        The student; its storage is accounted relative to the teacher's matrices.
    student_share
        Its block weights over the teacher's.
    teacher_weight
        Weight of the teacher in its loss; 0: trained alone.
    tokens
        Tokens that it was trained on.
    cpu_seconds
        Processor time of its training.
    """

    subject: GptSubject
    student_share: float
    teacher_weight: float
    tokens: int
    cpu_seconds: float


def distillation_loss(
    student: Tensor, teacher: Tensor, ahead: Tensor, *, teacher_weight: float, temperature: float
) -> Tensor:
    """Return the mean over tokens of the loss at the top of this file [nats].

    Parameters
    ----------
    student, teacher
        Logits, shape (k, n, V).
    ahead
        The next tokens, shape (k, n).
    """
    divergence = nn.functional.kl_div(
        torch.log_softmax(student.flatten(0, 1) / temperature, dim=-1),
        torch.log_softmax(teacher.flatten(0, 1) / temperature, dim=-1),
        reduction="batchmean",
        log_target=True,
    )
    soft = teacher_weight * temperature**2 * divergence
    if teacher_weight == 1.0:
        return soft
    return soft + (1.0 - teacher_weight) * next_token_loss(student, ahead)


def student_shape(teacher: Shape, method: str, student_share: float) -> Shape:
    """Return the student's sizes: fewer blocks of the same width, or as many narrower blocks.

    Narrower students have heads of 32 channels and feed-forward neurons in multiples of 64; the
    width is the one whose share of weights is nearest.

    Raises
    ------
    MethodNotAllowed
        No student of the teacher comes within 0.05 of the share.
    """
    if method.endswith("_layers"):
        shapes = [replace(teacher, layers=layers) for layers in range(1, teacher.layers)]
    else:
        shapes = [_narrower(teacher, heads) for heads in range(1, teacher.hidden // _HEAD_WIDTH)]
    whole = teacher.block_parameters
    reachable = {shape.block_parameters / whole: shape for shape in shapes}
    share = min(reachable, key=lambda one: abs(one - student_share), default=float("inf"))
    if abs(share - student_share) > 0.05:
        offer = ", ".join(f"{one:.2f}" for one in sorted(reachable)) or "none"
        raise MethodNotAllowed(
            f"{method} at strength {student_share:g}: a student of this teacher can have these "
            f"shares of its weights: {offer}.  Use one of them."
        )
    return reachable[share]


def _narrower(teacher: Shape, heads: int) -> Shape:
    hidden = heads * _HEAD_WIDTH
    neurons = teacher.intermediate * hidden / teacher.hidden
    multiple = max(1, round(neurons / _NEURON_MULTIPLE)) * _NEURON_MULTIPLE
    return replace(teacher, hidden=hidden, heads=heads, intermediate=multiple)


def first_weights(teacher: GptSubject, shape: Shape, seed: int) -> LlamaForCausalLM:
    """Return an untrained student: evenly spaced blocks of the teacher if the widths are equal."""
    student = new_model(shape, seed)
    if shape.hidden != teacher.shape.hidden:
        return student
    given = teacher.model.state_dict()
    own = dict(given)
    chosen = torch.linspace(0, teacher.shape.layers - 1, shape.layers).round().int().tolist()
    for number, source in enumerate(chosen):
        start = f"model.layers.{source}."
        for name, weights in given.items():
            if name.startswith(start):
                own[f"model.layers.{number}.{name.removeprefix(start)}"] = weights
    student.load_state_dict({name: own[name] for name in student.state_dict()})
    return student


def train_student(
    teacher: GptSubject,
    method: str,
    student_share: float,
    *,
    tokens: int = STUDENT_TOKENS,
    seed: int = 1,
    tell: Callable[[int, int], None] | None = None,
) -> Student:
    """Return the student of a method at a share of the teacher's, trained or from the cache."""
    shape = student_shape(teacher.shape, method, student_share)
    weight = 0.0 if method.startswith("alone") else TEACHER_WEIGHT
    return distil(teacher, shape, tokens, seed, weight, tell=tell)


def distil(
    teacher: GptSubject,
    shape: Shape,
    tokens: int,
    seed: int,
    teacher_weight: float,
    *,
    temperature: float = TEMPERATURE,
    peak_rate: float = _PEAK_RATE,
    tell: Callable[[int, int], None] | None = None,
) -> Student:
    """Train a student of a shape, or read it from the cache if that was done before.

    Parameters
    ----------
    tokens
        Tokens of the training text to see; rounded down to whole steps.
    seed
        Of its first weights and of the order of the text.
    teacher_weight
        The ``w`` of the loss; 0 trains it alone.
    tell
        Called after each step with its number and the number of steps.
    """
    context = shape.context
    schedule = Schedule(steps_for(tokens, context), peak_rate)
    recipe = {
        "teacher_sha256": teacher.weights_sha256,
        "shape": asdict(shape),
        "seed": seed,
        "teacher_weight": teacher_weight,
        "temperature": temperature if teacher_weight else None,
        "schedule": asdict(schedule),
        "windows_a_step": WINDOWS_A_STEP,
    }
    path = cache_folder() / recipe_name("student", recipe)
    device = next(teacher.model.parameters()).device
    student = first_weights(teacher, shape, seed)
    nn.Module.to(student, device)
    order = window_order(teacher.train_tokens, context, schedule.steps, seed)
    record = load_trained(path, student)
    if record is None:

        def loss_of(step: int) -> Tensor:
            cut = windows_at(teacher.train_tokens, order[step], context)
            seen, ahead = (part.to(device) for part in cut)
            logits = student(input_ids=seen).logits
            if not teacher_weight:
                return next_token_loss(logits, ahead)
            with torch.no_grad():
                soft = teacher.model(input_ids=seen).logits
            return distillation_loss(
                logits, soft, ahead, teacher_weight=teacher_weight, temperature=temperature
            )

        checkpoint = path.with_suffix(".checkpoint")
        descent = descend(student.train(), loss_of, schedule, checkpoint=checkpoint, tell=tell)
        record = save_trained(
            path, student, descent, script=__name__, recipe=recipe, items=order.numel() * context
        )
    share = shape.block_parameters / teacher.shape.block_parameters
    subject = replace(
        teacher,
        name=f"{teacher.name}-student",
        model=student.eval(),
        targets=block_matrices(student),
        storage=student_storage(student, share),
        moments={},
        shape=shape,
        weights_sha256=record.weights_sha256,
    )
    return Student(subject, share, teacher_weight, record.items, record.cpu_seconds)
