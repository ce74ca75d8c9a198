"""How far an answer hangs on an assumption: the gain at both ends of its range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.statistics import Interval, student
from analysis.whatif.outcomes import Ranking, World, common_replications, rank
from sim.batch.designs.options import ENDS, end_name


@dataclass(frozen=True, slots=True)
class Swing:
    """The gain of one option over another where an assumption is at either end of its range.

    Attributes
    ----------
    assumption
        Its name.
    low, high, stated
        Mean gain in profit at its low end, at its high end, and as stated, USD a year.
    difference
        Gain at the high end less that at the low end, paired.
    """

    assumption: str
    low: Interval
    high: Interval
    stated: Interval
    difference: Interval

    @property
    def width(self) -> float:
        """How far apart the gains at both ends and as stated are: what swings are ranked by."""
        centres = (self.low.centre, self.high.centre, self.stated.centre)
        return max(centres) - min(centres)


@dataclass(frozen=True)
class End:
    """All options where an assumption is at one end of its range.

    Attributes
    ----------
    assumption, end
        Which, and ``low`` or ``high``.
    ranking
        The options there.
    """

    assumption: str
    end: str
    ranking: Ranking


def swings_of(
    worlds: Mapping[str, Mapping[str, World]],
    stated: Mapping[str, World],
    names: Sequence[str],
    option: str,
    other: str,
) -> list[Swing]:
    """Return the swings of all assumptions of which both ends have finished, widest first.

    Parameters
    ----------
    worlds
        By assumption and end, then by option; see :func:`analysis.whatif.outcomes.worlds_of`.
    stated
        By option, under the stated assumptions.
    names
        Of the assumptions.
    option, other
        The gain is that of the one over the other.
    """
    found = []
    for name in names:
        ends = [worlds.get(end_name(name, end), {}) for end in ENDS]
        if all(option in end and other in end for end in ends):
            found.append(_swing(name, ends[0], ends[1], stated, option, other))
    return sorted(found, key=lambda swing: -swing.width)


def _swing(
    name: str,
    low: Mapping[str, World],
    high: Mapping[str, World],
    stated: Mapping[str, World],
    option: str,
    other: str,
) -> Swing:
    numbers = list(
        common_replications(
            [world[one] for world in (low, high, stated) for one in (option, other)]
        )
    )
    low_gain, high_gain, stated_gain = (
        (world[option].profit_usd_per_year - world[other].profit_usd_per_year).loc[numbers]
        for world in (low, high, stated)
    )
    return Swing(
        name,
        low=student(low_gain.to_numpy(np.float64)),
        high=student(high_gain.to_numpy(np.float64)),
        stated=student(stated_gain.to_numpy(np.float64)),
        difference=student((high_gain - low_gain).to_numpy(np.float64)),
    )


def ends_of(
    worlds: Mapping[str, Mapping[str, World]],
    names: Sequence[str],
    provider: str,
    options: Sequence[str],
) -> list[End]:
    """Return how the options rank at both ends of some assumptions, as far as those finished."""
    found = []
    for name in names:
        for end in ENDS:
            there = worlds.get(end_name(name, end), {})
            if all(option in there for option in options):
                found.append(End(name, end, rank(provider, there, options)))
    return found
