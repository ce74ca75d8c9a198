"""Every figure draws from the tables alone, labelled with units, the same bytes each time."""

import dataclasses
import datetime as dt
import re

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis.figures import difference, facts, plates, prices, reactions, style
from analysis.figures.colours import provider_colours, provider_ranking
from analysis.figures.plate import REGISTERED, plate
from analysis.figures.plates import collected, print_all
from analysis.figures.style import PALETTE, axis_text, blank, save, sheet, spread
from analysis.report import collecting
from sim.errors import ResultError
from sim.interventions.kinds.rents import Rents
from sim.record.tables import TABLES

ALL = pytest.mark.parametrize("plate", collected(), ids=lambda plate: plate.name)


def texts(figure: Figure) -> str:
    figure.draw_without_rendering()
    return " ".join(text.get_text() for text in figure.findobj(mpl.text.Text))


def test_the_days_of_interventions_are_marked_on_every_axis_of_dates(
    war_run, peace_run, monkeypatch
):
    start = war_run.scenario.start_date
    line = Rents(
        kind="rents",
        factor=1.5,
        date=start + dt.timedelta(days=40),
        until_date=start + dt.timedelta(days=70),
    )
    changed = war_run.scenario.model_copy(update={"interventions": (line,)})
    monkeypatch.setitem(war_run.__dict__, "scenario", changed)
    worlds = {"dear": war_run, "plain": peace_run}
    figure = REGISTERED["difference"].draw(worlds)
    expected = style.days([line.date, line.until_date]).tolist()
    for axes in figure.axes:
        dotted = [one.get_xdata()[0] for one in axes.lines if one.get_linestyle() == ":"]
        assert dotted == expected
    assert texts(figure).count("rents x1.5 fro") == 1  # in the first panel alone
    assert texts(figure).count("end: rents") == 1
    plain = REGISTERED["difference"].draw({"plain": peace_run, "again": peace_run})
    assert not any(one.get_linestyle() == ":" for axes in plain.axes for one in axes.lines)


@ALL
def test_every_figure_draws_whatever_there_is_to_draw(plate, war_run, peace_run, single_run):
    before = dict(mpl.rcParams)
    for worlds in (
        {"war": war_run, "no war": peace_run},
        {"no war": peace_run, "war": war_run, "once more": war_run},
        {"this run": war_run},
        {"this run": single_run},
        {"this run": peace_run},
    ):
        assert isinstance(plate.draw(worlds), Figure)
    assert dict(mpl.rcParams) == before, "drawing leaves matplotlib's settings alone"


@pytest.mark.parametrize("name", ["overview", "facts"])
def test_the_same_run_gives_the_same_files(name, war_run, peace_run, tmp_path):
    plate = REGISTERED[name]
    drawn = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        png, svg = save(plate.draw({"war": war_run, "no war": peace_run}), folder, name)
        drawn.append((png.read_bytes(), svg.read_bytes()))
    assert drawn[0] == drawn[1]
    assert drawn[0][0].startswith(b"\x89PNG")
    assert b"<dc:date>" not in drawn[0][1]


def test_a_free_product_has_its_own_strip(make_run, monkeypatch):
    run = make_run()
    products = run.products.copy()
    products.loc[products["product"] == "x-1", "price_usd_per_mtok"] = 0.0
    monkeypatch.setitem(run.__dict__, "products", products)
    assert "free" in texts(prices.draw({"this run": run}))


def test_prices_without_a_free_product_have_no_strip(war_run):
    assert "free" not in texts(prices.draw({"this run": war_run}))


def test_reactions_name_abstainers_and_what_was_answered(war_run):
    written = texts(reactions.draw({"this run": war_run}))
    assert "no answer" in written
    assert "100%, answering cheap-a" in written


def test_a_market_in_peace_says_so_in_place_of_reactions(peace_run):
    run = peace_run
    assert "answered" in texts(reactions.draw({"this run": run}))


def test_a_difference_without_another_world_says_so_in_words(war_run):
    assert "no other world" in texts(difference.draw({"this run": war_run}))


def test_misses_stand_plainly_beside_hits(war_run, peace_run):
    written = texts(facts.draw({"war": war_run, "no war": peace_run}))
    assert "MISS: too low" in written
    assert "hit" in written


def test_a_scenario_without_facts_prints_no_facts(make_run, tmp_path, monkeypatch):
    run = make_run()
    kept = [plate for plate in collected() if plate.name in ("overview", "difference", "facts")]
    monkeypatch.setattr(plates, "collected", lambda: kept)
    run.__dict__["scenario"] = run.scenario.model_copy(update={"facts": ()})
    names = [printed.plate.name for printed in print_all({"this run": run}, tmp_path)]
    assert names == ["overview"]
    assert "no published facts" in texts(facts.draw({"this run": run}))


