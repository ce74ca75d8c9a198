"""A small market, run with and without interventions."""

from collections.abc import Callable
from functools import cache

import pandas as pd
import pyarrow as pa
import pytest

from sim.reference import read
from sim.simulation import Simulation

SMALL = {"population.users": 200, "population.represents_users": 200}


@cache
def tables_of(do: tuple[str, ...], more: tuple[tuple[str, object], ...]) -> dict[str, pa.Table]:
    """Run one replication of the smallest market, once for all tests of a process."""
    simulation = Simulation(read("minimal", SMALL | dict(more), do=do), seed=1)
    simulation.run()
    return dict(simulation.recorder.tables())


@pytest.fixture(scope="session")
def arrow_with() -> Callable[..., dict[str, pa.Table]]:
    """Tables of the small market with some interventions, and other values by path."""
    return lambda *do, **more: tables_of(
        do, tuple((key.replace("__", "."), value) for key, value in more.items())
    )


@pytest.fixture(scope="session")
def market_with(
    arrow_with: Callable[..., dict[str, pa.Table]],
) -> Callable[..., dict[str, pd.DataFrame]]:
    """Tables likewise, as frames."""
    return lambda *do, **more: {
        name: table.to_pandas() for name, table in arrow_with(*do, **more).items()
    }
