"""A run's folder holds what finished, whatever happens, and never replaces a result unasked."""

import datetime as dt
import json

import pytest
from made_rows import made

from sim.errors import ResultError
from sim.record.recorder import Recorder
from sim.record.rows import MarketRows
from sim.record.run import Run
from sim.record.run_folder import RunFolder
from sim.record.shard import RunTables, shard_files
from sim.record.tables import SCHEMAS

MANIFEST = {
    "scenario": "test", "scenario_sha256": "0" * 64, "seed": 3, "complete": True, "finished": []
}  # fmt: skip


def tables(replication, value=1.0):
    recorder = Recorder(replication, dt.date(2024, 4, 1))
    recorder.extend(7.5, made(MarketRows, adopters_share=value))
    return recorder.tables()


def shelve(folder, *replications):
    """Store replications, each in a shard, in the order given."""
    for number in replications:
        run = RunTables(f"{number:032d}", 0.5, tables(number, number / 10))
        folder.shelf.put(f"{number:05d}", shard_files([run]), lambda: True)


def written(path, manifest=MANIFEST):
    """A run without replications."""
    path.mkdir(exist_ok=True)
    folder = RunFolder(path)
    folder.write("name: test\n", {}, manifest)
    return folder


def test_tables_are_in_order_of_replication_whoever_finished_first(tmp_path):
    folders = []
    for order in ([0, 1, 2], [2, 0, 1]):
        folder = RunFolder(tmp_path / f"run{order[0]}")
        shelve(folder, *order)
        parts = folder.join([f"{number:032d}" for number in range(3)])
        folder.write("name: test\n", parts, {**MANIFEST, "finished": [0, 1, 2]})
        folders.append(folder.path)
    for name in SCHEMAS:
        first, second = (folder / f"{name}.parquet" for folder in folders)
        assert first.read_bytes() == second.read_bytes()
    market = Run(folders[0]).market
    assert list(market["replication"]) == [0, 1, 2]
    assert list(market["adopters_share"]) == [0.0, 0.1, 0.2]


def test_splitting_tables_gives_the_replications_that_were_joined(tmp_path):
    folder = RunFolder(tmp_path / "run")
    shelve(folder, 0, 1)
    ids = {number: f"{number:032d}" for number in range(2)}
    folder.write("name: test\n", folder.join(list(ids.values())), MANIFEST)
    for number, run in enumerate(folder.split(ids, {0: 0.5, 1: 0.25})):
        assert (run.run_id, run.seconds) == (ids[number], 0.5 / (number + 1))
        assert run.tables.keys() == SCHEMAS.keys()
        for name, table in tables(number, number / 10).items():
            assert run.tables[name].equals(table)


def test_a_row_carries_replication_time_and_date(tmp_path):
    (row,) = tables(4)["market"].to_pylist()
    assert (row["replication"], row["time_days"], row["date"]) == (4, 7.5, dt.date(2024, 4, 8))
    assert row["hhi_tokens"] is None


def test_a_column_that_the_table_does_not_have_is_refused():
    with pytest.raises(TypeError, match="unexpected keyword argument 'adoption'"):
        made(MarketRows, adoption=1.0)


def test_only_replications_that_are_asked_for_and_complete_are_joined(tmp_path):
    folder = RunFolder(tmp_path / "run")
    shelve(folder, 0, 1, 2)
    (folder.replications / "00001" / "done.json").unlink()
    parts = folder.join([f"{number:032d}" for number in range(2)])
    assert [table["replication"].to_pylist() for table in parts["market"]] == [[0]]


def test_a_run_without_replications_is_still_readable(tmp_path):
    written(tmp_path / "run")
    assert Run(tmp_path / "run").market.empty


def test_a_result_is_continued_or_replaced_only_when_asked(tmp_path):
    folder = written(tmp_path / "run")
    with pytest.raises(ResultError, match="already holds a result; nothing was touched"):
        folder.refuse_taken()
    folder.refuse_taken(resume=True)
    folder.refuse_taken(overwrite=True)
    folder.manifest.unlink()
    folder.unfinished.path.mkdir()
    with pytest.raises(ResultError, match="already holds an unfinished run"):
        folder.refuse_taken()


