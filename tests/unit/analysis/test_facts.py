"""Published facts against a run."""

import datetime as dt

import pytest
from pydantic import ValidationError

from analysis.facts import evaluate
from sim.scenario.scenario import Fact

TOLD = {"description": "as told", "source": "made up"}


def judge(run, counterfactual=None, **fact):
    run.__dict__["scenario"] = run.scenario.model_copy(update={"facts": (Fact(**TOLD, **fact),)})
    return evaluate(run, counterfactual)[0]


@pytest.fixture
def run(make_run):
    return make_run()


def test_a_median_inside_the_range_is_a_hit(run):
    verdict = judge(run, name="follower_median_lag_days", low=11.0, high=12.0)
    assert verdict.simulated.centre == 11.5
    assert (verdict.hit, verdict.text) == (True, "hit")


@pytest.mark.parametrize(
    ("low", "high", "text"), [(20.0, 30.0, "MISS: too low"), (1.0, 2.0, "MISS: too high")]
)
def test_a_median_outside_the_range_is_a_plain_miss(run, low, high, text):
    verdict = judge(run, name="follower_median_lag_days", low=low, high=high)
    assert (verdict.hit, verdict.text) == (False, text)


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
    assert verdict.simulated.text() == "5 (in every replication)"


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
            "does not cover its dates",
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
