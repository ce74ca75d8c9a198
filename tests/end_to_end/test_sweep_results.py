"""What a sweep is asked to do, and how its results are read."""

import json
import time

import duckdb
import numpy as np
import pandas as pd
import pytest

import sim
from analysis.statistics import flow_mean, time_mean
from sim.batch.design_file import read_design
from sim.batch.orders import Orders
from sim.batch.processes import Processes
from sim.batch.serial import Serial
from sim.batch.stopping import StoppingRule
from sim.batch.sweep import run_sweep
from sim.errors import ResultError, UsageError
from sim.record.catalogue import Catalogue
from sim.record.shelf import LocalShelf
from sim.record.tables import SCHEMAS
from sim.statistics import half_width

pytestmark = pytest.mark.slow


@pytest.fixture
def run(sweeper):
    """Run the small design in this process."""

    def execute(out="out", start=Serial, progress=None, **orders):
        orders.setdefault("reuse", ())
        space = read_design(sweeper.design)
        return run_sweep(space, sweeper.folder / out, start, Orders(**orders), progress)

    return execute


class Refuse:
    """An executor that must not be needed."""

    def __init__(self):
        raise AssertionError("something was executed")


def test_processes_give_the_tables_of_this_process(run, contents, undisturbed):
    report = run(start=lambda: Processes(2))
    assert (report.planned, report.done, report.failed, report.executed) == (12, 12, 0, 12)
    assert contents(report.sweep) == undisturbed(2)


def test_rows_are_those_of_a_run_of_the_same_scenario(run, tmp_path):
    sweep = run().sweep
    scenario = sim.load(
        "minimal",
        overrides={
            "population.users": 50,
            "end_date": "2024-05-20",
            "providers[Zhipu].war.floor_cost_share": 1.0,
            "war.reaction_per_day": 0.15,
        },
    )
    alone = sim.run(scenario, replications=2, out=tmp_path / "alone", workers=1)
    for name in SCHEMAS:
        rows = sweep.table(name).query("floor_share == 1.0 and reaction_rate == 0.15")
        rows = rows[alone.table(name).columns].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, alone.table(name))


def test_the_plan_is_on_disk_before_the_first_run(run, sweeper):
    class Look(Serial):
        def submit(self, task):
            assert len(sim.Sweep(sweeper.folder / "out").plan) == 12
            super().submit(task)

    assert run(start=Look).done == 12


def test_a_finished_sweep_executes_nothing_when_resumed(run, contents):
    before = contents(run().sweep)
    report = run(start=Refuse, resume=True)
    assert (report.done, report.executed, report.unused) == (12, 0, 0)
    assert contents(report.sweep) == before


def test_points_and_replications_added_to_a_design_run_alone(run, sweeper):
    first = run().sweep
    text = sweeper.design.read_text().replace("[0.5, 1.0]", "[0.4, 0.5, 1.0]")
    sweeper.design.write_text(text.replace("replications: 2", "replications: 3"))
    report = run(resume=True)
    assert (report.planned, report.done, report.executed) == (27, 27, 15)
    old = report.sweep.market.query("floor_share > 0.4 and replication < 2")
    columns = [name for name in old.columns if name != "point"]
    pd.testing.assert_frame_equal(old[columns].reset_index(drop=True), first.market[columns])


def test_points_taken_out_of_a_design_are_no_longer_shown(run, sweeper):
    run()
    sweeper.design.write_text(sweeper.design.read_text().replace("[0.5, 1.0]", "[1.0]"))
    report = run(start=Refuse, resume=True)
    assert report.planned == report.done == report.unused == 6
    assert set(report.sweep.market["floor_share"]) == {1.0}


