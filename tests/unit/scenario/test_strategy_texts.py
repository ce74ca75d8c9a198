"""Lists of strategies are split where one ends, and not between its fields."""

import pytest

from sim.scenario.strategy_text import split_texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cost_plus,match", ["cost_plus", "match"]),
        (" cost_plus , match ", ["cost_plus", "match"]),
        ("undercut:0.2,floor_cost_share=0.6,hold", ["undercut:0.2,floor_cost_share=0.6", "hold"]),
        ("undercut:depth_share=0.2,floor_cost_share=0.6", None),
        ("my.py:Mine:goal=0.1,step=2,hold", ["my.py:Mine:goal=0.1,step=2", "hold"]),
        ("cost_plus:review_per_month=1+match:0.5,hold",
         ["cost_plus:review_per_month=1+match:0.5", "hold"]),
        ("a:x=1,b:y=2", ["a:x=1", "b:y=2"]),
    ],
)  # fmt: skip
def test_a_comma_ends_a_strategy_unless_a_field_follows(text, expected):
    assert split_texts(text) == (expected or [text])
