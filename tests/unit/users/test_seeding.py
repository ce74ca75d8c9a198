"""Seeding: who is chosen, and what becomes of them and of nobody else."""

import networkx as nx
import numpy as np
import pytest
from demand_settings import ALONE, STILL, Build, Offers, Start

from sim.scenario import demand
from sim.users.centrality import as_networkx, centrality, most_central
from sim.users.graphs.adjacency import adjacency
from sim.users.records import ALONE as NOBODY
from sim.users.records import COMPLETE, Graph

KARATE = nx.karate_club_graph()
CLUB = adjacency(np.array([[a, b] for a, b in KARATE.edges]).T, 34)
DISTANT = {"innovation_per_day": 0.0, "imitation_per_day": 0.0, "initial_share": 0.0}


def lots(users: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random(users)


@pytest.mark.parametrize(
    ("measure", "theirs"),
    [
        ("degree", nx.degree_centrality),
        ("pagerank", lambda g: nx.pagerank(g, weight=None, tol=1e-13, max_iter=1000)),
        ("eigenvector", lambda g: nx.eigenvector_centrality(g, tol=1e-13, max_iter=10_000)),
        ("k_core", nx.core_number),
        ("betweenness", nx.betweenness_centrality),
        ("closeness", nx.closeness_centrality),
    ],
)
def test_centralities_are_those_of_networkx(measure: str, theirs: object) -> None:
    wanted = np.array([theirs(KARATE)[user] for user in range(34)])
    assert centrality(CLUB, measure) == pytest.approx(wanted / wanted.max(), abs=2e-9)


def test_the_network_is_handed_to_networkx_as_it_is() -> None:
    wanted = {tuple(sorted(edge)) for edge in KARATE.edges}
    assert set(as_networkx(CLUB).edges) == wanted


def test_lots_decide_between_users_in_equal_places() -> None:
    ring = adjacency(np.array([[a, (a + 1) % 12] for a in range(12)]).T, 12)
    draws = lots(12)
    for measure in ("degree", "pagerank", "k_core", "betweenness", "closeness"):
        chosen = most_central(ring, measure, 5, draws)
        assert chosen.tolist() == np.argsort(draws)[:5].tolist()


@pytest.mark.parametrize("kind", [COMPLETE, NOBODY])
def test_nobody_is_more_central_than_others_where_all_hear_from_all_or_nobody_does(
    kind: int,
) -> None:
    graph = Graph(kind, np.zeros(101, np.int64), np.zeros(0, np.int32))
    draws = lots(100)
    for measure in ("degree", "betweenness", "eigenvector"):
        chosen = most_central(graph, measure, 10, draws)
        assert (chosen == most_central(graph, "random", 10, draws)).all()


def test_a_network_without_ties_has_nobody_in_its_centre() -> None:
    empty = adjacency(np.zeros((2, 0), np.int64), 20)
    for measure in ("degree", "eigenvector", "betweenness"):
        assert (centrality(empty, measure) == 0.0).all()


def test_the_seeded_know_the_technology_and_review_at_once(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    scenario = demand_scenario(
        users=400,
        network=demand.Network(kind="barabasi_albert"),
        awareness=demand.Awareness(**DISTANT),
        consideration=demand.Consideration(base=60.0),
        clocks=demand.Clocks(**STILL),
    )
    offers = offers_of()
    population = started(scenario, offers)
    population.advance(3.0, offers)
    population.seed(30, "degree", 7, None, offers)
    aware = np.flatnonzero(population.users.rows["flags"] & 1)
    degree = np.diff(population.graph.offsets)
    assert aware.size == 30
    assert degree[aware].min() >= np.sort(degree)[-30]
    flow = population.advance(4.0, offers)
    assert flow.reviews == 30
    assert flow.adoptions.sum() == population.count_holders() > 0
    assert population.snapshot(offers).aware.sum() == 30
    assert population.missed_by_meters() == 0.0


def test_the_seeded_hear_news_of_the_product_and_nobody_else_does(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    # considered with probability 1 - exp(-a3) of a level of one: five binomial standard errors
    scenario = demand_scenario(
        [{"taste_scale_usd_per_month": 1e-6}],
        users=4000,
        network=ALONE,
        awareness=demand.Awareness(**DISTANT),
        consideration=demand.Consideration(
            base=0.0, market_share_weight=0.0, peer_weight=0.0, news_weight=0.7
        ),
        clocks=demand.Clocks(**STILL),
    )
    offers = offers_of(domains=1, price=[0.0, 0.0, 0.0])
    population = started(scenario, offers)
    population.seed(4000, "random", 7, 1, offers)
    held = np.bincount(population.users.product + 1, minlength=4)
    wanted = 1 - np.exp(-0.7)
    assert held[1] == held[3] == 0
    error = 5 * np.sqrt(wanted * (1 - wanted) / 4000)
    assert held[2] / 4000 == pytest.approx(wanted, abs=error)


def test_without_neighbours_and_shares_a_campaign_changes_the_seeded_alone(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    scenario = demand_scenario(
        users=600,
        network=ALONE,
        awareness=demand.Awareness(innovation_per_day=0.01, initial_share=0.2),
        consideration=demand.Consideration(base=1.0, market_share_weight=0.0),
        clocks=demand.Clocks(review_per_day=0.1),
    )
    offers = offers_of()
    worlds = []
    for count in (0, 60):
        population = started(scenario, offers)
        population.advance(5.0, offers)
        if count:
            population.seed(count, "random", 7, None, offers)
        before = population.users.rows.copy()
        population.advance(60.0, offers)
        worlds.append((population.users.rows.copy(), population.users.product.copy(), before))
    chosen = most_central(
        Graph(NOBODY, np.zeros(601, np.int64), np.zeros(0, np.int32)),
        "random", 60, population._streams.uniforms(20, 7, np.arange(600)),
    )  # fmt: skip
    others = np.setdiff1d(np.arange(600), chosen)
    assert (worlds[0][0][others] == worlds[1][0][others]).all()
    assert (worlds[0][1][others] == worlds[1][1][others]).all()
    assert (worlds[0][2]["flags"][chosen] != worlds[1][2]["flags"][chosen]).any()
