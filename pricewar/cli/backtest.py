"""``pricewar backtest``: forecast from what was known at a date, then score what was forecast."""

from __future__ import annotations

import argparse
import json
import math
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from pricewar.cli.arguments import add_executors, add_overrides, natural_number, refuse_given
from pricewar.cli.console import complain, say
from pricewar.cli.waiting import Waiting
from sim.errors import UsageError

if TYPE_CHECKING:
    from analysis.backtests.case import CaseFolder
    from analysis.backtests.frozen import Forecast
    from analysis.backtests.pooled import Pooled
    from analysis.backtests.scores import Skill
    from analysis.backtests.scoring import Scores

EXAMPLES = """\
examples:
  pricewar backtest E5                          what a case asks, and whether it can be forecast
  pricewar backtest E5 --forecast               write a forecast; observed/ is never opened
  pricewar backtest E5 --score results/backtests/E5/forecast
  pricewar backtest --pool results/backtests/E{5,6,7,8}/score     skill over all their targets
  pricewar backtest my-case --forecast --replications 50 --out my-forecast
  pricewar backtest my-case --forecast --resume    continue one that was stopped

A case is a folder: case.yaml, known/, given/, observed/.  E1 to E8 are shipped: E1 to E4 may be
used to set parameters, E5 to E8 judge.  A forecast is frozen once written: scores go elsewhere.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("case", nargs="?", help="folder of a case, or the name of a shipped one")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--forecast", action="store_true", help="forecast, and freeze the forecast")
    what.add_argument("--score", type=Path, metavar="FORECAST", help="score a frozen forecast")
    what.add_argument(
        "--pool", type=Path, nargs="+", metavar="SCORE", help="pool the scores of several cases"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder of the forecast, or of scores; default: results/backtests/NAME/...",
    )
    parser.add_argument(
        "--replications", type=natural_number, help="draws; default: as the case says"
    )
    parser.add_argument("--resume", action="store_true", help="continue a forecast")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    add_overrides(parser, "the scenario")
    add_executors(parser)


_OF_FORECASTS = ("replications", "resume", "overrides", "workers", "cluster")
"""Options that say how worlds are run, by their attributes."""


def execute(arguments: argparse.Namespace) -> int:
    """Forecast or score; returns the exit code."""
    if not arguments.forecast:
        refuse_given(arguments, _OF_FORECASTS, "says how a case is forecast; add --forecast.")
    if arguments.pool is not None:
        return _pool(arguments)
    from analysis.backtests.case import CaseFolder, shipped_cases

    if arguments.case is None:
        raise UsageError(f"Say which case: its folder, or one of {', '.join(shipped_cases())}.")
    folder = CaseFolder.read(arguments.case)
    if arguments.forecast:
        return _forecast(arguments, folder)
    if arguments.score is not None:
        return _score(arguments, folder)
    refuse_given(arguments, ("out", "json"), "nothing is written; add --forecast, or --score.")
    _describe(folder)
    return 0


def _describe(folder: CaseFolder) -> None:
    case = folder.case
    files = folder.inputs()
    with Waiting("loading"):
        from analysis.backtests.prepared import refuse_unforeseeable

        refuse_unforeseeable(folder)
    say(f"{case.name}: {case.title or case.question}")
    say(f"  {case.role}; from {case.origin} to {case.end}, {case.horizon_days} days")
    say(f"  scenario: {case.scenario}{f', {case.region}' if case.region else ''}")
    say(f"  draws: {case.replications}, of {case.draws}; values known at the {case.view}")
    say(f"  given: {', '.join(case.given) or 'nothing of the future'}")
    for path in files:
        say(f"  reads {path.parent.name}/{path.name}")
    for target in case.targets:
        whose = target.entity or "the market"
        say(f"  target {target.name}: {target.kind} of {whose}, weight {target.weight:g}")
    say(f"\nNext:\n  pricewar backtest {shlex.quote(str(folder.path))} --forecast")


def _forecast(arguments: argparse.Namespace, folder: CaseFolder) -> int:
    with Waiting("loading"):
        from analysis.backtests.forecast import make_forecast
        from pricewar.cli.progress import StudyBar
        from pricewar.cli.signals import Stoppable
        from sim.batch.orders import Orders
        from sim.batch.starting import starter

        out = arguments.out or Path("results") / "backtests" / folder.case.name / "forecast"
        orders = Orders(
            overrides=arguments.overrides,
            resume=arguments.resume,
            command=["pricewar", *sys.argv[1:]],
        )
        begin = starter(arguments.workers, arguments.cluster)
    with Stoppable() as stoppable:
        try:
            with StudyBar(folder.case.name) as bar:
                start = begin if arguments.cluster else bar.before(begin)
                forecast = make_forecast(folder, out, start, orders, bar, arguments.replications)
        except KeyboardInterrupt:
            complain(f"Stopped. Finished worlds are in {out}; continue with --resume.")
            return stoppable.code
    _tell_forecast(forecast, folder, arguments)
    return 0


def _tell_forecast(forecast: Forecast, folder: CaseFolder, arguments: argparse.Namespace) -> None:
    import numpy as np

    from analysis.backtests.scores import central_interval, draws_needed

    record = forecast.record
    if arguments.json:
        say(json.dumps(record, indent=1))
        return
    say(f"{record['case']}: {record['draws']} draws of {folder.case.horizon_days} days")
    last = {}
    for (target, quantity, day), values in sorted(
        forecast.draws().items(), key=lambda one: one[0][2]
    ):
        last[target, quantity] = (day, values)
    for (target, quantity), (day, values) in last.items():
        low, high = central_interval(values, 0.8)
        within = (
            f"80% needs {draws_needed(0.8)} draws"
            if math.isnan(low)
            else f"80%: {low:.3g} to {high:.3g}"
        )
        say(f"  {target}, {quantity} by {day}: {np.median(values):.3g} ({within})")
    for flag in record["information"]["flags"]:
        say(f"  flagged: {flag}")
    say(f"  sha256 {record['sha256']}")
    say(
        f"\nNext:\n  pricewar backtest {shlex.quote(str(folder.path))} --score "
        f"{shlex.quote(str(forecast.path))}"
    )


def _score(arguments: argparse.Namespace, folder: CaseFolder) -> int:
    from analysis.backtests.frozen import Forecast
    from analysis.backtests.score_tables import NOT_OBSERVED, write_scores
    from analysis.backtests.scoring import score_forecast
    from analysis.figures.backtest import draw_backtest

    forecast = Forecast.read(arguments.score)
    scores = score_forecast(folder, forecast)
    out = arguments.out or Path("results") / "backtests" / folder.case.name / "score"
    write_scores(scores, forecast, out)
    picture = draw_backtest(forecast, scores, out)
    if arguments.json:
        unseen = [
            {"target": name, "quantity": NOT_OBSERVED, "points": 0} for name in scores.not_observed
        ]
        rows = [*(asdict(one) for one in scores.scores), *unseen]
        say(json.dumps(rows, indent=1, default=str))
    else:
        _tell_scores(scores, folder)
        _tell_missing(int(forecast.record["draws"]))
        say(f"\nWritten: {out}, with {picture.name}")
    return 0


def _pool(arguments: argparse.Namespace) -> int:
    from analysis.backtests.pooled import pool, read_scored, write_pooled

    if arguments.case is not None:
        raise UsageError(f"{arguments.case}: --pool takes folders of scores, and no case.")
    pooled = pool(read_scored(arguments.pool))
    out = arguments.out or Path("results") / "backtests" / "pooled"
    write_pooled(pooled, out)
    if arguments.json:
        rows = [
            {"group": group, "against": name, **asdict(one)}
            for (group, name), one in pooled.skills.items()
        ]
        say(json.dumps(rows, indent=1))
        return 0
    cases = list(dict.fromkeys(one.case for one in pooled.scored))
    _tell_pooled(pooled, ", ".join(cases))
    say(f"\nWritten: {out}")
    return 0


def _tell_pooled(pooled: Pooled, cases: str) -> None:
    from analysis.printable import PrintableTable
    from pricewar.cli.terminal import Terminal

    table = PrintableTable(
        title=f"{cases}: skill against naive forecasts, 95% intervals over targets"
    )
    for column in ("group", "against", "skill"):
        table.add_column(column)
    for (group, name), found in pooled.skills.items():
        table.add_row(group, name.replace("_", " "), _skill(found))
    terminal = Terminal()
    terminal.print(table)


def _tell_scores(scores: Scores, folder: CaseFolder) -> None:
    from analysis.backtests.score_tables import NOT_OBSERVED
    from analysis.printable import PrintableTable
    from pricewar.cli.terminal import Terminal

    table = PrintableTable(
        title=f"{folder.case.name}, {folder.case.role}: forecast against what happened"
    )
    for column in ("target", "quantity", "points", "observed", "median", "CRPS", "in 80%", "MASE"):
        table.add_column(column, justify="left" if column in ("target", "quantity") else "right")
    for one in scores.scores:
        cells = (one.observed, one.median, one.crps, one.coverage_80, one.mase)
        table.add_row(one.target, one.quantity, str(one.points), *(_number(x) for x in cells))
    terminal = Terminal()
    terminal.print(table)
    if scores.not_observed:
        say(f"  {NOT_OBSERVED}, and not scored: {', '.join(scores.not_observed)}")
    for name, found in scores.median_skill.items():
        say(f"  median skill against {name.replace('_', ' ')}: {_skill(found)}")
    better = sum(found.value > 0.0 for found in scores.median_skill.values())
    say(
        f"The forecast beats {better} of {len(scores.median_skill)} naive forecasts in the median "
        "of its targets."
    )


def _tell_missing(draws: int) -> None:
    from analysis.backtests.scores import draws_needed
    from analysis.backtests.scoring import LEVELS

    for level in LEVELS:
        if draws < draws_needed(level):
            need = draws_needed(level)
            say(f"  no {level:.0%} interval: it needs {need} draws (--replications), not {draws}")


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3g}"


def _skill(found: Skill) -> str:
    value = _signed(found.value)
    if math.isnan(found.low):
        return f"{value} ({found.points} targets: too few for an interval)"
    between = f"{_signed(found.low)} to {_signed(found.high)}"
    return f"{value} (95%: {between}; {found.points} targets)"


def _signed(skill: float) -> str:
    return "worse: it was exact" if skill == -math.inf else f"{skill:+.2f}"
