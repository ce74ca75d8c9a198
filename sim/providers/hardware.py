"""The mix of accelerators that serves a provider, and how upgrades move it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sim.scenario.scenario import Scenario
from sim.scenario.supply import HardwareUpgrade
from sim.units import DAYS_PER_MONTH


@dataclass(frozen=True, slots=True)
class FleetMix:
    """Which share of a provider's tokens each kind of accelerator serves.

    Attributes
    ----------
    shares
        (accelerator, share) in order of arrival; shares are positive and add to one. Empty: the
        provider serves nothing itself (edge products).
    """

    shares: tuple[tuple[str, float], ...]

    @classmethod
    def all_on(cls, accelerator: str) -> FleetMix:
        """Return a fleet of one kind."""
        return cls(((accelerator, 1.0),))

    def moved(self, accelerator: str, part: float) -> FleetMix:
        """Return the mix after a part of whatever is on other accelerators moved to this one.

        Parameters
        ----------
        accelerator
            Where it moves.
        part
            Part of the others that moves, 0 to 1.
        """
        stay = [(name, share * (1.0 - part)) for name, share in self.shares if name != accelerator]
        kept = [(name, share) for name, share in stay if share > 0.0]
        arrived = 1.0 - sum(share for _, share in kept)
        return FleetMix((*kept, (accelerator, arrived)) if arrived > 0.0 else tuple(kept))


@dataclass(frozen=True, slots=True)
class FleetStep:
    """One monthly step of an upgrade.

    Attributes
    ----------
    time_days
        When it is taken.
    accelerator
        Where the fleet moves.
    part
        Part of what is still on other accelerators that moves; the last step moves all.
    """

    time_days: float
    accelerator: str
    part: float


def fleet_steps(upgrade: HardwareUpgrade, scenario: Scenario) -> tuple[FleetStep, ...]:
    """Return the steps of an upgrade: equal, monthly, complete ``ramp_days`` after delivery.

    A ramp of n months has its steps at the end of each; step i moves ``1/(n - i + 1)`` of what has
    not moved yet, so that each moves 1/n of the fleet if no other upgrade interferes.
    """
    steps = max(1, round(upgrade.ramp_days / DAYS_PER_MONTH))
    delivered = scenario.days(upgrade.order_date) + upgrade.delivery_lag_days
    return tuple(
        FleetStep(
            time_days=delivered + upgrade.ramp_days * step / steps,
            accelerator=upgrade.accelerator,
            part=1.0 / (steps - step + 1),
        )
        for step in range(1, steps + 1)
    )


def fleet_schedule(
    upgrades: Iterable[HardwareUpgrade], scenario: Scenario
) -> tuple[FleetStep, ...]:
    """Return the steps of several upgrades in order of time."""
    steps = [step for upgrade in upgrades for step in fleet_steps(upgrade, scenario)]
    return tuple(sorted(steps, key=lambda step: step.time_days))
