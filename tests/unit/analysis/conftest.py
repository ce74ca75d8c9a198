"""A small made-up run, for tests only: three providers, one of which starts a war."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from made_rows import made

from sim.reading.provenance import ASSUMPTION, Source
from sim.record.event import Cause, Event, EventKind
from sim.record.recorder import Recorder
from sim.record.rows import LedgerRows, MarketRows, ProductRows, ProviderRows
from sim.record.run import Run
from sim.record.run_folder import RunFolder
from sim.record.tables import SCHEMAS
from sim.record.user_rows import DomainRows
from sim.scenario.demand import Domain, Population, TaskValue, Volume
from sim.scenario.pricing import Factors
from sim.scenario.reader import read
from sim.scenario.scenario import Fact, Origin, Scenario
from sim.scenario.supply import Accelerator, Architecture, Cloud, Price, Product, Provider
from sim.scenario.writer import scenario_hash, to_yaml
from sim.strategies.pricing.cost_plus import CostPlus
from sim.strategies.pricing.match import Match

START = dt.date(2024, 4, 1)
DAYS = 140
LAUNCH_DAYS = 35.0
PROVIDERS = ("Attacker", "Follower", "Abstainer")
PROVENANCE = {
    "population.users": Source(100, ASSUMPTION, range=(50.0, 200.0), note="small on purpose"),
    "products[f-1].capability_logit": Source(0.0, "a table <of> tests", dt.date(2024, 4, 1)),
}
PRODUCTS = {"old-a": "Attacker", "cheap-a": "Attacker", "f-1": "Follower", "x-1": "Abstainer"}


def scenario(war: bool = True, facts: tuple[Fact, ...] | None = None) -> Scenario:
    """The made-up market's scenario."""
    architecture = Architecture(
        parameters_billion=70.0, active_parameters_billion=70.0, kv_bytes_per_token=160_000.0
    )
    return Scenario(
        name="made-up",
        title="A made-up market",
        question="Do the tests see what was put in?",
        start_date=START,
        end_date=START + dt.timedelta(days=DAYS),
        seed=5,
        replications=4,
        factors=Factors(competition=war),
        population=Population(users=100),
        domains=tuple(
            Domain(
                name=name,
                share=0.5,
                volume=Volume(median_mtok_per_month=1.0),
                task_value=TaskValue(
                    reference_price_usd_per_mtok=1.0, reference_capability_logit=0.0
                ),
                difficulty_logit=0.0,
            )
            for name in ("coding", "translation")
        ),
        clouds=(Cloud(name="Cloud", accelerators=(Accelerator(name="H800 SXM5"),)),),
        providers=tuple(
            Provider(
                name=name,
                cloud="Cloud",
                accelerator="H800 SXM5",
                cash_usd=1e6,
                price=CostPlus(policy="cost_plus"),
                war=Match(policy="match") if name == "Follower" else None,
            )
            for name in PROVIDERS
        ),
        products=tuple(
            Product(
                name=name,
                provider=provider,
                launch_date=START,
                price_usd_per_mtok=Price(input=1.0, output=2.0),
                capability_logit=0.0,
                architecture=architecture,
            )
            for name, provider in PRODUCTS.items()
        ),
        facts=default_facts() if facts is None else facts,
    )


def default_facts() -> tuple[Fact, ...]:
    """A hit, a miss and a fact that needs the market without the war."""
    told = {"description": "as the papers told", "source": "made up", "role": "validation"}
    return (
        Fact(name="follower_median_lag_days", low=5.0, high=16.0, **told),
        Fact(name="follower_median_cut_depth_share", low=0.9, high=1.0, **told),
        Fact(
            name="provider_tokens_multiple_over_no_war",
            low=1.0,
            high=9.0,
            provider="Follower",
            since_date=START + dt.timedelta(days=28),
            until_date=START + dt.timedelta(days=DAYS),
            **told,
        ),
    )


