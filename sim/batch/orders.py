"""How a study is to be executed, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.batch.stopping import Precision, StoppingRule
from sim.batch.task import Limits
from sim.errors import UsageError
from sim.record.sweep import Sweep


@dataclass(frozen=True, slots=True)
class Orders:
    """How a study is to be executed.

    Attributes
    ----------
    replications, seed
        Override those of the design, or of the scenario.
    overrides
        What was set on the command line, for all points; part of a design's fingerprint.
    do
        Interventions that were added there, likewise.
    resume
        Continue what is there.
    limits
        Of each run.
    stop_on_failure
        End at the first failure.
    until
        Rule by which replications are added; None: none are.
    most_replications
        Most that the rule may ask for at a point.
    shards
        fsspec address where workers put shards; None: the sweep's folder.
    reuse
        Folders of other sweeps whose finished runs may be taken over; None: those beside this one.
    command
        The command line, for the record.

    Raises
    ------
    UsageError
        If replications or seed is not a whole number in its range.
    """

    replications: int | None = None
    seed: int | None = None
    overrides: Sequence[str] = ()
    do: Sequence[str] = ()
    resume: bool = False
    limits: Limits = field(default_factory=Limits)
    stop_on_failure: bool = False
    until: StoppingRule | None = None
    most_replications: int = 100
    shards: str | None = None
    reuse: Sequence[Path] | None = None
    command: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse numbers that nothing can be run with."""
        refuse_number("replications", self.replications, 1, 100_000)
        refuse_number("seed", self.seed, 0, 2**32 - 1)

    def changes(self) -> dict[str, Any]:
        """Return what overrides the design or the scenario, for a record of it."""
        return {
            "overrides": list(self.overrides),
            "do": list(self.do),
            "replications": self.replications,
            "seed": self.seed,
        }


def refuse_number(name: str, value: int | None, low: int, high: int) -> None:
    """Refuse what is not a whole number in a range, or None.

    Raises
    ------
    UsageError
        If it is not.
    """
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise UsageError(f"{name} = {value!r}: must be a whole number from {low} to {high}.")


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a study.

    Attributes
    ----------
    sweep
        The results.
    planned, done, failed
        Numbers of runs.
    executed, reused
        Runs executed now, and runs taken over from other sweeps now.
    precisions
        What the stopping rule found, a point each; empty without a rule.
    stopped
        Whether it ended at a failure because that was asked for.
    unused
        Finished runs in the folder that are no part of what was asked for.
    """

    sweep: Sweep
    planned: int
    done: int
    failed: int
    executed: int
    reused: int
    precisions: tuple[Precision, ...]
    stopped: bool
    unused: int = 0
