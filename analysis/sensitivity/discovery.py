"""Scenario discovery: under which conditions what is wanted of a market comes about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.sensitivity.design_axis import DesignAxis
from analysis.sensitivity.prim import Box, Columns, Limit, chosen, pasted, peeled
from analysis.sensitivity.responses import Responses
from analysis.statistics import short
from analysis.words import joined
from sim.batch.constraint import BadConstraintError, Constraint
from sim.errors import ResultError

GOOD_WAR: Final = "consumer_surplus_long_run_usd_per_year_added > 0 and solvent_developers_end >= 3"
"""A war is good that leaves users better off in the long run, and three developers solvent."""
DENSITY: Final = 0.8
"""How often what is wanted must come about within a box."""
FEWEST_POINTS: Final = 20
_FOLDS: Final = 5
_SEED: Final = 20240506


@dataclass(frozen=True)
class Discovery:
    """Conditions under which what is wanted comes about.

    Attributes
    ----------
    wanted
        The condition on outcomes, as written.
    axes
        Parameters of the sweep.
    box
        The box of conditions.
    columns
        Conditions of the points.
    holds
        At which points it comes about, shape [P].
    held_out_density
        Density of boxes at points held out, a fifth at a time: what a box promises of points that
        it was not fitted to.
    trajectory
        All boxes from all points to the smallest.
    """

    wanted: str
    axes: tuple[DesignAxis, ...]
    box: Box
    columns: Columns
    holds: NDArray[np.bool_]
    held_out_density: float
    trajectory: tuple[Box, ...]

    def __repr__(self) -> str:
        """Say what was found."""
        return f"<Discovery: {self.sentence}>"

    @property
    def p_values(self) -> Mapping[str, float]:
        """Chance that a limit which means nothing would do as well, by parameter."""
        return {name: self.box.p_value(name, self.columns) for name in self.box.limits}

    @property
    def conditions(self) -> Mapping[str, str]:
        """The limits of the box in words, by parameter."""
        by_name = {axis.name: axis for axis in self.axes}
        return {name: _in_words(by_name[name], it) for name, it in self.box.limits.items()}

    @property
    def sentence(self) -> str:
        """What was found, in a sentence or two."""
        share = f"{self.holds.sum()} of {self.holds.size} points"
        if not self.holds.any():
            return f"It comes about at none of {self.holds.size} points: {self.wanted}."
        if self.holds.all():
            return f"It comes about at all of {self.holds.size} points: {self.wanted}."
        if not self.box.limits:
            return (
                f"It comes about at {share}, and no condition makes that more frequent than "
                f"chance: {self.wanted}."
            )
        where = joined([f"{name} {words}" for name, words in self.conditions.items()])
        return (
            f"It comes about at {share}: {self.wanted}. Where {where}, it does at "
            f"{self.box.density:.0%} of the points, and at {self.held_out_density:.0%} of those "
            f"held out; {self.box.coverage:.0%} of all points at which it does lie there."
        )


def discover(responses: Responses, wanted: str, density: float = DENSITY) -> Discovery:
    """Return the box of parameters inside which a condition on outcomes holds most often.

    A condition holds at a point where it does in more than half of its replications.

    Parameters
    ----------
    responses
        Outcomes of a sweep.
    wanted
        A comparison of outcomes, by name, as for the constraints of a design.
    density
        Least share of the points within at which it holds.

    Raises
    ------
    ResultError
        If the condition is none, or there are too few points.
    """
    names = {outcome.name for outcome in responses.outcomes}
    try:
        condition = Constraint.parse(wanted, names)
    except BadConstraintError as error:
        raise ResultError(
            f"{responses.name}: the condition {wanted!r} {error}.\n"
            "  It compares outcomes, which --list-outcomes prints."
        ) from error
    used = [name for name in sorted(names) if name in wanted]
    table = {name: responses.values[name] for name in used}
    known = ~np.any([np.isnan(values).any(axis=1) for values in table.values()], axis=0)
    if known.sum() < FEWEST_POINTS:
        raise ResultError(
            f"{responses.name}: {int(known.sum())} points are complete; discovery takes at least "
            f"{FEWEST_POINTS}.\n  Add points to the design, or finish it with --resume."
        )
    holds = np.array(
        [
            np.mean(
                [
                    condition.holds(
                        {name: float(values[point, r]) for name, values in table.items()}
                    )
                    for r in range(responses.replications)
                ]
            )
            > 0.5
            for point in np.flatnonzero(known)
        ]
    )
    columns = {
        axis.name: responses.shares[known, number] for number, axis in enumerate(responses.axes)
    }
    words = [axis.name for axis in responses.axes if not axis.is_ordered]
    blocks = responses.points["block"].to_numpy(np.int64)[known]
    trajectory = tuple(peeled(columns, holds, words))
    return Discovery(
        wanted=wanted,
        axes=responses.axes,
        box=pasted(chosen(trajectory, columns, density), columns),
        columns=columns,
        holds=holds,
        held_out_density=_held_out(columns, holds, words, blocks, density),
        trajectory=trajectory,
    )


def _held_out(
    columns: Columns,
    holds: NDArray[np.bool_],
    words: list[str],
    blocks: NDArray[np.int64],
    density: float,
) -> float:
    """Density at points held out, over all folds; NaN if none of them is in a box."""
    numbers = np.unique(blocks)
    order = np.random.default_rng(_SEED).permutation(numbers)
    hits = count = 0
    for fold in range(_FOLDS):
        held = np.isin(blocks, order[fold::_FOLDS])
        rest = {name: column[~held] for name, column in columns.items()}
        found = pasted(chosen(peeled(rest, holds[~held], words), rest, density), rest)
        inside = held.copy()
        for name, limit in found.limits.items():
            inside &= limit.holds(columns[name])
        hits, count = hits + int(holds[inside].sum()), count + int(inside.sum())
    return hits / count if count else float("nan")


def _in_words(axis: DesignAxis, limit: Limit) -> str:
    """Write limits in the parameter's own values."""
    if limit.kept or axis.values:
        places = np.linspace(0.0, 1.0, len(axis.values))
        kept = [axis.at(float(share)) for share in places[limit.holds(places)]]
        return f"is {joined([str(value) for value in kept]).replace(' and ', ' or ')}"
    ends = (max(limit.low, 0.0), min(limit.high, 1.0))
    low, high = (short(float(str(axis.at(share)))) for share in ends)
    if limit.low <= 0.0 or not np.isfinite(limit.low):
        return f"is at most {high}"
    if not np.isfinite(limit.high) or limit.high >= 1.0:
        return f"is at least {low}"
    return f"is between {low} and {high}"
