"""Sections on prices, accounts and surplus say what the tables hold, and what is assumed."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.money import AFTER_FIXED_COSTS, BEFORE_FIXED_COSTS, surplus_steps
from analysis.price_account_difference import account_difference
from analysis.report import paired
from analysis.report.answer import sentences
from analysis.report.section import Cell, PageTable
from analysis.report.sections import price_account, price_indices, producer_surplus
from analysis.significance import paired_p_value
from analysis.statistics import short
from sim.reading.provenance import ASSUMPTION, Source
from sim.scenario.scenario import Origin


def table_of(blocks, number=0):
    return [block for block in blocks if isinstance(block, PageTable)][number]


def rows_of(table):
    """Rows by their label; cells as text."""
    plain = [[cell.text if isinstance(cell, Cell) else cell for cell in row] for row in table.rows]
    return {row[0]: row[1:] for row in plain}


def words_of(blocks):
    return " ".join(block for block in blocks if isinstance(block, str))


@pytest.fixture
def both(war_run, peace_run):
    return {"attack": war_run, "calm": peace_run}


def with_fixed_costs(run, monkeypatch, source=None, scale=1.0):
    """The made-up run, whose providers pay 10 USD for staff, with a scenario that says so."""
    monthly = 10.0 / (140 / 30.4375)
    providers = tuple(
        provider.model_copy(update={"fixed_cost_usd_per_month": monthly})
        for provider in run.scenario.providers
    )
    scenario = run.scenario.model_copy(update={"providers": providers})
    provenance = (
        {}
        if source is None
        else {
            "providers[Attacker].fixed_cost_usd_per_month": replace(
                source, value=monthly, range=(0.5 * monthly, 3.0 * monthly)
            )
        }
    )
    monkeypatch.setitem(run.__dict__, "scenario", scenario.traced_to(Origin(provenance)))
    ledger = run.ledger.copy()
    ledger.loc[ledger["purpose"] == "staff", "usd"] *= scale
    monkeypatch.setitem(run.__dict__, "ledger", ledger)
    return run


def test_the_answer_of_one_world_attributes_nothing(war_run, both):
    for worlds in ({"this run": war_run}, both):
        said = " ".join(sentences(worlds))
        assert "came from" not in said
        assert "largest part" not in said


def test_an_account_says_that_it_is_no_attribution(war_run):
    blocks = list(price_account.write({"this run": war_run}))
    assert "bookkeeping, not attribution" in words_of(blocks)
    assert "minus" not in words_of(blocks)
    assert [heading.text for heading in table_of(blocks).headings][1:] == ["this run"]


def test_accounts_of_two_worlds_stand_beside_their_paired_difference(both):
    blocks = list(price_account.write(both))
    table, pair = table_of(blocks), account_difference(*both.values())
    assert [heading.text for heading in table.headings][1:] == [
        "attack", "calm", "attack minus calm",
    ]  # fmt: skip
    rows = rows_of(table)
    assert rows["margin"][2] == short(pair.parts()["margin"].centre)
    assert rows["change"][2] == short(pair.change.centre)
    assert f"differs by {pair.change.centre:+.3g}" in words_of(blocks)


def test_the_words_name_the_parts_that_are_bold_in_the_table(both, monkeypatch):
    def bold(worlds, rows):
        return [{"calm": row.labels[0] == "margin"} for row in rows]

    for module in (paired, price_account):
        monkeypatch.setattr(module, "more_than_chance", bold)
    blocks = list(price_account.write(both))
    assert {row[0] for row in table_of(blocks).rows if row[3].tone == "settled"} == {"margin"}
    margin = account_difference(*both.values()).parts()["margin"].centre
    words = f"Parts that are more than chance: margin {margin:+.3g}"
    assert words in words_of(blocks)


def test_bold_is_what_is_more_than_chance_in_the_whole_table(both):
    """A p value of 0.04 is, of one difference; of two it is not."""
    here, there = ([0.0, 0.1, 0.2, 0.3], [1.0, 1.3, 0.9, 1.2])
    apart = paired.PairedRow(("apart",), {"attack": pd.Series(there), "calm": pd.Series(here)})
    close = paired.PairedRow(
        ("close",),
        {"attack": pd.Series([0.5, 0.45, 0.7, 0.6]), "calm": pd.Series([0.0, 0.35, 0.4, 0.1])},
    )
    p_value = paired_p_value(*close.values.values())
    assert 0.025 < p_value < 0.05
    assert paired.more_than_chance(both, [close]) == [{"calm": True}]
    assert paired.more_than_chance(both, [close, close]) == [{"calm": False}] * 2
    assert paired.more_than_chance(both, [apart, close]) == [{"calm": True}, {"calm": True}]


def test_one_replication_says_nothing_of_the_parts_of_a_difference(make_run):
    worlds = {"attack": make_run(replications=1), "calm": make_run(replications=1, war=False)}
    assert "one replication says nothing of its parts" in words_of(price_account.write(worlds))


def test_the_last_week_is_the_last_even_where_an_index_has_no_level(war_run, monkeypatch):
    market = war_run.market.copy()
    market.loc[market["time_days"] == market["time_days"].max(), "price_index"] = np.nan
    monkeypatch.setitem(war_run.__dict__, "market", market)
    blocks = list(price_indices.write({"this run": war_run}))
    rows = rows_of(table_of(blocks))
    assert rows["Price index, last week"] == ["first week = 1", "none"]
    assert "no level in the last week in 4 of 4 replications" in words_of(blocks)
    assert "price of zero" not in words_of(blocks)


def test_a_run_shorter_than_a_window_says_so(make_run):
    said = words_of(price_indices.write({"this run": make_run(days=70)}))
    assert "compare 13 snapshots (13 weeks), and the run has 10" in said


def test_free_tokens_over_the_run_are_weighed_by_tokens(war_run, monkeypatch):
    market = war_run.market.copy()
    first = market["time_days"] == 7.0
    market["free_tokens_share"] = np.where(first, 1.0, 0.0)
    market["tokens_mtok_per_day"] = np.where(first, 19.0, 1.0)
    monkeypatch.setitem(war_run.__dict__, "market", market)
    blocks = list(price_indices.write({"this run": war_run}))
    assert (
        "Of all tokens 50% (the same in every replication) were sold at a price of zero"
        in words_of(blocks)
    )
    rows = rows_of(table_of(blocks))
    assert rows["Free tokens, over the run"][1] == "50"  # 19 of 19 + 19 weeks of 1
    assert rows["Free tokens, last week"][1] == "0"


def test_producer_surplus_is_told_before_and_after_fixed_costs(both):
    steps = surplus_steps(both["attack"])
    fixed = steps["fixed costs: training, data, staff"]
    assert (fixed < 0).all()
    difference = steps[AFTER_FIXED_COSTS] - steps[BEFORE_FIXED_COSTS]
    assert difference.to_numpy() == pytest.approx(fixed.to_numpy())
    rows = rows_of(table_of(producer_surplus.write(both)))
    assert list(rows) == list(steps)
    assert len(rows[BEFORE_FIXED_COSTS]) == 3


def test_what_of_fixed_costs_is_assumed_follows_from_the_provenance(war_run, monkeypatch):
    source = Source(1.0, ASSUMPTION, range=(0.0, 1.0))
    run = with_fixed_costs(war_run, monkeypatch, source)
    said = words_of(producer_surplus.write({"this run": run}))
    assert "1 of 3 have theirs marked as an assumption (33.3% of the money)" in said
    assert "0 with a source, 2 with neither" in said
    total = 3 * 10.0 / (140 / 365.25)
    low, high = ((2 + ratio) * total / 3 / 1e3 for ratio in (0.5, 3.0))
    assert f"would be {short(low)} thousand USD a year, at the high ends {short(high)}" in said
    run = with_fixed_costs(war_run, monkeypatch, replace(source, source="annual report"))
    said = words_of(producer_surplus.write({"this run": run}))
    assert "0 of 3 have theirs marked as an assumption (0% of the money), 1 with a source" in said


def test_fixed_costs_are_said_to_cancel_only_where_they_are_equal(both, monkeypatch):
    assert "the same in \u201ccalm\u201d in every replication" in words_of(
        producer_surplus.write(both)
    )
    with_fixed_costs(both["calm"], monkeypatch, scale=0.5)
    said = words_of(producer_surplus.write(both))
    assert "the same in \u201c" not in said
    extra = short(3 * 5.0 / (140 / 365.25))
    assert f"They are {extra} USD a year (the same in every replication) higher than in" in said


def test_every_number_behind_the_surplus_is_counted_once_by_its_source(war_run):
    table = table_of(producer_surplus.write({"this run": war_run}), 1)
    rows = {name: [int(count) for count in counts] for name, counts in rows_of(table).items()}
    assert all(all_of == sum(parts) for all_of, *parts in rows.values())
    demand = rows["demand: products, users, domains"]
    assert demand[1:3] == [1, 1]  # population.users, products[f-1].capability_logit
