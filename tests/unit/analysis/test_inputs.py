"""What a scenario put in is listed from the scenario, beside what came out of the run."""

import datetime as dt

import pytest

import sim
from analysis.inputs import free_as_given, inputs_of
from analysis.report.sections.inputs import write
from analysis.words import counted
from sim.scenario.pricing import War


def put_in(scenario):
    return {it.theme: it.text for it in inputs_of(scenario)}


def came_out(run):
    _, table = write({"this run": run})
    return {row[0]: row[2] for row in table.rows}


@pytest.fixture(scope="module")
def minimal():
    return sim.load("minimal")


def test_who_may_fight_is_an_input_and_no_date_is(minimal):
    rows = put_in(minimal)
    assert rows["fighters"] == "May answer a rival, by policy: undercut: Zhipu; match: DeepSeek."
    assert rows["days"].startswith("No date is given for a war.")
    ended = minimal.model_copy(update={"war": War(end_date=dt.date(2024, 5, 6))})
    assert "is answered until 6 May 2024 if" in put_in(ended)["days"]


def test_a_war_that_is_switched_off_is_said_to_be(minimal):
    calm = sim.load("minimal", {"factors.competition": False})
    assert put_in(calm)["fighters"].startswith("The war is switched off (factors.competition).")
    assert put_in(calm)["days"] == "At no time."


def test_the_bystanders_are_counted(minimal):
    one = sim.load("minimal", {"providers[DeepSeek].war": None})
    assert put_in(one)["fighters"].endswith("undercut: Zhipu. 1 other provider may not.")


def test_only_projects_and_orders_of_the_run_are_counted():
    china = sim.load("china-2024-price-war")
    dates = [project.start_date for it in china.providers for project in it.compression]
    orders = [order.order_date for it in china.providers for order in it.hardware]
    cut = sorted((*dates, *orders))[len(dates + orders) // 2]
    short = china.model_copy(update={"end_date": cut})
    left = [sum(china.start_date < date <= cut for date in listed) for listed in (dates, orders)]
    assert 0 < sum(left) < len(dates + orders)
    text = put_in(short)["costs"]
    for number, noun in zip(left, ("compression project", "order"), strict=True):
        assert (counted(number, noun) in text) == (number > 0)
        assert number > 0 or noun not in text


def test_launches_are_inputs_with_their_dates(minimal):
    assert put_in(minimal)["launches"] == (
        "1 launch with dates, capabilities and prices: DeepSeek-V2 (6 May 2024)."
    )


def test_free_products_as_given_are_told_from_those_that_a_policy_may_make_free():
    free = sim.load("minimal", {"products[glm-4].price_usd_per_mtok": {"input": 0, "output": 0}})
    assert put_in(free)["free"] == "Free as given: glm-4 (since 15 April 2024)."
    china = sim.load("china-2024-price-war")
    assert not free_as_given(china)
    assert put_in(china)["free"] == "None is free as given, and no policy makes one free."
    assert "No date is given for a war." in put_in(china)["days"]
    happened = sim.load("china-2024-as-happened")
    assert free_as_given(happened)["Spark Lite"] == dt.date(2024, 5, 22)
    assert "repeated as made" in put_in(happened)["prices"]


def test_what_came_out_is_counted_from_the_events(war_run, peace_run):
    rows = came_out(war_run)
    assert rows["Who fights"] == "Answers to rivals: 1 a replication, by Follower (in 4 of 4)."
    assert rows["When"] == (
        "The first answer came between 16 May 2024 and 19 May 2024, by replication."
    )
    assert rows["A war"].startswith("In none of 4 replications")
    assert rows["Prices"] == "Cuts of list prices: 1 a replication; rises: 0 a replication."
    assert rows["Who leaves"] == "Nobody left."
    assert came_out(peace_run)["Who fights"] == "Nobody answered another."


def test_a_product_made_free_by_a_decision_is_no_input(make_run, monkeypatch):
    run = make_run()
    monkeypatch.setitem(run.__dict__, "events", run.events.assign(new=0.0))
    assert came_out(run)["Free products"] == "Became free: cheap-a (in 4 of 4) and f-1 (in 4 of 4)."
