"""All figures of compression that a table of measurements has rows for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.compression.fitting.fit import FittedCurves, fit_table
from analysis.compression.fitting.link import link_pairs
from analysis.compression.fitting.stacking import measured_stacks
from analysis.compression.measured_rows import MEASURED, read_rows
from analysis.figures.compression import frontier, link, published, quality, speed, stacking
from analysis.figures.style import save
from sim.errors import DataError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_compression(table: Path | None, folder: Path) -> tuple[Path, ...]:
    """Draw the figures of a table of measurements, each as PNG and SVG.

    Speeds are drawn if there are any; stacks, the comparison with published rows and the frontier
    if curves can be fitted to the table. The link rests on published rows alone.

    Parameters
    ----------
    table
        What ``pricewar calibrate compression`` wrote; None: the shipped table.
    folder
        Where they go; made if it is not there.

    Returns
    -------
    tuple
        The files, two a figure.

    Raises
    ------
    DataError
        The table cannot be read, or a row of it is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for name, figure in _figures(table or MEASURED):
        files += save(figure, folder, f"compression-{name}", mathematics=True)
    return tuple(files)


def _figures(table: Path) -> Iterator[tuple[str, Figure]]:
    rows = read_rows(table)
    if any(row.delta_nll_nats is not None for row in rows):
        yield "quality", quality.draw(rows)
    if speed.has_speeds(rows):
        yield "speed", speed.draw(rows)
    yield "link", link.draw(link_pairs())
    fitted = _fitted(table)
    if fitted is not None:
        yield "stacking", stacking.draw(fitted, measured_stacks(rows))
        yield "published", published.draw(fitted)
        yield "frontier", frontier.draw(fitted.curves)


def _fitted(table: Path) -> FittedCurves | None:
    """Fit the curves; None where a table, such as one of a single method, has too little for it."""
    try:
        return fit_table(table)
    except DataError:
        return None
