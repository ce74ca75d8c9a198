"""Networks: undirected, of the wanted degree, and the same from networkx and in bulk."""

from collections import Counter
from collections.abc import Callable

import networkx as nx
import numpy as np
import pytest

from sim.scenario.demand import Network
from sim.streams import Streams
from sim.users import network as networks
from sim.users.records import ALONE, COMPLETE, Graph

KINDS = ["watts_strogatz", "barabasi_albert", "erdos_renyi"]


@pytest.fixture
def in_bulk(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Graph]:
    def build(network: Network, users: int, seed: int = 1) -> Graph:
        monkeypatch.setattr(networks, "NETWORKX_USERS", 0)
        return networks.build_graph(network, users, Streams(seed))

    return build


def as_networkx(graph: Graph) -> nx.Graph:
    source = np.repeat(np.arange(graph.offsets.size - 1), np.diff(graph.offsets))
    copy = nx.empty_graph(graph.offsets.size - 1)
    copy.add_edges_from(zip(source.tolist(), graph.neighbours.tolist(), strict=True))
    return copy


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bulk", [False, True])
def test_ties_are_mutual_and_single_and_never_to_oneself(
    kind: str, bulk: bool, in_bulk: Callable[..., Graph]
) -> None:
    network = Network(kind=kind, rewiring_share=0.3)
    graph = in_bulk(network, 600) if bulk else networks.build_graph(network, 600, Streams(1))
    source = np.repeat(np.arange(600), np.diff(graph.offsets))
    ties = Counter(zip(source.tolist(), graph.neighbours.tolist(), strict=True))
    assert all(ties[b, a] == count == 1 and a != b for (a, b), count in ties.items())


@pytest.mark.parametrize("kind", KINDS)
def test_mean_degrees_of_both_builders_agree(kind: str, in_bulk: Callable[..., Graph]) -> None:
    network = Network(kind=kind, mean_degree=8)
    small = networks.build_graph(network, 4000, Streams(1)).neighbours.size / 4000
    large = in_bulk(network, 4000).neighbours.size / 4000
    # Erdos-Renyi: 16,000 ties with sd 126, so each degree has sd 0.063; the others are exact
    assert large == pytest.approx(small, abs=0.45 if kind == "erdos_renyi" else 1e-12)
    assert large == pytest.approx(8, abs=0.35)


@pytest.mark.parametrize("kind", KINDS)
def test_degree_distributions_of_both_builders_agree(
    kind: str, in_bulk: Callable[..., Graph]
) -> None:
    # two-sample Kolmogorov-Smirnov: 2.9 sqrt(2 / n) is exceeded once in 1e7
    network = Network(kind=kind, mean_degree=8, rewiring_share=0.2)
    graphs = networks.build_graph(network, 4000, Streams(2)), in_bulk(network, 4000, 3)
    shares = [
        np.bincount(np.diff(graph.offsets), minlength=4000).cumsum() / 4000 for graph in graphs
    ]
    assert np.abs(shares[0] - shares[1]).max() < 2.9 * np.sqrt(2 / 4000)


@pytest.mark.parametrize("rewiring_share", [0.0, 0.1, 0.5])
def test_clustering_of_both_builders_agrees(
    rewiring_share: float, in_bulk: Callable[..., Graph]
) -> None:
    # clustering of 4,000 users varies by about 0.004 between graphs: five standard errors
    network = Network(kind="watts_strogatz", mean_degree=8, rewiring_share=rewiring_share)
    graphs = networks.build_graph(network, 4000, Streams(4)), in_bulk(network, 4000, 5)
    small, large = (nx.average_clustering(as_networkx(graph)) for graph in graphs)
    assert large == pytest.approx(small, abs=0.03)
    ring = 3 * (4 - 1) / (2 * (2 * 4 - 1))  # k = 2 x 4 neighbours: 3 (k - 2) / (4 (k - 1))
    assert large == pytest.approx(ring * (1 - rewiring_share) ** 3, abs=0.03)


def test_the_tail_of_preferential_attachment_has_its_power(in_bulk: Callable[..., Graph]) -> None:
    # P(degree >= k) = m (m + 1) / (k (k + 1)) in the limit (Bollobas et al. 2001); m = 4, k = 40
    degree = np.diff(in_bulk(Network(kind="barabasi_albert", mean_degree=8), 50_000).offsets)
    wanted = 4 * 5 / (40 * 41)
    error = np.sqrt(wanted / 50_000)
    assert (degree >= 40).mean() == pytest.approx(wanted, abs=6 * error)


def test_the_same_seed_gives_the_same_graph_and_another_seed_another(
    in_bulk: Callable[..., Graph],
) -> None:
    network = Network(kind="watts_strogatz")
    first, again, other = (in_bulk(network, 500, seed) for seed in (1, 1, 2))
    assert (first.neighbours == again.neighbours).all()
    assert (first.neighbours != other.neighbours).any()


@pytest.mark.parametrize(("kind", "code"), [("complete", COMPLETE), ("none", ALONE)])
def test_complete_and_empty_graphs_need_no_rows(kind: str, code: int) -> None:
    graph = networks.build_graph(Network(kind=kind), 1000, Streams(1))
    assert graph.kind == code
    assert graph.neighbours.size == 0


def test_more_neighbours_than_users_are_refused() -> None:
    with pytest.raises(ValueError, match="mean_degree = 8 must be below 8"):
        networks.build_graph(Network(mean_degree=8), 8, Streams(1))


def test_fully_rewired_rings_keep_their_ties(in_bulk: Callable[..., Graph]) -> None:
    network = Network(kind="watts_strogatz", mean_degree=8, rewiring_share=1.0)
    assert in_bulk(network, 100).neighbours.size == 800
