"""What `pricewar` offers of the analysis."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, overload

from sim.arguments import in_terms_of_arguments
from sim.errors import UsageError
from sim.files.paths import path_of, shown

if TYPE_CHECKING:
    from analysis.comparison import Comparison
    from analysis.worlds import Worlds
    from sim.record.run import Run


@overload
def compare(first: Run, second: Run) -> Comparison: ...


@overload
def compare(first: Worlds, second: None = None) -> dict[str, Comparison]: ...


@in_terms_of_arguments
def compare(first: Run | Worlds, second: Run | None = None) -> Comparison | dict[str, Comparison]:
    """Pair runs replication by replication and take differences, the first minus the others.

    See :func:`analysis.comparison.compare` and :func:`analysis.comparison.compare_worlds`.

    Parameters
    ----------
    first, second
        Finished runs with the same seed, first day, last day and snapshots; or, alone, such runs by
        name, as in ``{"hold": run, "without the entrant": other}``.

    Returns
    -------
    Comparison or dict
        Of two runs; of worlds by name, a comparison for each but the first.

    Raises
    ------
    UsageError
        If one of them is not a run, or there is only one.
    ResultError
        If they cannot be paired.
    """
    if isinstance(first, Mapping):
        for run in first.values():
            _refuse_no_run(run, "pricewar.compare", "compare({{'hold': pricewar.open_run({})}})")
        if len(first) < 2 or second is not None:
            raise UsageError(
                "pricewar.compare takes two runs, or at least two by name in one mapping, as in "
                "pricewar.compare({'hold': run, 'without the entrant': other})."
            )
        from analysis.comparison import compare_worlds

        return compare_worlds(first)
    _refuse_no_run(first, "pricewar.compare", "compare(pricewar.open_run({}), other)")
    _refuse_no_run(second, "pricewar.compare", "compare(run, pricewar.open_run({}))")
    from analysis.comparison import compare

    return compare(first, second)  # type: ignore[arg-type]


@in_terms_of_arguments
def report(
    worlds: Run | Worlds,
    out: str | os.PathLike[str] | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Path:
    """Draw the figures of a run, or of several worlds side by side, and write their page.

    See :func:`analysis.report.build`.

    Parameters
    ----------
    worlds
        A finished run; or finished runs by name, of which the page is about the first.
    out
        Folder of the page and its figures; None: the first run's own.
    progress
        Called before each step with what it is and the share of the work done.

    Returns
    -------
    pathlib.Path
        The page.

    Raises
    ------
    UsageError
        If it is neither a run nor runs by name.
    ResultError
        If no replication has finished, or the folder cannot be written.
    """
    runs = worlds.values() if isinstance(worlds, dict) and worlds else (worlds,)
    for run in runs:
        _refuse_no_run(run, "pricewar.report", "report(pricewar.open_run({}))")
    folder = None if out is None else path_of(out, "out", "the path of a folder")
    from analysis.report import build

    return build(worlds, folder, *(() if progress is None else (progress,)))


def _refuse_no_run(value: object, call: str, remedy: str) -> None:
    from sim.record.run import Run

    if not isinstance(value, Run):
        folder = shown(value) if isinstance(value, str) else '"results/minimal"'
        raise UsageError(
            f"{call} takes runs, not {shown(value)}: open it first, "
            f"as in pricewar.{remedy.format(folder)}."
        )