class _World:
    """Prices, tokens and money of one replication of the made-up market, in closed form."""

    def __init__(self, replication: int, war: bool) -> None:
        self.war = war
        self.lag_days = 10.0 + replication
        self.lift = 1.0 + 0.1 * replication
        self.recorder = Recorder(replication, START)

    def price(self, product: str, day: float) -> float:
        cut = self.war and product == "f-1" and day >= LAUNCH_DAYS + self.lag_days
        return {"old-a": 4.0, "cheap-a": 0.5, "x-1": 3.0, "f-1": 0.8 if cut else 4.0}[product]

    def cost_parts(self, day: float) -> tuple[float, float, float]:
        return (-0.1 if day >= 70 else 0.0, -0.002 * day, 0.001 * day)

    def tokens(self, product: str, day: float) -> float:
        if product == "cheap-a" and day < LAUNCH_DAYS:
            return 0.0
        return self.lift * (1 + day / 70) / self.price(product, day)

    def write(self) -> dict[str, pa.Table]:
        self._events()
        for day in np.arange(0.0, DAYS + 1, 7.0):
            self._week(float(day))
        return self.recorder.tables()

    def _events(self) -> None:
        self.recorder.event(
            Event(
                time_days=LAUNCH_DAYS,
                kind=EventKind.LAUNCH,
                actor="Attacker",
                subject="cheap-a",
                field="price_usd_per_mtok",
                new=0.5,
                cause=Cause.PEACE,
            )
        )
        if self.war:
            self.recorder.event(
                Event(
                    time_days=LAUNCH_DAYS + self.lag_days,
                    kind=EventKind.PRICE,
                    actor="Follower",
                    subject="f-1",
                    field="price_usd_per_mtok",
                    old=4.0,
                    new=0.8,
                    cause=Cause.WAR,
                    trigger_actor="Attacker",
                    trigger_subject="cheap-a",
                    lag_days=self.lag_days,
                )
            )

    def _week(self, day: float) -> None:
        listed = [p for p in PRODUCTS if p != "cheap-a" or day >= LAUNCH_DAYS]
        tokens = {p: self.tokens(p, day) for p in listed}
        total = sum(tokens.values())
        spend = sum(tokens[p] * self.price(p, day) for p in listed)
        for product in listed:
            self._product(product, day, tokens[product])
        for provider in PROVIDERS:
            self._provider(provider, day, tokens, total)
        self._market(day, total, spend)
        for index, domain in enumerate(("coding", "translation")):
            self._domain(domain, day, total / 2, spend / 2, index)
        self._money(day, spend, total)

    def _product(self, product: str, day: float, tokens: float) -> None:
        compression, hardware, rent = self.cost_parts(day)
        price = self.price(product, day)
        self.recorder.extend(
            day,
            made(
                ProductRows,
                product=product,
                provider=PRODUCTS[product],
                listed=True,
                price_input_usd_per_mtok=price,
                price_output_usd_per_mtok=price,
                price_usd_per_mtok=price,
                capability_logit=0.0,
                users=10.0,
                users_share=0.25,
                tokens_mtok_per_day=tokens,
                revenue_usd_per_day=tokens * price,
                marginal_cost_usd_per_mtok=0.6 + compression + hardware + rent,
                cost_by_compression_usd_per_mtok=compression,
                cost_by_hardware_usd_per_mtok=hardware,
                cost_by_rent_usd_per_mtok=rent,
            ),
        )

    def _provider(self, provider: str, day: float, tokens: dict[str, float], total: float) -> None:
        own = sum(amount for p, amount in tokens.items() if PRODUCTS[p] == provider)
        state = "exited" if provider == "Abstainer" and self.war and day > 120 else "active"
        self.recorder.extend(
            day,
            made(
                ProviderRows,
                provider=provider,
                state=state,
                cash_usd=1e6,
                tokens_share=own / total,
                users_share=1 / 3,
            ),
        )

    def _market(self, day: float, total: float, spend: float) -> None:
        added = 0.0005 * self.lift * day if self.war else 0.0
        self.recorder.extend(
            day,
            made(
                MarketRows,
                adopters_share=0.1 + 0.001 * self.lift * day + added,
                aware_share=0.5,
                tasks_share=0.05,
                tokens_mtok_per_day=total,
                spend_usd_per_day=spend,
                price_paid_usd_per_mtok=spend / total,
                price_index=1.0,
                hedonic_price_index=1.0,
                free_tokens_share=0.0,
                frontier_price_usd_per_mtok=0.5,
                consumer_surplus_usd_per_day=10.0 * total,
                surplus_before_fixed_usd_per_day=spend - 0.6 * total + 30.0 / DAYS,
                producer_surplus_usd_per_day=spend - 0.6 * total,
                hhi_tokens=4000.0,
                hhi_revenue=4000.0,
                lerner=0.4,
                providers_alive=2 if self.war and day > 120 else 3,
                frontier_capability_logit=0.0,
                energy_kwh_per_day=1.0,
                co2_kg_per_day=0.5,
                reviews=7,
            ),
        )

    def _domain(self, domain: str, day: float, tokens: float, spend: float, index: int) -> None:
        share = 0.1 + 0.001 * self.lift * day * (1 + index)
        self.recorder.extend(
            day,
            made(
                DomainRows,
                domain=domain,
                users=50.0,
                aware=30.0,
                adopters=50 * share,
                adopters_share=share,
                tasks_share=0.05,
                tokens_mtok_per_day=tokens,
                spend_usd_per_day=spend,
                surplus_usd_per_day=5 * tokens,
                satisfaction=0.1,
                privacy_blocked=3.0 * index,
                barrier_blocked=2.0,
            ),
        )

    def _money(self, day: float, spend: float, total: float) -> None:
        if day < DAYS:
            return
        for provider in PROVIDERS:
            account = f"provider: {provider}"
            for payer, payee, purpose, usd in (
                ("users: all", account, "tokens", spend * DAYS / 3),
                (account, "cloud: Cloud", "compute", 0.6 * total * DAYS / 3),
                (account, "world: all", "staff", 10.0),
                ("owner: all", account, "opening cash", 1e6),
            ):
                self.recorder.extend(
                    day,
                    made(
                        LedgerRows,
                        payer=payer,
                        payee=payee,
                        purpose=purpose,
                        usd=usd,
                        mtok=0.0,
                    ),
                )
        self.recorder.extend(
            day,
            made(
                LedgerRows,
                payer="cloud: Cloud",
                payee="chip vendor: NVIDIA",
                purpose="chips",
                usd=0.3 * total * DAYS,
                mtok=0.0,
            ),
        )


