"""``pricewar game``: what providers earn by which strategies, and what they would choose."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pricewar.cli.arguments import (
    INTERVENTIONS,
    add_allow_code,
    add_data,
    add_draws,
    add_executors,
    add_interventions,
    add_limits,
    add_overrides,
    rate_per_year,
)
from pricewar.cli.console import complain, say
from pricewar.cli.designed import note_implausible, planned, refuse_to_run, swept, usual_folder
from pricewar.cli.waiting import Waiting

if TYPE_CHECKING:
    from analysis.game.analysis import GameAnalysis
    from analysis.game.simulated import PayoffName
    from sim.batch.design_file import Space
    from sim.reading.files import Document
    from sim.record.sweep import Sweep

EXAMPLES = f"""\
examples:
  pricewar game china-2024-price-war --players ByteDance,Alibaba \\
      --strategies cost_plus,undercut:0.2,loss_leader
  pricewar game china-duel                          a shipped design, by name
  pricewar game my-war.yaml --players A,B --strategies hold,undercut:0.3,floor_cost_share=0.6 \\
      --strategies-of 'B=hold,my_policies.py:Penetration:goal_user_share=0.07' --allow-code
  pricewar game my-war.yaml --players A,labs --alike labs=B,C,D --strategies cost_plus,match
  pricewar game my-war.yaml --players A,B --strategies ... --resume        what is missing
  pricewar game results/sweeps/my-war-game --payoff share     a finished game, by another payoff

A strategy is NAME, NAME:VALUE for its first field, or NAME:FIELD=VALUE,FIELD=VALUE. It says how all
products of a player are priced. One of war (match, undercut, loss_leader) replaces the player's
`war`, and leaves its `price` as the scenario has it; one of peace (cost_plus, hold, best_response,
replay) replaces its `price`, and it then takes no part in a war; PEACE+WAR replaces both;
as_written neither. Fields that are not given are the scenario's where the player prices by this
strategy there, else the strategy's defaults. All of them are in docs/policies.md.

List the strategy of peace first: "ending the war" means that all go back to their first one.
Every combination is run, with the same draws; of players that are --alike, all at one strategy and
each alone at another. The folder is that of a sweep: `pricewar status`, `query` and `export` read
it. Tables and the figure are under game/ in it.

{INTERVENTIONS}"""

_PAYOFFS: dict[str, PayoffName] = {
    "profit": "profit_usd",
    "share": "tokens_share",
    "survival": "survival_share",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "scenario",
        help="a scenario, with --players and --strategies; a design of kind game; or the folder "
        "of a game that was run",
    )
    parser.add_argument(
        "--players", metavar="A,B,...", help="providers that choose, and groups of --alike"
    )
    parser.add_argument(
        "--strategies", metavar="X,Y,...", help="what each may price by, the peaceful one first"
    )
    parser.add_argument(
        "--strategies-of",
        action="append",
        default=[],
        metavar="A=X,Y,...",
        help="what one player may price by instead; may be repeated",
    )
    parser.add_argument(
        "--alike",
        action="append",
        default=[],
        metavar="GROUP=A,B,...",
        help="providers that are taken to be alike, as one player; may be repeated",
    )
    parser.add_argument(
        "--payoff",
        choices=list(_PAYOFFS),
        default="profit",
        help="what players care for: discounted profit, share of tokens at the end, or to be "
        "there then; default: profit",
    )
    parser.add_argument(
        "--discount-rate",
        type=rate_per_year,
        metavar="RATE",
        help="a year, at which profits are discounted to the first day; default: 0.1",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder; default: results/sweeps/SCENARIO-game"
    )
    parser.add_argument(
        "--resume", action="store_true", help="run what is missing, failed, or added"
    )
    add_executors(parser)
    add_overrides(parser, "the scenario in all profiles")
    add_data(parser)
    add_interventions(parser, "those of the scenario in all profiles")
    add_draws(parser, "the scenario", ", shared by all profiles")
    add_limits(parser, "run")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    add_allow_code(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Run the game, or what is missing of it, and say what it says; returns the exit code."""
    with Waiting("loading"):
        from analysis.game.equilibria import needed_library
        from sim.record.sweep_folder import SweepFolder

        needed_library()
        folder = Path(arguments.scenario)
        is_run = arguments.players is None and SweepFolder(folder).is_sweep()
    if is_run:
        refuse_to_run(arguments, ("strategies", "strategies_of", "alike"), "game")
        from sim.record.sweep import Sweep

        return _show(Sweep(folder), arguments, 0)
    return _run(arguments)


