"""One model's frontier, for bytes and for cost, with what each weight of accuracy chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from analysis.figures.compression.frontier import Pick, picks
from analysis.figures.compression.looks import FAMILIES, FAMILY_NAMES, recipe_words
from analysis.figures.style import BLACK, GREY, sheet, styled_with_mathematics

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.compression.alpha_frontier import ModelFrontier, Size

_WORDS: dict[Size, str] = {"bytes": "bytes of the weights left", "cost": "cost of a token left"}


@styled_with_mathematics
def draw(found: ModelFrontier) -> Figure:
    """Draw the figure: a panel for bytes and one for cost, choices numbered and named."""
    figure = sheet(6.4)
    panels = figure.subplots(2, 2, width_ratios=(1.3, 1))
    for (axes, aside), (size, words) in zip(panels, _WORDS.items(), strict=True):
        chosen = picks(found.outcomes[size]) if found.outcomes[size] else []
        _panel(axes, found, size, chosen)
        axes.set_xlabel(words)
        _list(aside, chosen)
    panels[0][0].set_title(found.name)
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=6, fontsize=7)
    return figure


def _panel(axes: Axes, found: ModelFrontier, size: Size, chosen: list[Pick]) -> None:
    for family, colour in FAMILIES.items():
        own = [
            one
            for one in found.outcomes[size]
            if family == ("stack" if len(one.choice.parts) > 1 else one.choice.parts[0].family)
        ]
        axes.plot(
            [one.size_share for one in own], [one.capability_loss_logit for one in own], "o",
            color=colour, markersize=2.2, alpha=0.35 if family == "stack" else 0.85,
            markeredgewidth=0, label=FAMILY_NAMES[family],
        )  # fmt: skip
    edge = found.edge(size)
    axes.step([one.size_share for one in edge], [one.capability_loss_logit for one in edge],
              where="pre", color=BLACK, linewidth=1.0)  # fmt: skip
    for number, pick in enumerate(chosen, start=1):
        at = (pick.outcome.size_share, pick.outcome.capability_loss_logit)
        axes.plot(*at, "o", color="white", markeredgecolor=BLACK, markersize=9, zorder=5)
        axes.annotate(str(number), at, size=6.5, ha="center", va="center", zorder=6)
    most = max((one.capability_loss_logit for one in edge), default=1.0)
    axes.set_ylim(-0.04 * most, 1.12 * most + 1e-6)
    axes.set_ylabel("capability lost, logit")


def _list(axes: Axes, chosen: list[Pick]) -> None:
    axes.axis("off")
    axes.set_title("Chosen, by weight of accuracy", size=8)
    step = min(0.13, 0.98 / max(len(chosen), 1))
    for number, pick in enumerate(chosen, start=1):
        height = 0.97 - step * (number - 1)
        outcome = pick.outcome
        axes.text(0.0, height, f"{number}", size=7, weight="bold", transform=axes.transAxes)
        axes.text(
            0.085, height, f"{pick.weights}   {outcome.size_share:.0%} left, loses "
            f"{outcome.capability_loss_logit:.2f} logit", size=6.8, color=GREY,
            transform=axes.transAxes,
        )  # fmt: skip
        axes.text(0.085, height - 0.45 * step, recipe_words(outcome.name), size=6.8,
                  transform=axes.transAxes)  # fmt: skip
