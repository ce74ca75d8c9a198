"""``pricewar scenario from-data``: a scenario made of the tables, as known at a date."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory

from pricewar.cli.console import say
from sim.errors import UsageError

EXAMPLES = """\
examples:
  pricewar scenario from-data --as-of 2025-01-20 --region China --out china-2025.yaml
  pricewar scenario from-data --as-of 2025-06-10 --region global
  pricewar scenario from-data --as-of 2026-02-01 --region global --data my-tables --out mine.yaml

Products, prices, capabilities and rents are those that the tables know at the date; what no table
knows is an assumption with a range, by rules that the file and docs/evidence/backtest.md state.  A
folder of tables may hold products.csv, providers.csv, events.csv and fx.csv too, whose columns
stand there.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("how", choices=["from-data"], help="what it is made of")
    parser.add_argument("--as-of", type=_date, required=True, metavar="DATE", help="what was known")
    parser.add_argument(
        "--region", choices=["China", "global", "world"], required=True, help="whose prices"
    )
    parser.add_argument("--days", type=int, default=180, help="days after the date; default: 180")
    parser.add_argument("--name", help="the scenario's name; default: REGION-DATE")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of tables of your own")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")


def execute(arguments: argparse.Namespace) -> int:
    """Write the scenario; returns the exit code."""
    from analysis.backtests.market_file import write_market
    from sim.data.dataset import OF_MARKETS
    from sim.data.own_tables import own_tables
    from sim.data.prices import price_points
    from sim.scenario.from_data.known import Known
    from sim.scenario.from_data.market import market_of

    folders = [] if arguments.data is None else [arguments.data]
    if arguments.days < 7:
        raise UsageError(f"--days {arguments.days}: must be 7 at least.")
    out = arguments.out
    if out is not None and out.exists():
        raise UsageError(f"{out}: is there already; nothing was touched.")
    dataset = own_tables(folders, arguments.as_of)
    files = [path for folder in folders for name in OF_MARKETS if (path := folder / name).is_file()]
    known = Known.read(files, price_points(dataset.known_by(None)), dataset, arguments.as_of)
    absolute = [folder.resolve() for folder in folders]
    market = market_of(dataset, arguments.as_of, arguments.region, known, absolute)
    name = arguments.name or f"{arguments.region.lower()}-{arguments.as_of}"
    if out is None:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "market.yaml"
            write_market(file, market, name, arguments.days)
            say(file.read_text(encoding="utf-8").rstrip())
        return 0
    write_market(out, market, name, arguments.days)
    say(
        f"{out}: {len(market.listings)} products of {len(market.providers)} providers\n\n"
        f"Next:\n  pricewar check {out}\n  pricewar run {out}"
    )
    return 0


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2025-01-20") from None