def test_finished_runs_of_a_sweep_beside_it_are_taken_over(run, sweeper, contents):
    run("sweeps/one")
    sweeper.design.write_text(
        sweeper.design.read_text().replace("[0.5, 1.0]", "[0.9, 1.0]").replace("small", "other")
    )
    report = run("sweeps/two", reuse=None)
    assert (report.done, report.reused, report.executed) == (12, 6, 6)
    alone = run("elsewhere/two", reuse=None)
    assert alone.reused == 0
    assert contents(alone.sweep) == contents(report.sweep)


def test_points_that_are_the_same_scenario_run_once_and_show_twice(run, sweeper):
    text = sweeper.design.read_text().replace("[0.5, 1.0]", "[1.0, {value: 1.0, source: made up}]")
    sweeper.design.write_text(text)
    report = run()
    assert (report.planned, report.done, report.executed) == (12, 12, 6)
    market = report.sweep.market
    assert set(market["point"]) == set(range(6))
    assert len(market) == 2 * len(market.query("point < 3"))


def test_a_run_that_stands_in_two_shards_counts_once(run, contents, undisturbed, sweeper):
    run()
    shelf = LocalShelf(sweeper.folder / "out" / "shards")
    (name,) = shelf.names()
    from sim.batch.merging import merge
    from sim.batch.reuse import take_over

    ids = sorted(shelf.record(name).seconds)
    take_over(set(ids[:5]), [sweeper.folder / "out"], shelf, "0000-orphan")
    catalogue = Catalogue.of(shelf)
    assert len(catalogue.repeated) == 5
    assert contents(sim.Sweep(sweeper.folder / "out")) == undisturbed(2)
    assert run(start=Refuse, resume=True).done == 12
    assert contents(sim.Sweep(sweeper.folder / "out")) == undisturbed(2)
    merge(shelf, shelf.names(), "0009-test")
    assert contents(sim.Sweep(sweeper.folder / "out")) == undisturbed(2)


def test_tables_are_frames_and_duckdb_relations_with_the_parameters(run):
    sweep = run().sweep
    assert isinstance(sweep, sim.Sweep)
    assert list(sweep.market.columns[:4]) == [
        "point",
        "replication",
        "floor_share",
        "reaction_rate",
    ]
    assert len(sweep.plan) == 12
    assert set(sweep.plan["state"]) == {"done"}
    assert sweep.failures.empty
    relation = sweep.relation("products")
    assert isinstance(relation, duckdb.DuckDBPyRelation)
    assert relation.aggregate("count(*)").fetchall() == [(len(sweep.products),)]
    answer = sweep.query(
        "select floor_share, count(distinct replication) from market group by 1 order by 1"
    )
    assert answer.fetchall() == [(0.5, 2), (1.0, 2)]
    with pytest.raises(UsageError, match="Did you mean 'market'"):
        sweep.relation("markets")
    with pytest.raises(UsageError, match="Tables: "):
        sweep.query("select * from nothing")


def test_an_empty_sweep_can_be_read(run, sweeper):
    class Stop(Serial):
        def submit(self, task):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(start=Stop)
    sweep = sim.Sweep(sweeper.folder / "out")
    assert sweep.market.empty
    assert set(sweep.plan["state"]) == {"missing"}
    assert sweep.done == 0


def test_a_folder_that_is_no_sweep_is_refused(tmp_path):
    with pytest.raises(ResultError, match="is not a sweep"):
        sim.Sweep(tmp_path)


# ------------------------------------------------------------------------------ the stopping rule


def test_replications_are_added_until_the_interval_is_narrow_enough(run, capsys):
    rule = StoppingRule.parse("consumer_surplus half-width < 30%")
    report = run(until=rule, most_replications=40)
    assert len(report.precisions) == 6
    reached = [one for one in report.precisions if one.reached]
    assert reached
    market = report.sweep.market
    for one in report.precisions:
        weeks = market.query("point == @one.point and time_days > 0")
        lengths = weeks.groupby("replication")["time_days"].diff().fillna(7.0)
        surplus = weeks["consumer_surplus_usd_per_day"]
        totals = (surplus * lengths).groupby(weeks["replication"]).sum()
        means = totals / lengths.groupby(weeks["replication"]).sum()
        assert one.replications == len(means)
        assert one.mean == pytest.approx(means.mean())
        assert one.half_width == pytest.approx(half_width(means.std(), len(means)))
        assert one.reached == (one.half_width < 0.3 * one.mean)
        assert one.reached or one.replications == 40
    said = json.loads((report.sweep.path / "stopping.json").read_text())
    assert [one["replications"] for one in said["points"]] == [
        one.replications for one in report.precisions
    ]


