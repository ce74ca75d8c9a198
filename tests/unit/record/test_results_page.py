"""The page on results says of tables, kinds, causes and columns what their declarations say."""

import re
from pathlib import Path

import pytest

from sim.record.event import Cause, EventKind
from sim.record.tables import KEYS, TABLES

PAGE = (Path(__file__).parents[3] / "docs/results.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.*) \|$", re.MULTILINE)
LISTED = {name: (row, words) for name, row, words in ROW.findall(PAGE)}


def test_every_table_is_listed_in_order_with_what_a_row_is():
    assert {name: row for name, (row, _) in LISTED.items()} == {
        name: table.row for name, table in TABLES.items()
    }
    assert list(LISTED) == list(TABLES)


def test_kinds_and_causes_are_those_that_events_have():
    words = LISTED["events"][1]
    kinds, causes = re.findall(r"`(?:kind|cause)`: ([a-z, ]+?)(?:;|, or)", words)
    assert kinds.split(", ") == list(EventKind)
    assert causes.split(", ") == list(Cause)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_named_beside_a_table_is_one_of_its_columns(name):
    known = {column.name for column in TABLES[name].columns}
    for named in re.findall(r"`([a-z_*]+)`", LISTED[name][1]):
        pattern = re.compile(named.replace("*", r"\w+"))
        assert any(pattern.fullmatch(column) for column in known), named


def test_the_page_names_the_keys_of_every_table():
    assert all(f"`{key.name}`" in PAGE for key in KEYS)


@pytest.mark.parametrize("name", TABLES)
def test_other_programs_take_the_names_of_all_columns(name):
    """Stata takes letters, digits and underscores, 32 at most, and labels of up to 80."""
    columns = (*KEYS, *TABLES[name].columns)
    assert not [
        column.name for column in columns if not re.fullmatch(r"[a-z]\w{0,31}", column.name)
    ]
    assert max(len(f"{column.label}, {column.unit.symbol}") for column in columns) <= 80
