"""The course of a price: trough, rebound, speed, from one first observation."""

import datetime as dt

import numpy as np
import pytest

from analysis.course import course_of, period_of, sentence
from sim.record.unit import USD_PER_MTOK

START = dt.date(2024, 1, 1)


def table(*series, step=7):
    """Weekly rows of a column ``x``, beginning on the first day, a series a replication."""
    rows = [(r, step * t, value) for r, xs in enumerate(series) for t, value in enumerate(xs)]
    replication, days, values = zip(*rows, strict=True)
    dates = [str(START + dt.timedelta(days=day)) for day in days]
    return {
        "replication": np.array(replication), "time_days": np.array(days, dtype=float),
        "date": np.array(dates), "x": np.array(values, dtype=float),
    }  # fmt: skip


def told(*series, **options):
    return sentence(course_of(table(*series, **options), "x"), "the price", USD_PER_MTOK)


def test_trough_rebound_and_days_to_half_are_those_of_the_path():
    # 2 at first, half of the fall to 0.1 is 1.05, met at 0.9 after two more weeks; 13 times back
    course = course_of(table([9.0, 2.0, 1.5, 0.9, 0.1, 0.4, 1.3]), "x")
    assert (course.first[0], course.lowest[0], course.last[0]) == (2.0, 0.1, 1.3)
    assert (course.first_days[0], course.lowest_days[0], course.half_days[0]) == (7.0, 28.0, 14.0)
    assert course.rebound[0] == pytest.approx(13.0)
    assert told([9.0, 2.0, 1.5, 0.9, 0.1, 0.4, 1.3]) == (
        "the price fell by 95%, from 2 USD per million tokens in the week to 8 January 2024 to 0.1 "
        "USD per million tokens at its lowest, in the week to 29 January 2024; half of that fall "
        "had come after 14 days. From there it rose 13-fold to 1.3 USD per million tokens in the "
        "week to 12 February 2024."
    )


def test_the_first_day_is_no_observation_nor_are_weeks_without_sales():
    course = course_of(table([5.0, np.nan, 4.0, 1.0], [np.nan] * 4), "x")
    assert (course.first.tolist(), course.first_days.tolist()) == ([4.0], [14.0])


def test_a_last_period_that_is_shorter_is_not_called_a_week():
    cut_short = table([9.0, 2.0, 1.5, 1.0, 0.5])
    cut_short["time_days"][-1] = 22.0
    cut_short["date"] = np.array(
        [str(START + dt.timedelta(days=it)) for it in cut_short["time_days"]]
    )
    text = sentence(course_of(cut_short, "x"), "the price", USD_PER_MTOK)
    assert "from 2 USD per million tokens in the week to 8 January 2024" in text
    assert "to 0.5 USD per million tokens in the day to 23 January 2024" in text


def test_a_fall_that_stays_is_told_without_a_rebound():
    text = told([0, 2.0, 1.0, 1.0], [0, 2.0, 1.2, 1.0])
    assert text == (
        "the price fell by 50% (the same in every replication), from 2 USD per million tokens in "
        "the week to 8 January 2024 to 1 USD per million tokens in the week to 22 January 2024; "
        "half of that fall had come after 7 days."
    )


def test_replications_with_other_troughs_give_the_median_and_the_span():
    text = told([0, 8, 1, 4, 6], [0, 8, 4, 1, 6], [0, 8, 6, 1, 6])
    span = "in the week to 22 January 2024 in the median (15 January 2024 to 22 January 2024"
    assert span in text
    assert "rose 6-fold to 6 USD" in text


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ([0, 1, 2, 3], "went from 1 USD per million tokens in the week to 8 January 2024 to 3"),
        (
            [0, 0, 0, 0],
            "was 0 USD per million tokens in the week to 8 January 2024 and never lower",
        ),
        ([0, 4, 0, 2], "From there it rose to 2 USD per million tokens"),
        ([0, 4, 2, 3], "From there it rose by 50% to 3"),
    ],
)
def test_prices_that_only_rise_stay_free_or_come_back_have_their_own_words(values, part):
    assert part in told(values)


def test_nothing_sold_is_no_course():
    assert not course_of(table([np.nan, np.nan]), "x").known


def test_a_snapshot_is_called_what_it_covers():
    assert "in the 30 days to 31 January 2024" in told([0, 2, 1, 1], step=30)
    assert period_of([0.0]) == "time"


def test_a_price_that_dips_by_little_and_rises_is_not_said_never_to_have_been_lower():
    text = told([0, 1, 0.985, 1.2])
    assert "went from 1 USD per million tokens" in text
    assert "never lower" not in text
    assert text.endswith(
        "and was hardly lower in between: 0.985 USD per million tokens at its lowest."
    )
    assert told([0, 1, 1.1, 0.985]).endswith("in the week to 22 January 2024, hardly lower.")
    assert told([0, 1, 1.1, 1.2]).endswith("and was never lower than at first.")


def test_a_rebound_is_told_by_how_many_times_even_far_below_the_first_price():
    text = told([0, 1, 0.0005, 0.015])
    assert "to 0.0005 USD per million tokens at its lowest" in text
    assert "From there it rose 30-fold to 0.015 USD per million tokens" in text


@pytest.mark.parametrize("values", [[0, 1, 0.0005, 0.0009], [0, 1, 0.5, 0.509]])
def test_a_rebound_that_is_small_on_both_counts_is_not_told(values):
    assert "rose" not in told(values)


def test_troughs_of_several_replications_are_dated_by_what_a_snapshot_covers():
    text = told([0, 8, 1, 4, 6], [0, 8, 4, 1, 6], step=30)
    assert "in the 30 days to 1 March 2024 in the median (1 March 2024 to 31 March 2024" in text
    assert "week" not in text
