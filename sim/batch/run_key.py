"""The identity of a run: what its tables depend on, and nothing else.

It is computed here alone: plans, resuming, the reuse of finished runs and the check that a worker
is the same program compare what these functions return.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib.metadata import version
from pathlib import Path

from sim.scenario.scenario import Scenario
from sim.scenario.writer import scenario_hash

_PACKAGE = Path(__file__).resolve().parent.parent
_NO_PART_OF_RESULTS = frozenset({"batch"})
_SUFFIXES = (".py", ".csv")
"""Of programs and tables. The JSON beside tables says where rows come from; no run reads it."""


@cache
def code_version() -> str:
    """Return the version of the simulator, with a digest of the sources that decide results.

    Two copies of the same release that were edited differently are different versions.
    """
    sources = hashlib.sha256()
    for folder, rooms, files in os.walk(_PACKAGE):
        rooms[:] = sorted(set(rooms) - _NO_PART_OF_RESULTS)
        for name in sorted(files):
            if name.endswith(_SUFFIXES):
                path = Path(folder, name)
                sources.update(path.relative_to(_PACKAGE).as_posix().encode())
                sources.update(path.read_bytes())
    return f"{version('pricewar')}+{sources.hexdigest()[:12]}"


def scenario_key(scenario: Scenario) -> str:
    """Return the hash of a resolved scenario, whatever its seed and number of replications."""
    return scenario_hash(scenario.model_copy(update={"seed": 0, "replications": 1}))


def run_key(scenario: str, seed: int, replication: int, code: str) -> str:
    """Return the identity of a run as 32 hexadecimal digits.

    Parameters
    ----------
    scenario
        From `scenario_key`.
    seed, replication
        Key of all draws.
    code
        From `code_version`.
    """
    text = f"{scenario} {seed} {replication} {code}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
