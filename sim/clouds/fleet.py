"""A fleet: the instances of one model, the requests that queue for them, and what they did."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul
from typing import NamedTuple

from sim.clouds.forecast import DampedTrend
from sim.clouds.tenant import Tenant
from sim.quantities import FloatArray
from sim.serving.cost import Serving
from sim.serving.finite_queue import Passage, pass_time
from sim.serving.queueing import OUTPUT_TOKENS_PER_REQUEST, is_wait_negligible

_HOURS_PER_DAY = 24.0
_DAYS_PER_WEEK = 7.0
_SECONDS_PER_DAY = 86_400.0
_TOKENS_PER_MTOK = 1e6


class Model(NamedTuple):
    """A product as it is served from one settlement to the next.

    Attributes
    ----------
    shares
        Which share of its tokens each kind of accelerator serves.
    servings
        Its work and speed on each.
    hours_per_mtok
        Accelerator-hours per million tokens on each, by domain.
    """

    shares: tuple[tuple[str, float], ...]
    servings: dict[str, Serving]
    hours_per_mtok: dict[str, Sequence[float]]

    @classmethod
    def of(cls, product: Tenant) -> Model:
        """Take over how a product is served now."""
        names = [name for name, _ in product.accelerator_shares]
        return cls(
            product.accelerator_shares,
            {name: product.serving(name) for name in names},
            {name: product.hours_per_mtok(name) for name in names},
        )


class Asked(NamedTuple):
    """What the users of a fleet ask for over a stretch of time.

    Attributes
    ----------
    mtok
        Million tokens of each product, those that wait from before included.
    refused_mtok
        Of each product, beyond its rate limit.
    work_hours
        Accelerator-hours that the tokens take on each kind, by product.
    requests
        How many requests they are.
    waiting
        How many of them wait from before.
    """

    mtok: list[float]
    refused_mtok: list[float]
    work_hours: dict[str, list[float]]
    requests: float
    waiting: float


class Fleet:
    """Instances that serve one product, or several of one model.

    Parameters
    ----------
    products
        What it serves: all of one provider, with as many accelerators an instance.
    output_shares
        Share of output tokens by domain.
    target_utilisation
        Share of the time that instances are planned to be busy.

    Attributes
    ----------
    numbers
        Numbers of its products.
    models
        How each product is served.
    serving
        On each kind of accelerator, which of the products it serves.
    trend
        The forecast of busy instances.
    """

    def __init__(
        self, products: Sequence[Tenant], output_shares: Sequence[float], target_utilisation: float
    ) -> None:
        self.products = tuple(products)
        self._output_shares = output_shares
        self._target_utilisation = target_utilisation
        self.devices = products[0].config.architecture.accelerators_per_instance
        self.numbers = tuple(product.number for product in products)
        self._limits = [product.config.rate_limit_mtok_per_day for product in products]
        self._capacity = products[0].maker.config.capacity
        self.renew()
        self.trend = DampedTrend(target_utilisation)
        self._queued_mtok = [0.0] * len(products)
        self._busy_hours = 0.0

    def ask(self, mtok: Sequence[list[float]], days: float) -> Asked:
        """Return what is asked of the fleet.

        Parameters
        ----------
        mtok
            By product and domain: tokens of all products, in millions.
        days
            Length of the stretch of time.
        """
        amounts, refused, requests, waiting = [], [], 0.0, 0.0
        work: dict[str, list[float]] = {name: [0.0] * len(self.models) for name in self._kinds}
        for place, (number, model) in enumerate(zip(self.numbers, self.models, strict=True)):
            by_domain = mtok[number]
            total = sum(by_domain)
            limit = self._limits[place]
            admitted = total if limit is None else min(total, limit * days)
            # what waits is worked off with what comes; of less than a token there is no share
            queued = self._queued_mtok[place] if total * _TOKENS_PER_MTOK >= 1.0 else 0.0
            refused.append(total - admitted + self._queued_mtok[place] - queued)
            amounts.append(admitted + queued)
            part = (admitted + queued) / total if total > 0.0 else 0.0
            for name, share in model.shares:
                needed = sum(map(mul, by_domain, model.hours_per_mtok[name]))
                work[name][place] = share * part * needed
            each = self._requests(by_domain)
            requests += part * each
            waiting += queued / total * each if total > 0.0 else 0.0
        return Asked(amounts, refused, work, requests, waiting)

    def ready(self, mtok: FloatArray, days: float, listed: int) -> dict[str, int]:
        """Return how many instances of each kind its provider has ready at a launch.

        Parameters
        ----------
        mtok
            (D, P): tokens of all products.
        days
            Length of the time that they are of.
        listed
            How many products are on offer; an equal share of all tokens is planned for, unless the
            scenario says how many instances there are.
        """
        stated = [product.config.launch_instances for product in self.products]
        by_domain = (mtok.sum(axis=1) / max(listed, 1)).tolist()
        hours = _HOURS_PER_DAY * days * self.devices * self._target_utilisation
        instances: dict[str, int] = {}
        for model, ready in zip(self.models, stated, strict=True):
            for name, share in model.shares:
                work = share * sum(map(mul, by_domain, model.hours_per_mtok[name]))
                planned = math.ceil(work / hours if ready is None else share * ready)
                instances[name] = max(1, planned, instances.get(name, 0))
        return instances

    def _requests(self, by_domain: list[float]) -> float:
        """Return how many requests tokens are, by the length of an answer."""
        output = sum(map(mul, by_domain, self._output_shares)) or sum(by_domain)
        return output * _TOKENS_PER_MTOK / OUTPUT_TOKENS_PER_REQUEST

    def needed(self, asked: Asked, days: float) -> dict[str, int]:
        """Return how many instances on each kind of accelerator keep to the target utilisation."""
        hours = _HOURS_PER_DAY * days * self.devices * self._target_utilisation
        return {
            name: max(1, math.ceil(sum(work) / hours - 1e-9))
            for name, work in asked.work_hours.items()
        }

    def serve(self, asked: Asked, instances: dict[str, int], days: float) -> Passage:
        """Serve what is asked as far as the instances can; what waits at the end is kept.

        Returns
        -------
        Passage
            In requests; beyond rate limits nothing is looked at.
        """
        hours = _HOURS_PER_DAY * days * self.devices
        work = {name: sum(hours_of) for name, hours_of in asked.work_hours.items()}
        load = max([busy / (hours * instances[name]) for name, busy in work.items()])
        fresh_share = 1.0 - asked.waiting / asked.requests if asked.requests > 0.0 else 0.0
        self._busy_hours += fresh_share * sum(work.values())
        slots = max(1, round(sum([self._slots[name] * count for name, count in instances.items()])))
        is_idle = asked.requests <= 0.0 or load <= 0.0
        if is_idle or (asked.waiting <= 0.0 and is_wait_negligible(slots, load)):
            passage = Passage(asked.requests, 0.0, 0.0, 0.0)
        else:
            seconds = days * _SECONDS_PER_DAY
            service_s = slots * load * seconds / asked.requests
            room = float(math.floor(self._capacity.longest_wait_s * slots / service_s))
            fresh = asked.requests - asked.waiting
            passage = pass_time(asked.waiting, fresh, seconds, slots, service_s, room)
        waits = passage.queue / asked.requests if asked.requests > 0.0 else 0.0
        self._queued_mtok = [waits * mtok for mtok in asked.mtok]
        return passage

    def remember(self, days: float) -> None:
        """Take the load of a week that ends into the forecast."""
        busy = self._busy_hours / (_HOURS_PER_DAY * days * self.devices)
        self.trend.add(busy, days / _DAYS_PER_WEEK)
        self._busy_hours = 0.0

    def renew(self) -> None:
        """Serve the models as they are now, from here on."""
        self.models = [Model.of(product) for product in self.products]
        self._kinds = tuple(dict.fromkeys(name for one in self.models for name, _ in one.shares))
        self.serving = {
            name: [any(kind == name for kind, _ in model.shares) for model in self.models]
            for name in self._kinds
        }
        # sequences that an instance decodes together: of its products' models, the fewest
        self._slots = {
            name: min(
                model.servings[name].concurrency for model in self.models if name in model.servings
            )
            for name in self._kinds
        }

    def expected(self, days: float) -> dict[str, int]:
        """Return how many instances of each kind the forecast calls for, so many days ahead."""
        busy = self.trend.ahead(days / _DAYS_PER_WEEK)
        shares: dict[str, float] = {}
        for model in self.models:
            for name, share in model.shares:
                shares[name] = max(shares.get(name, 0.0), share)
        return {
            name: max(1, math.ceil(share * busy / self._target_utilisation - 1e-9))
            for name, share in shares.items()
        }
