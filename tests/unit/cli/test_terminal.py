"""Tables end quietly when their reader goes away, and claim no range from one replication."""

import io

import numpy as np

from pricewar.cli import main as command_line
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
    monkeypatch.setattr(command_line, "_silence_output", lambda: None)
    assert main([]) == 141


class OneRun:
    """A run of one replication as far as its summary asks."""

    manifest, replications, seed, folder = {"scenario": "one"}, [0], 1, "results/one"

    def columns(self, table: str) -> dict[str, np.ndarray]:
        if table == "events":
            return {name: np.array([]) for name in ("kind", "new", "old", "cause", "actor")}
        weeks = {
            "date": np.array(["2024-05-13", "2024-05-20"]),
            "time_days": np.array([7.0, 14.0]),
            "replication": np.array([0, 0]),
        }
        return weeks | {
            name: np.array([0.123, 0.456])
            for name in (
                "adopters_share", "tokens_mtok_per_day", "spend_usd_per_day",
                "price_paid_usd_per_mtok", "price_index", "consumer_surplus_usd_per_day",
                "producer_surplus_usd_per_day",
            )
        }  # fmt: skip


def test_one_replication_has_no_range():
    out = io.StringIO()
    print_summary(OneRun(), Terminal(file=out, width=160))
    [row] = [line for line in out.getvalue().splitlines() if "Price index" in line]
    assert [cell.strip() for cell in row.split("│")[1:-1]] == [
        "Price index", "0.123", "0.456", "-", "first week = 1",
    ]  # fmt: skip
