"""Measured losses of stacks against the sum of what their parts lose."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from analysis.compression.fitting.stacking import Stack
from analysis.figures.compression.looks import MODEL_NAMES, nats_axis
from analysis.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SKY,
    VERMILION,
    sheet,
    styled_with_mathematics,
)
from sim.compression.groups import CACHE, METHODS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from analysis.compression.fitting.fit import FittedCurves
    from sim.compression.curves import Estimate

_NORMAL_95 = 1.96
_MARKERS: Final = ("o", "s", "D", "^")
_KINDS: Final = {
    "scattered": ("pruned, scattered", VERMILION),
    "structured": ("structure removed", BLUE),
    "low_rank": ("factored", GREEN),
    "distillation": ("distilled", ORANGE),
    CACHE: ("cache rounded too", SKY),
}
_RATIOS = (0.4, 0.6, 0.8, 1.0, 1.4, 2.0, 3.0, 4.0)


@styled_with_mathematics
def draw(fitted: FittedCurves, stacks: Sequence[Stack]) -> Figure:
    """Draw the figure.

    Parameters
    ----------
    fitted
        The rule of stacks, with those that it was fitted to.
    stacks
        All stacks whose parts were measured alone; those not fitted to are hollow.
    """
    shown = [stack for stack in stacks if min(stack.nats, stack.sum_nats) > 0.0]
    models = list(dict.fromkeys(stack.row.model for stack in shown))
    figure = sheet(max(4.2, 0.9 + 0.135 * len(shown)))
    losses, ratios = figure.subplots(1, 2, width_ratios=(1.15, 1))
    _losses(losses, fitted, shown, models)
    _ratios(ratios, fitted, shown, models)
    figure.legend(handles=_keys(shown, models), loc="outside lower left", ncols=4, fontsize=7)
    return figure


def _losses(
    axes: Axes, fitted: FittedCurves, stacks: Sequence[Stack], models: Sequence[str]
) -> None:
    ends = [end for stack in stacks for end in (stack.nats, stack.sum_nats)]
    line = np.array([min(ends) / 1.4, max(ends) * 1.4])
    axes.plot(line, line, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
    for gamma, colour in _rules(fitted, stacks):
        axes.plot(line, gamma.best * line, color=colour, linewidth=1.1)
        axes.fill_between(line, gamma.low * line, gamma.high * line, color=colour, alpha=0.1,
                          linewidth=0)  # fmt: skip
    for stack in stacks:
        colour, marker, face = _look(stack, fitted, models)
        axes.errorbar(
            stack.sum_nats, stack.nats, xerr=_whisker(stack.sum_nats, _sum_error(stack)),
            yerr=_whisker(stack.nats, _error(stack)), fmt=marker, color=colour,
            markerfacecolor=face, markersize=4.4, markeredgewidth=0.8, elinewidth=0.8,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(*line)
    axes.set_ylim(*line)
    nats_axis(axes)
    axes.set_xticks(axes.get_yticks())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda nats, _: f"{nats:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()
    axes.grid(visible=True, axis="x")
    axes.set_xlabel("sum of its parts alone, nats per token")
    axes.set_ylabel("loss of the stack, nats per token")
    axes.set_title("Losses add up")
    axes.text(
        0.97, 0.03, _rule(fitted), size=6.6, ha="right", va="bottom", transform=axes.transAxes
    )


def _rules(fitted: FittedCurves, stacks: Sequence[Stack]) -> list[tuple[Estimate, str]]:
    """Return the factors of the rule with their colours: rounded factors have one of their own."""
    found = [(fitted.curves.stacking, BLACK)]
    if any(stack.rounds_factors for stack in stacks):
        found.append((fitted.curves.stacking_factors, _KINDS["low_rank"][1]))
    return found


def _rule(fitted: FittedCurves) -> str:
    gamma, factors = fitted.curves.stacking, fitted.curves.stacking_factors
    scatter = math.exp(fitted.curves.stacking_residual_sd)
    own = sum(stack.rounds_factors for stack in fitted.stacks)
    said = [
        f"stack = {gamma.best:.2f} x sum of its parts",
        f"({gamma.low:.2f} to {gamma.high:.2f}, 95%; stacks: {len(fitted.stacks) - own}),",
        f"residual s.d. beyond noise: factor {scatter:.2f}",
    ]
    if own:
        said += [
            f"where factors are rounded: {factors.best:.2f}",
            f"({factors.low:.2f} to {factors.high:.2f}; stacks: {own})",
        ]
    return "\n".join(said)


def _ratios(
    axes: Axes, fitted: FittedCurves, stacks: Sequence[Stack], models: Sequence[str]
) -> None:
    ordered = sorted(stacks, key=lambda stack: (models.index(stack.row.model), _kind(stack)))
    axes.axvline(1.0, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
    for gamma, colour in _rules(fitted, stacks):
        axes.axvline(gamma.best, color=colour, linewidth=1.1)
        axes.axvspan(gamma.low, gamma.high, color=colour, alpha=0.1, linewidth=0)
    for height, stack in enumerate(ordered):
        colour, marker, face = _look(stack, fitted, models)
        ratio = stack.nats / stack.sum_nats
        error = ratio * math.hypot(_error(stack) / stack.nats, _sum_error(stack) / stack.sum_nats)
        axes.errorbar(
            ratio, height, xerr=_whisker(ratio, error), fmt=marker, color=colour,
            markerfacecolor=face, markersize=4.4, markeredgewidth=0.8, elinewidth=0.8,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlim(_RATIOS[0], _RATIOS[-1])
    axes.set_xticks(_RATIOS)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda ratio, _: f"{ratio:g}"))
    axes.minorticks_off()
    axes.set_yticks(range(len(ordered)), [_short(stack) for stack in ordered], size=6)
    axes.set_ylim(len(ordered) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.yaxis.tick_right()
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.set_xlabel("stack over sum of its parts")
    axes.set_title("Stack by stack")


def _look(stack: Stack, fitted: FittedCurves, models: Sequence[str]) -> tuple[str, str, str]:
    """Return the colour, marker and face of a stack."""
    colour = _KINDS[_kind(stack)][1]
    used = stack.row.run_id in {one.row.run_id for one in fitted.stacks}
    marker = _MARKERS[models.index(stack.row.model) % len(_MARKERS)]
    return colour, marker, colour if used else "white"


def _kind(stack: Stack) -> str:
    return METHODS[stack.row.methods[0]].group if stack.row.cache_bits is None else CACHE


def _error(stack: Stack) -> float:
    return stack.row.delta_nll_se_nats or 0.0


def _sum_error(stack: Stack) -> float:
    return math.hypot(*(part.delta_nll_se_nats or 0.0 for part in stack.parts))


def _whisker(value: float, error: float) -> list[list[float]]:
    """Return a 95% interval's two lengths, the lower one short of zero."""
    return [[min(_NORMAL_95 * error, 0.95 * value)], [_NORMAL_95 * error]]


