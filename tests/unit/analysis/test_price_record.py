"""The list prices of a run against those really posted."""

import datetime as dt
import math

import numpy as np
import pytest

import sim
from analysis.price_record import (
    PriceError,
    calibration_facts,
    judged_together,
    price_errors,
    recorded_prices,
)
from analysis.report.sections.price_record import write
from analysis.significance import paired_p_value
from analysis.statistics import student
from sim.scenario.scenario import Fact
from sim.scenario.supply import DatedPrice, Price


def posted(date, price):
    return DatedPrice(date=date, price_usd_per_mtok=Price(input=price, output=price))


def recorded(run, **histories):
    """The run, with a record for some products; all are listed at 4 on the first day."""
    first = Price(input=4.0, output=4.0)
    products = tuple(
        product.model_copy(
            update={
                "price_usd_per_mtok": first,
                "price_history": tuple(histories.get(product.name.replace("-", "_"), ())),
            }
        )
        for product in run.scenario.products
    )
    run.__dict__["scenario"] = run.scenario.model_copy(update={"products": products})
    return run


@pytest.fixture
def run(make_run):
    return make_run()


def test_the_price_of_a_record_holds_from_its_date_on(run):
    product = next(
        it
        for it in recorded(
            run, x_1=[posted(dt.date(2024, 4, 8), 2.0), posted(dt.date(2024, 4, 15), 1.0)]
        ).scenario.products
        if it.name == "x-1"
    )
    prices = recorded_prices(product, dt.date(2024, 4, 1), np.array([0.0, 6.9, 7.0, 13.0, 14.0]))
    assert prices.tolist() == [4.0, 4.0, 2.0, 2.0, 1.0]


def test_three_input_tokens_are_blended_with_one_of_output():
    errors = Price(input=1.0, output=5.0)
    product = type("P", (), {"price_usd_per_mtok": errors, "price_history": ()})()
    assert recorded_prices(product, dt.date(2024, 4, 1), np.array([0.0])).tolist() == [2.0]


def test_the_error_is_the_root_mean_square_of_logs_beside_that_of_no_change(run):
    # x-1 is at 3 in the run all the time; really it went to 1 and stayed there.
    errors = price_errors(recorded(run, x_1=[posted(dt.date(2024, 5, 6), 1.0)]))
    assert errors.together.run.centre == pytest.approx(math.log(3.0))
    assert errors.together.no_change.centre == pytest.approx(math.log(4.0))
    assert errors.together.judgement == "better than no change"


def test_a_run_further_away_than_no_change_is_called_worse(run):
    errors = price_errors(recorded(run, x_1=[posted(dt.date(2024, 5, 6), 4.2)]))
    assert errors.products[0].judgement == "worse than no change"
    assert errors.products[0].difference.centre == pytest.approx(math.log(4.2 / 3) - math.log(1.05))


def test_free_weeks_are_left_out_and_counted(run):
    errors = price_errors(
        recorded(run, x_1=[posted(dt.date(2024, 5, 6), 0.0), posted(dt.date(2024, 8, 12), 2.0)])
    )
    together = errors.together
    assert together.run.centre == pytest.approx(math.log(1.5))
    assert together.free_share == pytest.approx(14 / 16)
    assert together.free_in_both_share == 0.0


def test_a_product_that_is_always_free_is_not_measured(run):
    errors = price_errors(recorded(run, x_1=[posted(dt.date(2024, 5, 6), 0.0)]))
    assert errors.products[0].judgement == "not measured: always free"


def test_products_are_weighed_by_their_weeks(run):
    errors = price_errors(
        recorded(
            run, x_1=[posted(dt.date(2024, 5, 6), 1.0)], old_a=[posted(dt.date(2024, 8, 19), 2.0)]
        )
    )
    # 16 weeks of x-1; old-a stays at 4, which is right but for the last of them.
    squares = 16 * math.log(3.0) ** 2 + math.log(2.0) ** 2
    assert errors.together.run.centre == pytest.approx(math.sqrt(squares / 32))


def test_without_a_record_there_is_nothing_to_measure(run):
    assert price_errors(recorded(run)) is None


