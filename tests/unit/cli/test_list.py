"""Whatever is listed may be named, and nothing that may be named is left out."""

import re
import sys

import pytest

from pricewar.cli.listings import LISTINGS, aligned, matching
from pricewar.cli.main import main
from sim.compression.names import read_name, strengths_of
from sim.compression.shipped_curves import shipped_curves
from sim.data.accelerators import accelerator, accelerators
from sim.data.capabilities import capability_logit, capability_scale
from sim.data.prices import list_price_history, price_points
from sim.scenario.shipped import shipped, shipped_sweeps


def listed(arguments, capsys):
    assert main(["list", *arguments]) == 0
    return capsys.readouterr().out


def test_without_a_word_scenarios_and_designs_are_listed(capsys):
    out = listed([], capsys)
    scenarios, _, designs = out.partition("Designs, for `pricewar sweep NAME`:")
    assert re.findall(r"^(\S+)$", scenarios, re.MULTILINE) == list(shipped())
    assert re.findall(r"^(\S+)$", designs, re.MULTILINE) == list(shipped_sweeps())


@pytest.mark.parametrize(("what", "files"), [("scenarios", shipped), ("sweeps", shipped_sweeps)])
def test_one_kind_of_files_may_be_listed_alone_and_searched(what, files, capsys):
    assert re.findall(r"^(\S+)$", listed([what], capsys), re.MULTILINE) == list(files())
    for name in files():
        assert name in listed([what, name.upper()], capsys).splitlines()


@pytest.mark.parametrize("what", LISTINGS)
def test_every_name_stands_at_the_begin_of_a_line_of_its_own(what, capsys):
    out = listed([what], capsys).splitlines()
    rows = LISTINGS[what].rows()
    assert len(out) == 1 + len(rows)
    assert all(line.startswith(row[0]) for line, row in zip(out[1:], rows, strict=True))


def test_all_that_may_be_named_is_listed():
    names = {what: [row[0] for row in listing.rows()] for what, listing in LISTINGS.items()}
    assert set(names["accelerators"]) == {spec.name for spec in accelerators()}
    assert set(names["models"]) == set(capability_scale().capabilities)
    assert set(names["methods"]) == set(strengths_of(shipped_curves()))
    posted = {point.model for point in price_points() if point.event != "retire"}
    assert set(names["products"]) >= posted


def test_whatever_is_listed_may_be_named():
    for name, *_ in LISTINGS["accelerators"].rows():
        assert accelerator(name).name == name
    for name, *_ in LISTINGS["models"].rows():
        assert capability_logit(name).model == name
    for name, provider, _, last, *_ in LISTINGS["products"].rows():
        assert str(list_price_history(provider, name)[-1].date) == last
    strengths = strengths_of(shipped_curves())
    for name, _, listed_strengths in LISTINGS["methods"].rows():
        for strength in listed_strengths.split(", "):
            assert read_name(f"{name}:{strength}", strengths)


def test_methods_are_listed_without_torch(capsys):
    listed(["methods"], capsys)
    assert "torch" not in sys.modules


def test_a_search_ignores_case_blanks_and_punctuation():
    rows = [("GPT-4 Turbo", "OpenAI"), ("gpt-5", "OpenAI"), ("qwen", "Alibaba")]
    assert matching(rows, "gpt4") == rows[:1]
    assert matching(rows, "OPENAI") == rows[:2]
    assert matching(rows, "") == rows


def test_columns_are_as_wide_as_their_widest_cell():
    assert aligned(("a", "b"), [("long", "x"), ("s", "yy")]) == ["a     b", "long  x", "s     yy"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["accelrators"], "Did you mean 'accelerators'?"),
        (["nowhere"], "There are lists of scenarios, sweeps, accelerators"),
        (["accelerators", "H1000"], "nothing contains 'H1000'.  Did you mean"),
        (["models", "zzz"], "There are gpt-5-pro"),
        (["sweeps", "zzz"], "There are china-duel, good-war, jevons-boundary, minimal-morris"),
    ],
)
def test_what_is_not_there_is_told_the_nearest(arguments, told, capsys):
    assert main(["list", *arguments]) == 2
    out, err = capsys.readouterr()
    assert told in err
    assert out == ""
