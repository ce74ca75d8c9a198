"""The loop between two worlds: each link by product, paired, and nothing where nothing is."""

import copy
import math

import pytest

from analysis.loop import courses
from analysis.report.section import Cell, Folded, PageTable
from analysis.report.sections import loop


def with_links(run, product, **changes):
    """The run with other columns of a product, and with satisfaction and reputation of all."""
    rows = run.products.copy()
    rows["satisfaction"] = rows["replication"] * 0.01
    rows["reputation"] = 0.0
    for column, change in changes.items():
        here = rows["product"] == product
        rows.loc[here, column] = change(rows.loc[here, column])
    changed = copy.copy(run)
    changed.__dict__["products"] = rows
    return changed


@pytest.fixture
def both(war_run, peace_run):
    war = with_links(
        war_run,
        "f-1",
        users=lambda users: 2.0 * users,
        satisfaction=lambda felt: felt + 0.05,
        reputation=lambda known: known + 0.02,
    )
    return {"attack": war, "calm": with_links(peace_run, "f-1")}


def test_each_link_is_the_paired_difference_of_the_last_day(both):
    (found,) = courses(*both.values())  # the others have the same prices in both
    assert found.product == "f-1"
    assert found.price.centre == pytest.approx(math.log(0.8 / 4.0))
    assert found.users.centre == pytest.approx(math.log(2.0))
    assert found.satisfaction.centre == pytest.approx(0.05)
    assert found.reputation.centre == pytest.approx(0.02)
    assert found.share.centre == pytest.approx(20 / 50 - 10 / 40)
    # satisfaction differs between replications, and not at all within pairs
    assert found.satisfaction.low == pytest.approx(found.satisfaction.high)


def test_the_section_has_a_table_for_each_other_world(both):
    text, folded = loop.write(both)
    assert "attack" in text
    assert isinstance(folded, Folded)
    (table,) = folded.blocks
    assert isinstance(table, PageTable)
    cells = [cell.text if isinstance(cell, Cell) else cell for cell in table.rows[0]]
    assert cells == ["f-1", "0.2", "2", "0.05", "0.02", "15"]


def test_what_is_not_known_is_left_empty(war_run, peace_run):
    found = courses(war_run, peace_run)  # nothing is recorded of satisfaction here
    assert [one.product for one in found] == ["f-1"]
    assert found[0].satisfaction.replications == 0
    _, folded = loop.write({"a": war_run, "b": peace_run})
    (row,) = folded.blocks[0].rows
    assert row[3] == row[4] == ""


def test_worlds_with_the_same_prices_have_no_section(peace_run):
    assert list(loop.write({"calm": peace_run, "calm too": peace_run})) == []
