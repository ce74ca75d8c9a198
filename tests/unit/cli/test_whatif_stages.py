"""What a decision says where the runs of a later stage fail, on worlds made by hand."""

import json

import numpy as np
import pandas as pd
import pytest

from analysis.whatif.choices import HOLD
from analysis.whatif.outcomes import World
from pricewar.cli.main import main
from sim.batch.designs.options import AS_STATED
from sim.errors import ResultError
from sim.units import DAYS_PER_YEAR

CUT = "price Zhipu -20% on 2024-05-06"
NAMES = ("Zhipu: cash_usd", "Zhipu: war.depth_share")


def world(profit: float, count: int = 6) -> World:
    noise = 0.1 * np.random.default_rng(abs(int(10 * profit))).normal(size=count)
    weeks = pd.DataFrame([0.0 * noise, profit + noise], index=[0.0, DAYS_PER_YEAR])
    return World(weeks, weeks.sum(), pd.Series(0.2 + 0.01 * noise))


def gains(low: float, high: float, name: str, count: int = 6) -> dict[str, dict[str, World]]:
    return {
        f"{name}: {end}": {HOLD: world(0.0, count), CUT: world(gain, count)}
        for end, gain in (("low", low), ("high", high))
    }


AS_SAID = {AS_STATED: {HOLD: world(0.0), CUT: world(5.0)}}
SCREENED = gains(4.0, 9.0, NAMES[0], 2) | gains(4.0, 8.0, NAMES[1], 2)


@pytest.fixture
def decide(tmp_path, monkeypatch, capsys):
    """Run the command on stages that are made by hand; an error is raised where it stands."""

    def run(stages, *options):
        begun = []

        def worlds(stage, *_):
            begun.append(stage)
            if isinstance(stages[stage], Exception):
                raise stages[stage]
            return stages[stage]

        monkeypatch.setattr("pricewar.cli.whatif._worlds", worlds)
        where = ["--out", str(tmp_path), "--assumptions", "Zhipu: *"]
        code = main(["whatif", "minimal", "--for", "Zhipu", "--do", CUT, *where, *options])
        said = capsys.readouterr()
        return code, begun, " ".join(said.out.split()), said.err

    return run


def test_the_options_are_told_and_kept_where_screening_fails(decide, tmp_path):
    code, begun, told, noted = decide({"options": AS_SAID, "screening": ResultError("all gone.")})
    assert code == 0
    assert begun == ["options", "screening"]
    assert f"Best for Zhipu: {CUT}" in told
    assert "all gone." in noted
    assert (tmp_path / "options.csv").is_file()


def test_no_assumption_with_both_ends_ends_the_decision_there(decide):
    half = {name: it for name, it in SCREENED.items() if name.endswith("low")}
    code, begun, told, noted = decide({"options": AS_SAID, "screening": half})
    assert code == 0
    assert begun == ["options", "screening"]
    assert f"Best for Zhipu: {CUT}" in told
    assert "no assumption has finished at both ends" in noted


def test_swings_stand_where_their_ends_fail_and_that_none_is_known_is_said(decide):
    stages = {"options": AS_SAID, "screening": SCREENED, "ends": ResultError("all gone.")}
    code, _, told, noted = decide(stages)
    assert code == 0
    assert "Zhipu: cash_usd" in told
    assert "is not known" in told
    assert "best at all 0 ends" not in told
    assert "all gone." in noted


def test_swings_are_ordered_by_what_is_precise(decide):
    """Screening had the first assumption ahead; with all replications the second one is."""
    ends = gains(4.0, 6.0, NAMES[0]) | gains(4.0, 12.0, NAMES[1])
    stages = {"options": AS_SAID, "screening": SCREENED, "ends": ends}
    code, _, told, _ = decide(stages, "--json")
    assert code == 0
    listed = [row["assumption"] for row in json.loads(told)["assumptions"]]
    assert listed == [NAMES[1], NAMES[0]]
