"""Low-rank factorisation ``W ~ B A``: plain, or of least error in the output.

With A of shape (r, n) and B of shape (m, r), r (m + n) numbers take the place of m n: this pays
only for ``r < m n / (m + n)``, half the full rank for a square matrix. A strength is the share of
parameters that the factors keep, so below 1 it always pays.

References
----------
.. [1] Eckart, C., Young, G. (1936). The approximation of one matrix by another of lower rank.
   *Psychometrika* 1, 211-218.
.. [2] Wang, X. et al. (2024). SVD-LLM: truncation-aware singular value decomposition for large
   language model compression. arXiv:2403.07378, section 3.1.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.methods.method import MOMENTS, Method
from analysis.compression.methods.weights import keep_moment, rows_of, store_share
from analysis.compression.subject import Subject

DAMPING = 1e-4
"""Share of the moment's mean diagonal that is added to it, so that it has a Cholesky factor."""


@torch.no_grad()
def svd(subject: Subject, strength: float) -> None:
    """Factor each matrix by its largest singular values."""
    _demand_that_it_pays(strength)
    for name in subject.targets:
        rows = rows_of(subject, name)
        _replace(subject, name, factors(rows, rank(rows, strength)))


@torch.no_grad()
def svd_whitened(subject: Subject, strength: float) -> None:
    """Factor each matrix by the largest singular values of ``W L``, where ``E x x' = L L'``.

    Leaving out a singular value then costs exactly its square in the output's squared error.
    """
    _demand_that_it_pays(strength)
    for name in subject.targets:
        rows = rows_of(subject, name)
        whitening = cholesky_factor(subject.moments[name])
        _replace(subject, name, factors(rows, rank(rows, strength), whitening))


def rank(rows: Tensor, share: float) -> int:
    """Return the rank at which factors have a share of a matrix's entries, at least 1."""
    outputs, inputs = rows.shape
    return max(1, round(share * outputs * inputs / (outputs + inputs)))


def factors(rows: Tensor, kept_rank: int, whitening: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return A (r, n) and B (m, r) with the least ``||(W - B A) L||``, L being the whitening.

    ``U S V'`` of ``W L``, cut to rank r, is ``U_r U_r' W L``; so ``B = U_r`` and ``A = U_r' W``
    need no inverse of L.
    """
    seen = rows if whitening is None else rows @ whitening
    left, _, _ = torch.linalg.svd(seen, full_matrices=False)
    wide: Tensor = left[:, :kept_rank]
    return wide.T @ rows, wide


def cholesky_factor(moment: Tensor) -> Tensor:
    """Return the lower triangular L with ``L L'`` the moment, damped a little, shape (n, n)."""
    damped = moment.clone()
    damped.diagonal().add_(DAMPING * moment.diagonal().mean().clamp(min=1e-12))
    lower: Tensor = torch.linalg.cholesky(damped)
    return lower


def _replace(subject: Subject, name: str, pair: tuple[Tensor, Tensor]) -> None:
    """Put two layers in place of a target, and account for each as a target of its own."""
    narrow, wide = pair
    place, _, attribute = name.rpartition(".")
    layers = _layers(subject.matrix(name), narrow, wide)
    setattr(subject.model.get_submodule(place), attribute, layers)
    first, second = f"{name}.0", f"{name}.1"
    subject.targets = tuple(
        new for old in subject.targets for new in ((first, second) if old == name else (old,))
    )
    _account(subject, name, narrow, wide)
    moment = subject.moments.get(name)
    if moment is not None:
        keep_moment(subject, name, None)
        keep_moment(subject, first, moment)
        keep_moment(subject, second, narrow @ moment @ narrow.T)


def _account(subject: Subject, name: str, narrow: Tensor, wide: Tensor) -> None:
    storage = subject.storage.pop(name)
    entries = narrow.numel() + wide.numel()
    for place, factor in enumerate((narrow, wide)):
        part = store_share(replace(storage, side_bits=0.0), factor.numel() / entries)
        subject.storage[f"{name}.{place}"] = part.factored(float(factor.numel()))


def _layers(module: nn.Linear | nn.Conv2d, narrow: Tensor, wide: Tensor) -> nn.Sequential:
    """Make the two layers: for a convolution, r filters and then a mix of their outputs."""
    kept_rank, outputs = narrow.shape[0], wide.shape[0]
    first: nn.Linear | nn.Conv2d
    second: nn.Linear | nn.Conv2d
    bias = module.bias is not None
    if isinstance(module, nn.Linear):
        first = nn.Linear(module.in_features, kept_rank, bias=False)
        second = nn.Linear(kept_rank, outputs, bias=bias)
    else:
        first = nn.Conv2d(
            module.in_channels,
            kept_rank,
            module.kernel_size,  # type: ignore[arg-type]
            module.stride,  # type: ignore[arg-type]
            module.padding,  # type: ignore[arg-type]
            bias=False,
        )
        second = nn.Conv2d(kept_rank, outputs, 1, bias=bias)
    first.weight.copy_(narrow.view_as(first.weight))
    second.weight.copy_(wide.view_as(second.weight))
    if module.bias is not None and second.bias is not None:
        second.bias.copy_(module.bias)
    return nn.Sequential(first, second).to(module.weight.device).eval()


def _demand_that_it_pays(strength: float) -> None:
    if strength >= 1.0:
        raise MethodNotAllowed(
            f"low-rank factors at a share of {strength:g} of the parameters: they only pay for a "
            "rank r < m n / (m + n), that is a share below 1.  Use a share such as 0.8."
        )


METHODS = (
    Method(
        "svd",
        "low_rank",
        "rank_share",
        0.02,
        0.98,
        svd,
        reference="Eckart and Young (1936); torch.linalg.svd",
    ),
    Method(
        "svd_whitened",
        "low_rank",
        "rank_share",
        0.02,
        0.98,
        svd_whitened,
        needs=MOMENTS,
        reference="arXiv:2403.07378",
    ),
)
