"""``pricewar report``: figures and a page that explain a run or a sweep."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.words import sentence_case
from pricewar.cli.arguments import add_allow_code
from pricewar.cli.console import complain, say
from pricewar.cli.waiting import Waiting

if TYPE_CHECKING:
    from analysis.variants import WorldVariant
    from analysis.worlds import Worlds
    from sim.record.run import Run

EXAMPLES = """\
examples:
  pricewar report results/china-2024-price-war        figures/ and report.html into the run's folder
  pricewar report results/mine --out paper            or into another
  pricewar report results/war --against results/no-war
                                                      compare with a run of yours
  pricewar report results/mine --no-counterfactual    do not run the market without the war
  pricewar report results/mine --leave-one-out        and what of the effect hangs on one product
  pricewar report results/sweeps/minimal-sobol        what the outcomes of a sweep hang on

A run with a war is compared with the same market without it, and, where the scenario holds the list
prices that were really posted, with the same market at those. A run with interventions is compared
with the same market without them. Each of these worlds is run once,
with the same seed and replications, and kept under worlds/ in the run's folder, or in that of --out
where the run's may only be read. --leave-one-out runs them once more without each product that has
the most tokens, or gains the most users, 1, 3, 6 or 12 months after the war began or at the end.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a run, or of a sweep")
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
        "--leave-one-out",
        action="store_true",
        help="run the worlds again without the largest product, to see what hangs on it",
    )
    parser.add_argument(
        "--where", metavar="CONDITION", help="of a sweep: find where this holds of its outcomes"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where to write; default: the run's folder"
    )
    add_allow_code(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Write the report; returns the exit code."""
    with Waiting("loading"):
        from sim.errors import UsageError
        from sim.record.run import Run
        from sim.record.sweep_folder import SweepFolder

    if SweepFolder(arguments.run).is_sweep():
        return _of_sweep(arguments)
    run = Run(arguments.run, allow_code=arguments.allow_code)
    if arguments.where is not None:
        raise UsageError(
            f"--where: conditions are found in sweeps, and {arguments.run} is a run.\n"
            "  Leave it out, or name the folder of a sweep."
        )
    drawn = report(
        run,
        against=None
        if arguments.against is None
        else Run(arguments.against, allow_code=arguments.allow_code),
        counterfactual=not arguments.no_counterfactual,
        leave_one_out=arguments.leave_one_out,
        out=arguments.out,
    )
    return 0 if drawn else 1


def _of_sweep(arguments: argparse.Namespace) -> int:
    """Write the page of a sweep."""
    from sim.errors import UsageError

    asked = {
        "--against": arguments.against,
        "--no-counterfactual": arguments.no_counterfactual,
        "--leave-one-out": arguments.leave_one_out,
    }
    wrong = next((option for option, value in asked.items() if value), None)
    if wrong is not None:
        raise UsageError(
            f"{wrong}: worlds are put beside runs, and {arguments.run} is a sweep.\n"
            "  Leave it out, or name the folder of a run."
        )
    with Waiting("loading what draws"):
        from analysis.report.sweep_page import build_sweep_page
        from pricewar.cli.progress import DoingBar
        from sim.record.sweep import Sweep

        sweep = Sweep(arguments.run)
    with DoingBar() as bar:
        page = build_sweep_page(sweep, arguments.out, where=arguments.where, progress=bar.show_step)
    say(f"Report: {page}")
    return 0


def report(
    run: Run,
    *,
    against: Run | None = None,
    counterfactual: bool = True,
    leave_one_out: bool = False,
    out: Path | None = None,
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
    leave_one_out
        Whether to run all worlds again without the largest product.
    out
        Folder; None: the run's own.

    Returns
    -------
    bool
        Whether every figure could be drawn and every section written; what could not is named on
        standard error.
    """
    import warnings

    with Waiting("loading what draws"):
        from analysis.figures.glyphs import GlyphWarning
        from analysis.figures.plates import FigureWarning
        from analysis.report import build
        from analysis.report.collecting import SectionWarning
        from analysis.worlds import KeptUnder, names_of, require_replications
        from pricewar.cli.progress import DoingBar

    require_replications(run, *(() if against is None else (against,)))
    worlds: Worlds = {"this run": run}
    if against is not None:
        worlds = dict(zip(names_of(run, against), (run, against), strict=True))
    elif counterfactual:
        worlds = _beside(run, out, required=leave_one_out)
    if leave_one_out:
        _leave_one_out(KeptUnder(worlds, out))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FigureWarning)
        warnings.simplefilter("always", GlyphWarning)
        warnings.simplefilter("always", SectionWarning)
        with DoingBar() as bar:
            page = build(worlds, out, progress=bar.show_step)
    lacking = [str(it.message) for it in caught if issubclass(it.category, GlyphWarning)]
    if lacking:
        complain(f"Note: {max(lacking, key=len)}")
    failed = [
        str(it.message) for it in caught if issubclass(it.category, (FigureWarning, SectionWarning))
    ]
    for failure in failed:
        complain(f"{sentence_case(failure)}. The page stands without it.")
    say(f"Report: {page}")
    return not failed


