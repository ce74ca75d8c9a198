"""``pricewar report``: figures and a page that explain a run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pricewar.cli.arguments import add_allow_code
from pricewar.cli.console import complain, say
from pricewar.cli.waiting import Waiting

if TYPE_CHECKING:
    from analysis.worlds import Worlds
    from sim.record.run import Run

EXAMPLES = """\
examples:
  pricewar report results/china-2024-price-war        figures/ and report.html into the run's folder
  pricewar report results/mine --out paper            or into another
  pricewar report results/war --against results/no-war
                                                      compare with a run of yours
  pricewar report results/mine --no-counterfactual    do not run the market without the war

A run with a war is compared with the same market without it. That world is run once, with the same
seed and replications, and kept under worlds/no-war in the run's folder, or in that of --out where
the run's may only be read.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a finished run")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--against", type=Path, metavar="RUN", help="the run to compare with, same seed and dates"
    )
    which.add_argument(
        "--no-counterfactual",
        action="store_true",
        help="do not run the same market without the war",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where to write; default: the run's folder"
    )
    add_allow_code(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Write the report; returns the exit code."""
    with Waiting("loading"):
        from sim.record.run import Run

    drawn = report(
        Run(arguments.run, allow_code=arguments.allow_code),
        against=None
        if arguments.against is None
        else Run(arguments.against, allow_code=arguments.allow_code),
        counterfactual=not arguments.no_counterfactual,
        out=arguments.out,
    )
    return 0 if drawn else 1


def report(
    run: Run, *, against: Run | None = None, counterfactual: bool = True, out: Path | None = None
) -> bool:
    """Write the report of a run and say where it is.

    Parameters
    ----------
    run
        A finished run.
    against
        The run to compare with; None: the same market without a war.
    counterfactual
        Whether to run that market if it is needed and not there.
    out
        Folder; None: the run's own.

    Returns
    -------
    bool
        Whether every figure could be drawn; what could not is named on standard error.
    """
    import warnings

    with Waiting("loading what draws"):
        from analysis.figures.plates import FigureWarning
        from analysis.report import build
        from analysis.worlds import NO_WAR, WAR, names_of, require_replications
        from pricewar.cli.progress import DoingBar

    require_replications(run, *(() if against is None else (against,)))
    worlds: Run | Worlds = run
    if against is not None:
        worlds = dict(zip(names_of(run, against), (run, against), strict=True))
    elif counterfactual and (peace := _without_war(run, out)) is not None:
        worlds = {WAR: run, NO_WAR: peace}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FigureWarning)
        with DoingBar() as bar:
            page = build(worlds, out, progress=bar.tell)
    failed = [str(it.message) for it in caught if issubclass(it.category, FigureWarning)]
    for failure in failed:
        complain(f"{failure[0].upper()}{failure[1:]}. The page stands without it.")
    say(f"Report: {page}")
    return not failed


def _without_war(run: Run, out: Path | None) -> Run | None:
    from analysis.worlds import finished_without_war, has_war, without_war
    from pricewar.cli.progress import StudyBar

    if not has_war(run.scenario):
        return None
    finished = finished_without_war(run, *(() if out is None else (out,)))
    if finished is not None:
        return finished
    complain("Running the same market without the war ...")
    with StudyBar(run.scenario.name, run.scenario) as bar:
        bar.compile_kernel()
        return without_war(run, bar, beside=out)
