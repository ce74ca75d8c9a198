"""One colour a provider, the same in every figure of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.figures.style import GREY, PALETTE

if TYPE_CHECKING:
    from sim.record.run import Run

OTHERS = "others"


def provider_ranking(run: Run) -> list[str]:
    """Order providers by their mean share of tokens over the run, largest first."""
    means = run.providers.groupby("provider")["tokens_share"].mean().fillna(0.0)
    return [str(name) for name in means.sort_values(ascending=False, kind="stable").index]


def provider_colours(run: Run) -> dict[str, str]:
    """Give the largest providers a colour of the palette each, the others grey."""
    ranking = provider_ranking(run)
    colours = dict.fromkeys([*ranking, OTHERS], GREY)
    colours.update(zip(ranking, PALETTE, strict=False))
    return colours
