"""Structured pruning: whole layers of a transformer.

References
----------
.. [1] Men, X. et al. (2024). ShortGPT: layers in large language models are more redundant than you
   expect. arXiv:2403.03853, equation 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.methods.method import Look, Method
from analysis.compression.methods.narrowing import largest, write_sizes
from analysis.compression.subject import Subject

Output = Tensor | tuple[Tensor, ...]
TOKENS = 4096
"""Tokens of calibration text that a layer's influence is measured on, to the end of a batch."""


@torch.no_grad()
def layers(subject: Subject, strength: float) -> None:
    """Remove the share ``strength`` of layers, those that change their input the least.

    The first and the last layer always stay.
    """
    path = _path_of_blocks(subject)
    count = len(_blocks(subject, path))
    removed = round(strength * count)
    if not 0 < removed <= count - 2:
        raise MethodNotAllowed(
            f"removing a share of {strength:g} of the {count} layers of {subject.name} is "
            f"{removed} layers; at least 1 and, as the first and the last stay, at most "
            f"{max(count - 2, 0)} can be removed.  Use another share or another model."
        )
    influence = block_influence(subject)
    inner = [influence[f"{path}.{place}"] for place in range(1, count - 1)]
    kept = largest(torch.tensor(inner), count - 2 - removed) + 1
    _keep(subject, path, [0, *kept.tolist(), count - 1])


@torch.no_grad()
def block_influence(subject: Subject) -> dict[str, float]:
    """Return ``1 - E cos(x, y)`` of each layer's input x and output y on calibration text.

    Call it on the uncompressed subject; the result is kept in ``subject.influence``, by the name of
    the layer, and goes along with its copies.

    Raises
    ------
    MethodNotAllowed
        The model has no list of layers.
    """
    if subject.influence:
        return subject.influence
    path = _path_of_blocks(subject)
    blocks = _blocks(subject, path)
    cosines = torch.zeros(len(blocks), device=next(subject.model.parameters()).device)
    tokens = 0
    mask: Tensor | None = None

    def observer(place: int) -> Callable[[nn.Module, tuple[Tensor, ...], Output], None]:
        def observe(_: nn.Module, arguments: tuple[Tensor, ...], output: Output) -> None:
            after = output[0] if isinstance(output, tuple) else output
            cosine = nn.functional.cosine_similarity(arguments[0], after, dim=-1)
            cosines[place] += (cosine if mask is None else cosine * mask).sum()

        return observe

    hooks = [block.register_forward_hook(observer(place)) for place, block in enumerate(blocks)]
    try:
        for batch in subject.calibration():
            mask = batch.get("attention_mask")
            subject.model(**batch)
            tokens += int(batch["input_ids"].numel() if mask is None else mask.sum())
            if tokens >= TOKENS:
                break
    finally:
        for hook in hooks:
            hook.remove()
    for place, influence in enumerate((1.0 - cosines / tokens).tolist()):
        subject.influence[f"{path}.{place}"] = influence
    return subject.influence


def _path_of_blocks(subject: Subject) -> str:
    for path, module in subject.model.named_modules():
        inside = any(name.startswith(f"{path}.") for name in subject.targets)
        if inside and isinstance(module, nn.ModuleList):
            return str(path)
    raise MethodNotAllowed(
        f"{subject.name} has no list of layers that could be removed.  Take neurons, or a method "
        "that removes single weights."
    )


def _blocks(subject: Subject, path: str) -> nn.ModuleList:
    blocks = subject.model.get_submodule(path)
    if not isinstance(blocks, nn.ModuleList):
        raise TypeError(f"{path} of {subject.name} is a {type(blocks).__name__}, no list")
    return blocks


def _keep(subject: Subject, path: str, kept: list[int]) -> None:
    blocks = _blocks(subject, path)
    before = len(blocks)
    place, _, attribute = path.rpartition(".")
    shorter = nn.ModuleList([blocks[index] for index in kept])
    for index, block in enumerate(shorter):
        for module in block.modules():
            # The place of its keys and values among those kept while text is generated.
            if hasattr(module, "layer_idx"):
                module.layer_idx = index  # type: ignore[assignment]
    setattr(subject.model.get_submodule(place), attribute, shorter)
    write_sizes(subject, num_hidden_layers=len(kept))
    _rename(subject, path, {old: new for new, old in enumerate(kept)}, before)


def _rename(subject: Subject, path: str, places: dict[int, int], before: int) -> None:
    """Call targets by their layer's new place; storage of removed ones keeps an entry, empty."""

    def renamed(name: str) -> str | None:
        if not name.startswith(f"{path}."):
            return name
        index, _, rest = name.removeprefix(f"{path}.").partition(".")
        if not index.isdecimal() or int(index) not in places:
            return None
        return f"{path}.{places[int(index)]}.{rest}"

    named = {name: renamed(name) for name in subject.targets}
    removed = {
        f"{name} (removed from {before} layers)": replace(
            subject.storage[name].without_structure(1.0), side_bits=0.0
        )
        for name, new in named.items()
        if new is None
    }
    others = {key: value for key, value in subject.storage.items() if key not in named}
    kept = {new: subject.storage[name] for name, new in named.items() if new is not None}
    subject.storage = {**others, **kept, **removed}
    subject.moments = {
        new: subject.moments[name]
        for name, new in named.items()
        if new is not None and name in subject.moments
    }
    subject.influence = {
        f"{path}.{new}": subject.influence[f"{path}.{old}"] for old, new in places.items()
    }
    subject.targets = tuple(new for new in named.values() if new is not None)


INFLUENCE = Look(block_influence, TOKENS)
"""How much each layer changes its input."""

METHODS = (
    Method(
        "layers",
        "pruning",
        "sparsity_share",
        0.01,
        0.95,
        layers,
        needs=INFLUENCE,
        reference="arXiv:2403.03853",
    ),
)