def test_clearing_leaves_the_folder_itself_and_its_mode(tmp_path):
    folder = written(tmp_path / "run")
    folder.path.chmod(0o2775)
    (folder.path / "figures").mkdir()
    (folder.path / "figures" / "prices.png").write_bytes(b"")
    folder.clear()
    assert list(folder.path.iterdir()) == []
    assert folder.path.stat().st_mode & 0o7777 == 0o2775
    folder.refuse_taken()


def test_a_clearing_that_was_interrupted_leaves_what_is_known_to_be_a_run(tmp_path, monkeypatch):
    folder = written(tmp_path / "run")
    from sim.record import run_folder

    def refuse(_path):
        raise KeyboardInterrupt

    monkeypatch.setattr(run_folder.shutil, "rmtree", refuse)
    with pytest.raises(KeyboardInterrupt):
        folder.clear()
    monkeypatch.undo()
    folder.refuse_taken(overwrite=True)
    folder.clear()
    folder.refuse_taken()


def test_an_empty_folder_is_free(tmp_path):
    folder = RunFolder(tmp_path)
    for name in (None, "lock", ".DS_Store"):
        if name is not None:
            (tmp_path / name).touch()
        assert folder.refuse_taken() is None
        assert not folder.is_run()
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(ResultError, match=r"holds thesis\.txt"):
        folder.refuse_taken()


@pytest.mark.parametrize("name", ["thesis.txt", "market.parquet", "figures"])
def test_a_folder_that_is_no_run_is_refused(name, tmp_path):
    (tmp_path / name).write_text("three years of work")
    with pytest.raises(ResultError, match="is not a run of pricewar; nothing was touched"):
        RunFolder(tmp_path).refuse_taken(overwrite=True)
    assert (tmp_path / name).read_text() == "three years of work"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is not a finished run"),
        ("{", "is damaged"),
        ("[]", "has format None; this version reads 2"),
        (json.dumps({"format": 99}), "has format 99; this version reads 2"),
        (json.dumps({"format": 2}), "it lacks scenario, scenario_sha256, seed"),
        (json.dumps({"format": 2, "tables": {}, **MANIFEST, "seed": "x"}), "it lacks seed"),
        (json.dumps({"format": 2, "tables": {}, **MANIFEST, "finished": 3}), "it lacks finished"),
        (json.dumps({"format": 2, "tables": {}, **MANIFEST, "finished": [0.5]}), "lacks finished"),
        (json.dumps({"format": 2, **MANIFEST, "tables": []}), "it lacks tables"),
    ],
)
def test_a_folder_that_cannot_be_read_as_a_run_says_why(tmp_path, content, message):
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ResultError, match=message):
        Run(tmp_path)


def test_a_folder_that_is_not_there_is_called_so(tmp_path):
    with pytest.raises(ResultError, match="there is no such folder"):
        Run(tmp_path / "nosuch")


def test_an_unfinished_run_is_told_how_to_continue(tmp_path):
    (tmp_path / "unfinished").mkdir()
    with pytest.raises(ResultError, match="--resume"):
        Run(tmp_path)


def test_a_damaged_table_is_named(tmp_path):
    written(tmp_path / "run")
    (tmp_path / "run/market.parquet").write_text("not parquet")
    with pytest.raises(ResultError, match="market.parquet: is not the table that the run wrote"):
        _ = Run(tmp_path / "run").market


def test_a_run_beside_a_stranger_s_file_is_not_replaced(tmp_path):
    folder = written(tmp_path / "run")
    (tmp_path / "run/notes.txt").write_text("mine")
    with pytest.raises(ResultError, match=r"holds notes\.txt"):
        folder.refuse_taken(overwrite=True)


def test_a_missing_table_is_named(tmp_path):
    written(tmp_path / "run")
    (tmp_path / "run/market.parquet").unlink()
    with pytest.raises(ResultError, match="market.parquet: cannot be read"):
        Run(tmp_path / "run").columns("market")
