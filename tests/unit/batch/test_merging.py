"""Shards are merged, damaged ones found, and leftovers of writers cleared."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.batch.merging import AT_ONCE, merge
from sim.record.catalogue import Catalogue
from sim.record.shard import SHARD_SCHEMAS, CompletionRecord, RunTables, shard_files
from sim.record.shelf import LocalShelf, RemoteShelf, open_shelf
from sim.record.tables import SCHEMAS


def run_of(number: int) -> RunTables:
    tables = {name: schema.empty_table() for name, schema in SCHEMAS.items()}
    row = {"replication": number, "time_days": 7.0, "hhi_tokens": number / 10}
    tables["market"] = pa.Table.from_pylist([row, row], schema=SCHEMAS["market"])
    return RunTables(f"{number:032d}", 0.5, tables)


def always() -> bool:
    return True


@pytest.fixture(params=["disk", "fsspec"])
def shelf(request, tmp_path):
    if request.param == "disk":
        return LocalShelf(tmp_path / "shards")
    return open_shelf(f"file://{tmp_path / 'shards'}")


def rows(shelf):
    return [
        row["run_id"]
        for name in Catalogue.of(shelf).shards
        for row in pq.read_table(pa.BufferReader(shelf.read(name, "market.parquet"))).to_pylist()
    ]


def test_merging_keeps_every_row_in_few_shards(shelf):
    count = 2 * AT_ONCE + 2
    for number in range(count):
        shelf.put(f"0001-{number:04d}", shard_files([run_of(number)]), always)
    before = sorted(rows(shelf))
    merge(shelf, shelf.names(), "0001")
    assert len(shelf.names()) == 3
    assert sorted(rows(shelf)) == before
    assert len(Catalogue.of(shelf, verify=True).seconds) == count


def test_merging_holds_few_rows_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.record.shard.ROWS_AT_ONCE", 10)
    shelf = LocalShelf(tmp_path)
    for number in range(13):
        shelf.put(f"0001-{number:04d}", shard_files([run_of(number)]), always)
    (merged,) = merge(shelf, shelf.names(), "0001")
    with pq.ParquetFile(shelf.path(merged, "market.parquet")) as file:
        groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert groups == [10, 10, 6]


def test_a_shard_that_is_not_wanted_any_more_is_not_stored(shelf):
    shelf.put("0001", shard_files([run_of(1)]), lambda: False)
    assert shelf.names() == []


def test_the_first_shard_of_a_name_stays(shelf):
    shelf.put("0001", shard_files([run_of(1)]), always)
    shelf.put("0001", shard_files([run_of(2)]), always)
    assert set(Catalogue.of(shelf).seconds) == {run_of(1).run_id}


def test_a_removed_shard_is_gone(shelf):
    shelf.put("0001", shard_files([run_of(1)]), always)
    shelf.remove("0001")
    assert shelf.names() == []
    assert shelf.record("0001") is None


def test_what_interrupted_writers_left_does_not_count_and_is_cleared(tmp_path):
    shelf = LocalShelf(tmp_path)
    (tmp_path / ".0001.99").mkdir()
    (tmp_path / ".0001.99" / "market.parquet").write_bytes(b"half")
    assert Catalogue.of(shelf).seconds == {}
    shelf.clear_unfinished()
    assert list(tmp_path.iterdir()) == []


def test_files_behind_an_address_without_a_record_do_not_count(tmp_path):
    shelf = RemoteShelf(f"file://{tmp_path}")
    (tmp_path / "0001").mkdir()
    (tmp_path / "0001" / "market.parquet").write_bytes(b"half")
    assert shelf.names() == []


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"runs": {}}', b'{"seal": 1}'])
def test_a_record_that_is_no_record_is_refused(text):
    assert CompletionRecord.from_bytes(text) is None


def test_a_record_is_sealed():
    whole = CompletionRecord({"a": 1.0}, {"market.parquet": "00"}).to_bytes()
    assert CompletionRecord.from_bytes(whole) is not None
    assert CompletionRecord.from_bytes(whole.replace(b"1.0", b"2.0")) is None


def test_rows_of_a_shard_carry_their_run_and_ordinal():
    content = shard_files([run_of(3), run_of(4)])["market.parquet"]
    table = pq.read_table(pa.BufferReader(content))
    assert table.schema.equals(SHARD_SCHEMAS["market"])
    assert table["row"].to_pylist() == [0, 1, 0, 1]
    assert table["run_id"].to_pylist() == [run_of(3).run_id] * 2 + [run_of(4).run_id] * 2


@pytest.mark.parametrize("name", ["Documents", "2024-05-papers", "2024", "0001-0000"])
def test_what_is_no_shard_is_left_where_it_is(name, shelf, tmp_path):
    shelf.put("0001-0001", shard_files([run_of(1)]), always)
    mine = tmp_path / "shards" / name
    mine.mkdir()
    for file in ("thesis.txt", "done.json"):
        (mine / file).write_text("three years of work", encoding="utf-8")
    hidden = tmp_path / "shards" / ".ssh"
    hidden.mkdir()
    (hidden / "key").write_text("mine", encoding="utf-8")
    shelf.clear_unfinished()
    for damaged in Catalogue.of(shelf, verify=True).damaged:
        shelf.remove(damaged)
    assert (mine / "thesis.txt").read_text(encoding="utf-8") == "three years of work"
    assert (hidden / "key").exists()
    assert list(Catalogue.of(shelf).seconds) == [f"{1:032d}"]


def test_what_an_interrupted_writer_left_is_removed(tmp_path):
    shelf = LocalShelf(tmp_path)
    for leftover in (".0001-0000.4711", ".00003.12", ".0001-0002.removed"):
        (tmp_path / leftover).mkdir()
        (tmp_path / leftover / "market.parquet").write_bytes(b"half")
    shelf.clear_unfinished()
    assert list(tmp_path.iterdir()) == []
