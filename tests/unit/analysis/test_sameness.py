"""Whether two results hold the same tables, and where they first differ."""

import pytest

from analysis.sameness import sameness
from sim.record.run import Run
from sim.record.run_folder import RunFolder
from sim.record.tables import SCHEMAS


@pytest.fixture
def written(war_run, tmp_path):
    """Write the run again with a table changed."""

    def write(name="", change=lambda frame: frame) -> Run:
        folder = tmp_path / f"again-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        tables = {table: war_run._arrow_table(table) for table in SCHEMAS}
        if name:
            frame = change(tables[name].to_pandas())
            tables[name] = type(tables[name]).from_pandas(
                frame, schema=SCHEMAS[name], preserve_index=False
            )
        text = (war_run.folder / "resolved.yaml").read_text(encoding="utf-8")
        manifest = {k: v for k, v in war_run.manifest.items() if k not in ("tables", "format")}
        RunFolder(folder).write(text, {k: [v] for k, v in tables.items()}, manifest)
        return Run(folder)

    return write


def shifted(row, column, share):
    def change(frame):
        frame.loc[row, column] *= 1.0 + share
        return frame

    return change


def test_a_copy_has_the_same_bytes(war_run, written):
    found = sameness(war_run, written())
    assert found.is_same
    assert found.same_bytes
    rows = sum(war_run.manifest["tables"][name]["rows"] for name in SCHEMAS)
    assert f"{found}" == f"Same bytes: {rows:,} rows of {len(SCHEMAS)} tables."


def test_a_number_off_by_rounding_is_the_same_within_what_is_said(war_run, written):
    found = sameness(war_run, written("market", shifted(5, "spend_usd_per_day", 3e-12)))
    assert found.is_same
    assert not found.same_bytes
    assert found.largest.share == pytest.approx(3e-12, rel=1e-3)
    assert "Same within 3e-12" in f"{found}"
    assert "table market, row 5 (replication 0, time_days 35.0" in f"{found}"


def test_the_first_difference_is_named_by_table_row_and_column(war_run, written):
    def change(frame):
        frame = shifted(9, "spend_usd_per_day", 1e-6)(frame)
        return shifted(4, "price_index", 1e-6)(frame)

    found = sameness(war_run, written("market", change))
    assert (found.first.table, found.first.row, found.first.column) == ("market", 4, "price_index")
    assert not found.is_same
    assert "They differ, first in table market, row 4" in f"{found}"
    assert "column price_index: 1.0 against 1.000001" in f"{found}"


def test_no_tolerance_finds_the_last_bit(war_run, written):
    off = written("market", shifted(5, "spend_usd_per_day", 3e-16))
    assert not sameness(war_run, off, 0.0).is_same
    assert sameness(war_run, off).is_same


def test_a_text_or_a_missing_value_is_never_close(war_run, written):
    def exited(frame):
        frame.loc[7, "state"] = "gone"
        return frame

    def lost(frame):
        frame.loc[7, "cash_usd"] = None
        return frame

    for change, column in ((exited, "state"), (lost, "cash_usd")):
        found = sameness(war_run, written("providers", change), within_share=1.0)
        assert (found.first.table, found.first.row, found.first.column) == ("providers", 7, column)


def test_a_row_less_is_a_difference_of_its_table(war_run, written):
    found = sameness(war_run, written("ledger", lambda frame: frame.iloc[:-1]))
    assert (found.first.table, found.first.column) == ("ledger", "its rows")
    assert "table ledger, its rows:" in f"{found}"


class OfSweep:
    """The tables of a sweep, which have no files of their own."""

    def __init__(self, run, change=lambda name, frame: frame) -> None:
        self._run, self._change = run, change

    def table(self, name):
        return self._change(name, self._run.table(name).copy())


def test_of_two_sweeps_nothing_is_said_of_bytes_that_are_not_compared(war_run):
    def off(name, frame):
        return shifted(5, "spend_usd_per_day", 3e-12)(frame) if name == "market" else frame

    same = sameness(OfSweep(war_run), OfSweep(war_run))
    near = sameness(OfSweep(war_run), OfSweep(war_run, off))
    assert same.is_same
    assert near.is_same
    assert f"{same}".startswith("Same values to the last bit: ")
    assert f"{near}".startswith("Same within 3e-12 of the numbers: ")
