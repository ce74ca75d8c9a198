"""A sweep ends with what may be typed next, and that works when it is typed."""

import shlex

import pytest

from pricewar.cli.main import main
from sim.record.sweep import Sweep

DESIGN = """\
name: tiny
scenario: minimal
set: {population.users: 20, end_date: 2024-04-29}
replications: 1
kind: grid
parameters:
  order: {path: war.reaction_per_day, values: [0.1]}
"""


@pytest.mark.slow
def test_what_a_sweep_ends_with_may_be_typed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(DESIGN, encoding="utf-8")
    assert main(["sweep", "tiny.yaml", "--serial", "--no-reuse", "--out", "my sweep"]) == 0
    _, _, following = capsys.readouterr().out.partition("\nNext:\n")
    query, export = map(shlex.split, following.strip().splitlines())
    assert query[1] == "query"  # one point has no sensitivity
    assert main(query[1:]) == 0
    assert "0.1" in capsys.readouterr().out
    assert main([word for word in export[1:] if word not in ("or", "--xlsx,", "--dta")]) == 0
    assert (tmp_path / "my sweep-csv" / "market.csv").exists()
    assert Sweep("my sweep").done == 1