@pytest.mark.parametrize(
    ("column", "mean_of"), [("adopters_share", time_mean), ("spend_usd_per_day", flow_mean)]
)
def test_a_rule_takes_the_same_mean_over_time_as_the_analysis(run, column, mean_of):
    report = run(until=StoppingRule.parse(f"{column} half-width < 90%"), most_replications=3)
    market = report.sweep.market
    for one in report.precisions:
        means = mean_of(market[market["point"] == one.point], column)
        assert one.mean == pytest.approx(means.mean())


def test_the_cap_ends_the_search_and_is_said(sweeper):
    code, said = sweeper.run(
        "out", "--serial", "--until", "hhi_tokens half-width < 0.0001%", "--most-replications", "3"
    )
    assert code == 0
    assert "not reached at 6 points with at most 3 replications" in said
    assert set(sweeper.open("out").plan.groupby("point").size()) == {3}


@pytest.mark.parametrize(
    "text", ["", "surplus < 2%", "hhi_tokens half-width < 0%", "hhi_token half-width < 2%"]
)
def test_a_rule_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="--until"):
        StoppingRule.parse(text)


def test_half_widths_are_students():
    assert half_width(1.0, 10) == pytest.approx(2.262157 / np.sqrt(10), rel=1e-6)


# ---------------------------------------------------------------------------- status and progress


def test_status_tells_from_another_process_how_far_a_sweep_is(sweeper, capsys):
    from pricewar.cli.main import main

    process = sweeper.start("out", "--serial", fault="slow:0.4")
    folder = sweeper.folder / "out"
    deadline = time.monotonic() + 60
    seen = {}
    while not seen.get("done") and time.monotonic() < deadline:
        time.sleep(0.1)
        if (folder / "plan.parquet").exists():
            assert main(["status", str(folder), "--json"]) == 0
            seen = json.loads(capsys.readouterr().out)
    assert 0 < seen["done"] < seen["planned"] == 12
    assert seen["running"] == 1
    assert seen["missing"] == 12 - seen["done"]
    assert str(process.pid) in seen["holder"]
    process.kill()
    process.communicate()
    assert main(["status", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "no process is working on it" in said
    assert "missing" in said


def test_a_log_gets_plain_lines_with_done_and_failed(sweeper):
    code, said = sweeper.run("out", "--serial", fault="raise")
    assert code == 1
    assert "small: 0 of 12 done" in said
    assert "small: 11 of 12 done, 1 failed, finished" in said
    assert "\x1b" not in said


def test_query_answers_as_a_table_or_as_csv(run, sweeper, capsys):
    from pricewar.cli.main import main

    run()
    sql = "select point, count(*) as weeks from market group by 1 order by 1 limit 1"
    assert main(["query", str(sweeper.folder / "out"), sql, "--csv"]) == 0
    assert capsys.readouterr().out == "point,weeks\n0,12\n"
    assert main(["query", str(sweeper.folder / "out"), sql]) == 0
    assert "weeks" in capsys.readouterr().out
    assert main(["query", str(sweeper.folder / "out"), "selec 1"]) == 2
    assert "syntax error" in capsys.readouterr().err


def test_resuming_takes_up_what_the_sweep_was_begun_with(sweeper):
    assert sweeper.run("out", "--serial", "--set", "population.users=60", "--seed", "5")[0] == 0
    code, said = sweeper.run("out", "--serial", "--resume")
    assert code == 0
    assert "0 of them executed now" in said
