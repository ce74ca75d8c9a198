"""Fixtures that tests of several rooms share."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pandas as pd
import pytest

from sim.scenario.reader import read
from sim.scenario.scenario import Scenario


@pytest.fixture
def scenario_of(tmp_path: Path) -> Callable[..., Scenario]:
    """Read a scenario that extends another one, minimal unless it says so."""

    def build(text: str = "", **overrides: object) -> Scenario:
        text = dedent(text)
        if "extends:" not in text:
            text = f"extends: minimal\n{text}"
        path = tmp_path / f"scenario{len(list(tmp_path.glob('scenario*.yaml')))}.yaml"
        path.write_text(text, encoding="utf-8")
        return read(
            path, {key.replace("__", "."): value for key, value in overrides.items()}
        ).scenario

    return build


@pytest.fixture
def run_market() -> Callable[..., dict[str, pd.DataFrame]]:
    """Run one replication in this process and return its tables as frames."""

    def run(scenario: Scenario, seed: int = 1, replication: int = 0) -> dict[str, pd.DataFrame]:
        from sim.market.market import Market

        market = Market(scenario, seed, replication)
        market.run()
        return {name: table.to_pandas() for name, table in market.recorder.tables().items()}

    return run
