"""From nats to accuracy: published pairs of both, and the line that recipes go by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from analysis.compression.fitting.link import Pair, fit_link
from analysis.compression.fitting.regression import Fit
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
from sim.compression.capability_loss import BASE_ACCURACY, capability_loss_logit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

_METRICS: Final = {
    "mmlu": ("MMLU", BLUE, "s"),
    "mmlu_5shot": ("MMLU, 5-shot", BLUE, "s"),
    "zeroshot_avg5": ("mean of 5 tasks, zero-shot", GREEN, "D"),
    "zeroshot_avg6": ("mean of 6 tasks, zero-shot", VERMILION, "o"),
    "zeroshot_avg7": ("mean of 7 tasks, zero-shot", ORANGE, "^"),
    "openllm_v1_avg": ("Open LLM leaderboard", PURPLE, "v"),
}
_OTHER = ("", SKY, "P")
_LOGITS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5)


@styled_with_mathematics
def draw(pairs: Sequence[Pair]) -> Figure:
    """Draw the figure: pairs and fit above, residuals below."""
    fit = fit_link(pairs)
    figure = sheet(4.9)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2.3, 1))
    _fit(above, pairs, fit)
    _residuals(below, pairs, fit)
    _logits(above)
    return figure


def _fit(axes: Axes, pairs: Sequence[Pair], fit: Fit) -> None:
    slope = fit.estimate(0)
    nats = np.linspace(0.0, 1.06 * max(pair.nats for pair in pairs), 100)
    axes.fill_between(nats, np.exp(-slope.high * nats), np.exp(-slope.low * nats), color=GREY,
                      alpha=0.22, linewidth=0)  # fmt: skip
    axes.plot(nats, np.exp(-slope.best * nats), color=BLACK)
    for pair in pairs:
        label, colour, marker = _look(pair)
        axes.plot(
            pair.nats, pair.retention, marker, color=colour, markersize=5, label=label,
            markeredgecolor="white", markeredgewidth=0.4, linestyle="none",
        )  # fmt: skip
    known = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    axes.legend(known.values(), known.keys(), loc="lower left", fontsize=7.5)
    axes.set_xlim(min(0.0, *(pair.nats for pair in pairs)) - 0.02, nats[-1])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f}%"))
    axes.set_ylabel("accuracy kept")
    axes.set_title("Accuracy kept against loss, published models")
    axes.text(
        0.985, 0.96,
        f"accuracy kept = exp(-{slope.best:.2f} x nats)\n"
        f"95% interval {slope.low:.2f} to {slope.high:.2f} (shade); {len(pairs)} pairs",
        size=7.5, ha="right", va="top", transform=axes.transAxes,
    )  # fmt: skip


def _residuals(axes: Axes, pairs: Sequence[Pair], fit: Fit) -> None:
    axes.axhline(0.0, color=BLACK, linewidth=1.0)
    axes.axhspan(-fit.residual_sd, fit.residual_sd, color=GREY, alpha=0.22, linewidth=0)
    off = -fit.residuals  # of the fit to -ln(kept): above the line is better kept
    furthest = set(np.argsort(-np.abs(off))[:3].tolist())
    for number, (pair, residual) in enumerate(zip(pairs, off, strict=True)):
        _, colour, marker = _look(pair)
        axes.plot(pair.nats, residual, marker, color=colour, markersize=5,
                  markeredgecolor="white", markeredgewidth=0.4)  # fmt: skip
        if number in furthest:
            right = pair.nats > 0.7 * max(one.nats for one in pairs)
            axes.annotate(
                f"{pair.model}, {pair.method}", (pair.nats, residual), (-6 if right else 6, 0),
                textcoords="offset points", size=6.5, va="center", ha="right" if right else "left",
            )  # fmt: skip
    most = 1.25 * float(np.abs(off).max())
    axes.set_ylim(-most, most)
    axes.set_ylabel("residual,\nln of accuracy kept")
    axes.set_xlabel("loss: rise of the negative log-likelihood, nats per token")
    axes.text(0.985, 0.04, f"shade: one standard deviation, {fit.residual_sd:.3f}", size=7,
              ha="right", va="bottom", transform=axes.transAxes)  # fmt: skip


def _logits(axes: Axes) -> None:
    """Write the capability that is lost on the right, for a model at the base accuracy."""
    low, high = axes.get_ylim()
    kept = np.linspace(1.0, 0.4, 601)
    lost = np.array([capability_loss_logit(float(share)) for share in kept])
    right = axes.twinx()
    at = [float(np.interp(logit, lost, kept)) for logit in _LOGITS]
    ticks = [(share, logit) for share, logit in zip(at, _LOGITS, strict=True) if low < share < high]
    right.set_ylim(low, high)
    right.set_yticks([share for share, _ in ticks], [f"{logit:g}" for _, logit in ticks])
    right.set_ylabel(f"capability lost, logit\n(model at {100 * BASE_ACCURACY:.0f}% in MMLU)")
    right.grid(visible=False)
    right.spines["right"].set_visible(True)


def _look(pair: Pair) -> tuple[str, str, str]:
    label, colour, marker = _METRICS.get(pair.accuracy_metric, _OTHER)
    return label or pair.accuracy_metric.replace("_", " "), colour, marker
