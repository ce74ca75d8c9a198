"""The kernel does the same, bit by bit, compiled and as plain Python."""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType

import numba
import numpy as np
import pytest

from sim.scenario import demand
from sim.scenario.nests import Nest
from sim.scenario.portfolios import Portfolio, RequestClass
from sim.scenario.satisfaction import Satisfaction
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users import population as population_module
from sim.users.offers import OfferView
from sim.users.population import Population

KERNEL = (
    "mechanisms.adoption",
    "mechanisms.awareness",
    "mechanisms.choice",
    "mechanisms.churn",
    "mechanisms.consideration",
    "mechanisms.nests",
    "mechanisms.portfolios",
    "mechanisms.satisfaction",
    "mechanisms.usage",
    "draws",
    "normal",
    "shortlist",
    "meters",
    "moves",
    "neighbours",
    "prefetch",
    "race",
    "nests",
    "review",
    "portfolio.choosing",
    "portfolio.moving",
    "portfolio.reviewing",
    "kernel",
)


@contextmanager
def plain_kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Import the kernel's modules a second time, with compilation switched off.

    Whatever else is called meanwhile must be compiled already, for it cannot be then.
    """
    names = [f"sim.users.{name}" for name in KERNEL]
    compiled = {name: sys.modules.pop(name) for name in names}
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    try:
        yield [importlib.import_module(name) for name in names][-1]
    finally:
        sys.modules.update(compiled)
        for name, module in compiled.items():
            package, _, last = name.rpartition(".")
            setattr(sys.modules[package], last, module)


def everything_happens(
    scenario: Scenario, offers: OfferView, fewer: OfferView
) -> tuple[bytes, bytes, list[list[float]]]:
    population = Population.build(scenario, Streams(9))
    population.start(offers)
    flows = [population.advance(time, offers) for time in (10.0, 20.0)]
    flows += [population.advance(time, fewer) for time in (20.0, 30.0)]
    numbers = [
        [flow.mtok.sum(), flow.surplus_usd.sum(), flow.user_days.sum(), flow.leaves.sum()]
        for flow in flows
    ]
    return population.users.rows.tobytes(), population.users.product.tobytes(), numbers


@pytest.mark.parametrize("kind", ["watts_strogatz", "complete", "none"])
@pytest.mark.parametrize("base", [0.05, 60.0])
def test_the_kernel_does_the_same_uncompiled(
    kind: str,
    base: float,
    demand_scenario: Callable[..., Scenario],
    offers_of: Callable[..., OfferView],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario = demand_scenario(
        [
            {
                "setup_cost_usd": 5.0,
                "running_fee_usd_per_month": 0.2,
                "privacy_share": 0.5,
                "privacy_cost": 1.0,
                "initial_adopter_share": 0.9,
                "patience_s": 4.0,
            }
        ],
        users=160,
        network=demand.Network(kind=kind),
        awareness=demand.Awareness(
            innovation_per_day=0.01, imitation_per_day=0.1, initial_share=0.8
        ),
        consideration=demand.Consideration(base=base, reputation_weight=2.0),
        satisfaction=Satisfaction(
            loss_weight=2.0,
            price_weight=0.5,
            expectation_rise_share=0.5,
            expectation_fall_share=0.2,
        ),
        clocks=demand.Clocks(
            review_per_day=0.1,
            news_review_per_day=0.1,
            usage_per_day=0.1,
            usage_reduction_share=0.4,
            churn_per_day=0.01,
        ),
    )
    names = [f"product {n}" for n in range(50)]
    rng = np.random.default_rng(1)
    fields = {
        "domains": 1,
        "price": rng.uniform(0.1, 1.0, 50),
        "capability_logit": rng.normal(size=50),
        "provider_index": (np.arange(50) // 3).astype(np.int16),
        "news": rng.uniform(size=50) * (0.0 if kind == "none" else 0.04),
        "delay_s": rng.uniform(size=50),
        "refused_share": rng.uniform(0.0, 0.3, 50),
        "reputation": rng.normal(0.0, 0.1, 50),
    }
    offers = offers_of(names, **fields)
    fewer = offers_of(names, listed=np.arange(50) >= 40, **fields)

    compiled = everything_happens(scenario, offers, fewer)
    with plain_kernel(monkeypatch) as kernel:
        monkeypatch.setattr(population_module, "kernel", kernel)
        plain = everything_happens(scenario, offers, fewer)
        assert kernel.is_compiled()
    assert plain == compiled


def test_the_kernel_of_portfolios_does_the_same_uncompiled(
    demand_scenario: Callable[..., Scenario],
    offers_of: Callable[..., OfferView],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    classes = (
        RequestClass(name="easy", share=0.7, difficulty_shift_logit=-1.0),
        RequestClass(name="hard", share=0.3, difficulty_shift_logit=2.0),
    )
    scenario = demand_scenario(
        [
            {"request_classes": classes, "further_vendor_fee_usd_per_month": 0.05}
            | {"setup_cost_usd": 5.0, "initial_adopter_share": 0.9}
        ],
        users=100,
        awareness=demand.Awareness(
            innovation_per_day=0.01, imitation_per_day=0.1, initial_share=0.8
        ),
        choice=demand.Choice(switching_cost_vendor=0.3, nests=(Nest(name="one", correlation=0.5),)),
        clocks=demand.Clocks(
            review_per_day=0.1, news_review_per_day=0.1, usage_per_day=0.1, churn_per_day=0.01
        ),
        portfolio=Portfolio(most_products=3),
    )
    names, rng = [f"product {n}" for n in range(12)], np.random.default_rng(1)
    fields = {
        "domains": 1,
        "price": rng.uniform(0.1, 1.0, 12),
        "capability_logit": rng.normal(size=12),
        "provider_index": (np.arange(12) // 3).astype(np.int16),
        "nest_index": np.arange(12) % 2,
        "news": rng.uniform(size=12) * 0.1,
    }
    offers = offers_of(names, **fields)
    fewer = offers_of(names, listed=np.arange(12) >= 6, **fields)

    compiled = everything_happens(scenario, offers, fewer)
    with plain_kernel(monkeypatch) as kernel:
        monkeypatch.setattr(population_module, "kernel", kernel)
        plain = everything_happens(scenario, offers, fewer)
    assert plain == compiled
    served = np.frombuffer(compiled[1], np.int16).reshape(2, -1)
    assert (served[0] != served[1]).sum() > 5


def test_warming_up_leaves_word_that_the_kernel_is_compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from sim.users import kernel

    kernel.warm_up()
    assert kernel.is_compiled()
    before = len(kernel.execute.signatures)
    kernel.warm_up()
    assert len(kernel.execute.signatures) == before
