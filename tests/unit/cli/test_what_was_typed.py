"""What is given twice, or not at all, is refused; and messages name what somebody typed."""

from __future__ import annotations

import pytest

from pricewar.cli.main import main
from sim.errors import as_sentence

DECISION = ["whatif", "minimal", "--for", "Zhipu", "--do", "price Zhipu -20% on 2024-05-20"]
GAME = ["game", "minimal", "--players", "Zhipu,DeepSeek", "--strategies", "hold,match"]


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ([*DECISION, "--for", "DeepSeek"], "--for"),
        ([*GAME, "--players", "Zhipu"], "--players"),
        (["run", "minimal", "--out", "one", "--out", "other"], "--out"),
        (["attribute", "minimal", "--seed", "1", "--seed", "1"], "--seed"),
        (["calibrate", "market", "china-2024", "--users", "5", "--users", "6"], "--users"),
        (["compare", "a", "b", "--provider", "Zhipu", "--provider", "Zhipu"], "--provider Zhipu"),
        (["sensitivity", "a", "--outcome", "x", "--outcome", "x"], "--outcome x"),
        (["export", "a", "--csv", "--table", "plan", "--table", "plan"], "--table plan"),
        (["run", "minimal", "--set", "seed=1", "--set", "seed=1"], "--set seed=1"),
    ],
)
def test_a_value_that_would_take_the_place_of_another_or_say_nothing_new_is_refused(
    command, option, capsys
):
    assert main(command) == 2
    assert f"{option} is given twice; give it once" in capsys.readouterr().err


def test_an_intervention_may_happen_twice(capsys):
    twice = ["--do", "rents x1.5 from 2014-05-06"] * 2
    assert main(["run", "minimal", *twice]) == 2
    assert "must come after start_date" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["attribute", "minimal", "--out", ""], "attribute: --out is empty"),
        (["attribute", "minimal", "--out="], "attribute: --out is empty"),
        (["game", "minimal", "--players", " "], "game: --players is empty"),
        (["compare", "a", ""], "compare: an argument is empty"),
        (["report", ""], "report: an argument is empty"),
        (["attribute", "minimal", "--factors", ""], "--factors: '' lacks a name"),
        (["attribute", "minimal", "--factors", "attention,"], "'attention,' lacks a name"),
        (["attribute", "minimal", "--factors", "a,b,a"], "'a,b,a' has 'a' twice"),
        (["compare", "=results/r1", "results/r2"], "=results/r1: must be NAME=FOLDER"),
        (["compare", "war=", "results/r2"], "war=: must be NAME=FOLDER"),
        (["compare", "--bytes", "war=", "results/r2"], "war=: must be NAME=FOLDER"),
    ],
)
def test_what_is_empty_is_refused(command, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(command) == 2
    assert told in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("command", "place"),
    [
        (["run", "minimal", "--data", "nowhere"], "--data nowhere  data"),
        (["attribute", "minimal", "--data", "nowhere"], "--data nowhere  data"),
        ([*GAME, "--data", "nowhere"], "--data nowhere  data"),
        ([*DECISION, "--data", "nowhere"], "--data nowhere  data"),
        ([*DECISION, "--given", "nonsense"], "--given 'nonsense'  interventions"),
        ([*DECISION, "--do", "nonsense"], "--do 'nonsense'  interventions"),
        (["attribute", "minimal", "--orders", "2"], "--orders 2  orders"),
        (["attribute", "minimal", "--further", "attention: seed=1"], "--further 'attention: seed"),
        ([*GAME[:2], "--players", "a,a", "--strategies", "hold,match"], "--players a,a  players"),
        ([*GAME[:4], "--strategies", "hold,mtch"], "--strategies hold,mtch  strategies[1]"),
    ],
)
def test_the_place_of_a_mistake_is_something_that_was_typed(command, place, capsys):
    assert main(command) == 2
    said = capsys.readouterr().err.removeprefix("loading ...\n")
    assert said.startswith(place)
    assert ".." not in said.replace("...", "")


def test_a_mistake_is_told_once_and_a_list_too_short_is_told_how_long_it_must_be(capsys):
    assert main([*GAME[:2], "--players", "Zhipu,Zhipu", *GAME[4:]]) == 2
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "--players Zhipu,Zhipu  players",
        "  'Zhipu' plays twice.",
    ]
    assert main([*GAME[:2], "--players", "a", "--alike", "a=Zhipu", *GAME[4:]]) == 2
    assert "must be a list of at least 2 items." in capsys.readouterr().err


def test_an_option_of_a_decision_that_does_not_happen_is_told_at_its_own_words():
    from analysis.whatif.choices import options_of
    from analysis.whatif.planning import Decision
    from sim.batch.implausible_points import implausible_points

    late = "price Zhipu -20% on 2034-05-20"
    decision = Decision("minimal", "Zhipu", options_of([late]))
    [found] = implausible_points(decision.space("options", list(decision.options)))
    assert found.place == f"--do '{late}'"
    assert "it does not happen" in found.allowed


@pytest.mark.parametrize(
    ("said", "told"), [("no", "no."), ("no.", "no."), ("'a'?", "'a'?"), ("no!", "no!")]
)
def test_a_sentence_has_one_full_stop(said, told):
    assert as_sentence(ValueError(said)) == told
