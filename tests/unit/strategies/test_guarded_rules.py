"""Rules from outside the package: what they raise or return wrongly fails the run."""

from __future__ import annotations

import datetime as dt
import pickle

import numpy as np
import pytest

from sim.errors import StrategyError
from sim.strategies.making import make
from sim.strategies.outside_code import OutsideCode
from sim.strategies.pricing.peace import PeacePricing
from sim.strategies.pricing.view import PriceView
from sim.strategies.pricing.war import WarPricing

PEACE = """\
from sim.strategies.pricing.peace import PeacePricing


class Rule(PeacePricing):
    def propose(self, view):
        {rule}
"""
WAR = """\
from sim.strategies.pricing.war import WarPricing


class Rule(WarPricing):
    def propose(self, view):
        return None

    def floor_usd_per_mtok(self, view):
        return {floor}

    def next_phase(self, view, *, war_open):
        return {stage}

    @property
    def war_budget_usd(self):
        return {budget}
"""
VIEW = PriceView(
    time_days=0.0,
    date=dt.date(2024, 5, 10),
    own=0,
    product="glm-4",
    blended_price_usd_per_mtok=np.array([4.0, 1.0]),
    capability_logit=np.array([1.0, 0.8]),
    listed=np.ones(2, dtype=np.bool_),
    provider_index=np.array([0, 1], dtype=np.int16),
    user_share=np.array([0.2, 0.3]),
    marginal_cost_usd_per_mtok=0.9,
    peace_margin_usd_per_mtok=0.5,
    token_share=0.1,
)


def peace(rule: str) -> PeacePricing:
    source = PEACE.format(rule=rule).encode()
    made = make(PeacePricing, OutsideCode.of_file("rules.py", "Rule", "my/rules.py", source))
    assert made.origin is not None
    return made(policy=made.origin.policy)


def war(floor: str = "0.0", stage: str = "'war'", budget: str = "1e6") -> WarPricing:
    source = WAR.format(floor=floor, stage=stage, budget=budget).encode()
    made = make(WarPricing, OutsideCode.of_file("rules.py", "Rule", "my/rules.py", source))
    assert made.origin is not None
    return made(policy=made.origin.policy)


@pytest.mark.parametrize("price", ["1.5", "0", "None", "view.blended_price_usd_per_mtok[1]"])
def test_a_price_or_none_passes(price: str) -> None:
    assert peace(f"return {price}").propose(VIEW) in (1.5, 0, None, 1.0)


@pytest.mark.parametrize(
    "nonsense", ["float('nan')", "-0.1", "'cheap'", "True", "float('inf')", "[1.0]"]
)
def test_nonsense_names_the_policy_and_the_product(nonsense: str) -> None:
    with pytest.raises(StrategyError) as caught:
        peace(f"return {nonsense}").propose(VIEW)
    assert str(caught.value) == (
        f"my/rules.py:Rule: propose() for product glm-4 returned {eval(nonsense)!r}; "  # noqa: S307 - ours
        "must be None or a number from 0 to 1,000,000 (USD per million tokens)."
    )


def test_an_error_names_the_line_of_the_policy() -> None:
    with pytest.raises(StrategyError) as caught:
        peace("return 1 / 0").propose(VIEW)
    assert str(caught.value) == (
        "my/rules.py:Rule: propose() for product glm-4 raised ZeroDivisionError: "
        "division by zero (line 6)."
    )


def test_a_failure_travels_between_processes() -> None:
    with pytest.raises(StrategyError) as caught:
        peace("return -1.0").propose(VIEW)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert (type(again), str(again)) == (StrategyError, str(caught.value))


def test_a_rule_cannot_write_into_the_market() -> None:
    with pytest.raises(StrategyError, match="read-only"):
        peace("view.blended_price_usd_per_mtok[1] = 99.0").propose(VIEW)
    assert VIEW.blended_price_usd_per_mtok[1] == 1.0
    assert VIEW.blended_price_usd_per_mtok.flags.writeable


@pytest.mark.parametrize(
    ("rule", "ask"),
    [
        (war(floor="-1.0"), lambda rule: rule.floor_usd_per_mtok(VIEW)),
        (war(stage="'truce'"), lambda rule: rule.next_phase(VIEW, war_open=True)),
        (war(budget="float('nan')"), lambda rule: rule.war_budget_usd),
    ],
)
def test_all_that_a_war_asks_is_guarded(rule, ask) -> None:
    with pytest.raises(StrategyError, match=r"my/rules.py:Rule: \w+\(\).* returned .*; must be "):
        ask(rule)


def test_what_a_war_asks_passes() -> None:
    rule = war(floor="float('inf')")
    assert rule.floor_usd_per_mtok(VIEW) == np.inf
    assert rule.next_phase(VIEW, war_open=True) == "war"
    assert rule.war_budget_usd == 1e6


def test_one_source_under_two_names_is_called_by_each_and_tells_the_line() -> None:
    source = PEACE.format(rule="return 1 / len([])").encode()
    for name in ("first", "second"):
        label = f"{name}/{name}.py"
        made = make(PeacePricing, OutsideCode.of_file(f"{name}.py", "Rule", label, source))
        with pytest.raises(StrategyError) as caught:
            made(policy=made.origin.policy).propose(VIEW)
        assert str(caught.value).startswith(f"{label}:Rule: propose()")
        assert str(caught.value).endswith("division by zero (line 6).")
