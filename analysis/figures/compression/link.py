"""From nats to capability: published pairs of both, and the line that recipes go by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.figure import Figure

from analysis.compression.fitting.link import Pair, capability_per_nat, fit_link
from analysis.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    sheet,
    styled_with_mathematics,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from sim.compression.curves import Estimate

_BENCHMARKS: Final = {
    "mmlu": ("MMLU, which the scale is made of", BLUE, "s"),
    "arc_challenge": ("ARC challenge", PURPLE, "v"),
    "winogrande": ("WinoGrande", ORANGE, "^"),
    "hellaswag": ("HellaSwag", GREEN, "D"),
    "lambada": ("LAMBADA", SKY, "P"),
    "piqa": ("PIQA", VERMILION, "o"),
}


@styled_with_mathematics
def draw(pairs: Sequence[Pair]) -> Figure:
    """Draw the figure: capability lost by each benchmark against nats, and the line of MMLU."""
    slope = capability_per_nat(fit_link(pairs))
    figure = sheet(3.6)
    axes = figure.subplots()
    _line(axes, pairs, slope)
    for name, (label, colour, marker) in _BENCHMARKS.items():
        own = [pair for pair in pairs if pair.benchmark == name]
        axes.errorbar(
            [pair.nats for pair in own], [pair.lost_logit for pair in own],
            yerr=[pair.error_logit for pair in own], fmt=marker, color=colour, markersize=4.5,
            markeredgecolor="white", markeredgewidth=0.4, elinewidth=0.6, label=label,
        )  # fmt: skip
    axes.axhline(0.0, color=BLACK, linewidth=0.6)
    axes.legend(loc="upper left", fontsize=7)
    axes.set_xlabel("loss: rise of the negative log-likelihood, nats per token")
    axes.set_ylabel("capability lost, logit")
    axes.set_title("Capability lost against loss, published models")
    return figure


def _line(axes: Axes, pairs: Sequence[Pair], slope: Estimate) -> None:
    nats = np.linspace(0.0, 1.06 * max(pair.nats for pair in pairs), 2)
    axes.fill_between(nats, slope.low * nats, slope.high * nats, color=GREY, alpha=0.22,
                      linewidth=0)  # fmt: skip
    axes.plot(nats, slope.best * nats, color=BLACK)
    models = len({pair.model for pair in pairs})
    axes.text(
        0.985, 0.04,
        f"capability lost = {slope.best:.2f} x nats\n"
        f"95% of models {slope.low:.2f} to {slope.high:.2f} (shade); "
        f"{len(pairs)} pairs of {models} models",
        size=7.5, ha="right", va="bottom", transform=axes.transAxes,
    )  # fmt: skip
