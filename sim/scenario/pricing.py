"""What a scenario says about a price war, and which causes are at work at all."""

import datetime as dt

from sim.quantities import NonNegative, Positive, Share
from sim.reading.frozen import Frozen


class War(Frozen):
    """A price war: what triggers a reaction, how fast it comes, when the war ends.

    Off (``factors.competition: false``) every provider keeps to its policy of peace, with
    everything else held fixed.
    """

    trigger_gap_share: Share = 0.1
    """[tau] React when a comparable rival is cheaper than ``(1 - tau)`` times the own price."""
    comparable_capability_gap_logit: NonNegative = 0.5
    """A rival is comparable if its capability is at least the own minus this gap."""
    reaction_per_day: Positive = 0.048
    """[h] Hazard of the reaction; default: the May 2024 war."""
    start_date: dt.date | None = None
    """No reaction before this date; None: from the first day."""
    end_date: dt.date | None = None
    """No reaction after this date; None: to the last day."""


class Factors(Frozen):
    """Switches of causes; a world is a scenario with some of them off."""

    compression: bool = True
    hardware: bool = True
    """Off: fleets stay on their first accelerator (rents still move)."""
    competition: bool = True
    """Off: no war policy acts."""
    attention: bool = True
    """Off: price cuts and launches make no news."""
