"""A stage and products for fleets: one kind of work, an hour of accelerator a million tokens."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from sim.clouds.fleets import Fleets
from sim.clouds.host import Host
from sim.market.ledger import Account, AccountKind
from sim.scenario.supply import Accelerator, Capacity, Cloud, DatedRent
from sim.strategies.pricing.tariff import Tariff
from sim.tokens import TokenMix

CHIP, OTHER = "H800 SXM5", "A100 SXM4 80GB"
FIRST_DAY = dt.date(2024, 4, 1)
RENT_USD = 2.0
_RENTS = (DatedRent(date=FIRST_DAY, rent_usd_per_hour=RENT_USD),)


def cloud(name: str = "cloud", **terms: Any) -> Cloud:
    chips = tuple(Accelerator(name=one, rents=_RENTS) for one in (CHIP, OTHER))
    return Cloud(name=name, accelerators=chips, **terms)


@dataclass
class Product:
    """Tokens that take ``hours`` of accelerator each million, on instances of ``devices``."""

    number: int
    maker: Any
    hours: float = 1.0
    devices: int = 4
    slots: float = 16.0
    accelerator_shares: tuple[tuple[str, float], ...] = ((CHIP, 1.0),)
    fleet: str | None = None
    launch_instances: int | None = None
    rate_limit_mtok_per_day: float | None = None

    @property
    def config(self) -> Any:
        return SimpleNamespace(
            name=f"product {self.number}",
            provider=self.maker.config.name,
            fleet=self.fleet,
            launch_instances=self.launch_instances,
            rate_limit_mtok_per_day=self.rate_limit_mtok_per_day,
            architecture=SimpleNamespace(accelerators_per_instance=self.devices),
        )

    def serving(self, accelerator: str) -> Any:
        return SimpleNamespace(concurrency=self.slots)

    def hours_per_mtok(self, accelerator: str) -> list[float]:
        return [self.hours]

    def set_rents(self, rents: Any) -> None:
        """Nothing depends on them here."""


def maker(name: str = "maker", **capacity: Any) -> Any:
    return SimpleNamespace(
        config=SimpleNamespace(
            name=name,
            capacity=Capacity(**capacity),
            price=SimpleNamespace(tariff=Tariff()),
        ),
        account=Account(AccountKind.PROVIDER, name),
        active=True,
    )


@dataclass
class Day:
    """What a day brought, (P,)."""

    asked: np.ndarray
    served: np.ndarray
    refused: np.ndarray


@dataclass
class SmallMarket:
    """Fleets of products, run day by day."""

    products: list[Product]
    terms: dict[str, Any] = field(default_factory=dict)
    cash_usd: float = 1e12
    starts_listed: bool = True
    load_by_hour: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.products)
        self.now = 0.0
        domain = SimpleNamespace(load_by_hour=self.load_by_hour, deferrable_share=0.0)
        self.scenario = SimpleNamespace(
            start_date=FIRST_DAY,
            domains=[domain],
            providers=[product.maker.config for product in self.products],
            products=[product.config for product in self.products],
        )
        self.book = SimpleNamespace(
            listed=np.full(count, self.starts_listed),
            domain_mixes=[TokenMix(0.5, 0.0, 0.5)],
            delay_s=np.zeros(count),
            refused_share=np.zeros(count),
        )
        self.hosts = []
        for name in dict.fromkeys(one.maker.config.name for one in self.products):
            host = Host(cloud(f"cloud of {name}", **self.terms))
            host.tenants.extend(one for one in self.products if one.maker.config.name == name)
            self.hosts.append(host)
        self.fleets = Fleets()
        self.fleets.open(self, self.hosts)
        self._publishing = self.fleets.publish_daily(self)
        next(self._publishing)
        self.bills: list[dict[int, float]] = []

    @property
    def date(self) -> dt.date:
        return FIRST_DAY + dt.timedelta(days=int(self.now))

    def wait(self, days: float) -> float:
        return days

    def advance(self) -> None:
        """Users have acted already."""

    def balance_usd(self, account: Account) -> float:
        return self.cash_usd

    def set_service(self, product: int, delay_s: float, refused_share: float) -> None:
        self.book.delay_s[product], self.book.refused_share[product] = delay_s, refused_share

    def day(self, *mtok: float) -> Day:
        """Let users ask for so many million tokens of each product in a day."""
        asked = np.array([mtok])
        served, refused = asked[0].copy(), np.zeros(asked.size)
        self.fleets.serve(asked, self.now, 1.0, served, refused)
        self.now += 1.0
        next(self._publishing)
        return Day(asked[0], served, refused)

    def settle(self, days: float = 7.0) -> dict[int, Any]:
        """Take what was rented since the last settlement, and order."""
        rented = {p.number: self.fleets.take_rented(p.number) for p in self.products}
        self.fleets.order(days)
        return rented

    def week(self, *mtok: float) -> tuple[list[Day], dict[int, Any]]:
        return [self.day(*mtok) for _ in range(7)], self.settle()


def cost_usd(rented: dict[str, Any]) -> float:
    return sum(one.base_usd + one.premium_usd for one in rented.values())


def hours(rented: dict[str, Any]) -> float:
    return sum(
        sum(one.leased_hours.values()) + sum(one.on_demand_hours.values())
        for one in rented.values()
    )
