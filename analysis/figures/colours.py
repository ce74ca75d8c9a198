"""One colour a provider and one a world, the same in every figure of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.figures.style import GREY, PALETTE

if TYPE_CHECKING:
    from analysis.worlds import Worlds
    from sim.record.run import Run

OTHERS = "others"


def provider_ranking(run: Run) -> list[str]:
    """Order providers by their mean share of tokens over the run, largest first."""
    means = run.providers.groupby("provider")["tokens_share"].mean().fillna(0.0)
    return [str(name) for name in means.sort_values(ascending=False, kind="stable").index]


def provider_colours(run: Run) -> dict[str, str]:
    """Return a colour of the palette for each of the largest providers, grey for the others."""
    ranking = provider_ranking(run)
    colours = dict.fromkeys([*ranking, OTHERS], GREY)
    colours.update(zip(ranking, PALETTE, strict=False))
    return colours


def world_colours(worlds: Worlds) -> dict[str, str]:
    """Return a colour of the palette for each world, in their order."""
    return {name: PALETTE[index % len(PALETTE)] for index, name in enumerate(worlds)}
