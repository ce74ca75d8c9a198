"""Runs and sweeps answer SQL over the same tables, with any DuckDB that may be installed."""

import datetime as dt
import json

import pandas as pd
import pytest

from pricewar.cli.main import main
from sim.batch.status import status_of
from sim.errors import ResultError, UsageError
from sim.record.opening import open_result
from sim.record.run import Run
from sim.record.sweep import Sweep

START = dt.date(2024, 4, 1)


def test_a_run_and_a_sweep_have_tables_of_the_same_names(run, sweep):
    assert Run(run).table_names == Sweep(sweep).table_names
    for path in (run, sweep):
        result = open_result(path)
        for name in result.table_names:
            assert result.query(f"describe {name}").fetchall()


def test_an_answer_outlives_whatever_it_was_asked_of(folder):
    count = len(open_result(folder).table("market"))
    answer = open_result(folder).query("select count(*) as rows from market")
    assert answer.to_df()["rows"].tolist() == [count]
    filtered = open_result(folder).relation("market").filter("adopters_share is not null")
    assert len(filtered.to_df()) == count


def test_sql_sees_the_numbers_that_the_frames_hold(folder):
    result = open_result(folder)
    answer = result.query("select date, avg(adopters_share) a from market group by 1 order by 1")
    means = result.table("market").groupby("date")["adopters_share"].mean()
    pd.testing.assert_series_equal(
        answer.to_df().set_index("date")["a"], means, check_names=False, check_index_type=False
    )


def test_a_run_says_which_replications_are_done_failed_and_missing(run):
    states = Run(run).query("select replication, state from plan order by 1").fetchall()
    assert states == [(0, "done"), (1, "done"), (2, "failed"), (3, "missing")]
    assert Run(run).query("from failures").fetchall() == [(2, "run", "no")]


def test_a_parameter_may_have_a_quote_in_its_name(sweep):
    assert sorted(set(Sweep(sweep).market['depth "x"'])) == [0.1, 0.2]


@pytest.mark.parametrize("sql", ["", " \n", ";", "-- nothing", "/* nothing */"])
def test_an_empty_query_is_told_what_to_ask(sql, folder, capsys):
    with pytest.raises(UsageError, match=r"the query is empty(.|\n)*Tables: events, market"):
        open_result(folder).query(sql)
    assert main(["query", str(folder), sql, "--csv"]) == 2
    assert capsys.readouterr().out == ""


def test_a_query_that_is_no_text_is_refused(folder):
    with pytest.raises(UsageError, match="a query is a text in SQL, not None"):
        open_result(folder).query(None)


@pytest.mark.parametrize("more", [[], ["--csv"]])
@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select cast('a' as integer) from market", "Conversion Error"),
        ("select error('late') from market", "late"),
        ("select 1 from markte", 'Did you mean "market"'),
        ("select 1 from sql", "sql does not exist"),
        ("selec 1", "syntax error"),
        ("select 1; select x", "x"),
    ],
)
def test_what_duckdb_refuses_early_or_late_is_a_message(sql, told, more, folder, capsys):
    assert main(["query", str(folder), sql, *more]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert "Tables: events, market" in err


def test_a_statement_without_an_answer_prints_no_python_value(folder, capsys):
    assert main(["query", str(folder), "create table mine as select 1 as x"]) == 0
    assert main(["query", str(folder), "set threads = 1"]) == 0
    assert "None" not in capsys.readouterr().out


def test_a_connection_that_was_closed_is_a_message(folder):
    result = open_result(folder)
    result.connection.close()
    with pytest.raises(UsageError, match="closed"):
        result.query("select 1")
    with pytest.raises(UsageError, match="closed"):
        result.relation("market")


def test_the_rows_of_an_answer_go_out_as_csv(folder, capsys):
    sql = "select date, adopters_share from market order by 1, 2 limit 1"
    assert main(["query", str(folder), sql, "--csv"]) == 0
    assert capsys.readouterr().out == "date,adopters_share\n2024-04-08,0.07\n"


def test_a_date_is_one_to_compute_with(folder):
    market = open_result(folder).table("market")
    assert market["date"].dtype.kind == "M"
    assert set(market["date"].dt.month) == {4, 5}
    assert (
        market["date"] == pd.Timestamp(START) + pd.to_timedelta(market["time_days"], unit="D")
    ).all()
    assert sorted(set(market[market["date"] >= "2024-04-15"]["time_days"])) == [14.0, 35.0]
    assert (market["date"] > pd.Timestamp(START)).all()
    monthly = market.set_index("date")["adopters_share"].resample("MS").count()
    assert list(monthly) == [2 * len(market) // 3, len(market) // 3]


def test_a_date_among_parameters_is_one_to_compute_with(sweep):
    frames = (Sweep(sweep).plan, Sweep(sweep).market, Sweep(sweep).table("plan"))
    assert all((frame["day"].dt.day == 1).all() for frame in frames)


@pytest.mark.parametrize("ask", [status_of, open_result])
def test_a_folder_that_is_neither_is_told_both_possibilities(ask, tmp_path):
    with pytest.raises(ResultError, match="is neither a run nor a sweep"):
        ask(tmp_path)
    with pytest.raises(ResultError, match="there is no such folder"):
        ask(tmp_path / "nowhere")


def test_a_damaged_run_is_refused_before_it_is_asked(run):
    (run / "market.parquet").write_bytes(b"damaged")
    with pytest.raises(ResultError, match="is not the table that the run wrote"):
        Run(run).query("select 1")


def test_the_manifest_decides_what_a_run_has_planned(run):
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert len(Run(run).query("from plan").fetchall()) == manifest["planned"]
