"""The store keeps finished replications whatever happens, and never replaces a result unasked."""

import datetime as dt
import json

import pytest
from made_rows import made

from sim.errors import ResultError
from sim.record.recorder import Recorder
from sim.record.rows import MarketRows
from sim.record.run import Run
from sim.record.store import Store
from sim.record.tables import SCHEMAS

MANIFEST = {"scenario": "test", "scenario_sha256": "0" * 64, "seed": 3, "complete": True}


def tables(replication, value=1.0):
    recorder = Recorder(replication, dt.date(2024, 4, 1))
    recorder.extend(7.5, made(MarketRows, adopters_share=value))
    return recorder.tables()


def test_tables_are_in_order_of_replication_whoever_finished_first(tmp_path):
    folders = []
    for order in ([0, 1, 2], [2, 0, 1]):
        folder = tmp_path / f"run{order[0]}"
        store = Store(folder)
        store.create("name: test\n")
        for replication in order:
            store.write_replication(replication, tables(replication, replication / 10))
        store.close(MANIFEST)
        folders.append(folder)
    for name in SCHEMAS:
        first, second = (folder / f"{name}.parquet" for folder in folders)
        assert first.read_bytes() == second.read_bytes()
    market = Run(folders[0]).market
    assert list(market["replication"]) == [0, 1, 2]
    assert list(market["adopters_share"]) == [0.0, 0.1, 0.2]


def test_a_row_carries_replication_time_and_date(tmp_path):
    (row,) = tables(4)["market"].to_pylist()
    assert (row["replication"], row["time_days"], row["date"]) == (4, 7.5, dt.date(2024, 4, 8))
    assert row["hhi_tokens"] is None


def test_a_column_that_the_table_does_not_have_is_refused():
    with pytest.raises(TypeError, match="unexpected keyword argument 'adoption'"):
        made(MarketRows, adoption=1.0)


def test_a_replication_without_its_completion_record_does_not_count(tmp_path):
    store = Store(tmp_path / "run")
    store.create("")
    store.write_replication(0, tables(0))
    store.write_replication(1, tables(1))
    (tmp_path / "run/replications/00001/done.json").unlink()
    store.close(MANIFEST)
    assert Run(tmp_path / "run").replications == [0]
    assert not (tmp_path / "run/replications").exists()


def test_a_run_without_replications_is_still_readable(tmp_path):
    store = Store(tmp_path / "run")
    store.create("")
    store.close(MANIFEST)
    assert Run(tmp_path / "run").market.empty


def test_a_result_is_replaced_only_when_asked(tmp_path):
    store = Store(tmp_path / "run")
    store.create("first: 1\n")
    with pytest.raises(ResultError, match="already holds a result"):
        store.create("second: 2\n")
    assert (tmp_path / "run/resolved.yaml").read_text() == "first: 1\n"
    store.create("second: 2\n", overwrite=True)
    assert (tmp_path / "run/resolved.yaml").read_text() == "second: 2\n"


def test_a_folder_that_is_no_run_is_never_touched(tmp_path):
    (tmp_path / "thesis.txt").write_text("three years of work")
    with pytest.raises(
        ResultError, match="holds thesis.txt and is not a run of pricewar; nothing was touched"
    ):
        Store(tmp_path).create("", overwrite=True)
    assert (tmp_path / "thesis.txt").read_text() == "three years of work"


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultError, match="cannot be written"):
        Store(tmp_path / "file/run").create("")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is not a finished run"),
        ("{", "is damaged"),
        ("[]", "has format None; this version reads 1"),
        (json.dumps({"format": 99}), "has format 99; this version reads 1"),
        (json.dumps({"format": 1}), "it lacks scenario, scenario_sha256, seed"),
    ],
)
def test_a_folder_that_cannot_be_read_as_a_run_says_why(tmp_path, content, message):
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ResultError, match=message):
        Run(tmp_path)


def test_a_damaged_table_is_named(tmp_path):
    store = Store(tmp_path / "run")
    store.create("")
    store.close(MANIFEST)
    (tmp_path / "run/market.parquet").write_text("not parquet")
    with pytest.raises(ResultError, match="market.parquet: is not the table that the run wrote"):
        _ = Run(tmp_path / "run").market


def test_a_run_beside_a_stranger_s_file_is_not_replaced(tmp_path):
    store = Store(tmp_path / "run")
    store.create("")
    store.close(MANIFEST)
    (tmp_path / "run/notes.txt").write_text("mine")
    with pytest.raises(ResultError, match=r"holds notes\.txt"):
        store.create("", overwrite=True)
    assert (tmp_path / "run/notes.txt").read_text() == "mine"


def test_a_missing_table_is_named(tmp_path):
    store = Store(tmp_path / "run")
    store.create("")
    store.close(MANIFEST)
    (tmp_path / "run/market.parquet").unlink()
    with pytest.raises(ResultError, match="market.parquet: cannot be read"):
        Run(tmp_path / "run").columns("market")
