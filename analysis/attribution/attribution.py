"""An attribution: what every factor is worth for every outcome, and how far the order decides."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import comb
from typing import TYPE_CHECKING, Final, Literal, TypedDict

import numpy as np

from analysis.attribution.factor_worlds import FactorOutcomes
from analysis.attribution.quantities import Quantity
from analysis.attribution.sampled import SampledValue, sampled_value
from analysis.attribution.shapley import effects_of_all_worlds
from analysis.significance import FAMILY_ERROR, holm, paired_p_value
from analysis.statistics import Interval, simultaneous, student
from sim.quantities import FloatArray

if TYPE_CHECKING:
    import pandas as pd

_ORDER_DECIDES: Final = 0.25
"""What is least and most added further apart than this part of the larger is not one number."""


@dataclass(frozen=True, slots=True)
class FactorEffect:
    """What a factor is worth for an outcome, in its unit.

    Attributes
    ----------
    factor
        Its name.
    shapley
        Mean over all orders.
    first_in, last_in
        What it adds alone, and to all others.
    least, most
        Means of what it adds to the set of others to which it adds least, and most, of all sets
        whose worlds are known.
    widest
        Most less least, paired; its bounds hold for all pairs of sets together, because these two
        are picked for being furthest apart.
    sampling_error
        Standard error of the sample of orders; 0 where all worlds were run.
    p_value, holm_p_value
        Of the Shapley value being zero; adjusted for all of the attribution. NaN for a sample.
    """

    factor: str
    shapley: Interval
    first_in: Interval
    last_in: Interval
    least: float
    most: float
    widest: Interval
    sampling_error: float = 0.0
    p_value: float = math.nan
    holm_p_value: float = math.nan

    @property
    def order_decides(self) -> bool:
        """Whether no single number says what it is worth: it depends on what was there before."""
        return self._is_apart and self.widest.settled

    @property
    def order_may_decide(self) -> bool:
        """Whether it looks so in a single replication, which does not tell it from chance."""
        return self._is_apart and not self.widest.known

    @property
    def _is_apart(self) -> bool:
        return self.most - self.least > _ORDER_DECIDES * max(abs(self.least), abs(self.most))

    @property
    def settled(self) -> bool:
        """Whether its value is more than chance, with all of the attribution taken together."""
        return self.holm_p_value < FAMILY_ERROR


@dataclass(frozen=True, slots=True)
class PairEffect:
    """What two factors do together beyond what each does.

    Attributes
    ----------
    factors
        Their names.
    interaction
        Mean over the sets of other factors, in the unit of the outcome.
    alone, beside_others
        Means of what each of the two adds, and both together: with no other factor on, and with
        all others on.
    """

    factors: tuple[str, str]
    interaction: Interval
    alone: tuple[float, float, float]
    beside_others: tuple[float, float, float]

    @property
    def shows_most_alone(self) -> bool:
        """Whether both differ more from the sum of each with no other factor on than with all."""
        beyond = [abs(both - first - second) for first, second, both in self._places]
        return beyond[0] >= beyond[1]

    @property
    def shown(self) -> tuple[float, float, float]:
        """What each adds, and both, where it shows most."""
        return self.alone if self.shows_most_alone else self.beside_others

    @property
    def joint(self) -> Literal[-1, 0, 1]:
        """How they go together: -1, they stand in for each other; 1, each makes the other do more.

        They stand in for each other where, of what is `shown`, each adds with the same sign, and
        the interaction has the opposite one; each makes the other do more where it has the same.
        0: neither, for what they add has opposite signs, or there is no interaction.
        """
        first, second, _ = self.shown
        along = self.interaction.centre * (first + second)
        if first * second > 0.0:
            return 1 if along > 0.0 else -1 if along < 0.0 else 0
        is_more = first * second == 0.0 and along >= 0.0 and self.interaction.centre != 0.0
        return 1 if is_more else 0

    @property
    def _places(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        return self.alone, self.beside_others


@dataclass(frozen=True, slots=True)
class AttributedQuantity:
    """An outcome divided among factors.

    Attributes
    ----------
    quantity
        Which.
    none_on, all_on
        Its value with no factor and with all.
    total
        The second less the first: what the factors' values add up to.
    factors, pairs
        In the order of the factors; no pairs where orders were sampled.
    """

    quantity: Quantity
    none_on: Interval
    all_on: Interval
    total: Interval
    factors: tuple[FactorEffect, ...]
    pairs: tuple[PairEffect, ...]

    def share(self, effect: FactorEffect) -> float:
        """Return a factor's part of the total; NaN where the total is zero."""
        return effect.shapley.centre / self.total.centre if self.total.centre else math.nan


