"""Threshold contagion of the user kernel gives the cascades of Watts, Gleeson and rings (o07)."""

import csv
from collections.abc import Callable
from math import comb, factorial
from pathlib import Path

import numpy as np
import pytest

from sim.scenario import demand
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users.graphs.adjacency import adjacency
from sim.users.graphs.blocks import stochastic_block
from sim.users.offers import OfferView
from sim.users.population import Population
from sim.users.records import Graph

TEXT = (Path(__file__).parent / "o07_cascades.csv").read_text(encoding="utf-8")
TABLE = {row["key"]: row for row in csv.DictReader(TEXT.splitlines())}
PATIENCE_DAYS = 30.0
"""Whoever is convinced hears at the rate of one a day: to miss it so long has probability 1e-13."""


@pytest.fixture
def cascade(
    demand_scenario: Callable[..., Scenario], offers_of: Callable[..., OfferView]
) -> Callable[..., float]:
    """Run a threshold cascade from users seeded at random; return the share that adopts."""

    def run(
        network: demand.Network | Graph,
        users: int,
        threshold: float,
        seeds: int,
        replication: int,
    ) -> float:
        scenario = demand_scenario(
            [{"taste_scale_usd_per_month": 1e-6}],
            users=users,
            types_per_domain=1,
            network=network if isinstance(network, demand.Network) else demand.Network(kind="none"),
            awareness=demand.Awareness(
                innovation_per_day=0.0,
                imitation_per_day=1.0,
                initial_share=0.0,
                contagion=demand.Contagion(kind="threshold", threshold=threshold),
            ),
            consideration=demand.Consideration(base=60.0, market_share_weight=0.0, peer_weight=0.0),
            clocks=demand.Clocks(
                review_per_day=0.0, news_review_per_day=0.0, usage_per_day=0.0, churn_per_day=0.0
            ),
        )
        offers = offers_of(["good"], domains=1, price=[0.0])
        population = Population.build(scenario, Streams(31, replication))
        if isinstance(network, Graph):
            population.graph = network
        population.start(offers)
        population.seed(seeds, "random", 0, None, offers)
        now = 0.0
        while True:
            now += PATIENCE_DAYS
            adoptions = population.advance(now, offers).adoptions.sum()
            if now > PATIENCE_DAYS and adoptions == 0:
                return population.count_holders() / users

    return run


def poisson_graph(mean_degree: float, users: int, replication: int) -> Graph:
    """Poisson graph of any mean degree; scenarios have whole ones from two on."""
    block = np.zeros(users, np.int64)
    return adjacency(stochastic_block(block, mean_degree, 0.0, Streams(41, replication)), users)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("degree", "threshold", "seed_share"),
    [(4, 0.18, 0.01), (6, 0.18, 0.01), (8, 0.18, 0.05), (4, 0.3, 0.05), (10, 0.25, 0.05)],
)
def test_cascades_on_poisson_graphs_have_the_size_of_gleeson_and_cahalane(
    degree: int, threshold: float, seed_share: float, cascade: Callable[..., float]
) -> None:
    users, graphs = 10_000, 16
    network = demand.Network(kind="erdos_renyi", mean_degree=degree)
    seeds = round(seed_share * users)
    sizes = [cascade(network, users, threshold, seeds, number) for number in range(graphs)]
    row = TABLE[f"z={degree} phi={threshold:g} seed={seed_share:g}"]
    wanted, error = float(row["value"]), np.std(sizes, ddof=1) / np.sqrt(graphs)
    assert 0.0 < error < 0.01 * wanted
    # infinite graphs against 10,000 users: the oracle's own simulation is off by as much
    finite = abs(float(row["note"].split()[5]) - wanted)
    assert abs(np.mean(sizes) - wanted) < 3 * error + finite


def probability_of_a_cascade(degree: float, threshold: float) -> float:
    """Of a single seed on an infinite Poisson graph: its vulnerable neighbours do not die out."""
    most = int(1.0 / threshold + 1e-12)
    law = [degree**k * np.exp(-degree) / factorial(k) for k in range(100)]
    dies = 0.0
    for _ in range(10_000):
        dies = 1.0 - sum(k * law[k] / degree * (1.0 - dies ** (k - 1)) for k in range(1, most + 1))
    return 1.0 - sum(p * dies**k for k, p in enumerate(law))


@pytest.mark.parametrize("degree", [0.7, 1.5, 3.0, 5.0, 8.0])
def test_a_single_seed_sets_off_cascades_within_the_window_of_watts_alone(
    degree: float, cascade: Callable[..., float]
) -> None:
    low, high = map(float, TABLE["phi=0.18"]["value"].split())
    users, runs = 3_000, 120
    sizes = np.array(
        [cascade(poisson_graph(degree, users, n), users, 0.18, 1, n) for n in range(runs)]
    )
    share = (sizes > 0.1).mean()
    if not low < degree < high:
        assert share == 0.0
        return
    wanted = probability_of_a_cascade(degree, 0.18)
    assert wanted > 0.1
    assert share == pytest.approx(wanted, abs=3 * np.sqrt(wanted * (1 - wanted) / runs))


def test_on_a_ring_a_cascade_needs_two_seeds_near_each_other(
    cascade: Callable[..., float],
) -> None:
    # six neighbours, two of them convince: a user between two seeds at most six apart starts a wave
    # that goes round. Else the 20 seeds stay alone; they lie so with the probability below.
    users, seeds, gap, runs = 2_000, 20, 6, 80
    apart = users / (users - gap * seeds) * comb(users - gap * seeds, seeds) / comb(users, seeds)
    wanted = (1.0 - apart) + apart * seeds / users
    network = demand.Network(kind="watts_strogatz", mean_degree=6, rewiring_share=0.0)
    sizes = np.array([cascade(network, users, 1 / 3 - 0.01, seeds, n) for n in range(runs)])
    assert set(np.unique(sizes)) == {seeds / users, 1.0}
    assert sizes.mean() == pytest.approx(wanted, abs=3 * np.sqrt(apart * (1 - apart) / runs))
    row = TABLE["WS n=2000 k=6 p=0 phi=0.3233 seed=.01"]
    assert sizes.mean() == pytest.approx(float(row["value"]), abs=3 * _error(row, sizes))


@pytest.mark.parametrize(("rewiring", "runs"), [(0.1, 60), (1.0, 60)])
def test_clustering_carries_threshold_contagion_and_rewiring_stops_it(
    rewiring: float, runs: int, cascade: Callable[..., float]
) -> None:
    network = demand.Network(kind="watts_strogatz", mean_degree=6, rewiring_share=rewiring)
    sizes = np.array([cascade(network, 2_000, 1 / 3 - 0.01, 20, n) for n in range(runs)])
    label = "1" if rewiring == 1.0 else ".1"
    row = TABLE[f"WS n=2000 k=6 p={label} phi=0.3233 seed=.01"]
    assert sizes.mean() == pytest.approx(float(row["value"]), abs=3 * _error(row, sizes))


def test_below_a_sixth_one_neighbour_convinces_and_all_adopt(cascade: Callable[..., float]) -> None:
    for rewiring in (0.0, 0.1, 1.0):
        network = demand.Network(mean_degree=6, rewiring_share=rewiring)
        assert cascade(network, 2_000, 1 / 6 - 0.01, 20, 0) == 1.0


def _error(row: dict[str, str], sizes: np.ndarray) -> float:
    """Standard error of the difference of both simulations."""
    theirs = float(row["note"].split()[1])
    return float(np.hypot(theirs, sizes.std(ddof=1) / np.sqrt(sizes.size)))