def _beside(run: Run, out: Path | None, *, required: bool) -> Worlds:
    """Return a run with a war beside its record, if it has one, and the market without the war.

    Unless they are required, it stands alone where these would have to be run, and another version
    of the program made it.
    """
    from analysis.variants import (
        as_happened,
        has_interventions,
        has_record,
        has_seeding,
        no_war,
        refuse_another_program,
    )
    from analysis.worlds import AS_HAPPENED, NO_WAR, WAR, has_war
    from sim.errors import ResultError

    if has_interventions(run.scenario):
        return _intervened(run, out)
    if run.scenario.interventions:
        complain(
            "Note: a launch that was moved cannot be undone from the run, so no market without "
            "its interventions stands beside it. Run the file without them, and add --against."
        )
    if not has_war(run.scenario):
        return _seeded(run, out) if has_seeding(run.scenario) else {"this run": run}
    variants = {NO_WAR: no_war(run.scenario)}
    if has_record(run.scenario):
        variants = {AS_HAPPENED: as_happened(run.scenario), **variants}
    if any(_finished(run, variant, out) is None for variant in variants.values()):
        try:
            refuse_another_program(run)
        except ResultError as error:
            if required:
                raise
            complain(f"Note: {error} The page is of this run alone.")
            return {"this run": run}
    words = {NO_WAR: "without the war"}
    beside = {
        name: _variant(run, variant, words.get(name, name), out)
        for name, variant in variants.items()
    }
    return {WAR: run, **beside}


def _intervened(run: Run, out: Path | None) -> Worlds:
    """Return a run with interventions beside the same market without them."""
    from analysis.variants import no_intervention
    from analysis.worlds import INTERVENTION, NO_INTERVENTION

    without = _variant(run, no_intervention(run.scenario), "without interventions", out)
    return {INTERVENTION: run, NO_INTERVENTION: without}


def _seeded(run: Run, out: Path | None) -> Worlds:
    """Return a run with campaigns beside those by lot, a price cut for the money, and neither."""
    from analysis.variants import no_seeding, price_cut_instead, seeding_by_lot
    from analysis.worlds import BY_LOT, NO_SEEDING, PRICE_CUT, SEEDING

    neither = _variant(run, no_seeding(run.scenario), "without campaigns", out)
    worlds = {
        SEEDING: run,
        BY_LOT: _variant(run, seeding_by_lot(run.scenario), "with campaigns by lot", out),
    }
    cut = price_cut_instead(run.scenario, neither)
    if cut is None:
        complain("Note: the campaigns cost more than is sold; no price cut is worth as much.")
    else:
        worlds[PRICE_CUT] = _variant(run, cut, "with a price cut for the money", out)
    return {**worlds, NO_SEEDING: neither}


def _finished(run: Run, variant: WorldVariant, out: Path | None) -> Run | None:
    from analysis.variants import finished_variant

    return finished_variant(run, variant, *(() if out is None else (out,)))


def _variant(run: Run, variant: WorldVariant, words: str, out: Path | None) -> Run:
    from analysis.variants import refuse_another_program, run_variant
    from pricewar.cli.progress import StudyBar

    finished = _finished(run, variant, out)
    if finished is not None:
        return finished
    refuse_another_program(run)
    complain(f"Running the same market {words} ...")
    with StudyBar(variant.scenario.name, variant.scenario) as bar:
        bar.compile_kernel()
        return run_variant(run, variant, bar, beside=out)


def _leave_one_out(worlds: Worlds) -> None:
    from analysis.effects import largest_products
    from analysis.variants import without_product
    from analysis.worlds import beside, peace_among, subject
    from sim.errors import ResultError, as_sentence

    if peace_among(worlds) is None:
        raise ResultError(
            f"{subject(worlds).folder}: there is no market without a war to compare with, so "
            "nothing can be left out of the difference.\n"
            "  Report a run with a war, or add --against."
        )
    for name, run, product in largest_products(worlds):
        try:
            variant = without_product(run.scenario, product)
        except ResultError as error:
            complain(f"Skipped: {name}, {as_sentence(error)}")
            continue
        out = next(iter(beside(worlds, run)), None)
        _variant(run, variant, f"once more: {name}, without {product}", out)