def _run(arguments: argparse.Namespace) -> int:
    with Waiting("loading"):
        from pricewar.cli.signals import Stoppable
        from pricewar.cli.sweep_summary import print_report

        space, out, orders = planned(arguments, partial(_space, arguments), usual_folder)
    note_implausible(space)
    with Stoppable() as stoppable:
        try:
            report = swept(arguments, space, out, orders)
        except KeyboardInterrupt:
            complain(f"Stopped. Finished runs are in {out}; continue with --resume.")
            return stoppable.code
    if not arguments.json or report.failed:
        print_report(report, orders)
    return _show(report.sweep, arguments, 1 if report.failed else 0)


def _show(sweep: Sweep, arguments: argparse.Namespace, code: int) -> int:
    with Waiting("looking for equilibria"):
        from analysis.game.analysis import GameAnalysis
        from analysis.game.files import FOLDER, as_json
        from analysis.game.sentences import sentences
        from analysis.game.simulated import DISCOUNT_RATE, simulated_game
        from analysis.game.table import payoff_table

        rate = DISCOUNT_RATE if arguments.discount_rate is None else arguments.discount_rate
        game = GameAnalysis(simulated_game(sweep, rate), _PAYOFFS[arguments.payoff])
        text = as_json(game) if arguments.json else ""
        folder = sweep.path / FOLDER
        written = _written(game, folder)
    if arguments.json:
        say(text)
        return code

    from pricewar.cli.terminal import Terminal

    Terminal().print(payoff_table(game))
    for sentence in sentences(game):
        say(sentence)
    if written is not None:
        say(f"\nTables: {folder}\nFigure: {written}")
    return code


def _written(game: GameAnalysis, folder: Path) -> Path | None:
    """Write tables and figure; None, and a word, where the folder may only be read."""
    from analysis.figures.game import draw_game
    from analysis.game.files import write_tables

    try:
        write_tables(game, folder)
        return draw_game(game, folder)
    except OSError as error:
        complain(f"Note: {folder} cannot be written ({error.strerror or error}).")
        return None


def _space(arguments: argparse.Namespace) -> Space:
    """Read the design that is named, or make one of the arguments."""
    from sim.batch.design_file import read_design, space_of
    from sim.batch.designs.game import Game
    from sim.errors import UsageError

    options: dict[str, Any] = {"do": arguments.do, "allow_code": arguments.allow_code}
    if arguments.players is not None:
        return space_of(_document(arguments), arguments.overrides, **options)
    lone = [name for name in ("strategies", "strategies_of", "alike") if getattr(arguments, name)]
    if lone:
        option = lone[0].replace("_", "-")
        raise UsageError(
            f"pricewar game: --{option} needs --players.\n  Such as --players ByteDance,Alibaba."
        )
    from sim.scenario.shipped import shipped

    if arguments.scenario in shipped() and not Path(arguments.scenario).exists():
        raise UsageError(
            f"pricewar game: {arguments.scenario} is a scenario, and needs --players and "
            "--strategies.\n  Such as --strategies cost_plus,undercut:0.2."
        )
    space = read_design(arguments.scenario, arguments.overrides, **options)
    if not isinstance(space.design, Game):
        raise UsageError(
            f"{arguments.scenario}: is a design of kind {space.design.kind!r}, not a game.\n"
            f"  `pricewar sweep {arguments.scenario}` runs it."
        )
    return space


def _document(arguments: argparse.Namespace) -> Document:
    """Make a design of the arguments."""
    from sim.batch.made_design import made_design
    from sim.scenario.strategy_text import split_texts

    said: dict[str, object] = {
        "name": f"{Path(arguments.scenario).stem}-game",
        "scenario": arguments.scenario,
        "kind": "game",
        "players": _names(arguments.players),
    }
    places = {"scenario": arguments.scenario, "players": f"--players {arguments.players}"}
    if arguments.strategies is not None:
        said["strategies"] = split_texts(arguments.strategies)
        places["strategies"] = f"--strategies {arguments.strategies}"
    for key, option, split in (
        ("strategies_of", "--strategies-of", split_texts),
        ("alike", "--alike", _names),
    ):
        texts = getattr(arguments, key)
        if texts:
            said[key] = _by_name(texts, option, split)
            places[key] = f"{option} {' '.join(texts)}"
    return made_design("pricewar game", said, places)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _by_name(texts: Sequence[str], option: str, split: Any) -> dict[str, list[str]]:
    from sim.errors import UsageError

    found: dict[str, list[str]] = {}
    for text in texts:
        name, equals, rest = text.partition("=")
        if not equals or not name.strip() or not rest.strip():
            raise UsageError(f"{option} {text}: must be NAME=FIRST,SECOND,...")
        if name.strip() in found:
            raise UsageError(f"{option} {text}: {name.strip()} was given already.")
        found[name.strip()] = split(rest)
    return found