def write_run(
    folder: Path, *, war: bool = True, replications: int = 4, seed: int = 5, days: int = DAYS
) -> Run:
    """Write a made-up run's folder and open it."""
    played = scenario(war)
    text = to_yaml(played.traced_to(Origin(PROVENANCE)))
    folder.mkdir(parents=True)
    (folder / "resolved.yaml").write_text(text, encoding="utf-8")
    parts: dict[str, list[pa.Table]] = {name: [] for name in SCHEMAS}
    for replication in range(replications):
        tables = _World(replication, war).write()
        if days < DAYS:
            tables = {
                name: table.filter(pa.compute.less_equal(table["time_days"], days))
                for name, table in tables.items()
            }
        for name, table in tables.items():
            parts[name].append(table)
    RunFolder(folder).write(
        text,
        parts,
        {
            "scenario": "made-up",
            "scenario_sha256": scenario_hash(read(folder / "resolved.yaml")),
            "finished": list(range(replications)),
            "seed": seed,
            "planned": replications,
            "complete": True,
            "command": ["pricewar", "run", "made-up"],
            "workers": 1,
            "wall_time_s": 1.0,
            "replication_wall_time_s": [0.5] * replications,
            "peak_memory_bytes": 1_000_000,
            "versions": {"pricewar": "0", "python": "3"},
        },
    )
    return Run(folder)


@pytest.fixture(scope="session")
def war_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return write_run(tmp_path_factory.mktemp("made-up") / "war")


@pytest.fixture(scope="session")
def peace_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return write_run(tmp_path_factory.mktemp("made-up") / "peace", war=False)


@pytest.fixture(scope="session")
def single_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return write_run(tmp_path_factory.mktemp("made-up") / "single", replications=1)


@pytest.fixture(scope="session")
def make_run(tmp_path_factory: pytest.TempPathFactory):
    def make(**options: object) -> Run:
        return write_run(tmp_path_factory.mktemp("made-up") / "other", **options)

    return make
