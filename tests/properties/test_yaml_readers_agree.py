"""What libyaml reads, the careful reader reads likewise: values, positions, and what is refused."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml.main import CParser

from sim.errors import ScenarioError
from sim.reading.composing import _careful, _quick
from sim.reading.problems import Problems
from sim.scenario.shipped import shipped

pytestmark = pytest.mark.skipif(CParser is None, reason="libyaml is not installed")

PIECES = (
    "a;1;x y;-;- ;? ;: ;:;,;[;];{;};#; #;&a ;*a;!;!!str ;~;null;1.5;2024-05-06;é;\u4e2d;\U0001f600;"
    "|;|-^;|+^;>^;>2^;';\";\\;\\n;\\/;\\x41;\\^;'';^;^ ;^  ;^^; ;  ;\t;\r^;\x85;\u2028;\ufeff;\xa0;"
    "%;@;---;--- ;...;^---^;^...^;%YAML 1.1^---^;<<;=;^- ;^a: ;^  b: ;key: ;\"q\": ;'s': ;*a : ;"
    "k:^- a^;{a: ;[a, ;a: |^  x^;a: >^  x^^  y^;? a^: b^"
)
"""Pieces of YAML between semicolons; ^ is the end of a line."""
pieces = PIECES.replace("^", "\n").split(";")
LINES = [line for path in shipped().values() for line in path.read_text("utf-8").splitlines()]


def carefully(text: str) -> object:
    """Read with the careful reader; a string for a text that it does not accept."""
    problems = Problems()
    try:
        root = _careful(text, "war.yaml", problems, True)
    except ScenarioError as error:
        return str(error)
    return str(problems.error()) if len(problems) else root


@pytest.mark.parametrize("name", shipped())
def test_shipped_scenarios_are_read_quickly_and_alike(name):
    text = shipped()[name].read_text("utf-8")
    quick = _quick(text, "war.yaml", True)
    assert quick is not None
    assert quick == carefully(text)


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(pieces), min_size=1, max_size=16).map("".join))
def test_pieces_of_yaml_are_read_alike_or_left_to_the_careful_reader(text):
    quick = _quick(text, "war.yaml", True)
    assert quick is None or quick == carefully(text)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(LINES) - 1), st.integers(1, 8), st.randoms(use_true_random=False))
def test_damaged_lines_of_scenarios_are_read_alike(first, count, draws: random.Random):
    damaged = list("\n".join(LINES[first : first + count]) + "\n")
    for _ in range(draws.randint(0, 3)):
        at = draws.randrange(len(damaged) + 1)
        damaged[at : at + draws.randint(0, 1)] = draws.choice(pieces)
    text = "".join(damaged)
    quick = _quick(text, "war.yaml", True)
    assert quick is None or quick == carefully(text)
