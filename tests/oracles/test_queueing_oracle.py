"""Waiting for a slot against Erlang's formulas (table o05)."""

import csv
import re
from pathlib import Path

import pytest

from sim.serving.queueing import erlang_b, erlang_c, mean_wait_s

with (Path(__file__).parent / "o05_learning_queue.csv").open(newline="", encoding="utf-8") as file:
    STATIONS = [row for row in csv.DictReader(file) if row["block"] == "mmc"]


def number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    assert found is not None
    return float(found[1])


@pytest.mark.parametrize("row", STATIONS, ids=lambda row: row["key"])
def test_waiting_and_loss_are_those_of_erlang(row: dict[str, str]) -> None:
    servers = round(number(r"c=(\d+)", row["key"]))
    utilisation = number(r"rho=([\d.]+)", row["key"])
    assert erlang_c(servers, utilisation) == pytest.approx(
        number(r"Pwait=([\d.]+)", row["value"]), abs=6e-11
    )
    assert mean_wait_s(servers, utilisation, 1.0) == pytest.approx(
        number(r"Wq\*mu=([\d.]+)", row["note"]), abs=6e-11
    )
    assert erlang_b(servers, servers * utilisation) == pytest.approx(
        number(r"ErlangB=([\d.]+)", row["note"]), abs=6e-11
    )
