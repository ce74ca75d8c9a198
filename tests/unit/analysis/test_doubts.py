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
from sim.strategies.pricing.best_response import BestResponse

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
    assert "in 20 of 20 weeks" in text


def test_seventy_percent_are_not_more_than_seventy_percent(altered):
    run = altered(
        "providers",
        tokens_share=lambda table: np.where(table["provider"] == "Follower", 0.7, 0.15),
    )
    assert RULE["one provider"](run) == ""


@pytest.mark.parametrize(("until", "speaks"), [(22, False), (29, True)])
def test_one_provider_is_doubted_after_28_days_running(altered, until, speaks):
    run = altered(
        "providers",
        tokens_share=lambda table: np.where(
            (table["provider"] == "Follower") & (table["time_days"] < until), 0.9, 0.05
        ),
    )
    text = RULE["one provider"](run)
    assert ("in 4 of 20 weeks" in text) if speaks else text == ""


def at_snapshots_of(days):
    """Times of the made-up weekly run, stretched to snapshots of so many days."""
    return lambda table: table["time_days"] / 7.0 * days


def test_snapshots_of_other_lengths_are_counted_in_days(altered):
    run = altered(
        "providers",
        tokens_share=lambda table: np.where(
            (table["provider"] == "Follower") & (table["time_days"] > 120), 0.9, 0.05
        ),
        time_days=at_snapshots_of(30),
    )
    text = RULE["one provider"](run)
    assert "in 90 of 600 days, lastly" in text
    brief = altered(
        "providers",
        tokens_share=lambda table: np.where(
            (table["provider"] == "Follower") & (table["time_days"] < 50), 0.9, 0.05
        ),
        time_days=at_snapshots_of(1),
    )
    assert RULE["one provider"](brief) == ""


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
    assert "Users spend 4 times what the whole sector earned" in text


def test_spend_below_the_published_revenue_is_not_doubted(altered):
    run = altered("market", spend_usd_per_day=lambda table: np.full(len(table["time_days"]), 100.0))
    assert RULE["spend above revenue"](with_revenue(run, ("2024-07-01", 36600.0))) == ""


def test_revenue_of_other_times_judges_nothing(altered):
    run = altered("market", spend_usd_per_day=lambda table: np.full(len(table["time_days"]), 100.0))
    assert RULE["spend above revenue"](with_revenue(run, ("2026-07-01", 1.0))) == ""


def test_without_a_published_revenue_the_rule_is_not_tried_and_the_page_says_so(
    make_run, peace_run
):
    rule = RULE["spend above revenue"]
    assert rule(peace_run) == ""
    late = with_revenue(make_run(), ("2026-07-01", 1.0))
    tried = with_revenue(make_run(), ("2024-07-01", 1e12))
    assert rule.untried(tried) == ""

    def beside(worlds):
        _, folded = write(worlds)
        (cell,) = (row[2] for row in folded.blocks[0].rows if row[0] == rule.name)
        return cell.small

    assert beside({"this run": peace_run}) == "not tried: no revenue stated"
    assert beside({"this run": late}) == "not tried: no revenue stated of a date in the run"
    assert beside({"now": peace_run, "then": tried}) == "not tried in now: no revenue stated"
    assert beside({"then": tried}) == ""


def test_sums_of_money_are_rounded_before_their_multiple_is_chosen(altered):
    run = altered("market", spend_usd_per_day=lambda table: np.full(len(table["time_days"]), 1e9))
    text = RULE["spend above revenue"](with_revenue(run, ("2024-07-01", 999.9e6)))
    assert "against 1 billion USD as published" in text


def priced(product, until, share):
    """Prices: a product is at a share of its cost up to a day, and at ten times it after."""
    return lambda table: (
        table["marginal_cost_usd_per_mtok"]
        * np.where((table["product"] == product) & (table["time_days"] <= until), share, 10.0)
    )


def test_a_product_far_below_cost_for_months_is_named_with_its_days(altered):
    run = altered("products", price_usd_per_mtok=priced("x-1", 63, 0.04))
    text = RULE["far below cost"](run)
    assert "below 5% of the cost" in text
    assert "x-1 (63 days)" in text


@pytest.mark.parametrize(("until", "share"), [(70, 0.05), (56, 0.0)])
def test_a_low_price_and_a_short_free_offer_are_no_doubt(altered, until, share):
    run = altered("products", price_usd_per_mtok=priced("x-1", until, share))
    assert RULE["far below cost"](run) == ""


def test_adoption_that_moves_before_the_first_launch_is_doubted(war_run):
    # 0.15 a hundred days and the lift of four replications; the launch is on day 35.
    text = RULE["moves before events"](war_run)
    assert "+6.0 percentage points by 6 May 2024" in text


def test_days_below_cost_are_those_that_the_snapshots_cover(altered):
    run = altered(
        "products",
        price_usd_per_mtok=priced("x-1", 21, 0.04),
        time_days=at_snapshots_of(30),
    )
    assert "x-1 (90 days)" in RULE["far below cost"](run)


@pytest.mark.parametrize(
    ("first", "last", "part"),
    [
        (0.16, 0.3, ", 30% of its change over the run"),
        (0.16, 0.1, ""),
        (0.16, 0.11, ""),
        (0.16, 0.05, ""),
        (0.04, 0.3, ""),
        (0.16, 0.16, ""),
    ],
)
def test_a_move_is_called_a_part_only_of_a_larger_change_in_the_same_direction(
    altered, first, last, part
):
    def adopters(table):
        time = table["time_days"]
        return np.where(time == 0, 0.1, np.where(time <= 35, first, last))

    with np.errstate(all="raise"):
        text = RULE["moves before events"](altered("market", adopters_share=adopters))
    assert f"before the first launch or price move{part}: the first day" in text


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


def test_an_error_in_a_doubt_is_a_warning_and_never_costs_the_run(war_run, monkeypatch, capsys):
    def broken(_run):
        raise ZeroDivisionError("float division by zero")

    monkeypatch.setattr(doubts, "doubts", broken)
    print_doubts(war_run)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        "Warning: what to doubt could not be worked out (ZeroDivisionError: float division by "
        "zero); the run itself is complete.\n"
    )


@pytest.mark.parametrize(
    ("belief", "said"),
    [
        ({}, ""),
        ({"price_response": 1.5}, "users respond 1.5 times as strongly to prices as they do"),
        ({"taste_scale_usd_per_mtok": 0.3}, "a logit of scale 0.3 USD per million tokens"),
    ],
)
def test_a_mistaken_estimate_of_demand_is_named_with_who_holds_it(
    make_run, monkeypatch, belief, said
):
    run = make_run()
    first, *others = run.scenario.providers
    policy = BestResponse(policy="best_response", **belief)
    mistaken = first.model_copy(update={"price": policy})
    scenario = run.scenario.model_copy(update={"providers": (mistaken, *others)})
    monkeypatch.setattr(type(run), "scenario", property(lambda _: scenario))
    text = RULE["mistaken demand"](run)
    assert bool(text) == bool(said)
    assert said in text
    assert not said or f"{first.name} that users" in text
