"""``pricewar whatif``: the options of a decision, the best of them, and what that hangs on."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pricewar.cli.arguments import (
    add_allow_code,
    add_data,
    add_draws,
    add_executors,
    add_limits,
    add_overrides,
    natural_number,
    rate_per_year,
)
from pricewar.cli.console import complain, say
from pricewar.cli.designed import note_implausible, orders_of, swept
from pricewar.cli.waiting import Waiting

if TYPE_CHECKING:
    from analysis.whatif.assumptions import Assumptions
    from analysis.whatif.outcomes import Ranking, World
    from analysis.whatif.planning import Decision
    from analysis.whatif.swings import End, Swing
    from sim.batch.design_file import Space
    from sim.batch.orders import Orders
    from sim.record.sweep import Sweep
    from sim.scenario.scenario import Scenario

EXAMPLES = """\
examples:
  pricewar whatif china-2024-price-war --for ByteDance \\
      --do 'price ByteDance -{10,20,30,50}% on 2024-06-01'
                                              four cuts, beside doing nothing
  pricewar whatif minimal --for Zhipu --do 'price Zhipu -{10..50..10}% on 2024-05-20' \\
      --do 'price glm-4 to 0.5 on 2024-05-20 until 2024-07-01' --no-assumptions
  pricewar whatif minimal --for Zhipu --given 'rents x1.5 from 2024-05-06' \\
      --do 'price Zhipu -20% on 2024-05-20; capability glm-4 +0.2 on 2024-06-10'
                                              two interventions that are one option
  pricewar whatif minimal --for Zhipu --do 'price Zhipu -{10,20}% on 2024-05-20' --resume
                                              the same command again: only what is missing

