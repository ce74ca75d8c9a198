"""The levels of the first window, which the table does not have."""

import numpy as np
import pytest

from analysis.figures import price_indices as figure
from analysis.price_indices import INDICES, first_window
from sim.record.tables import TABLES

BOTH = pytest.mark.parametrize("column", INDICES)


def empty_panels(run):
    """Titles of the figure's panels that say that there is no level."""
    drawn = figure.draw({"this run": run})
    drawn.draw_without_rendering()
    said = {axes.get_title(loc="left"): [it.get_text() for it in axes.texts] for axes in drawn.axes}
    return [title for title, texts in said.items() if texts == ["no level"]]


@BOTH
def test_the_first_window_ends_in_week_thirteen_and_begins_at_one(war_run, column):
    rows = first_window(war_run, column)
    for _, own in rows.groupby("replication"):
        assert own["time_days"].tolist() == [7.0 * week for week in range(13)]  # sold from day 0 on
        assert own[column].iloc[0] == pytest.approx(1.0)
    assert sorted(rows["replication"].unique()) == [0, 1, 2, 3]


def test_the_cut_of_one_product_shows_in_the_week_after_it(war_run):
    """In the made-up war one product falls by four fifths, after ten days and one a replication."""
    rows = first_window(war_run, "price_index").query("replication == 0").set_index("time_days")
    level = rows["price_index"]
    assert level[:42.0].to_numpy() == pytest.approx(
        1.0, abs=0.06
    )  # links through later weeks reach back
    assert 0.2 < level[49.0] < 0.8


@BOTH
def test_a_run_shorter_than_a_window_has_no_levels_and_its_figure_says_so(
    make_run, monkeypatch, column
):
    run = make_run(days=70)
    assert first_window(run, column).empty
    market = run.market.copy()
    market[list(INDICES)] = np.nan
    monkeypatch.setitem(run.__dict__, "market", market)
    assert empty_panels(run) == [TABLES["market"][name].label for name in INDICES]


def test_a_market_in_which_all_is_free_has_a_figure_that_says_no_level(make_run, monkeypatch):
    run = make_run(days=70)
    market = run.market.assign(free_tokens_share=1.0, frontier_price_usd_per_mtok=0.0)
    market[list(INDICES)] = np.nan
    monkeypatch.setitem(run.__dict__, "market", market)
    assert empty_panels(run) == [TABLES["market"][name].label for name in INDICES]
