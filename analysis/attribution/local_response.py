"""The local response of users to price: measured once, kept beside the sweep, read again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.statistics import Interval, student
from sim.batch.run_key import code_version, run_key, scenario_key
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

CUT_SHARE: Final = 0.1
"""All prices are cut by this share, to see what users do."""
FILE: Final = "local_response.csv"


@dataclass(frozen=True, slots=True)
class ResponseAt:
    """Elasticities a time after a cut of all prices, as positive numbers.

    Attributes
    ----------
    months
        When.
    tokens, adopters
        Minus d ln tokens, and d ln adopters, over d ln price.
    """

    months: float
    tokens: Interval
    adopters: Interval


def local_response(
    scenario: Scenario, replications: int, folder: Path, *, may_measure: bool
) -> tuple[ResponseAt, ...]:
    """Return the response at 1, 3, 6 and 12 months; see `sim.response`.

    Parameters
    ----------
    scenario
        With the seed of the sweep.
    replications
        How many pairs of markets.
    folder
        Where it is kept.
    may_measure
        Whether to measure it where it is not there.
    """
    import pandas as pd

    identity = run_key(scenario_key(scenario), scenario.seed, replications, code_version())
    path = folder / FILE
    kept = pd.read_csv(path) if path.is_file() else None
    if kept is None or kept.empty or kept["run_id"].iloc[0] != identity:
        if not may_measure:
            return ()
        kept = _measure(scenario, replications).assign(run_id=identity)
        folder.mkdir(parents=True, exist_ok=True)
        kept.to_csv(path, index=False)
    return tuple(
        ResponseAt(
            float(str(months)),
            student(rows["tokens_elasticity"].to_numpy()),
            student(rows["adopters_elasticity"].to_numpy()),
        )
        for months, rows in kept.groupby("months", sort=True)
    )


def _measure(scenario: Scenario, replications: int) -> pd.DataFrame:
    import pandas as pd

    from sim.response import market_response

    found = market_response(scenario, CUT_SHARE, replications)
    count, horizons = found.tokens.shape
    return pd.DataFrame(
        {
            "replication": np.repeat(np.arange(count), horizons),
            "months": np.tile(found.months, count),
            "cut_share": CUT_SHARE,
            "tokens_elasticity": found.tokens.ravel(),
            "adopters_elasticity": found.adopters.ravel(),
        }
    )