def test_captions_say_how_many_replications_they_rest_on(war_run, single_run, tmp_path):
    many = next(print_all({"this run": war_run}, tmp_path / "many"))
    assert "4 replications" in many.caption
    one = next(print_all({"this run": single_run}, tmp_path / "one"))
    assert "says nothing about chance" in one.caption


def test_the_largest_providers_have_colours_of_their_own(war_run):
    colours = provider_colours(war_run)
    first, *_ = provider_ranking(war_run)
    assert colours[first] == PALETTE[0]
    assert len({colours[provider] for provider in provider_ranking(war_run)}) == 3


def test_the_smallest_of_many_providers_are_taken_together(make_run, monkeypatch):
    run = make_run()
    frames = [
        run.providers.assign(provider=run.providers["provider"] + f" {copy}", tokens_share=1 / 12)
        for copy in range(4)
    ]
    monkeypatch.setitem(run.__dict__, "providers", pd.concat(frames))
    assert "others" in texts(REGISTERED["shares"].draw({"this run": run}))


@pytest.mark.parametrize("positions", [[0.5, 0.5, 0.5], [0.0, 0.01, 1.0], [0.99, 1.0, 1.0]])
def test_labels_are_moved_apart_and_stay_inside(positions):
    moved = np.sort(spread(positions, 0.1))
    assert np.diff(moved).min() >= 0.1 - 1e-12
    assert moved.min() >= -1e-12
    assert moved.max() <= 1 + 1e-12


def test_labels_that_do_not_touch_stay_where_they_are():
    assert spread([0.1, 0.5, 0.9], 0.1).tolist() == [0.1, 0.5, 0.9]


def test_an_empty_sheet_is_as_wide_as_two_columns_of_a_journal():
    assert sheet(2.0).get_size_inches().tolist() == [7.2, 2.0]


def test_every_file_of_the_folder_registers_a_figure_with_a_place_of_its_own():
    found = collected()
    assert {"overview", "prices", "difference", "facts"} <= {plate.name for plate in found}
    assert [plate.place for plate in found] == sorted({plate.place for plate in found})
    assert all(plate.caption.endswith(".") for plate in found)
    assert all(set(plate.tables) <= set(TABLES) for plate in found)


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="there is a figure 'overview' already"):
        plate("overview", place=1, title="", caption="", tables=())


def test_a_figure_is_left_out_where_a_table_that_it_needs_has_no_rows(make_run, monkeypatch):
    run = make_run()
    shown = REGISTERED["shares"].shows({"this run": run})
    monkeypatch.setitem(run.manifest["tables"], "providers", {"rows": 0})
    assert (shown, REGISTERED["shares"].shows({"this run": run})) == (True, False)


def test_worlds_stand_in_figures_and_captions_under_their_own_names(war_run, peace_run):
    worlds = {"attack": war_run, "calm": peace_run, "third": peace_run}
    assert REGISTERED["difference"].title_of(worlds) == ("attack minus calm and attack minus third")
    assert "attack, calm and third" in REGISTERED["overview"].caption_of(worlds)
    assert {"attack", "calm", "third"} <= set(texts(REGISTERED["overview"].draw(worlds)).split())
    drawn = texts(difference.draw(worlds))
    assert "minus calm" in drawn
    assert "minus third" in drawn


def test_captions_of_three_worlds_are_whole_sentences(war_run, peace_run):
    worlds = {"war": war_run, "as it happened": war_run, "no war": peace_run}
    said = [
        text for plate in collected() for text in (plate.title_of(worlds), plate.caption_of(worlds))
    ]
    said += [section.title_of(worlds) for section in collecting.collected()]
    chained = re.compile(r"war and (as it happened|no war) and|happened and no war (and|differ)")
    assert not [text for text in said if chained.search(text) or "differ in from" in text]
    assert (
        "“war” is the same scenario as “as it happened”; “war” differs from “no war” in "
        "factors.competition (true against false). All draws are shared"
    ) in REGISTERED["difference"].caption_of(worlds)
    assert "A colour a world: war, as it happened and no war." in (
        REGISTERED["overview"].caption_of(worlds)
    )


def test_a_whisker_that_clears_zero_settles_nothing_among_many():
    assert not [plate.name for plate in collected() if "settled" in plate.caption]
    caption = REGISTERED["price-account-difference"].caption
    assert "of many parts some clear it by chance" in caption


