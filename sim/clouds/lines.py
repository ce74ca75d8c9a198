"""Lines of fleets: one for each fleet, product and kind of accelerator, as columns of arrays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clouds.fleet import Fleet
from sim.clouds.usage_record import Rented
from sim.quantities import FloatArray
from sim.serving.queueing import OUTPUT_TOKENS_PER_REQUEST

_HOURS_PER_DAY = 24.0
_TOKENS_PER_MTOK = 1e6

IntArray = NDArray[np.int64]


class Asked(NamedTuple):
    """What users ask of the fleets in use over a stretch of time.

    Attributes
    ----------
    mtok
        (n,) Million tokens of each product, those that wait from before included.
    refused_mtok
        (n,) Beyond its rate limit.
    work_hours
        (L,) Accelerator-hours that the tokens take, by line.
    group_hours
        (G,) The same by fleet and kind of accelerator.
    requests
        (F,) How many requests they are.
    waiting
        (F,) How many of them wait from before.
    """

    mtok: FloatArray
    refused_mtok: FloatArray
    work_hours: FloatArray
    group_hours: FloatArray
    requests: FloatArray
    waiting: FloatArray


class Lines:
    """The fleets in use as they are served now: n products, F fleets, G groups, L lines.

    A group is a fleet's instances of one kind of accelerator; a line is a product in a group.

    Parameters
    ----------
    fleets
        Those in use, at least one.
    output_shares
        Share of output tokens by domain.

    Attributes
    ----------
    numbers
        (n,) Numbers of the products, fleet by fleet.
    fleet_of
        (n,) Which fleet serves each.
    group_of, product_of
        (L,) Group and product of each line.
    kinds, fleet_of_group
        (G,) Kind of accelerator and fleet of each group.
    devices, slots
        (G,) Accelerators of an instance, and sequences that it decodes together.
    products_in_group
        (G,) How many products a group serves.
    """

    def __init__(self, fleets: Sequence[Fleet], output_shares: Sequence[float]) -> None:
        self.fleets = tuple(fleets)
        self.numbers = np.array([number for fleet in fleets for number in fleet.numbers])
        sizes = [len(fleet.numbers) for fleet in fleets]
        self.fleet_of = np.repeat(np.arange(len(sizes)), sizes)
        self._first_product = np.cumsum([0, *sizes[:-1]])
        limits = [limit for fleet in fleets for limit in fleet.limits_mtok_per_day]
        self._limits = np.array([np.inf if limit is None else limit for limit in limits])
        self._output_shares = np.array(output_shares)
        self.kinds = [kind for fleet in fleets for kind in fleet.slots]
        kinds_each = [len(fleet.slots) for fleet in fleets]
        self.fleet_of_group = np.repeat(np.arange(len(kinds_each)), kinds_each)
        self.first_group = np.cumsum([0, *kinds_each[:-1]])
        self.devices = np.array([fleet.devices for fleet in fleets])[self.fleet_of_group]
        self.slots = np.array([slots for fleet in fleets for slots in fleet.slots.values()])
        utilisations = np.array([fleet.target_utilisation for fleet in fleets])
        self._planned_hours_per_day = (
            _HOURS_PER_DAY * self.devices * utilisations[self.fleet_of_group]
        )
        self._set_lines()
        self._rented = _Hours(self.product_of.size)

    def _set_lines(self) -> None:
        """List what serves what: group by group, and in each product by product."""
        lines, group = [], 0
        for fleet, first in zip(self.fleets, self._first_product.tolist(), strict=True):
            for kind in fleet.slots:
                for place, model in enumerate(fleet.models):
                    share = dict(model.shares).get(kind)
                    if share is not None:
                        lines.append((group, first + place, share, model.hours_per_mtok[kind]))
                group += 1
        groups, products, shares, hours = zip(*lines, strict=True)
        self.group_of, self.product_of = np.array(groups), np.array(products)
        self._share, self._hours_per_mtok = np.array(shares), np.array(hours).T
        self._first_line = np.searchsorted(self.group_of, np.arange(group))
        self.products_in_group = np.bincount(self.group_of, minlength=group)

    def ask(self, mtok: FloatArray, queued_mtok: FloatArray, days: float) -> Asked:
        """Return what is asked of the fleets.

        Parameters
        ----------
        mtok
            (D, P): tokens of all products, in millions.
        queued_mtok
            (P,): what waits from before.
        days
            Length of the stretch of time.
        """
        by_domain = mtok[:, self.numbers]
        total = by_domain.sum(axis=0)
        admitted = np.minimum(total, self._limits * days)
        before = queued_mtok[self.numbers]
        # what waits is worked off with what comes; of less than a token there is no share
        queued = np.where(total * _TOKENS_PER_MTOK >= 1.0, before, 0.0)
        amounts = admitted + queued
        part = np.divide(amounts, total, out=np.zeros_like(total), where=total > 0.0)
        kept = np.divide(queued, total, out=np.zeros_like(total), where=total > 0.0)
        needed = (by_domain[:, self.product_of] * self._hours_per_mtok).sum(axis=0)
        work_hours = self._share * part[self.product_of] * needed
        output = self._output_shares @ by_domain
        tokens = np.where(output > 0.0, output, total) * _TOKENS_PER_MTOK
        requests = tokens / OUTPUT_TOKENS_PER_REQUEST
        return Asked(
            amounts,
            total - admitted + before - queued,
            work_hours,
            np.add.reduceat(work_hours, self._first_line),
            np.add.reduceat(part * requests, self._first_product),
            np.add.reduceat(kept * requests, self._first_product),
        )

    def needed(self, asked: Asked, days: float) -> IntArray:
        """Return how many instances of each group keep to the target utilisation, (G,)."""
        planned_hours = self._planned_hours_per_day * days
        instances = np.ceil(asked.group_hours / planned_hours - 1e-9)
        return np.asarray(np.maximum(1, instances), np.int64)

    def by_kind(self, fleet: int, instances: IntArray) -> dict[str, int]:
        """Return the instances of one fleet by kind of accelerator."""
        first = self.first_group[fleet]
        kinds = self.kinds[first : first + len(self.fleets[fleet].slots)]
        return dict(zip(kinds, instances[first:].tolist(), strict=False))

    # ----------------------------------------------------------------------- what is rented

    def divide(self, of_pool: FloatArray, asked: Asked) -> FloatArray:
        """Return the part of its pool's accelerators that each line answers for, (L,).

        Accelerators that stand idle are divided as those in use are.

        Parameters
        ----------
        of_pool
            (G,): part of its pool's accelerators that each group has.
        asked
            By the work that its products are, a group's accelerators are divided.
        """
        whole = asked.group_hours[self.group_of]
        evenly = 1.0 / self.products_in_group[self.group_of]
        of_group = np.divide(asked.work_hours, whole, out=evenly, where=whole > 0.0)
        return np.asarray(of_pool[self.group_of] * of_group)

    def note_work(self, hours: FloatArray) -> None:
        """Count hours at work, (L,)."""
        self._rented.busy += hours

    def note_rent(
        self,
        day: int,
        leased_hours: FloatArray,
        on_demand_hours: FloatArray,
        rent_usd: FloatArray,
        premium_usd: FloatArray,
    ) -> None:
        """Count what was rented on a day, by line, (L,)."""
        self._rented.leased[day] += leased_hours
        self._rented.on_demand[day] += on_demand_hours
        self._rented.base_usd += rent_usd
        self._rented.premium_usd += premium_usd

    def take_rented(self) -> Iterator[tuple[int, str, Rented]]:
        """Yield what the accelerators of each product did since the last time, kind by kind."""
        kept, self._rented = self._rented, _Hours(self.product_of.size)
        if not kept.leased:
            return
        order = {kind: place for place, kind in enumerate(dict.fromkeys(self.kinds))}
        kinds = [self.kinds[group] for group in self.group_of.tolist()]
        numbers = self.numbers[self.product_of].tolist()
        for line in sorted(range(len(kinds)), key=lambda line: order[kinds[line]]):
            yield numbers[line], kinds[line], kept.of(line)


class _Hours:
    """What was rented, by line."""

    def __init__(self, lines: int) -> None:
        self.busy, self.base_usd, self.premium_usd = np.zeros((3, lines))
        self.leased: defaultdict[int, FloatArray] = defaultdict(lambda: np.zeros(lines))
        self.on_demand: defaultdict[int, FloatArray] = defaultdict(lambda: np.zeros(lines))

    def of(self, line: int) -> Rented:
        rented = Rented(
            float(self.busy[line]),
            base_usd=float(self.base_usd[line]),
            premium_usd=float(self.premium_usd[line]),
        )
        for day, hours in self.leased.items():
            rented.leased_hours[day] = float(hours[line])
            rented.on_demand_hours[day] = float(self.on_demand[day][line])
        return rented
