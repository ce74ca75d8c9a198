"""Policies from outside the package: allowed, and validated like ours."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from outside_policies import PENETRATION, POLICIES, SCENARIO, load, write

from sim.errors import ScenarioError
from sim.scenario.outside import code_files, outside_code
from sim.scenario.reader import read
from sim.scenario.writer import scenario_hash


def refusal(price: str, *, allow_code: bool = True) -> str:
    with pytest.raises(ScenarioError) as caught:
        read(write(price), allow_code=allow_code)
    return str(caught.value)


def test_a_class_of_a_file_is_a_policy_with_its_fields_and_its_rule(folder: Path) -> None:
    policy = load().providers[1].price
    assert policy.model_dump(exclude={"policy", "policy_sha256"}) == {
        "discount_share": 0.2,
        "goal_share": 0.1,
        "steps": (),
        "review_per_month": 0.026,
        "reviews_on_cost_change": True,
    }
    assert policy.reviews() == (0.026, True)
    assert policy.origin is not None
    assert (policy.origin.label, policy.origin.class_name) == ("policies.py", "Penetration")


def test_nothing_is_executed_unless_the_user_allows_it(folder: Path) -> None:
    told = refusal(PENETRATION, allow_code=False)
    assert "mine.yaml:5:21  providers[1].price.policy" in told
    assert "class Penetration of policies.py, sha256 " in told
    assert "--allow-code" in told
    assert not (folder / "executed").exists()


def test_a_file_that_may_not_be_executed_does_not_hide_other_mistakes(folder: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(write(), {"population.users": 1.5})
    assert [problem.path for problem in caught.value.problems] == [
        "population.users",
        "providers[1].price.policy",
    ]


def test_a_file_is_executed_once_per_content(folder: Path) -> None:
    (folder / "policies.py").write_text(f"{POLICIES}\nFRESH = 1\n", encoding="utf-8")
    for _ in range(3):
        load()
    load("{policy: policies.py:Penetration, discount_share: 0.4}")
    assert (folder / "executed").read_text() == "x"


@pytest.mark.parametrize(
    ("price", "told"),
    {
        "unknown key": (
            "{policy: policies.py:Penetration, discount_share: 0.2, goal: 1}",
            ("mine.yaml:5:67  providers[1].price.goal", "not a known key", "'goal_share'"),
        ),
        "wrong type": (
            "{policy: policies.py:Penetration, discount_share: much}",
            ("mine.yaml:5:62  providers[1].price.discount_share = 'much'", "from 0 to 1 (a share)"),
        ),
        "out of bounds": (
            "{policy: policies.py:Penetration, discount_share: 2}",
            ("providers[1].price.discount_share = 2", "must be a number from 0 to 1 (a share)"),
        ),
        "nested": (
            "{policy: policies.py:Penetration, discount_share: 0, steps: [{shar: 0}]}",
            ("providers[1].price.steps[0].shar", "Did you mean 'share'?"),
        ),
        "missing field": (
            "{policy: policies.py:Penetration}",
            ("providers[1].price.discount_share", "is missing; must be a number from 0 to 1"),
        ),
        "unknown class": (
            "{policy: policies.py:Penetratoin}",
            ("mine.yaml:5:21", "no class 'Penetratoin'", "Did you mean 'Penetration'?"),
        ),
        "missing file": (
            "{policy: policy.py:Penetration}",
            ("mine.yaml:5:21", "policy.py cannot be read", "Did you mean 'policies.py'?"),
        ),
        "no strategy": (
            "{policy: policies.py:Other}",
            ("Other of policies.py is not a strategy for pricing in peace", "peace.PeacePricing"),
        ),
        "strategy of another kind": (
            "{policy: policies.py:Siege}",
            ("Siege of policies.py is not a strategy for pricing in peace",),
        ),
        "no rule": ("{policy: policies.py:Idle}", ("Idle of policies.py lacks propose",)),
        "no class": ("{policy: policies.py}", ("must name a class of the file, FILE.py:CLASS",)),
        "misspelt built-in policy": (
            "{policy: cost_pluss}",
            ("forward, freemium, hold, peak, replay, or a class", "'cost_plus'"),
        ),
    }.values(),
)
def test_mistakes_are_told_as_those_of_built_in_policies(
    price: str, told: tuple[str, ...], folder: Path
) -> None:
    message = refusal(price)
    assert all(part in message for part in told), message


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("x = 1\nx = 1 / 0\n", "ZeroDivisionError: division by zero (bad.py:2)"),
        ("def broken(:\n", "SyntaxError: invalid syntax (bad.py:1)"),
        ("import nowhere_to_be_found\n", "A policy's file stands alone"),
        ("raise SystemExit(0)\n", "SystemExit: 0 (bad.py:1)"),
        ("\0", "cannot be executed"),
        (
            "from sim.strategies.pricing.peace import PeacePricing\n"
            "class P(PeacePricing):\n    reviews: int = 1\n    def propose(self, view): ...\n",
            "shadows an attribute in parent",
        ),
        (
            "from sim.strategies.pricing.peace import PeacePricing\n"
            "class P(PeacePricing):\n    depth = 1\n    def propose(self, view): ...\n",
            "bad.py sets depth in a class without a type.  A field that scenarios may set has one",
        ),
        (
            "from sim.strategies.pricing.peace import PeacePricing\n"
            "class P(PeacePricing):\n    def propose(self, view): ...\n    def review(self): ...\n",
            "P of bad.py has review, which nothing calls.  Did you mean 'reviews'?",
        ),
        (
            "from collections.abc import Callable\n"
            "from sim.strategies.pricing.peace import PeacePricing\n"
            "class P(PeacePricing):\n    f: Callable[[], int]\n    def propose(self, view): ...\n",
            "a field that no file can fill",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_line(
    source: str, told: str, folder: Path
) -> None:
    (folder / "bad.py").write_text(source, encoding="utf-8")
    message = refusal("{policy: bad.py:P}")
    assert "mine.yaml:5:21  providers[1].price.policy = 'bad.py:P'" in message
    assert told in message


def test_a_validator_that_raises_is_told_at_its_place(folder: Path) -> None:
    validator = """
        from pydantic import model_validator

        class Fragile(Penetration):
            @model_validator(mode="after")
            def _divide(self):
                1 / 0
    """
    (folder / "policies.py").write_text(POLICIES + dedent(validator), encoding="utf-8")
    message = refusal("{policy: policies.py:Fragile, discount_share: 0.5}")
    assert "providers[1].price" in message
    assert "Fragile raised ZeroDivisionError: division by zero" in message


def test_a_war_policy_may_come_from_a_file_too(folder: Path) -> None:
    Path("war.yaml").write_text(
        SCENARIO.replace("price: {PRICE}", "war: {policy: policies.py:Siege, cost_share: 0.1}"),
        encoding="utf-8",
    )
    scenario = read("war.yaml", allow_code=True)
    assert scenario.providers[1].war is not None
    assert scenario.providers[1].war.war_budget_usd == 0.0
    assert outside_code(scenario).keys() == {"providers[DeepSeek].war"}


@pytest.mark.parametrize(
    ("attribute", "told"),
    [
        ('war_budget_usd = "lots"', "war.py sets war_budget_usd in a class without a type"),
        ("def next_stage(self, view, *, war_open): ...", "Did you mean 'next_phase'?"),
        ("def war_budget(self): ...", "Did you mean 'war_budget_usd'?"),
        ("@property\n    def war_budget_us(self): ...", "Did you mean 'war_budget_usd'?"),
    ],
)
def test_a_misspelt_or_untyped_part_of_a_war_policy_is_refused(
    attribute: str, told: str, folder: Path
) -> None:
    (folder / "war.py").write_text(
        "from sim.strategies.pricing.war import WarPricing\n"
        "class P(WarPricing):\n"
        "    def propose(self, view): ...\n"
        "    def floor_usd_per_mtok(self, view): ...\n"
        f"    {attribute}\n",
        encoding="utf-8",
    )
    Path("war.yaml").write_text(
        SCENARIO.replace("price: {PRICE}", "war: {policy: war.py:P}"), encoding="utf-8"
    )
    with pytest.raises(ScenarioError) as raised:
        read("war.yaml", allow_code=True)
    assert told in str(raised.value)


def test_helpers_of_any_other_name_are_left_alone(folder: Path) -> None:
    helper = (
        "\n\nclass Helped(Penetration):\n"
        "    def margin_goal(self): ...\n"
        "    def _review(self): ...\n"
    )
    (folder / "policies.py").write_text(POLICIES + helper, encoding="utf-8")
    write("{policy: policies.py:Helped, discount_share: 0.5}")
    assert read("mine.yaml", allow_code=True).providers[1].price is not None


def test_a_path_counts_from_the_file_that_says_it(folder: Path) -> None:
    below = folder / "below"
    below.mkdir()
    (below / "policies.py").write_text(POLICIES + "\nHERE = 'below'\n", encoding="utf-8")
    write(file="below/base.yaml")
    Path("top.yaml").write_text("extends: below/base.yaml\nname: top\n", encoding="utf-8")
    inherited = read("top.yaml", allow_code=True).origin.code
    assert inherited["providers[DeepSeek].price"].label == "below/policies.py"
    change = f"providers[Zhipu].price={PENETRATION}"
    both = read("top.yaml", [change], allow_code=True).origin.code
    assert both["providers[Zhipu].price"].label == "policies.py"
    assert len({origin.sha256 for origin in both.values()}) == 2


def test_two_files_of_one_name_do_not_meet(folder: Path) -> None:
    other = folder / "other"
    other.mkdir()
    half = POLICIES.replace("(1.0 - self", "0.5 * (1.0 - self")
    (other / "policies.py").write_text(half, encoding="utf-8")
    one = load()
    two = load(PENETRATION.replace("policies.py", "other/policies.py"))
    assert scenario_hash(one) != scenario_hash(two)
    assert type(one.providers[1].price).__module__ != type(two.providers[1].price).__module__
    assert not code_files(one).keys() & code_files(two).keys()


def test_fields_may_be_set_by_their_path(folder: Path) -> None:
    change = {"providers[DeepSeek].price.goal_share": 0.3}
    policy = read(write(), change, allow_code=True).providers[1].price
    assert policy.model_dump()["goal_share"] == 0.3
    with pytest.raises(ScenarioError, match="Did you mean 'goal_share'"):
        read(write(), {"providers[DeepSeek].price.goal_shar": 0.3}, allow_code=True)
