"""A small convolutional network, trained here on real images of handwritten digits.

They ship with scikit-learn: 1,797 digits of 8 by 8 pixels, from the UCI repository ("Optical
Recognition of Handwritten Digits", Alpaydin and Kaynak 1998, CC BY 4.0).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn

from analysis.compression.packages import cache_folder
from analysis.compression.subject import Batch, Subject
from analysis.compression.trained_weights import load_trained, recipe_name, save_trained
from analysis.compression.training import Schedule, descend

_HELD_OUT, _CALIBRATION = 400, 128
_SPLIT_SEED = 1998
_STEPS, _IMAGES_A_STEP, _PEAK_RATE = 1200, 32, 2e-3


@dataclass(frozen=True, slots=True)
class Images:
    """Images with their labels.

    Attributes
    ----------
    pixels
        Brightness between 0 and 1, shape (n, 1, 8, 8).
    labels
        The digit, shape (n,).
    """

    pixels: Tensor
    labels: Tensor


@dataclass(frozen=True, slots=True)
class Digits:
    """All images, in three parts that share none."""

    train: Images
    calibration: Images
    held_out: Images


@dataclass(slots=True, kw_only=True)
class ImageSubject(Subject):
    """A network for images with what training it further needs.

    Attributes
    ----------
    train_images, train_labels
        Shape (n, 1, 8, 8) and (n,).
    weights_sha256
        Digest of the trained weights.
    """

    train_images: Tensor
    train_labels: Tensor
    weights_sha256: str


def digits() -> Digits:
    """Return the images; which is in which part is fixed: 400 held out, 128 to calibrate."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    order = np.random.Generator(np.random.Philox(_SPLIT_SEED)).permutation(labels.size)
    cuts = np.split(order, [_HELD_OUT, _HELD_OUT + _CALIBRATION])
    held_out, calibration, train = (
        Images(
            torch.tensor(pixels[part] / 16.0, dtype=torch.float32).view(-1, 1, 8, 8),
            torch.tensor(labels[part], dtype=torch.long),
        )
        for part in cuts
    )
    return Digits(train, calibration, held_out)


def new_network(seed: int) -> nn.Sequential:
    """Return the network with fresh weights (He et al. 2015, arXiv:1502.01852)."""
    with torch.random.fork_rng(devices=[]):  # the constructors draw weights that are replaced
        network = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(64, 64, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(256, 64),
            nn.ReLU(),
            nn.Linear(64, 10),
        )
    generator = torch.Generator().manual_seed(seed)
    for parameter in network.parameters():
        if parameter.ndim > 1:
            nn.init.kaiming_normal_(parameter, nonlinearity="relu", generator=generator)
        else:
            nn.init.zeros_(parameter)
    return network


def inner_matrices(network: nn.Module) -> tuple[str, ...]:
    """Return the convolutions and linear layers but the first, that reads pixels, and the last."""
    names = [
        name
        for name, module in network.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear)
    ]
    return tuple(names[1:-1])


def image_order(images: int, steps: int, size: int, seed: int) -> Tensor:
    """Return which images each step sees, shape (steps, size): pass after pass, each shuffled."""
    generator = torch.Generator().manual_seed(seed)
    passes = -(-steps * size // images)
    order = torch.cat([torch.randperm(images, generator=generator) for _ in range(passes)])
    return order[: steps * size].view(steps, size)


def digits_convnet(
    seed: int = 1,
    steps: int = _STEPS,
    *,
    tell: Callable[[int, int], None] | None = None,
) -> ImageSubject:
    """Return the network, trained or read from the cache if that was done before.

    Raises
    ------
    CalibrationError
        The cache is damaged, or the disk is full.
    """
    data = digits()
    schedule = Schedule(steps, _PEAK_RATE, weight_decay=0.05)
    recipe = {
        "seed": seed,
        "loss": "cross-entropy",
        "schedule": asdict(schedule),
        "images_a_step": _IMAGES_A_STEP,
        "data_sha256": _digest(data.train),
    }
    path = cache_folder() / recipe_name("digits-convnet", recipe)
    network = new_network(seed)
    record = load_trained(path, network)
    if record is None:
        order = image_order(data.train.labels.numel(), steps, _IMAGES_A_STEP, seed)

        def loss_of(step: int) -> Tensor:
            chosen = order[step]
            scores = network(data.train.pixels[chosen])
            return nn.functional.cross_entropy(scores, data.train.labels[chosen])

        descent = descend(network.train(), loss_of, schedule, tell=tell)
        record = save_trained(
            path, network, descent, script=__name__, recipe=recipe, items=order.numel()
        )

    def calibration() -> Iterator[Batch]:
        for part in torch.split(data.calibration.pixels, _IMAGES_A_STEP):
            yield {"input": part}

    return ImageSubject(
        name="digits-convnet",
        model=network.eval(),
        targets=inner_matrices(network),
        calibration=calibration,
        train_images=data.train.pixels,
        train_labels=data.train.labels,
        weights_sha256=record.weights_sha256,
    )


def _digest(images: Images) -> str:
    content = images.pixels.numpy().tobytes() + images.labels.numpy().tobytes()
    return hashlib.sha256(content).hexdigest()