Each --do is an option or, by braces, several; its interventions are those of `pricewar run --help`.
All options share their draws. Then every assumption that the scenario states a range for is moved
to both ends, one at a time, and the options are tried again at the ends of the five that move the
answer most. The sweeps of these three steps, their tables and figures are in the folder of --out.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("scenario", help="a scenario file, or the name of a shipped one")
    parser.add_argument(
        "--for", required=True, dest="provider", metavar="PROVIDER", help="who decides"
    )
    parser.add_argument(
        "--do",
        action="append",
        required=True,
        metavar="OPTION",
        help="an option: interventions, apart by semicolons; several with braces; may be repeated",
    )
    parser.add_argument(
        "--given",
        action="append",
        default=[],
        metavar="INTERVENTION",
        help="an intervention that happens under all options; may be repeated",
    )
    add_overrides(parser, "the file")
    add_data(parser)
    add_draws(parser, "the file", ", shared by all options")
    parser.add_argument(
        "--discount-rate",
        type=rate_per_year,
        default=0.0,
        metavar="RATE",
        help="of profits, a year, continuously; default: 0",
    )
    _add_assumptions(parser)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where results go; default: results/whatif/NAME"
    )
    parser.add_argument(
        "--resume", action="store_true", help="continue: what is missing or failed, no more"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    add_executors(parser)
    add_limits(parser, "run")
    add_allow_code(parser)


def _add_assumptions(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--assumptions",
        action="append",
        default=[],
        metavar="PATTERN",
        help="screen only those of this name, such as 'domains: *'; may be repeated; default: all",
    )
    which.add_argument(
        "--no-assumptions", action="store_true", help="do not try the answer on other assumptions"
    )
    parser.add_argument(
        "--screen-replications",
        type=natural_number,
        default=2,
        metavar="N",
        help="replications with which assumptions are screened; default: 2",
    )
    parser.add_argument(
        "--most",
        type=natural_number,
        default=5,
        metavar="N",
        help="assumptions at whose ends all options are tried; default: 5",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Run the options and say which is the best; returns the exit code."""
    with Waiting("loading"):
        from pricewar.cli.signals import Stoppable

        decision, scenario = _decision(arguments)
        out = arguments.out or Path("results") / "whatif" / scenario.name
    with Stoppable() as stoppable:
        try:
            return _decide(arguments, decision, scenario, out)
        except KeyboardInterrupt:
            complain(f"Stopped. Finished runs are in {out}; say the same with --resume.")
            return stoppable.code


def _decision(arguments: argparse.Namespace) -> tuple[Decision, Scenario]:
    """Read the decision and refuse what cannot be done, as said on the command line."""
    from analysis.whatif.choices import options_of
    from analysis.whatif.planning import Decision
    from sim.errors import UsageError
    from sim.nearest import offer
    from sim.reference import read

    options = options_of(arguments.do)
    _refuse_given_events(arguments)
    for lines in options.values():  # what is wrong with one is said of the words of --do
        scenario = read(
            arguments.scenario,
            arguments.overrides,
            do=[*arguments.given, *lines],
            allow_code=arguments.allow_code,
        )
        names = [provider.name for provider in scenario.providers]
        if arguments.provider not in names:
            raise UsageError(
                f"--for {arguments.provider!r}: is no provider of {scenario.name}.  "
                f"{offer(arguments.provider, names)}"
            )
    decision = Decision(
        arguments.scenario,
        arguments.provider,
        options,
        arguments.overrides,
        arguments.given,
        arguments.allow_code,
    )
    return decision, scenario


def _refuse_given_events(arguments: argparse.Namespace) -> None:
    """Refuse what cannot happen whatever is done, as said by --given."""
    from sim.errors import ScenarioError
    from sim.reference import read

    if not arguments.given:
        return
    try:
        read(
            arguments.scenario,
            arguments.overrides,
            do=arguments.given,
            allow_code=arguments.allow_code,
        )
    except ScenarioError as error:
        as_typed = [
            replace(one, file=f"--given {one.file.removeprefix('--do ')}")
            if one.file.startswith("--do ")
            else one
            for one in error.problems
        ]
        raise ScenarioError(as_typed) from error


def _decide(
    arguments: argparse.Namespace, decision: Decision, scenario: Scenario, out: Path
) -> int:
    """Run the three sweeps, each of which rests on the one before, and tell what they say."""
    from analysis.another_study import refuse_another_study
    from analysis.whatif.outcomes import rank, stated
    from sim.record.sweep_folder import SweepFolder

    names = list(decision.options)
    space = decision.space("options", names)
    folder = out / "options"
    refuse_another_study(SweepFolder(folder), space, _orders(arguments, folder, None))
    note_implausible(space)
    assumptions = _assumptions(arguments, space.base)
    worlds = stated(_worlds("options", space, arguments, out))
    ranking = rank(decision.provider, worlds, names)
    _tell_options(arguments, ranking, scenario, out)
    swings: list[Swing] = []
    ends: list[End] = []
    if assumptions and len(ranking.distinct) > 1:
        swings = _screened(arguments, decision, ranking, worlds, assumptions, out)
    if swings:
        swings, ends = _at_ends(arguments, decision, ranking, worlds, assumptions, swings, out)
    _tell_assumptions(arguments, ranking, swings, ends, out)
    return 0


def _screened(
    arguments: argparse.Namespace,
    decision: Decision,
    ranking: Ranking,
    worlds: Mapping[str, World],
    assumptions: Assumptions,
    out: Path,
) -> list[Swing]:
    """Return the swings of all assumptions, widest first; none, and a word, where none is known."""
    from analysis.whatif.swings import swings_of
    from sim.errors import ResultError

    pair, few = (ranking.best, _rival_of(ranking)), arguments.screen_replications
    try:
        space = decision.space("screening", pair, assumptions, few)
        screened = _worlds("screening", space, arguments, out, few)
        found = swings_of(screened, worlds, list(assumptions), *pair)
    except ResultError as error:
        complain(f"Note: {error}\n  The options stand; no assumption was tried.")
        return []
    if not found:
        complain("Note: no assumption has finished at both ends. The options stand.")
    return found


def _at_ends(
    arguments: argparse.Namespace,
    decision: Decision,
    ranking: Ranking,
    worlds: Mapping[str, World],
    assumptions: Assumptions,
    swings: list[Swing],
    out: Path,
) -> tuple[list[Swing], list[End]]:
    """Try all options at the ends of the widest swings, which come first, now precise."""
    from analysis.whatif.swings import ends_of, swings_of
    from analysis.words import counted
    from sim.errors import ResultError

    names = list(decision.options)
    widest = {it.assumption: assumptions[it.assumption] for it in swings[: arguments.most]}
    try:
        at_ends = _worlds("ends", decision.space("ends", names, widest), arguments, out)
        ends = ends_of(at_ends, list(widest), decision.provider, names)
        precise = swings_of(at_ends, worlds, list(widest), ranking.best, _rival_of(ranking))
    except ResultError as error:
        few = counted(arguments.screen_replications, "run")
        complain(f"Note: {error}\n  Swings are those of {few} each.")
        return swings, []
    known = {it.assumption for it in precise}
    return [*precise, *(it for it in swings if it.assumption not in known)], ends


def _assumptions(arguments: argparse.Namespace, scenario: Scenario) -> Assumptions:
    """Return the assumptions to be screened; none if none are wanted.

    Raises
    ------
    UsageError
        If the scenario states no range for any that was named.
    """
    from analysis.whatif.assumptions import assumptions_of
    from sim.errors import UsageError

    if arguments.no_assumptions:
        return {}
    patterns = arguments.assumptions or ["*"]
    found = assumptions_of(scenario, arguments.provider, patterns)
    if not found:
        raise UsageError(
            f"{scenario.name} states no range for an assumption named like "
            f"{', '.join(map(repr, patterns))}.\n"
            "  Choose others, as in --assumptions 'domains: *', or add --no-assumptions."
        )
    return found


def _worlds(
    stage: str,
    space: Space,
    arguments: argparse.Namespace,
    out: Path,
    replications: int | None = None,
) -> dict[str, dict[str, World]]:
    """Run one of the sweeps and read what the provider came to at its points."""
    from analysis.whatif.outcomes import worlds_of

    sweep = _swept(stage, space, arguments, out, replications)
    return worlds_of(sweep, arguments.provider, arguments.discount_rate)


def _rival_of(ranking: Ranking) -> str:
    """Return what the best option is held against: doing nothing, or else the second best."""
    from analysis.whatif.choices import HOLD

    return HOLD if ranking.best != HOLD else ranking.runner_up


def _swept(
    stage: str,
    space: Space,
    arguments: argparse.Namespace,
    out: Path,
    replications: int | None = None,
) -> Sweep:
    """Run one of the sweeps, or what is missing of it; what fails under an assumption is noted.

    Raises
    ------
    ResultError
        If a run of the options as stated failed.
    """
    from sim.errors import ResultError

    label = f"{stage} of {arguments.provider}'s decision"
    orders = _orders(arguments, out / stage, replications)
    report = swept(arguments, space, out / stage, orders, label)
    if report.failed:
        told = (
            f"{out / stage}: {report.failed} of {report.planned} runs failed; "
            f"`pricewar status {out / stage}` says why."
        )
        if stage == "options":
            raise ResultError(f"{told}\n  Say the same with --resume.")
        complain(f"Note: {told} The answer stands without them.")
    return report.sweep


def _orders(arguments: argparse.Namespace, folder: Path, replications: int | None) -> Orders:
    from sim.record.sweep_folder import SweepFolder

    return replace(
        orders_of(arguments),
        replications=replications or arguments.replications,
        do=arguments.given,
        resume=arguments.resume and SweepFolder(folder).is_sweep(),
    )


def _tell_options(
    arguments: argparse.Namespace, ranking: Ranking, scenario: Scenario, out: Path
) -> None:
    """Write and print the options, before anything else may fail."""
    with Waiting("drawing"):
        from analysis.figures.whatif import write_options
        from analysis.whatif import tables

        write_options(ranking, out)
    if arguments.json:
        return
    from pricewar.cli.terminal import Terminal

    terminal = Terminal()
    terminal.print(tables.options_table(ranking))
    terminal.print(tables.options_note(ranking, scenario.start_date))
    terminal.print(tables.answer(ranking))


def _tell_assumptions(
    arguments: argparse.Namespace,
    ranking: Ranking,
    swings: list[Swing],
    ends: list[End],
    out: Path,
) -> None:
    """Write and print what the answer hangs on, or all of it as JSON; and say where it is."""
    other, shown = _rival_of(ranking), arguments.most
    if swings:
        with Waiting("drawing"):
            from analysis.figures.whatif import write_assumptions

            write_assumptions(swings, ends, shown, (ranking.best, other), out)
    if arguments.json:
        from analysis.whatif.rows import as_json

        say(as_json(ranking, swings, ends))
        return
    if swings:
        from analysis.whatif import tables
        from pricewar.cli.terminal import Terminal

        terminal = Terminal()
        terminal.print(tables.swings_table(swings[:shown], ranking.best, other))
        terminal.print(tables.swings_note(min(shown, len(swings)), len(swings)))
        terminal.print(tables.robustness(ends, ranking.best))
    say(f"Results: {out}")
