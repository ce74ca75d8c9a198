"""Rows reach the tables as declared: in blocks, one by one, as events, with nulls and NaN apart."""

import datetime as dt
import math
from dataclasses import MISSING, fields
from typing import Annotated

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import ResultError
from sim.record.column import ColumnKind, columns_of, key
from sim.record.event import Cause, Event, EventKind, RecipeName
from sim.record.recorder import Recorder
from sim.record.rows import LedgerRows, MarketRows
from sim.record.supply_rows import ChipRows
from sim.record.tables import KEYS, TABLES
from sim.record.unit import MTOK_PER_DAY, OF_USERS, USD, USD_PER_DAY, USD_PER_MTOK
from sim.record.user_rows import DomainRows

START = dt.date(2024, 4, 1)
cell = st.none() | st.floats(allow_nan=False, allow_infinity=False)


def chips(vendor, accelerator, rented, revenue):
    return ChipRows(
        vendor=vendor,
        accelerator=accelerator,
        rented_accelerators=rented,
        revenue_usd_per_day=revenue,
    )


def rows_of(recorder, table):
    return recorder.tables()[table].to_pylist()


@given(st.lists(st.tuples(st.text(), cell, cell)), st.none() | st.text())
def test_a_block_is_the_same_as_its_rows_one_by_one(rows, vendor):
    block, single = Recorder(3, START), Recorder(3, START)
    names, rented, revenue = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    block.extend(8.5, chips(vendor, names, rented, revenue))
    for name, number, usd in rows:
        single.extend(8.5, chips(vendor, name, number, usd))
    assert block.tables()["chips"].equals(single.tables()["chips"])
    assert block.tables()["chips"].num_rows == len(rows)


def test_masked_cells_are_null_and_nan_stays_nan():
    recorder = Recorder(0, START)
    rented = np.ma.masked_invalid([1.0, math.nan, 3.0])
    recorder.extend(7.0, chips("NVIDIA", ["a", "b", "c"], rented, np.array([1.0, math.nan, 3.0])))
    table = recorder.tables()["chips"]
    assert table["rented_accelerators"].to_pylist() == [1.0, None, 3.0]
    assert table["revenue_usd_per_day"].null_count == 0
    assert math.isnan(table["revenue_usd_per_day"][1].as_py())


def test_a_block_carries_replication_time_and_date_in_every_row():
    recorder = Recorder(4, START)
    recorder.extend(7.5, chips("NVIDIA", ["a", "b"], 1.0, None))
    keys = [tuple(row[key.name] for key in KEYS) for row in rows_of(recorder, "chips")]
    assert keys == [(4, 7.5, dt.date(2024, 4, 8))] * 2


def test_columns_of_different_lengths_are_refused_and_nothing_is_added():
    recorder = Recorder(0, START)
    with pytest.raises(ResultError, match="accelerator 2, rented_accelerators 3"):
        recorder.extend(7.0, chips("NVIDIA", ["a", "b"], [1.0, 2.0, 3.0], None))
    assert rows_of(recorder, "chips") == []


def test_an_event_is_written_with_its_kind_and_cause_in_words():
    recorder = Recorder(0, START)
    recorder.event(
        Event(
            time_days=2.25,
            kind=EventKind.PRICE,
            actor="A",
            subject="a-1",
            field="price_usd_per_mtok",
            old=2.0,
            new=1.0,
            cause=Cause.WAR,
            trigger_actor="B",
            trigger_subject="b-1",
            lag_days=1.5,
        )
    )
    recorder.event(
        Event(
            time_days=3.0,
            kind=EventKind.PROJECT,
            actor="A",
            subject="a-1",
            field="started",
            cause=RecipeName("int4"),
        )
    )
    first, second = rows_of(recorder, "events")
    assert (first["kind"], first["cause"], first["date"]) == ("price", "war", dt.date(2024, 4, 3))
    assert (first["old"], first["new"], first["lag_days"]) == (2.0, 1.0, 1.5)
    assert (second["kind"], second["cause"], second["trigger_actor"]) == ("project", "int4", None)


@pytest.mark.parametrize("rows", [MarketRows, ChipRows, DomainRows, LedgerRows])
def test_no_column_of_a_block_can_be_forgotten(rows):
    assert all(field.default is MISSING for field in fields(rows))
    with pytest.raises(TypeError, match="missing"):
        rows()


def test_every_column_says_what_it_is():
    for table in TABLES.values():
        assert table.row
        assert table.contents.endswith(".")
        for column in table.columns:
            assert column.label[0].isupper(), column
            assert column.meaning, column
            assert not column.meaning.endswith("."), column


SUFFIXES = {
    "_usd_per_mtok": "USD/Mtok",
    "_usd_per_day": "USD/day",
    "_usd_per_hour": "USD/hour",
    "_mtok_per_day": "Mtok/day",
    "_kwh_per_day": "kWh/day",
    "_kg_per_day": "kg/day",
    "_share": "%",
    "_logit": "logit",
    "_days": "days",
    "_s": "s",
    "_usd": "USD",
}


AT_ONCE = ("log_sum_surplus", "expected_margin", "deadweight_loss")
"""Rates that hold at the moment of the snapshot: no means over the time before."""


def test_a_column_s_suffix_is_its_unit_and_a_flow_s_is_per_day():
    for table in TABLES.values():
        for column in (*KEYS, *table.columns):
            for suffix, symbol in SUFFIXES.items():
                if column.name.endswith(suffix):
                    assert column.unit.symbol == symbol, (table.name, column.name)
                    break
            if not column.name.startswith(AT_ONCE):
                is_flow = column.kind is ColumnKind.FLOW
                assert is_flow == column.name.endswith("_per_day"), column.name


def test_a_share_is_shown_as_percent_and_a_daily_flow_over_a_year():
    assert OF_USERS.factor == 100.0
    assert USD_PER_MTOK.words == "USD per Mtok"
    assert USD_PER_DAY.per_year.symbol == "USD/year"
    with pytest.raises(ValueError, match="USD/Mtok is not a unit per day"):
        _ = USD_PER_MTOK.per_year


def test_a_column_is_found_by_name_and_a_wrong_name_gets_the_nearest():
    assert TABLES["market"]["hhi_tokens"].unit.symbol == "HHI"
    with pytest.raises(ResultError, match="Did you mean 'hhi_tokens'"):
        TABLES["market"]["hhi_token"]


def test_an_attribute_of_a_type_that_no_column_has_is_refused():
    class Wrong:
        when: Annotated[dt.timedelta, key("When", meaning="not a column")]

    with pytest.raises(TypeError, match="when: no column has the type"):
        columns_of(Wrong)


@pytest.mark.parametrize(
    ("amount", "name"), [(0.5, "million"), (5.0, "million"), (5e3, "billion"), (5e6, "trillion")]
)
def test_tokens_are_counted_in_units_with_short_numbers(amount, name):
    unit = MTOK_PER_DAY.readable(amount)
    assert unit.words == f"{name} tokens a day"
    assert unit.factor * amount == pytest.approx(min(amount, 5.0))


def test_money_is_counted_in_units_with_short_numbers():
    assert [USD.readable(amount).words for amount in (5.0, -5e3, 5e6, -5e9)] == [
        "USD",
        "thousand USD",
        "million USD",
        "billion USD",
    ]


def test_a_price_keeps_its_unit_however_large():
    assert USD_PER_MTOK.readable(5e9) == USD_PER_MTOK
