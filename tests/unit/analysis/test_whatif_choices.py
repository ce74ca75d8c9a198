"""Options in lines of text, and the assumptions that they are tried on."""

import pytest

import sim
from analysis.whatif.assumptions import assumptions_of
from analysis.whatif.choices import HOLD, expanded, options_of
from sim.errors import UsageError


def test_braces_are_written_out_as_a_shell_would():
    assert expanded("a{1,2}b{x,y}") == ["a1bx", "a1by", "a2bx", "a2by"]
    assert expanded("-{10..30..10}%") == ["-10%", "-20%", "-30%"]
    assert expanded("{3..1}") == ["3", "2", "1"]
    assert expanded("{,more}") == ["", "more"]
    assert expanded("plain") == ["plain"]


def test_doing_nothing_is_an_option_and_several_interventions_may_be_one():
    found = options_of(["price A -{10,20}% on 2024-06-01;  floor 0.1 from 2024-09-01"])
    assert found[HOLD] == ()
    assert list(found.values())[1:] == [
        ("price A -10% on 2024-06-01", "floor 0.1 from 2024-09-01"),
        ("price A -20% on 2024-06-01", "floor 0.1 from 2024-09-01"),
    ]


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["price A -{10,20% on 2024-06-01"], "braces do not match"),
        (["price A -{10}% on 2024-06-01"], "parts apart by commas"),
        (["a", "a"], "given twice"),
        (["a;;b"], "without words"),
        (["x{1..60}"], "at most 50"),
    ],
)
def test_what_says_no_options_is_refused_with_what_may_be_said(texts, told):
    with pytest.raises(UsageError, match=told):
        options_of(texts)


def test_like_assumptions_move_together_and_shares_of_a_whole_do_not_move():
    found = assumptions_of(sim.load("minimal"), "Zhipu")
    paths = {path for family in found.values() for path in family}
    assert not any(path.endswith("].share") for path in paths)
    assert set(found["domains: task_value.viable_share"]) == {
        "domains[customer service].task_value.viable_share",
        "domains[coding].task_value.viable_share",
    }
    assert list(found["Zhipu: cash_usd"]) == ["providers[Zhipu].cash_usd"]
    assert list(found["rivals: cash_usd"]) == ["providers[DeepSeek].cash_usd"]
    assert "products of Zhipu: capability_logit" in found
    low, high = found["Zhipu: cash_usd"]["providers[Zhipu].cash_usd"]
    assert low < 100e6 < high


def test_patterns_keep_the_assumptions_that_they_name():
    found = assumptions_of(sim.load("minimal"), "Zhipu", ["war*", "*: cash_usd"])
    assert "Zhipu: cash_usd" in found
    assert all(name.startswith("war") or name.endswith("cash_usd") for name in found)
