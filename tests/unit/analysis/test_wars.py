"""A war is what providers did: three others, a comparable product, by half, within 60 days."""

from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.wars import first_wars

CAPABILITY = {"cheap": 0.0, "a-1": 0.2, "b-1": 0.0, "c-1": -1.0, "c-2": 0.6}
SCENARIO = SimpleNamespace(
    products=[SimpleNamespace(name=n, capability_logit=q) for n, q in CAPABILITY.items()],
    war=SimpleNamespace(comparable_capability_gap_logit=0.5),
)
LAUNCH = ("launch", "Mover", "cheap", 10.0, None, 1.0)
CUTS = (
    ("price", "A", "a-1", 20.0, 4.0, 2.0),
    ("price", "B", "b-1", 30.0, 4.0, 1.0),
    ("price", "C", "c-1", 69.0, 4.0, 1.0),
)


def wars(*rows):
    names = ["kind", "actor", "subject", "time_days", "old", "new", "trigger_subject"]
    rows = [row if len(row) == len(names) else (*row, None) for row in rows]
    return first_wars(pd.DataFrame(rows, columns=names), SCENARIO)


def test_three_others_that_cut_by_half_within_60_days_are_a_war():
    (war,) = wars(LAUNCH, *CUTS)
    assert (war.provider, war.product, war.time_days) == ("Mover", "cheap", 10.0)
    assert war.followers == ("A", "B", "C")


@pytest.mark.parametrize(
    ("what", "third"),
    [
        ("the mover itself", ("price", "Mover", "c-1", 69.0, 4.0, 1.0)),
        ("one of the others again", ("price", "A", "c-1", 69.0, 4.0, 1.0)),
        ("too late", ("price", "C", "c-1", 71.0, 4.0, 1.0)),
        ("less than half", ("price", "C", "c-1", 69.0, 4.0, 2.1)),
        ("not comparable", ("price", "C", "c-2", 69.0, 4.0, 1.0)),
        ("a launch", ("launch", "C", "c-1", 69.0, None, 0.1)),
    ],
)
def test_it_is_no_war_if_the_third_is(what, third):
    assert not wars(LAUNCH, *CUTS[:2], third)


def test_two_cuts_of_a_product_count_as_one_deep_cut():
    halves = ("price", "C", "c-1", 40.0, 4.0, 2.8), ("price", "C", "c-1", 60.0, 2.8, 1.9)
    assert wars(LAUNCH, *CUTS[:2], *halves)


def test_it_is_the_move_that_was_answered_where_cuts_say_which():
    bystander = ("launch", "Other", "c-2", 9.0, None, 8.0)
    answers = [(*cut, "cheap") for cut in CUTS]
    assert [war.product for war in wars(bystander, LAUNCH, *CUTS[:2], CUTS[0])] == []
    (war,) = wars(bystander, LAUNCH, *answers)
    assert war.product == "cheap"


def test_a_war_may_begin_with_a_cut_and_a_rise_begins_none():
    assert wars(("price", "Mover", "cheap", 10.0, 2.0, 1.0), *CUTS)
    assert not wars(("price", "Mover", "cheap", 10.0, 1.0, 2.0), *CUTS)