@dataclass(frozen=True)
class Attribution:
    """What the factors of a scenario are worth, outcome by outcome.

    Attributes
    ----------
    name
        Of the scenario.
    factors
        Names.
    replications, worlds
        How many replications it rests on, and how many worlds were run.
    orders
        How many sampled orders; 0: all worlds were run.
    quantities
        One an outcome.
    """

    name: str
    factors: tuple[str, ...]
    replications: int
    worlds: int
    orders: int
    quantities: tuple[AttributedQuantity, ...]

    def __getitem__(self, quantity: str) -> AttributedQuantity:
        """Return the attribution of an outcome by its name."""
        for one in self.quantities:
            if one.quantity.name == quantity:
                return one
        raise KeyError(quantity)

    @property
    def frame(self) -> pd.DataFrame:
        """A row an outcome and factor: value, interval, first and last in, least and most."""
        import pandas as pd

        rows = [
            {
                "outcome": one.quantity.name,
                "unit": one.quantity.unit.stored,
                "factor": effect.factor,
                "shapley": effect.shapley.centre,
                "low": effect.shapley.low,
                "high": effect.shapley.high,
                "share_of_total": one.share(effect),
                "first_in": effect.first_in.centre,
                "first_in_low": effect.first_in.low,
                "first_in_high": effect.first_in.high,
                "last_in": effect.last_in.centre,
                "last_in_low": effect.last_in.low,
                "last_in_high": effect.last_in.high,
                "least": effect.least,
                "most": effect.most,
                "order_decides": effect.order_decides,
                "sampling_error": effect.sampling_error,
                "p_value": effect.p_value,
                "holm_p_value": effect.holm_p_value,
                "total": one.total.centre,
                "replications": effect.shapley.replications,
            }
            for one in self.quantities
            for effect in one.factors
        ]
        return pd.DataFrame(rows)

    @property
    def interactions(self) -> pd.DataFrame:
        """A row an outcome and pair of factors; empty where orders were sampled."""
        import pandas as pd

        columns = (
            "outcome", "unit", "first", "second", "interaction", "low", "high",
            "first_alone", "second_alone", "both_alone",
            "first_beside_others", "second_beside_others", "both_beside_others",
        )  # fmt: skip
        rows = [
            (
                one.quantity.name, one.quantity.unit.stored, *pair.factors,
                pair.interaction.centre, pair.interaction.low, pair.interaction.high,
                *pair.alone, *pair.beside_others,
            )
            for one in self.quantities
            for pair in one.pairs
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=list(columns))


def attribution_of(outcomes: FactorOutcomes, name: str) -> Attribution:
    """Divide outcomes among the factors.

    Parameters
    ----------
    outcomes
        Of the worlds.
    name
        Of the scenario.
    """
    found = [
        _attributed(outcomes, index, quantity) for index, quantity in enumerate(outcomes.quantities)
    ]
    adjusted = iter(holm([effect.p_value for one in found for effect in one.factors]))
    quantities = tuple(
        replace(
            one,
            factors=tuple(replace(effect, holm_p_value=next(adjusted)) for effect in one.factors),
        )
        for one in found
    )
    return Attribution(
        name,
        outcomes.factors,
        len(outcomes.replications),
        len(outcomes.by_world),
        len(outcomes.orders),
        quantities,
    )