def test_a_run_that_ends_before_the_record_says_so(run):
    late = recorded(run, x_1=[posted(dt.date(2025, 5, 6), 1.0)])
    assert price_errors(late) is None
    assert "ends before" in " ".join(write({"this run": late}))


def test_the_page_prints_the_judgement_plainly(run):
    text, by_product, _, folded = write(
        {"this run": recorded(run, x_1=[posted(dt.date(2024, 5, 6), 4.2)])}
    )
    assert "the run is worse than no change." in text
    assert "Monte-Carlo error" in text
    assert "better than no change for 0, worse for 1" in by_product
    assert [row[0] for row in folded.blocks[0].rows] == ["x-1", "all together"]


def test_judgements_of_a_table_of_equal_forecasts_are_rarely_more_than_chance():
    draws = np.random.default_rng(1)
    tables, judged, naive = 300, 0, 0
    for _ in range(tables):
        errors = []
        for number in range(12):
            run, kept = 1.0 + 0.1 * draws.normal(size=8), np.ones(8)
            difference, p_value = student(run - kept), paired_p_value(run, kept)
            errors.append(
                PriceError(f"p{number}", student(run), student(kept), difference, 0, 0, p_value)
            )
        naive += any(it.difference.settled for it in errors)
        said = {it.judgement for it in judged_together(errors)}
        judged += said != {"cannot be told from no change"}
    assert judged / tables < 0.08
    assert naive / tables > 0.3


def with_facts(run, *facts):
    told = {"low": 0.0, "high": 99.0, "description": "as told", "provider": "Attacker"}
    run.__dict__["scenario"] = run.scenario.model_copy(
        update={"facts": tuple(Fact(**told, **fact) for fact in facts)}
    )
    return run


LAG = {"name": "follower_median_lag_days", "source": "press", "since_date": dt.date(2024, 5, 6)}
DEPTH = {"name": "follower_median_cut_depth_share", "source": "the record"}


def judged(run):
    return list(write({"this run": run}))[2]


def test_facts_that_set_parameters_by_the_same_moves_are_named_and_later_weeks_stand_apart(run):
    # To 5 July the record is at 1.5, after it at 1; the run is at 3 all the time, first 4.
    moved = recorded(run, x_1=[posted(dt.date(2024, 5, 6), 1.5), posted(dt.date(2024, 7, 6), 1.0)])
    text = judged(
        with_facts(moved, {**LAG, "role": "calibration"}, {**DEPTH, "role": "validation"})
    )
    assert text.startswith("Not a validation throughout")
    assert "namely follower_median_lag_days (source: press)." in text
    assert "cut_depth" not in text
    assert "count moves up to 5 July 2024" in text
    # log 3 and log 4
    assert "the error is 1.1 (the same in every replication)" in text
    assert "that of no change 1.39 (the same" in text
    both = judged(
        with_facts(moved, {**LAG, "role": "calibration"}, {**DEPTH, "role": "calibration"})
    )
    assert "(source: press) and follower_median_cut_depth_share (source: the record)" in both


def test_a_fact_s_own_last_day_ends_the_moves_that_it_counts(run):
    moved = recorded(run, x_1=[posted(dt.date(2024, 5, 6), 1.5)])
    dated = {**LAG, "role": "calibration", "until_date": dt.date(2024, 6, 1)}
    assert "count moves up to 1 June 2024" in judged(with_facts(moved, dated))
    to_the_end = {**LAG, "role": "calibration", "until_date": dt.date(2024, 8, 19)}
    assert "weeks after" not in judged(with_facts(moved, to_the_end))


def test_without_such_facts_the_record_is_a_validation_as_far_as_the_scenario_says(run):
    moved = recorded(run, x_1=[posted(dt.date(2024, 5, 6), 1.5)])
    text = judged(with_facts(moved, {**LAG, "role": "validation"}))
    assert text.startswith("No fact that is marked as calibration is about followers' moves")
    assert "Not a validation" not in text


def test_the_shipped_war_of_china_says_that_its_cuts_set_parameters(run):
    facts = calibration_facts(sim.load("china-2024-price-war"))
    assert [fact.name for fact in facts] == [
        "follower_median_lag_days",
        "follower_median_cut_depth_share",
    ]
