"""Fixtures that tests of several rooms share."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent

import numpy as np
import pandas as pd
import pytest
from demand_settings import with_taste_scale
from scheduling import FilesThatShare
from xdist.remote import Producer

from sim.compiled import is_marked
from sim.reference import read
from sim.scenario import demand
from sim.scenario.scenario import Scenario
from sim.streams import Streams, entity_of
from sim.users import kernel
from sim.users.offers import OfferView, Terms
from sim.users.population import Population

RUN_COHORTS = """
import sim
from sim.simulation import Simulation
cohorts = {"population.mode": "cohorts", "population.network": {"kind": "complete"}}
Simulation(sim.load("minimal", overrides=cohorts | {"end_date": "2024-05-20"}), 1, 0).run()
"""
"""Compiles what steps of cohorts need, in a process of its own: it takes minutes."""


def pytest_sessionstart(session: pytest.Session) -> None:
    """Before tests run side by side: compile the kernel once, and let each compute on one core.

    Threads of a library that wait for each other by spinning take several times as long on cores
    that others use too.
    """
    if session.config.getoption("numprocesses", 0):
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        if not is_marked():
            with subprocess.Popen([sys.executable, "-c", RUN_COHORTS]):
                kernel.warm_up()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesThatShare:
    """Hand tests to processes one by one, but for files that share something."""
    return FilesThatShare(config, log)


@pytest.fixture
def scenario_of(tmp_path: Path) -> Callable[..., Scenario]:
    """Read a scenario that extends another one, minimal unless it says so."""

    def build(text: str = "", **overrides: object) -> Scenario:
        text = dedent(text)
        if "extends:" not in text:
            text = f"extends: minimal\n{text}"
        path = tmp_path / f"scenario{len(list(tmp_path.glob('scenario*.yaml')))}.yaml"
        path.write_text(text, encoding="utf-8")
        return read(path, {key.replace("__", "."): value for key, value in overrides.items()})

    return build


@pytest.fixture
def run_market() -> Callable[..., dict[str, pd.DataFrame]]:
    """Run one replication in this process and return its tables as frames."""

    def run(scenario: Scenario, seed: int = 1, replication: int = 0) -> dict[str, pd.DataFrame]:
        from sim.simulation import Simulation

        market = Simulation(scenario, seed, replication)
        market.run()
        return {name: table.to_pandas() for name, table in market.recorder.tables().items()}

    return run


@pytest.fixture
def demand_scenario() -> Callable[..., Scenario]:
    """Make the demand side of a scenario: two domains, or those given, and population fields.

    Its first day is declared, its outside utility 0 and its taste scale that of the reference.
    """

    def build(domains: Sequence[dict[str, object]] = ({}, {}), **population: object) -> Scenario:
        base = {
            "share": 1.0 / len(domains),
            "volume": demand.Volume(median_mtok_per_month=5.0),
            "task_value": demand.TaskValue(
                reference_price_usd_per_mtok=1.0, reference_capability_logit=0.0
            ),
            "difficulty_logit": 0.0,
            "outside_utility": 0.0,
        }
        fixed = {"users": 1000, "types_per_domain": 4, "start": "declared"}
        people = demand.Population(**(fixed | population))
        described = [
            demand.Domain(**({"name": f"domain {n}"} | base | fields))
            for n, fields in enumerate(domains)
        ]
        return Scenario.model_construct(
            name="demand alone",
            start_date=dt.date(2024, 1, 1),
            end_date=dt.date(2024, 12, 31),
            providers=(),
            population=people,
            domains=tuple(with_taste_scale(domain, people) for domain in described),
            products=(),
        )

    return build


@pytest.fixture
def offers_of() -> Callable[..., OfferView]:
    """Make offers of products of the given names; every other field may be overridden."""

    def build(
        names: Sequence[str] = ("a", "b", "c"), domains: int = 2, **fields: object
    ) -> OfferView:
        count = len(names)
        price = fields.pop("price", np.linspace(0.2, 1.0, count))
        base = {
            "product_keys": np.array([entity_of(name) for name in names], np.uint32),
            "provider_index": np.arange(count, dtype=np.int16),
            "model_index": np.arange(count),
            "nest_index": np.zeros(count, np.int64),
            "domain_price_usd_per_mtok": np.tile(np.asarray(price, dtype=float), (domains, 1)),
            "capability_logit": np.zeros(count),
            "delay_s": np.zeros(count),
            "refused_share": np.zeros(count),
            "tokens_per_task": np.ones(count),
            "listed": np.ones(count, dtype=bool),
            "brand_utility": np.zeros(count),
            "cloud": np.ones(count, dtype=bool),
            "reputation": np.zeros(count),
            "news": np.zeros(count),
        }
        prices = np.asarray((base | fields)["domain_price_usd_per_mtok"])
        terms = {"terms": Terms.plain(*prices.shape)}
        return OfferView(**(base | terms | fields))

    return build


@pytest.fixture
def started() -> Callable[..., Population]:
    """Build a population and start it under the given offers."""

    def build(scenario: Scenario, offers: OfferView, seed: int = 1) -> Population:
        population = Population.build(scenario, Streams(seed))
        population.start(offers)
        return population

    return build