def test_axes_are_labelled_by_what_columns_declare(war_run):
    drawn = texts(REGISTERED["overview"].draw({"this run": war_run}))
    for name in ("price_paid_usd_per_mtok", "adopters_share"):
        assert axis_text(TABLES["market"][name]) in drawn
    assert "million tokens a day" in drawn


def test_replayed_moves_answer_nobody_by_name(make_run, monkeypatch):
    run = make_run()
    replayed = run.events.assign(cause="replay", trigger_actor=None, trigger_subject=None)
    monkeypatch.setitem(run.__dict__, "events", replayed)
    fact = run.scenario.facts[0].model_copy(update={"provider": "Attacker"})
    run.__dict__["scenario"] = run.scenario.model_copy(update={"facts": (fact,)})
    written = texts(reactions.draw({"this run": run}))
    assert "cutting f-1" in written
    assert "Whom they answered" not in written


def test_a_products_name_has_the_colour_of_its_line_even_where_another_retired(
    make_run, monkeypatch
):
    run = make_run()
    rows = run.products.sort_values(["product", "time_days"], ascending=[False, True])
    gone = (rows["product"] == "old-a") & (rows["time_days"] > 70)
    monkeypatch.setitem(run.__dict__, "products", rows[~gone])
    figure = prices.draw({"this run": run})
    attacker = next(axes for axes in figure.axes if axes.get_title("left") == "Attacker")
    names = {text.get_text(): text.get_color() for text in attacker.texts}
    drawn = [line for line in attacker.lines if len(line.get_ydata()) > 5]
    ends = {line.get_ydata()[-1]: line.get_color() for line in drawn}
    assert names == {"old-a": ends[4.0], "cheap-a": ends[0.5]}


def test_names_of_many_products_get_room_and_dashes(make_run, monkeypatch):
    run = make_run()
    copies = [
        run.products.assign(product=run.products["product"] + f" {copy}") for copy in range(9)
    ]
    monkeypatch.setitem(run.__dict__, "products", pd.concat(copies))
    tall, usual = prices.draw({"this run": run}), prices.draw({"this run": make_run()})
    assert tall.get_figheight() > usual.get_figheight()
    assert any(line.get_linestyle() == "--" for line in tall.axes[0].lines)


def test_a_figure_with_nothing_to_draw_says_so_and_one_that_fails_costs_no_other(
    war_run, tmp_path, monkeypatch
):
    def empty(_):
        raise ResultError("nothing was sold")

    def broken(_):
        raise ZeroDivisionError("by hand")

    kept = [
        dataclasses.replace(REGISTERED["overview"], name="empty", draw=empty),
        dataclasses.replace(REGISTERED["overview"], name="broken", draw=broken),
        REGISTERED["overview"],
    ]
    monkeypatch.setattr(plates, "collected", lambda: kept)
    with pytest.warns(plates.FigureWarning, match="'broken' could not be drawn .ZeroDivision"):
        drawn = list(print_all({"this run": war_run}, tmp_path))
    assert [printed.plate.name for printed in drawn] == ["empty", "broken", "overview"]
    assert all(printed.png.is_file() and printed.svg.is_file() for printed in drawn)


def test_a_blank_figure_shows_its_text_as_it_is():
    assert texts(blank("Nothing to draw: $a$ was sold")) == "Nothing to draw: $a$ was sold"


def test_prices_that_are_all_zero_are_drawn_in_the_strip_for_free_products(make_run, monkeypatch):
    run = make_run()
    free = run.products.assign(price_usd_per_mtok=0.0)
    monkeypatch.setitem(run.__dict__, "products", free)
    figure = prices.draw({"this run": run})
    figure.draw_without_rendering()
    assert "free" in texts(figure)


def test_capacity_that_ran_out_is_drawn_by_product_and_plenty_is_not(make_run, monkeypatch):
    run = make_run()
    plate = REGISTERED["capacity"]
    assert not plate.applies({"this run": run})
    assert "refused" in texts(plate.draw({"this run": run}))
    name, products = "x-1", run.products.copy()
    products.loc[products["product"] == name, "refused_share"] = 0.3
    products["asked_mtok_per_day"], products["delay_s"] = 10.0, 40.0
    monkeypatch.setitem(run.__dict__, "products", products)
    monkeypatch.setitem(run.__dict__, "clouds", products.assign(fleet_accelerators=8.0))
    assert plate.applies({"this run": run})
    assert name in texts(plate.draw({"this run": run}))
