"""``pricewar profile`` prints every mechanism, the largest first."""

from __future__ import annotations

import json

import pytest

from pricewar.cli.main import main
from sim.profile.kernel_events import CLOCKS
from sim.profile.mechanisms import KERNEL, MECHANISMS

SMALL = ("profile", "minimal", "--set", "population.users=200", "--repeats", "1")


def test_the_table_has_every_mechanism_and_cause_and_fits_a_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main(SMALL) == 0
    out, err = capsys.readouterr()
    names = [line.split("│")[1].strip() for line in out.splitlines() if line.count("│") > 5]
    assert {*MECHANISMS, *CLOCKS, "whole replication"} <= set(names)
    assert err.startswith("minimal: one replication to warm up, then 1 timed ...\n")


def test_json_has_the_mechanisms_largest_first_and_adds_up(capsys):
    assert main((*SMALL, "--json")) == 0
    record = json.loads(capsys.readouterr().out)
    mechanisms = record["mechanisms"]
    assert {one["name"] for one in mechanisms} == MECHANISMS.keys()
    medians = [one["median_ms"] for one in mechanisms]
    assert medians == sorted(medians, reverse=True)
    assert sum(medians) == pytest.approx(record["whole"]["median_ms"], rel=1e-9)
    assert sum(one["share"] for one in mechanisms) == pytest.approx(1.0, rel=1e-9)
    (users,) = [one for one in mechanisms if one["name"] == KERNEL]
    assert {part["name"] for part in users["parts"]} >= {*CLOCKS}
    assert record["users"] == 200
    assert "pricewar" in record["versions"]


def test_a_scenario_that_cannot_be_run_is_refused_like_by_other_commands(capsys):
    assert main(["profile", "minmal"]) == 2
    assert "minimal" in capsys.readouterr().err
