"""A policy of war under the price of peace, or the other way round, is told where it may stand."""

import pytest

from sim.errors import ScenarioError
from sim.scenario.reader import read


@pytest.mark.parametrize(
    ("key", "policy", "hint"),
    [
        ("price", "undercut", "'undercut' may stand under 'war'."),
        ("price", "undercutt", "'undercut' may stand under 'war'."),
        ("war", "cost_pluss", "'cost_plus' may stand under 'price'."),
        ("price", "cost_pluss", "Did you mean 'cost_plus'?"),
    ],
)
def test_a_policy_under_the_wrong_key_is_told_the_right_one(key, policy, hint, tmp_path):
    file = tmp_path / "scenario.yaml"
    file.write_text(
        f"extends: minimal\nproviders:\n  - name: Zhipu\n    {key}: {{policy: {policy}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError) as refused:
        read(file)
    (problem,) = refused.value.problems
    assert problem.hint == hint


def test_what_is_like_no_policy_is_told_nothing_more(tmp_path):
    file = tmp_path / "scenario.yaml"
    file.write_text(
        "extends: minimal\nproviders: [{name: Zhipu, price: {policy: zzz}}]\n", encoding="utf-8"
    )
    with pytest.raises(ScenarioError) as refused:
        read(file)
    assert [problem.hint for problem in refused.value.problems] == [""]
