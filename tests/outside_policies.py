"""A file of policies, and a scenario that names one of them, for tests."""

from __future__ import annotations

from pathlib import Path

from sim.reference import read
from sim.scenario.scenario import Scenario

POLICIES = '''
"""Policies for tests."""

from pathlib import Path

from sim.quantities import NonNegative, Share
from sim.reading.frozen import Frozen
from sim.strategies.pricing.peace import PeacePricing, ReviewedPricing
from sim.strategies.pricing.view import PriceView
from sim.strategies.pricing.war import WarPricing

with Path(__file__).with_name("executed").open("a") as marks:
    marks.write("x")


class Step(Frozen):
    """A nested record."""

    share: Share


class Penetration(ReviewedPricing):
    """Enter low."""

    discount_share: Share
    goal_share: Share = 0.1
    steps: tuple[Step, ...] = ()

    def propose(self, view: PriceView) -> float | None:
        return (1.0 - self.discount_share) * view.marginal_cost_usd_per_mtok


class Siege(WarPricing):
    """Sell at a share of cost."""

    cost_share: NonNegative = 0.5

    def floor_usd_per_mtok(self, view: PriceView) -> float:
        return self.cost_share * view.marginal_cost_usd_per_mtok

    def propose(self, view: PriceView) -> float | None:
        return self.floor_usd_per_mtok(view)


class Idle(PeacePricing):
    """Has no rule."""


class Other:
    """Is no strategy."""
'''

SCENARIO = """\
extends: minimal
name: mine
providers:
  - name: DeepSeek
    price: {PRICE}
"""
PENETRATION = "{policy: policies.py:Penetration, discount_share: 0.2}"


def write(price: str = PENETRATION, file: str = "mine.yaml") -> str:
    """Write the scenario into the working folder, and return its name."""
    Path(file).write_text(SCENARIO.replace("{PRICE}", price), encoding="utf-8")
    return file


def load(price: str = PENETRATION) -> Scenario:
    """Write and read it, with permission."""
    return read(write(price), allow_code=True)
