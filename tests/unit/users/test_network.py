"""Networks: undirected, of the wanted degree, and distributed as networkx's at every size."""

from collections import Counter

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from sim.scenario.demand import Network
from sim.streams import Streams
from sim.users import network as networks
from sim.users.records import ALONE, COMPLETE, Graph

KINDS = ["watts_strogatz", "barabasi_albert", "erdos_renyi"]
ALL_KINDS = [*KINDS, "lfr", "stochastic_block"]


def built(network: Network, users: int, seed: int = 1) -> Graph:
    domain = np.arange(users) % 3
    return networks.build_graph(network, domain, Streams(seed))


def by_networkx(network: Network, users: int, seed: int) -> nx.Graph:
    degree = network.mean_degree
    if network.kind == "watts_strogatz":
        return nx.watts_strogatz_graph(users, degree, network.rewiring_share, seed=seed)
    if network.kind == "barabasi_albert":
        return nx.barabasi_albert_graph(users, degree // 2, seed=seed)
    return nx.fast_gnp_random_graph(users, degree / (users - 1), seed=seed)


def as_networkx(graph: Graph) -> nx.Graph:
    source = np.repeat(np.arange(graph.offsets.size - 1), np.diff(graph.offsets))
    copy = nx.empty_graph(graph.offsets.size - 1)
    copy.add_edges_from(zip(source.tolist(), graph.neighbours.tolist(), strict=True))
    return copy


@given(
    kind=st.sampled_from(ALL_KINDS),
    users=st.integers(3, 60),
    degree=st.integers(1, 15),
    rewiring_share=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_ties_are_mutual_and_single_and_never_to_oneself_at_every_size(
    kind: str, users: int, degree: int, rewiring_share: float, seed: int
) -> None:
    mean_degree = min(2 * degree, (users - 1) // 2 * 2)
    network = Network(kind=kind, mean_degree=mean_degree, rewiring_share=rewiring_share)
    graph = built(network, users, seed)
    source = np.repeat(np.arange(users), np.diff(graph.offsets))
    ties = Counter(zip(source.tolist(), graph.neighbours.tolist(), strict=True))
    assert all(ties[b, a] == count == 1 and a != b for (a, b), count in ties.items())
    if kind == "watts_strogatz":
        assert len(ties) == users * mean_degree
    if kind == "barabasi_albert":
        links = mean_degree // 2
        assert len(ties) == 2 * links * (users - links)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("users", [12, 50, 4_000])
def test_mean_degrees_are_those_of_networkx(kind: str, users: int) -> None:
    # ties of Erdos-Renyi vary between graphs, by binomial draws: means of 40 graphs lie within five
    # standard errors of the difference; those of the others are exact
    network = Network(kind=kind, mean_degree=8)
    seeds = range(40) if users < 100 else range(2)
    ours = np.mean([built(network, users, seed).neighbours.size for seed in seeds]) / users
    theirs = np.mean([2 * by_networkx(network, users, s).number_of_edges() for s in seeds]) / users
    pairs = users * (users - 1) / 2
    sd = 2 * np.sqrt(pairs * 8 / (users - 1) * (1 - 8 / (users - 1))) / users
    error = 5 * sd * np.sqrt(2 / len(seeds)) if kind == "erdos_renyi" else 1e-9
    assert ours == pytest.approx(theirs, abs=error)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("users", [16, 60, 4_000])
def test_degree_distributions_are_those_of_networkx(kind: str, users: int) -> None:
    # Kolmogorov-Smirnov on 6,000 users each side or more; degrees of one graph hang together a
    # little, so the bound is that of one failure in 1e9 of independent ones
    network = Network(kind=kind, mean_degree=8, rewiring_share=0.2)
    seeds = range(max(6_000 // users, 2))
    ours = [np.diff(built(network, users, seed).offsets) for seed in seeds]
    theirs = [[d for _, d in by_networkx(network, users, seed).degree] for seed in seeds]
    assert ks_2samp(np.concatenate(ours), np.concatenate(theirs), method="asymp").pvalue > 1e-9


@pytest.mark.parametrize("rewiring_share", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("users", [40, 4_000])
def test_clustering_is_that_of_networkx(rewiring_share: float, users: int) -> None:
    # clustering of one graph varies by about 0.25 / sqrt(users): five standard errors
    network = Network(kind="watts_strogatz", mean_degree=8, rewiring_share=rewiring_share)
    seeds = range(100 if users < 100 else 1)
    ours, theirs = (
        np.mean([nx.average_clustering(graph) for graph in graphs])
        for graphs in (
            [as_networkx(built(network, users, seed)) for seed in seeds],
            [by_networkx(network, users, seed) for seed in seeds],
        )
    )
    error = 5 * 0.25 / np.sqrt(users * len(seeds)) * np.sqrt(2)
    assert ours == pytest.approx(theirs, abs=error)
    if users > 100:
        ring = 3 * (4 - 1) / (2 * (2 * 4 - 1))  # k = 2 x 4 neighbours: 3 (k - 2) / (4 (k - 1))
        assert ours == pytest.approx(ring * (1 - rewiring_share) ** 3, abs=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_all_users_are_tied_to_all_others_if_the_degree_says_so(kind: str) -> None:
    # nowhere to go: every rewired tie stays. Barabasi-Albert starts from a star and is never full.
    network = Network(kind=kind, mean_degree=10, rewiring_share=1.0)
    degree = np.diff(built(network, 11).offsets)
    assert (degree == 10).all() if kind != "barabasi_albert" else degree.sum() == 2 * 5 * 6


def test_the_tail_of_preferential_attachment_has_its_power() -> None:
    # P(degree >= k) = m (m + 1) / (k (k + 1)) in the limit (Bollobas et al. 2001); m = 4, k = 40
    degree = np.diff(built(Network(kind="barabasi_albert", mean_degree=8), 50_000).offsets)
    wanted = 4 * 5 / (40 * 41)
    error = np.sqrt(wanted / 50_000)
    assert (degree >= 40).mean() == pytest.approx(wanted, abs=6 * error)


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_the_same_seed_gives_the_same_graph_and_another_seed_another(kind: str) -> None:
    network = Network(kind=kind)
    first, again, other = (built(network, 500, seed) for seed in (1, 1, 2))
    assert (first.neighbours == again.neighbours).all()
    assert not np.array_equal(first.neighbours, other.neighbours)


@pytest.mark.parametrize(("kind", "code"), [("complete", COMPLETE), ("none", ALONE)])
def test_complete_and_empty_graphs_need_no_rows(kind: str, code: int) -> None:
    graph = built(Network(kind=kind), 1000)
    assert graph.kind == code
    assert graph.neighbours.size == 0


def test_more_neighbours_than_users_are_refused() -> None:
    with pytest.raises(ValueError, match="mean_degree = 8 must be below 8"):
        built(Network(mean_degree=8), 8)


def test_fully_rewired_rings_keep_their_ties() -> None:
    network = Network(kind="watts_strogatz", mean_degree=8, rewiring_share=1.0)
    assert built(network, 100).neighbours.size == 800
