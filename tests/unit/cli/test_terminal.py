"""Tables end quietly when their reader goes away, and claim no range from one replication."""

import io

import numpy as np
import pytest
from rich.table import Table

from pricewar.cli import main as command_line
from pricewar.cli.failures import print_failures
from pricewar.cli.main import main
from pricewar.cli.summary import print_summary
from pricewar.cli.terminal import Terminal


class Closed(io.StringIO):
    """A pipe whose reader has gone away."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


def test_a_reader_that_goes_away_is_left_to_the_command_line(monkeypatch):
    monkeypatch.setattr(
        command_line, "_dispatch", lambda _: Terminal(file=Closed()).print("a table") or 0
    )
    monkeypatch.setattr(command_line.streams, "silence_output", lambda: None)
    assert main([]) == 141


class OneRun:
    """A run of one replication as far as its summary asks."""

    manifest, replications, seed, folder = {"scenario": "one"}, [0], 1, "results/one"

    def columns(self, table: str) -> dict[str, np.ndarray]:
        if table == "events":
            return {name: np.array([]) for name in ("kind", "new", "old", "cause", "actor")}
        if table == "welfare":
            return {"time_days": np.array([])}
        weeks = {
            "date": np.array(["2024-05-13", "2024-05-20"]),
            "time_days": np.array([7.0, 14.0]),
            "replication": np.array([0, 0]),
        }
        return weeks | {
            name: np.array([0.123, 0.456])
            for name in (
                "adopters_share", "tokens_mtok_per_day", "spend_usd_per_day",
                "price_paid_usd_per_mtok", "price_index", "hedonic_price_index",
                "free_tokens_share", "consumer_surplus_usd_per_day",
                "surplus_before_fixed_usd_per_day", "producer_surplus_usd_per_day",
            )
        }  # fmt: skip


def test_one_replication_has_no_range():
    out = io.StringIO()
    print_summary(OneRun(), Terminal(file=out, width=160))
    [row] = [line for line in out.getvalue().splitlines() if "Price index" in line]
    assert [cell.strip() for cell in row.split("│")[1:-1]] == [
        "Price index", "0.123", "0.456", "-", "first week = 1",
    ]  # fmt: skip


def test_an_index_without_a_level_is_a_dash_and_no_warning():
    class ShortRun(OneRun):
        def columns(self, table: str) -> dict[str, np.ndarray]:
            unknown = {"price_index": np.full(2, np.nan)} if table == "market" else {}
            return super().columns(table) | unknown

    out = io.StringIO()
    print_summary(ShortRun(), Terminal(file=out, width=160))
    [row] = [line for line in out.getvalue().splitlines() if "Price index" in line]
    assert [cell.strip() for cell in row.split("│")[2:5]] == ["-", "-", "-"]


@pytest.mark.parametrize("text", ["war [seed=1]", "a[/b]", "[bold]x", "vendor:free:", "c:\\[x]"])
def test_text_of_users_is_printed_as_it_is(text):
    out = io.StringIO()
    terminal = Terminal(file=out, width=160)
    terminal.print(f"Results: {text}")
    table = Table(title=f"run of {text}")
    table.add_column("name", min_width=60)
    table.add_row(text)
    terminal.print(table)
    assert out.getvalue().count(text) == 3


def test_the_folder_of_a_run_is_printed_as_it_is():
    run = OneRun()
    run.folder = "war [seed=1]"
    out = io.StringIO()
    print_summary(run, Terminal(file=out, width=160))
    assert out.getvalue().endswith("Results: war [seed=1]\n")


def test_failures_are_printed_as_they_are():
    out = io.StringIO()
    row = {"replication": 0, "stage": "run", "message": "no [brackets] here"}
    print_failures("Failed", [row], "out [1]", Terminal(file=out, width=160))
    assert "no [brackets] here" in out.getvalue()
    assert "They are in out [1]," in out.getvalue()
