"""The profile of a scenario: milliseconds by mechanism, replication by replication."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class MechanismTime:
    """What one mechanism took.

    Attributes
    ----------
    name, meaning
        Of the mechanism, or of a cause of the kernel's events.
    milliseconds
        Processor time in each replication, without that of other mechanisms called from it.
    calls
        How often it was called in each replication; of causes: how many candidate events.
    parts
        What it consists of.
    """

    name: str
    meaning: str
    milliseconds: tuple[float, ...]
    calls: tuple[int, ...]
    parts: tuple[MechanismTime, ...] = ()

    @property
    def median_ms(self) -> float:
        """Median over replications."""
        return median(self.milliseconds)

    def share(self, whole: MechanismTime) -> float:
        """Return which share of the whole it is, over all replications."""
        return sum(self.milliseconds) / sum(whole.milliseconds)

    def record(self, whole: MechanismTime) -> dict[str, Any]:
        """Return it as numbers and text, for machines.

        Parameters
        ----------
        whole
            What shares are of.
        """
        return {
            "name": self.name,
            "meaning": self.meaning,
            "median_ms": self.median_ms,
            "lowest_ms": min(self.milliseconds),
            "highest_ms": max(self.milliseconds),
            "share": self.share(whole),
            "calls": median(self.calls),
            "milliseconds": list(self.milliseconds),
            "parts": [part.record(whole) for part in self.parts],
        }


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the time of a scenario's replications goes.

    Attributes
    ----------
    scenario, users, seed
        What was run.
    whole
        All of it.
    parts
        Mechanisms, the largest first.
    kernel_estimated_share
        Of each replication: count times cost of the kernel's events, which its time is divided by,
        over that time itself; near 1 if the costs measured apart are those of the replication.
    """

    scenario: str
    users: int
    seed: int
    whole: MechanismTime
    parts: tuple[MechanismTime, ...]
    kernel_estimated_share: tuple[float, ...]

    @property
    def replications(self) -> int:
        """Number of timed replications."""
        return len(self.whole.milliseconds)

    def record(self) -> dict[str, Any]:
        """Return it as numbers and text, for machines."""
        return {
            "scenario": self.scenario,
            "users": self.users,
            "seed": self.seed,
            "replications": self.replications,
            "whole": self.whole.record(self.whole),
            "mechanisms": [part.record(self.whole) for part in self.parts],
            "kernel_estimated_share": list(self.kernel_estimated_share),
        }
