"""What a sweep is asked to do, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sim.batch.stopping import Precision, StoppingRule
from sim.batch.task import Limits
from sim.record.sweep import Sweep


@dataclass(frozen=True, slots=True)
class Orders:
    """How a sweep is to be executed.

    Attributes
    ----------
    replications, seed
        In place of the design's own.
    overrides
        What was set for all points on the command line; part of the plan's fingerprint.
    resume
        Go on with a sweep that is there.
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
    """

    replications: int | None = None
    seed: int | None = None
    overrides: Sequence[str] = ()
    resume: bool = False
    limits: Limits = field(default_factory=Limits)
    stop_on_failure: bool = False
    until: StoppingRule | None = None
    most_replications: int = 100
    shards: str | None = None
    reuse: Sequence[Path] | None = None
    command: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a sweep.

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
    """

    sweep: Sweep
    planned: int
    done: int
    failed: int
    executed: int
    reused: int
    precisions: tuple[Precision, ...]
    stopped: bool
