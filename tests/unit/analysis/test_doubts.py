"""Every rule of doubt, on a run that makes it speak and on one that leaves it silent."""

import datetime as dt
import io

import numpy as np
import pytest

from analysis import doubts
from analysis.doubts import RULES
from analysis.report.sections.doubts import write
from pricewar.cli.doubts import print_doubts
from pricewar.cli.terminal import Terminal
from sim.scenario.scenario import SectorRevenue

RULE = {rule.name: rule for rule in RULES}


@pytest.fixture
def altered(make_run, monkeypatch):
    """A made-up run whose tables a test may change before a rule reads them."""

    def alter(table, **columns):
        run = make_run()
        read = run.columns

        def columns_of(name):
            found = read(name)
            if name == table:
                for column, change in columns.items():
                    found[column] = change(found)
            return found

        monkeypatch.setattr(run, "columns", columns_of)
        return run

    return alter


def test_each_rule_says_what_it_holds_against_which_threshold():
    for rule in RULES:
        assert rule.meaning
        assert rule.threshold > 0.0


def test_one_provider_with_nearly_all_tokens_is_doubted(altered):
    run = altered(
        "providers",
        tokens_share=lambda table: np.where(table["provider"] == "Follower", 0.9, 0.05),
    )
    text = RULE["one provider"](run)
    assert "Follower with 90% on 19 August 2024" in text
    assert "in 21 of 21 weeks" in text


def test_seventy_percent_are_not_more_than_seventy_percent(altered):
    run = altered(
        "providers",
        tokens_share=lambda table: np.where(table["provider"] == "Follower", 0.7, 0.15),
    )
    assert RULE["one provider"](run) == ""


def test_three_weeks_of_one_provider_are_no_doubt(altered):
    run = altered(
        "providers",
        tokens_share=lambda table: np.where(
            (table["provider"] == "Follower") & (table["time_days"] < 15), 0.9, 0.05
        ),
    )
    assert RULE["one provider"](run) == ""


def with_revenue(run, *published):
    rows = tuple(
        SectorRevenue(date=dt.date.fromisoformat(date), revenue_usd_per_year=usd)
        for date, usd in published
    )
    run.__dict__["scenario"] = run.scenario.model_copy(update={"sector_revenue": rows})
    return run


def test_spend_above_the_published_revenue_is_doubted_by_how_much(altered):
    run = altered("market", spend_usd_per_day=lambda table: np.full(len(table["time_days"]), 100.0))
    text = RULE["spend above revenue"](with_revenue(run, ("2024-07-01", 36525.0 / 4)))
    assert "Users spend 4.0 times what the whole sector earned" in text


def test_spend_below_the_published_revenue_is_not_doubted(altered):
    run = altered("market", spend_usd_per_day=lambda table: np.full(len(table["time_days"]), 100.0))
    assert RULE["spend above revenue"](with_revenue(run, ("2024-07-01", 36600.0))) == ""


def test_revenue_of_other_times_judges_nothing(altered):
    run = altered("market", spend_usd_per_day=lambda table: np.full(len(table["time_days"]), 100.0))
    assert RULE["spend above revenue"](with_revenue(run, ("2026-07-01", 1.0))) == ""


def test_without_a_published_revenue_spend_is_held_against_what_tasks_are_worth(altered):
    run = altered(
        "market", consumer_surplus_usd_per_day=lambda table: np.full(len(table["time_days"]), -1.0)
    )
    text = RULE["spend above revenue"](run)
    assert "more than their tasks are worth" in text
    assert "states no revenue of the sector" in text


def test_users_who_gain_do_not_spend_too_much(war_run):
    assert RULE["spend above revenue"](war_run) == ""


def priced(product, until, share):
    """Prices: a product is at a share of its cost up to a day, and at ten times it after."""
    return lambda table: (
        table["marginal_cost_usd_per_mtok"]
        * np.where((table["product"] == product) & (table["time_days"] <= until), share, 10.0)
    )


def test_a_product_far_below_cost_for_months_is_named_with_its_days(altered):
    run = altered("products", price_usd_per_mtok=priced("x-1", 62, 0.04))
    text = RULE["far below cost"](run)
    assert "below 5% of the cost" in text
    assert "x-1 (63 days)" in text


@pytest.mark.parametrize(("until", "share"), [(62, 0.05), (48, 0.0)])
def test_a_low_price_and_a_short_free_offer_are_no_doubt(altered, until, share):
    run = altered("products", price_usd_per_mtok=priced("x-1", until, share))
    assert RULE["far below cost"](run) == ""


def test_adoption_that_moves_before_the_first_launch_is_doubted(war_run):
    # 0.15 a hundred days and the lift of four replications; the launch is on day 35.
    text = RULE["moves before events"](war_run)
    assert "+6.0 percentage points by 6 May 2024" in text


def test_adoption_that_rests_until_the_first_launch_is_no_doubt(altered):
    run = altered(
        "market",
        adopters_share=lambda table: np.where(table["time_days"] <= 35, 0.1, 0.3),
    )
    assert RULE["moves before events"](run) == ""


def test_a_domain_that_never_adopts_is_named(altered):
    run = altered(
        "domains",
        adopters_share=lambda table: np.where(table["domain"] == "coding", 0.0005, 0.3),
    )
    text = RULE["nobody able to pay"](run)
    assert "in coding, fewer than 0.1% of users ever" in text


def test_domains_that_adopt_in_the_end_can_pay(altered):
    run = altered(
        "domains",
        adopters_share=lambda table: np.where(table["time_days"] < 139, 0.0, 0.3),
    )
    assert RULE["nobody able to pay"](run) == ""


def test_the_page_says_in_which_worlds_a_doubt_arises(altered, peace_run):
    shut = altered("domains", adopters_share=lambda table: np.zeros(len(table["time_days"])))
    listing, folded = write({"war": shut, "no war": peace_run})
    assert any("any domain" in text and text.endswith("(In: war.)") for text in listing.texts)
    assert len(folded.blocks[0].rows) == len(RULES)


def test_a_run_without_doubts_has_no_such_section(altered):
    run = altered("market", adopters_share=lambda table: np.full(len(table["time_days"]), 0.2))
    assert doubts.doubts(run) == []
    assert list(write({"this run": run})) == []


def test_the_terminal_prints_what_speaks_and_nothing_else(altered):
    out = io.StringIO()
    shut = altered("domains", adopters_share=lambda table: np.zeros(len(table["time_days"])))
    print_doubts(shut, Terminal(file=out, width=300))
    lines = out.getvalue().splitlines()
    assert lines[0] == "What to doubt:"
    assert lines[-1].startswith("- Nobody can pay, or nobody wants to: in any domain")
    calm = altered("market", adopters_share=lambda table: np.full(len(table["time_days"]), 0.2))
    quiet = io.StringIO()
    print_doubts(calm, Terminal(file=quiet, width=300))
    assert quiet.getvalue() == ""
