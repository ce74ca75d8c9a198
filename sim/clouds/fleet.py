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

_HOURS_PER_DAY = 24.0
_DAYS_PER_WEEK = 7.0


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


class Fleet:
    """Instances that serve one product, or several of one model.

    Parameters
    ----------
    products
        What it serves: all of one provider, with as many accelerators an instance.
    target_utilisation
        Share of the time that instances are planned to be busy.

    Attributes
    ----------
    devices
        Accelerators of an instance.
    numbers
        Numbers of its products.
    limits_mtok_per_day
        Rate limit of each; None: none.
    models
        How each product is served.
    slots
        By kind of accelerator, sequences that an instance decodes together.
    trend
        The forecast of busy instances.
    """

    def __init__(self, products: Sequence[Tenant], target_utilisation: float) -> None:
        self.products = tuple(products)
        self.target_utilisation = target_utilisation
        self.devices = products[0].config.architecture.accelerators_per_instance
        self.numbers = tuple(product.number for product in products)
        self.limits_mtok_per_day = [product.config.rate_limit_mtok_per_day for product in products]
        self._capacity = products[0].maker.config.capacity
        self.renew()
        self.trend = DampedTrend(target_utilisation)

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
        hours = _HOURS_PER_DAY * days * self.devices * self.target_utilisation
        instances: dict[str, int] = {}
        for model, ready in zip(self.models, stated, strict=True):
            for name, share in model.shares:
                work = share * sum(map(mul, by_domain, model.hours_per_mtok[name]))
                planned = math.ceil(work / hours if ready is None else share * ready)
                instances[name] = max(1, planned, instances.get(name, 0))
        return instances

    def serve(
        self,
        requests: float,
        waiting: float,
        load: float,
        slots: int,
        seconds: float,
    ) -> Passage:
        """Serve requests as far as the instances can.

        Parameters
        ----------
        requests, waiting
            How many there are, > 0, and how many of them wait from before.
        load
            Work over what the instances can do, > 0.
        slots
            Sequences that they decode together.
        seconds
            Length of the stretch of time.
        """
        service_s = slots * load * seconds / requests
        room = float(math.floor(self._capacity.longest_wait_s * slots / service_s))
        return pass_time(waiting, requests - waiting, seconds, slots, service_s, room)

    def remember(self, busy_hours: float, days: float) -> None:
        """Take the load of a week that ends into the forecast."""
        busy = busy_hours / (_HOURS_PER_DAY * days * self.devices)
        self.trend.add(busy, days / _DAYS_PER_WEEK)

    def renew(self) -> None:
        """Serve the models as they are now, from here on."""
        self.models = [Model.of(product) for product in self.products]
        # of its products' models, the fewest
        self.slots = {
            name: min(
                model.servings[name].concurrency for model in self.models if name in model.servings
            )
            for name in dict.fromkeys(name for one in self.models for name, _ in one.shares)
        }

    def expected(self, days: float) -> dict[str, int]:
        """Return how many instances of each kind the forecast calls for, so many days ahead."""
        busy = self.trend.ahead(days / _DAYS_PER_WEEK)
        shares: dict[str, float] = {}
        for model in self.models:
            for name, share in model.shares:
                shares[name] = max(shares.get(name, 0.0), share)
        return {
            name: max(1, math.ceil(share * busy / self.target_utilisation - 1e-9))
            for name, share in shares.items()
        }
