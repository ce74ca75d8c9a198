"""What a design is made from."""

from __future__ import annotations

from dataclasses import dataclass

from sim.reading.nodes import Mapping
from sim.reading.problems import Problems
from sim.scenario.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Material:
    """What a design is made from: its own file as a tree, and the scenario it varies."""

    tree: Mapping
    base: Scenario
    problems: Problems
