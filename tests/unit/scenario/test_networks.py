"""Networks that scenarios ask for: files of ties, and communities that there are users for."""

import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.batch.run_key import scenario_key
from sim.errors import ScenarioError
from sim.reference import read
from sim.scenario.reader import with_
from sim.scenario.scenario import Scenario
from sim.scenario.tie_files import read_ties
from sim.scenario.writer import to_yaml
from sim.streams import Streams
from sim.users.population import Population

SCENARIO = """
extends: minimal
name: friends
population:
  users: 50
  network: {kind: edge_list, file: ties.txt}
"""
TIES = "# a path, with one tie in both directions\n0 1\n1,2\n2\t3\n3 2\n\n0 49\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "friends.yaml").write_text(SCENARIO)
    (tmp_path / "ties.txt").write_text(TIES)
    return tmp_path


def neighbours(scenario: Scenario, user: int) -> list[int]:
    graph = Population.build(scenario, Streams(1)).graph
    return graph.neighbours[graph.offsets[user] : graph.offsets[user + 1]].tolist()


def test_users_hear_from_whom_the_file_ties_them_to(folder: Path) -> None:
    scenario = read(folder / "friends.yaml")
    assert [neighbours(scenario, user) for user in (0, 1, 2, 3, 4, 49)] == [
        [1, 49], [0, 2], [1, 3], [2], [], [0],
    ]  # fmt: skip
    sent = pickle.loads(pickle.dumps(scenario.untraced()))  # noqa: S301 - as workers get it
    assert neighbours(sent, 0) == [1, 49]


def test_the_content_of_the_file_is_part_of_the_identity_and_its_place_is_not(
    folder: Path,
) -> None:
    first = scenario_key(read(folder / "friends.yaml"))
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    for name in ("friends.yaml", "ties.txt"):
        shutil.copy(folder / name, elsewhere)
    assert scenario_key(read(elsewhere / "friends.yaml")) == first
    (elsewhere / "ties.txt").write_text(TIES + "7 8\n")
    assert scenario_key(read(elsewhere / "friends.yaml")) != first


def test_a_run_keeps_the_file_and_its_resolved_scenario_reads_it_again(folder: Path) -> None:
    scenario = read(folder / "friends.yaml", {"replications": 1, "end_date": "2024-04-29"})
    sim.run(scenario, out=folder / "out")
    again = read(folder / "out" / "resolved.yaml")
    assert again == scenario
    assert to_yaml(again) == to_yaml(scenario)
    assert neighbours(again, 0) == [1, 49]
    kept = next((folder / "out" / "network").rglob("ties.txt"))
    kept.write_text(TIES + "7 8\n")
    with pytest.raises(ScenarioError, match="is not what it was"):
        read(folder / "out" / "resolved.yaml")


def test_a_variant_without_its_file_at_hand_keeps_the_ties(folder: Path) -> None:
    scenario = read(folder / "friends.yaml")
    (folder / "ties.txt").unlink()
    copied = scenario.model_copy(update={"seed": 9})
    assert neighbours(with_(copied, {"population.types_per_domain": 4}), 0) == [1, 49]
    other = with_(copied, {"population.network.kind": "complete"})
    assert other.population.network.file is None


def test_ties_stand_once_whatever_their_direction() -> None:
    assert read_ties(b"\xef\xbb\xbf3 1\n1 3\n0,2 # friends\n").T.tolist() == [[0, 2], [1, 3]]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1 x", "must be the numbers of two users"),
        ("1.0 2", "must be the numbers of two users"),
        ("-1 2", "must be the numbers of two users"),
        ("1", "must be the numbers of two users; it has 1"),
        ("1 2 0.5", "Weights are not represented"),
        ("7 7", "must tie two users; this is one"),
        ("0 50", "must be below 50, the users.  Numbers count from 0; set population.users to"),
    ],
)
def test_a_line_that_is_not_a_tie_is_refused_with_its_number(
    folder: Path, line: str, message: str
) -> None:
    (folder / "ties.txt").write_text(f"0 1\n# comment\n{line}\n")
    with pytest.raises(ScenarioError) as caught:
        read(folder / "friends.yaml")
    assert "ties.txt:3:1  population.network.file = " in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("{kind: edge_list}", "must name a file of ties"),
        ("{kind: edge_list, file: tis.txt}", "Did you mean 'ties.txt'?"),
        ("{kind: edge_list, file: empty.txt}", "holds no tie"),
    ],
)
def test_a_file_that_is_not_there_or_empty_is_refused(
    folder: Path, network: str, message: str
) -> None:
    (folder / "empty.txt").write_text("# nothing\n")
    text = SCENARIO.replace("{kind: edge_list, file: ties.txt}", network)
    (folder / "friends.yaml").write_text(text)
    with pytest.raises(ScenarioError, match=message.replace("?", r"\?")):
        read(folder / "friends.yaml")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "lfr", "largest_degree": 6}, "must be at least mean_degree, 8"),
        ({"kind": "lfr", "mean_degree": 2, "degree_exponent": 2.0}, "must be at least 2.9"),
        (
            {"kind": "lfr", "smallest_community": 50, "largest_community": 40},
            "must be at least smallest_community, 50",
        ),
        ({"kind": "lfr", "smallest_community": 600}, "must be at most the users, 500"),
        ({"kind": "lfr", "largest_community": 40}, "must be above 51.2"),
        ({"kind": "stochastic_block", "blocks": 100}, "must be at most 67"),
        ({"kind": "stochastic_block", "mean_degree": 254}, "coding has but 200 users"),
        ({"kind": "barabasi_albert", "mean_degree": 7}, "must be even"),
    ],
)
def test_communities_and_blocks_that_the_users_are_too_few_for_are_refused(
    fields: dict[str, object], message: str
) -> None:
    overrides = {f"population.network.{key}": value for key, value in fields.items()}
    with pytest.raises(ScenarioError, match=message):
        read("minimal", overrides)


@pytest.mark.parametrize("kind", ["lfr", "stochastic_block", "barabasi_albert", "complete"])
def test_every_kind_of_network_runs_from_a_scenario(kind: str) -> None:
    scenario = read("minimal", {"population.network.kind": kind})
    graph = Population.build(scenario, Streams(1)).graph
    assert graph.offsets.size == 501
    degree = np.diff(graph.offsets).mean()
    assert degree == pytest.approx(0.0 if kind == "complete" else 8.0, abs=0.7)


def test_outside_constants_follow_the_ties_of_the_file_and_no_key_without_effect(
    folder: Path,
) -> None:
    def outside() -> float | None:
        return read(folder / "friends.yaml").domains[0].outside_utility

    sparse = outside()
    text = SCENARIO.replace("file: ties.txt", "file: ties.txt, mean_degree: 40")
    (folder / "friends.yaml").write_text(text)
    assert outside() == sparse
    dense = [f"{one} {other}" for one in range(50) for other in range(one)]
    (folder / "ties.txt").write_text("\n".join(dense))
    assert outside() != sparse
