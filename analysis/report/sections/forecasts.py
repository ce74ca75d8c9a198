"""How well providers that look forward forecast what they sell."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.forecasts import forecast_scores
from analysis.report.section import Block, Heading, PageTable, section
from analysis.worlds import Worlds


@section("forecasts", place=58, title="How well providers forecast")
def write(worlds: Worlds) -> Iterator[Block]:
    """Write a line for every product of a world that was forecast."""
    lines = tuple(
        (
            world,
            score.product,
            f"{score.horizon_days:g}",
            str(score.forecasts),
            f"{score.error:.2f}",
            f"{score.error_of_no_change:.2f}",
            f"{score.skill:.0%}",
        )
        for world, run in worlds.items()
        for score in forecast_scores(run)
    )
    if lines:
        yield PageTable(
            (
                Heading("world"),
                Heading("product"),
                Heading("days ahead", "number"),
                Heading("forecasts due", "number"),
                Heading("mean |ln(sold / forecast)|", "number"),
                Heading("of no change", "number"),
                Heading("skill", "number"),
            ),
            lines,
        )
