"""Who answered whom, when and how deeply."""

import datetime as dt

import pandas as pd
import pytest

from analysis.reactions import Trigger, find_trigger, followers, main_trigger, responses, war_moves


def event(replication: int, time_days: float, kind: str, actor: str, **values: object) -> dict:
    row = {
        "replication": replication,
        "time_days": time_days,
        "date": dt.date(2024, 4, 1) + dt.timedelta(days=int(time_days)),
        "kind": kind,
        "actor": actor,
        "subject": f"{actor}-1",
        "field": "price_usd_per_mtok",
        "old": None,
        "new": None,
        "cause": "war",
        "trigger_actor": None,
        "trigger_subject": None,
        "lag_days": None,
    }
    return row | values


def with_events(run, rows: list[dict], monkeypatch) -> object:
    numbers = {"old": float, "new": float, "lag_days": float}
    monkeypatch.setitem(run.__dict__, "events", pd.DataFrame(rows).astype(numbers))
    return run


def test_the_trigger_is_what_the_first_move_answered(war_run):
    assert find_trigger(war_run) == Trigger("Attacker", "cheap-a", 35.0)


def test_a_named_provider_triggers_with_its_first_launch(war_run):
    assert find_trigger(war_run, "Attacker") == Trigger("Attacker", "cheap-a", 35.0)
    assert find_trigger(war_run, "Abstainer") is None


def test_a_date_triggers_even_if_nothing_was_launched_on_it(war_run):
    assert find_trigger(war_run, "Attacker", dt.date(2024, 5, 6)).product == "cheap-a"
    assert find_trigger(war_run, None, dt.date(2024, 5, 1)) == Trigger("", "", 30.0)


def test_a_market_in_peace_has_no_trigger(peace_run):
    assert find_trigger(peace_run) is None


def test_the_facts_trigger_comes_before_the_first_answered(war_run):
    assert main_trigger(war_run) == find_trigger(war_run)


def test_followers_have_their_lag_and_depth_in_every_replication(war_run):
    followed = followers(war_run, find_trigger(war_run))
    assert followed["lag_days"].tolist() == [10.0, 11.0, 12.0, 13.0]
    assert followed["cut_depth_share"].tolist() == pytest.approx([0.8] * 4)
    assert set(followed["provider"]) == {"Follower"}
    assert set(followed["first_move"]) == {"answering cheap-a"}


def test_who_cuts_after_the_window_did_not_follow(war_run):
    followed = followers(war_run, find_trigger(war_run), until_days=46.0)
    assert followed["replication"].tolist() == [0, 1]


def test_two_cuts_of_one_product_count_as_one_deep_cut(make_run, monkeypatch):
    run = with_events(
        make_run(replications=1),
        [
            event(0, 10.0, "price", "Follower", old=4.0, new=2.0),
            event(0, 20.0, "price", "Follower", old=2.0, new=1.0),
        ],
        monkeypatch,
    )
    followed = followers(run, Trigger("Attacker", "", 5.0))
    assert followed["lag_days"].tolist() == [5.0]
    assert followed["cut_depth_share"].tolist() == [0.75]


def test_a_launch_at_a_price_of_war_follows_without_a_depth(make_run, monkeypatch):
    run = with_events(
        make_run(replications=1), [event(0, 9.0, "launch", "Follower", new=0.1)], monkeypatch
    )
    followed = followers(run, Trigger("Attacker", "", 0.0))
    assert followed["lag_days"].tolist() == [9.0]
    assert followed["cut_depth_share"].isna().all()
    assert followed["first_move"].tolist() == ["launching Follower-1"]


def test_rises_and_cuts_for_other_reasons_are_no_moves_of_war(make_run, monkeypatch):
    run = with_events(
        make_run(replications=1),
        [
            event(0, 9.0, "price", "Follower", old=1.0, new=2.0),
            event(0, 9.0, "price", "Follower", old=2.0, new=1.0, cause="clock"),
            event(0, 9.0, "launch", "Follower", new=1.0, cause="peace"),
        ],
        monkeypatch,
    )
    assert war_moves(run).empty


def test_abstainers_come_last_and_the_initiator_is_left_out(war_run):
    answers = responses(war_run, find_trigger(war_run))
    assert [answer.provider for answer in answers] == ["Follower", "Abstainer"]
    assert answers[0].followed_share == 1.0
    assert answers[0].first_move == "answering cheap-a"
    assert answers[1].followed_share == 0.0
    assert answers[1].lag_days.text() == "not measured"
