"""Published facts against a run."""

import datetime as dt

import pytest
from pydantic import ValidationError

from analysis.facts import evaluate
from sim.scenario.scenario import Fact

TOLD = {"description": "as told", "source": "made up", "role": "validation"}


def judge(run, counterfactual=None, **fact):
    facts = (Fact(**{**TOLD, **fact}),)
    run.__dict__["scenario"] = run.scenario.model_copy(update={"facts": facts})
    return evaluate(run, counterfactual)[0]


@pytest.fixture
def run(make_run):
    return make_run()


def test_a_median_inside_the_range_is_a_hit(run):
    verdict = judge(run, name="follower_median_lag_days", low=11.0, high=12.0)
    assert verdict.simulated.centre == 11.5
    assert (verdict.hit, verdict.text) == (True, "hit: in the range")


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (20.0, 30.0, "MISS: too low, 8.5 below the range"),
        (1.0, 2.0, "MISS: too high, 9.5 above the range"),
    ],
)
def test_a_median_outside_the_range_is_a_plain_miss(run, low, high, text):
    verdict = judge(run, name="follower_median_lag_days", low=low, high=high)
    assert (verdict.hit, verdict.text) == (False, text)


def test_the_distance_is_that_from_what_was_published(run):
    verdict = judge(run, name="follower_median_lag_days", low=5.0, high=16.0, published=10.0)
    assert verdict.text == "hit: 15% above 10"
    verdict = judge(run, name="follower_median_lag_days", low=5.0, high=46.0, published=46.0)
    assert verdict.text == "hit: 75% below 46"


@pytest.mark.parametrize(
    ("low", "text"),
    [
        (5.0, "calibrated to: 28% below 16"),
        (12.0, "calibrated to: 28% below 16, outside the range"),
    ],
)
def test_a_fact_that_parameters_were_set_by_is_never_a_hit_nor_a_miss(run, low, text):
    verdict = judge(
        run,
        name="follower_median_lag_days",
        role="calibration",
        low=low,
        high=16.0,
        published=16.0,
    )
    assert (verdict.hit, verdict.judged, verdict.text) == (False, False, text)


def test_a_fact_of_which_nobody_said_whether_it_set_parameters_judges_nothing(run):
    name = "follower_median_lag_days"
    verdict = judge(run, name=name, role="unstated", low=5.0, high=16.0, published=16.0)
    assert (verdict.hit, verdict.judged) == (False, False)
    assert verdict.text == "not judged, as its role is unstated: 28% below 16"


def test_what_was_published_lies_in_its_range():
    with pytest.raises(ValidationError, match="between low and high"):
        Fact(name="follower_median_lag_days", low=0.0, high=1.0, published=2.0, **TOLD)


def test_a_share_is_of_all_tokens_of_its_weeks(run):
    # Before its cut the follower sells as much as the two others at 4, 4 and 3 USD.
    verdict = judge(
        run,
        name="provider_tokens_share",
        provider="Follower",
        low=0.0,
        high=1.0,
        since_date=dt.date(2024, 4, 8),
        until_date=dt.date(2024, 4, 29),
    )
    assert verdict.simulated.centre == pytest.approx((1 / 4) / (1 / 4 + 1 / 4 + 1 / 3))


def test_a_fact_of_after_the_last_day_is_not_judged(run):
    verdict = judge(
        run,
        name="provider_tokens_share",
        provider="Follower",
        low=0.0,
        high=1.0,
        until_date=dt.date(2025, 6, 30),
    )
    assert not verdict.measured
    assert verdict.text == "not reached by this run, which ends on 2024-08-19"


def test_the_depth_of_the_followers_cuts_is_measured(run):
    verdict = judge(run, name="follower_median_cut_depth_share", low=0.0, high=1.0)
    assert verdict.simulated.centre == pytest.approx(0.8)


def test_a_multiple_is_taken_against_the_fortnight_up_to_its_date(run):
    verdict = judge(
        run,
        name="provider_tokens_multiple",
        low=0.0,
        high=99.0,
        provider="Abstainer",
        since_date=dt.date(2024, 4, 29),
        until_date=dt.date(2024, 6, 10),
    )
    base = ((1 + 21 / 70) + (1 + 28 / 70)) / 2
    assert verdict.simulated.centre == pytest.approx((1 + 70 / 70) / base)


def test_a_multiple_without_a_first_date_is_of_the_first_fortnight(run):
    verdict = judge(
        run,
        name="provider_tokens_multiple",
        low=0.0,
        high=99.0,
        provider="Abstainer",
        until_date=dt.date(2024, 6, 10),
    )
    assert verdict.simulated.centre == pytest.approx(2.0 / ((1 + 7 / 70 + 1 + 14 / 70) / 2))


def test_the_multiple_over_no_war_is_paired(run, peace_run):
    verdict = judge(
        run,
        peace_run,
        name="provider_tokens_multiple_over_no_war",
        low=4.9,
        high=5.1,
        provider="Follower",
        since_date=dt.date(2024, 4, 29),
        until_date=dt.date(2024, 8, 19),
    )
    assert verdict.simulated.centre == pytest.approx(5.0)
    assert verdict.simulated.text() == "5 (the same in every replication)"


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (
            {
                "name": "provider_tokens_multiple_over_no_war",
                "provider": "Follower",
                "until_date": dt.date(2024, 8, 1),
            },
            "needs the same market without the war",
        ),
        (
            {
                "name": "provider_tokens_multiple",
                "provider": "Follower",
                "until_date": dt.date(2025, 8, 1),
            },
            "not reached by this run, which ends on 2024-08-19",
        ),
        (
            {
                "name": "provider_tokens_multiple",
                "provider": "Nobody",
                "until_date": dt.date(2024, 8, 1),
            },
            "Nobody sold nothing in the fortnight to 2024-04-15",
        ),
        ({"name": "follower_median_lag_days", "provider": "Abstainer"}, "nothing set off a war"),
        (
            {
                "name": "follower_median_lag_days",
                "since_date": dt.date(2024, 4, 2),
                "until_date": dt.date(2024, 4, 5),
            },
            "nobody followed",
        ),
    ],
)
def test_what_cannot_be_measured_says_why_and_is_no_hit(run, fact, reason):
    verdict = judge(run, low=0.0, high=1.0, **fact)
    assert not verdict.measured
    assert not verdict.hit
    assert reason in verdict.text


def test_a_measure_that_nobody_knows_is_refused_with_the_scenario():
    with pytest.raises(ValidationError, match="follower_median_lag_days"):
        Fact(name="happiness", low=0.0, high=1.0, **TOLD)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "provider_tokens_multiple"},
        {"name": "follower_median_lag_days", "low": 2.0},
        {
            "name": "follower_median_lag_days",
            "since_date": dt.date(2024, 5, 6),
            "until_date": dt.date(2024, 5, 6),
        },
    ],
)
def test_an_incomplete_fact_is_refused(wrong):
    with pytest.raises(ValidationError):
        Fact(**({"low": 0.0, "high": 1.0} | TOLD | wrong))