def _short(stack: Stack) -> str:
    """Write a stack in few letters."""
    words = {
        "activation_aware": "Wanda", "two_of_four_activation_aware": "2:4", "neurons": "neurons",
        "layers": "layers", "svd_whitened": "SVD", "distilled_layers": "student",
        "uniform_per_group": "uniform", "gptq_per_group": "GPTQ", "dynamic_w8a8": "W8A8",
    }  # fmt: skip
    parts = zip(stack.row.methods, stack.row.strengths, strict=True)
    return " + ".join(f"{words.get(name, name)} {strength:g}" for name, strength in parts)


def _keys(stacks: Sequence[Stack], models: Sequence[str]) -> list[Line2D]:
    def key(label: str, **look: object) -> Line2D:
        look = {"linestyle": "none", "markersize": 4.6, "markeredgewidth": 0.8, **look}
        return Line2D([], [], label=label, **look)  # type: ignore[arg-type]

    present = {_kind(stack) for stack in stacks}
    keys = [key(w, marker="o", color=c) for kind, (w, c) in _KINDS.items() if kind in present]
    keys += [
        key(MODEL_NAMES.get(model, model), marker=_MARKERS[n % len(_MARKERS)], color=GREY)
        for n, model in enumerate(models)
    ]
    keys.append(key("not fitted: noise, or above 2 nats", marker="o", color=GREY,
                    markerfacecolor="white"))  # fmt: skip
    keys.append(Line2D([], [], color=GREY, linewidth=0.9, linestyle=(0, (4, 3)), label="1 : 1"))
    return keys
