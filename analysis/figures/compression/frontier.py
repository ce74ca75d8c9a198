"""What a provider picks from: recipes by size and capability lost, and what is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.figure import Figure

from analysis.figures.compression.looks import (
    FAMILIES,
    FAMILY_NAMES,
    percent_axis,
    recipe_words,
    size_words,
)
from analysis.figures.style import BLACK, GREY, sheet, styled_with_mathematics
from sim.compression.frontier import TradeOff, choose, pareto
from sim.compression.recipes import Recipe, Recipes
from sim.compression.sampling import sampled_curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.compression.curves import CompressionCurves

SIZES_BILLION: Final = (8.0, 70.0)
WEIGHTS: Final = tuple(step / 100 for step in range(101))
"""Weights of accuracy at which the choice is made."""

_DRAWS, _SEED = 200, 20240507
_INTERVAL = (2.5, 97.5)
_SHARES = (0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)


@dataclass(frozen=True, slots=True)
class Pick:
    """A recipe, and the weights of accuracy from which to which it is chosen."""

    outcome: TradeOff[Recipe]
    lowest: float
    highest: float

    @property
    def weights(self) -> str:
        """Write the weights."""
        if self.lowest == self.highest:
            return f"{self.lowest:.2f}"
        return f"{self.lowest:.2f} to {self.highest:.2f}"


@styled_with_mathematics
def draw(curves: CompressionCurves) -> Figure:
    """Draw the figure: a panel a size, its choices written beside."""
    figure = sheet(3.3 * len(SIZES_BILLION) + 0.3)
    panels = figure.subplots(len(SIZES_BILLION), 2, sharex="col", width_ratios=(1.55, 1))
    for (axes, aside), billion in zip(panels, SIZES_BILLION, strict=True):
        outcomes = [
            outcome_of(recipe)
            for recipe in Recipes(curves).every(billion)
            if recipe.keep_bytes_share < 1.0
        ]
        found = picks(outcomes)
        _panel(axes, outcomes, found, curves, billion)
        _list(aside, found)
        axes.set_title(f"A model of {size_words(billion)} parameters at 16 bits")
        axes.set_ylabel("capability lost, logit")
    panels[-1][0].set_xlabel("bytes kept of the compressed matrices")
    keys, labels = panels[0][0].get_legend_handles_labels()
    legend = figure.legend(keys, labels, loc="outside lower left", ncols=6, fontsize=7,
                           markerscale=2.0, handlelength=1.4)  # fmt: skip
    for key in legend.legend_handles:
        key.set_alpha(1.0)  # type: ignore[union-attr]
    return figure


def picks(outcomes: Sequence[TradeOff[Recipe]]) -> list[Pick]:
    """Return the recipes that some weight of accuracy chooses, from the smallest weight on."""
    found: list[Pick] = []
    for weight in WEIGHTS:
        outcome = choose(outcomes, weight)
        if found and found[-1].outcome.name == outcome.name:
            found[-1] = Pick(outcome, found[-1].lowest, weight)
        else:
            found.append(Pick(outcome, weight, weight))
    return found


def outcome_of(recipe: Recipe) -> TradeOff[Recipe]:
    """Return a recipe as an outcome to choose among."""
    return TradeOff(recipe, recipe.keep_bytes_share, recipe.capability_loss_logit, recipe.name)


def _family(recipe: Recipe) -> str:
    return "stack" if len(recipe.parts) > 1 else recipe.parts[0].family


def _panel(
    axes: Axes,
    outcomes: Sequence[TradeOff[Recipe]],
    found: Sequence[Pick],
    curves: CompressionCurves,
    billion: float,
) -> None:
    for family, colour in FAMILIES.items():
        own = [outcome for outcome in outcomes if _family(outcome.choice) == family]
        axes.plot(
            [one.size_share for one in own], [one.capability_loss_logit for one in own], "o",
            color=colour, markersize=2.2, alpha=0.35 if family == "stack" else 0.85,
            markeredgewidth=0, label=FAMILY_NAMES[family],
        )  # fmt: skip
    edge = pareto(outcomes)
    low, high = _interval([one.name for one in edge], curves, billion)
    shares = [one.size_share for one in edge]
    axes.step(shares, [one.capability_loss_logit for one in edge], where="pre", color=BLACK,
              linewidth=1.0, label="frontier, 95% band")  # fmt: skip
    axes.fill_between(shares, low, high, step="pre", color=BLACK, alpha=0.13, linewidth=0)
    for number, pick in enumerate(found, start=1):
        at = (pick.outcome.size_share, pick.outcome.capability_loss_logit)
        axes.plot(*at, "o", color="white", markeredgecolor=BLACK, markersize=9, zorder=5)
        axes.annotate(str(number), at, size=6.5, ha="center", va="center", zorder=6)
    axes.set_xscale("log")
    axes.set_xlim(min(shares) / 1.12, 1.06)
    most = max(one.capability_loss_logit for one in edge)
    axes.set_ylim(-0.04 * most, 1.12 * most)
    percent_axis(axes, _SHARES)
    axes.minorticks_off()
    axes.tick_params(labelbottom=True)
    axes.grid(visible=True, axis="x")


def _interval(
    names: Sequence[str], curves: CompressionCurves, billion: float
) -> tuple[list[float], list[float]]:
    """Return the ends of the 95% interval of the capability that each recipe loses."""
    generator = np.random.Generator(np.random.Philox(_SEED))
    losses = []
    for _ in range(_DRAWS):
        drawn = sampled_curves(curves, lambda _n, _o: float(generator.standard_normal()))
        recipes = Recipes(drawn)
        losses.append([recipes.named(name, billion)[0].capability_loss_logit for name in names])
    low, high = np.percentile(losses, _INTERVAL, axis=0)
    return low.tolist(), high.tolist()


def _list(axes: Axes, found: Sequence[Pick]) -> None:
    """Name the recipes chosen, with the weights of accuracy that choose them."""
    axes.axis("off")
    axes.set_title("Chosen, by weight of accuracy", size=8)
    step = min(0.13, 0.98 / max(len(found), 1))
    for number, pick in enumerate(found, start=1):
        height = 0.97 - step * (number - 1)
        outcome = pick.outcome
        axes.text(0.0, height, f"{number}", size=7, weight="bold", transform=axes.transAxes)
        axes.text(
            0.085, height, f"{pick.weights}   {100 * outcome.size_share:.0f}% of bytes, "
            f"loses {outcome.capability_loss_logit:.2f} logit",
            size=6.8, color=GREY, transform=axes.transAxes,
        )  # fmt: skip
        axes.text(0.085, height - 0.45 * step, recipe_words(outcome.name), size=6.8,
                  transform=axes.transAxes)  # fmt: skip