def _attributed(outcomes: FactorOutcomes, index: int, quantity: Quantity) -> AttributedQuantity:
    """Divide one outcome, over the replications that have it in all worlds."""
    values = {world: rows[:, index] for world, rows in outcomes.by_world.items()}
    known = np.logical_and.reduce([np.isfinite(row) for row in values.values()])
    values = {world: row[known] for world, row in values.items()}
    divide = _from_orders if outcomes.orders else _from_all_worlds
    factors, pairs = divide(outcomes, values)
    none, full = values[0], values[outcomes.all_on]
    return AttributedQuantity(
        quantity, student(none), student(full), student(full - none), factors, pairs
    )


def _from_all_worlds(
    outcomes: FactorOutcomes, values: dict[int, FloatArray]
) -> tuple[tuple[FactorEffect, ...], tuple[PairEffect, ...]]:
    names = outcomes.factors
    effects = effects_of_all_worlds(np.stack([values[world] for world in range(len(values))]))
    means = {world: float(row.mean()) if row.size else math.nan for world, row in values.items()}
    factors = tuple(
        FactorEffect(
            factor=name,
            shapley=student(effects.shapley[number]),
            first_in=student(effects.first_in[number]),
            last_in=student(effects.last_in[number]),
            **_range(values, number),
            p_value=paired_p_value(effects.shapley[number], np.zeros_like(effects.shapley[number])),
        )
        for number, name in enumerate(names)
    )
    pairs = tuple(
        PairEffect(
            factors=(names[one], names[other]),
            interaction=student(effects.interactions[one, other]),
            alone=_of_two(means, 0, 1 << one, 1 << other),
            beside_others=_of_two(
                means, outcomes.all_on - (1 << one | 1 << other), 1 << one, 1 << other
            ),
        )
        for one, other in combinations(range(len(names)), 2)
    )
    return factors, pairs


def _of_two(means: dict[int, float], base: int, one: int, other: int) -> tuple[float, float, float]:
    """Return what each of two factors adds to a world without them, and both together."""
    worlds = (base | one, base | other, base | one | other)
    first, second, both = (means[world] - means[base] for world in worlds)
    return first, second, both


def _from_orders(
    outcomes: FactorOutcomes, values: dict[int, FloatArray]
) -> tuple[tuple[FactorEffect, ...], tuple[PairEffect, ...]]:
    full = outcomes.all_on
    factors = []
    for number, name in enumerate(outcomes.factors):
        bit = 1 << number
        first, last = values[bit] - values[0], values[full] - values[full - bit]
        value = _along(outcomes.orders, values, bit)
        factors.append(
            FactorEffect(
                factor=name,
                shapley=value.interval,
                first_in=student(first),
                last_in=student(last),
                **_range(values, number),
                sampling_error=value.sampling_error,
            )
        )
    return tuple(factors), ()


def _along(
    orders: tuple[tuple[int, ...], ...], values: dict[int, FloatArray], bit: int
) -> SampledValue:
    """Return a factor's value from what it adds along orders; two in a row are one draw."""
    added = np.array(
        [
            next(
                values[after] - values[before]
                for before, after in pairwise(walk)
                if after & bit and not before & bit
            )
            for walk in orders
        ]
    )
    return sampled_value((added[0::2] + added[1::2]) / 2.0)


class _Range(TypedDict):
    least: float
    most: float
    widest: Interval


def _range(values: dict[int, FloatArray], number: int) -> _Range:
    """Return the least and most that a factor adds to a set of others with known worlds."""
    bit = 1 << number
    added = np.stack(
        [
            values[world | bit] - row
            for world, row in values.items()
            if not world & bit and world | bit in values
        ]
    )
    if not added.shape[1]:
        return {"least": math.nan, "most": math.nan, "widest": student(added[0])}
    means = added.mean(axis=1)
    least, most = int(means.argmin()), int(means.argmax())
    return {
        "least": float(means[least]),
        "most": float(means[most]),
        "widest": simultaneous(student(added[most] - added[least]), max(1, comb(len(added), 2))),
    }
