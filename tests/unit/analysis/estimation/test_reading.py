"""A calibration file is refused with place and advice, before anything runs."""

from pathlib import Path

import pytest

from analysis.estimation.calibration_file import shipped_calibrations
from analysis.estimation.market_calibration import targets_of
from analysis.estimation.reading import read_task
from sim.errors import ScenarioError, UsageError

FILE = """
name: mine
scenario: minimal
cut: 2024-12-31
set: {population.users: 50}
worlds:
  no-war: {set: {factors.competition: false}}
parameters:
  reaction: {path: war.reaction_per_day, range: [0.02, 0.2], scale: log}
moments:
  adopters: {measure: market_value, column: adopters_share, observed: 0.3, range: [0.2, 0.4],
    until_date: 2024-07-15, known_on: 2024-07-15, source: made up}
  growth: {measure: provider_tokens_multiple, provider: Zhipu, observed: 2, range: [1, 4],
    scale: log, until_date: 2024-07-15, known_on: 2024-07-15, source: made up}
  later: {measure: market_value, column: adopters_share, observed: 0.3, range: [0.2, 0.4],
    until_date: 2024-07-15, known_on: 2025-01-01, source: made up}
"""


@pytest.fixture
def read(tmp_path):
    def read(text, **options):
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        return read_task(path, **options)

    return read


def test_what_became_known_after_the_cut_is_left_out(read):
    task = read(FILE, users=20, overrides=["end_date=2024-06-30"])
    assert list(task.moments) == ["adopters", "growth"]
    assert task.late == ("later",)
    assert task.scenario.population.users == 20
    targets = targets_of(task)
    assert targets.observed == pytest.approx([0.3, 0.6931], abs=1e-4)
    assert targets.source_covariance.diagonal() == pytest.approx(
        [(0.2 / 3.91993) ** 2, (2 * 0.693147 / 3.91993) ** 2], rel=1e-4
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("war.reaction_per_day", "war.reaktion_per_day", "Did you mean 'reaction_per_day'"),
        ("range: [0.02, 0.2], scale: log}", "range: [-1, 0.2]}", "refuses war.reaction_per_day"),
        ("war.reaction_per_day", "population.awareness.imitation_per_day", "fixed from outside"),
        ("column: adopters_share, observed: 0.3, range: [0.2, 0.4],\n    until_date: 2024-07-15, "
         "known_on: 2024-07-15", "column: adoptors_share, observed: 0.3, range: [0.2, 0.4],\n    "
         "until_date: 2024-07-15, known_on: 2024-07-15", "adopters_share"),
        ("  reaction: {", "  aware: {", "is the name of a column"),
        ("measure: market_value", "measure: market_valeu", "market_value"),
        ("range: [1, 4]", "range: [3, 4]", "observed must lie within range"),
        ("provider: Zhipu, ", "", "provider_tokens_multiple needs provider"),
        ("provider_tokens_multiple, provider: Zhipu",
         "provider_tokens_multiple_over_no_war, provider: Zhipu, world: no-wars", "no-war"),
        ("{set: {factors.competition: false}}", "{}", "it is the same world"),
        ("scale: log}\nmoments", "scale: log, prior: {median: 0.05, sd: 0.5}}\nmoments", "source"),
    ],
)  # fmt: skip
def test_mistakes_are_refused_with_their_place(old, new, said, read):
    assert old in FILE
    with pytest.raises(ScenarioError, match=said) as refusal:
        read(FILE.replace(old, new, 1))
    assert "mine.yaml:" in str(refusal.value)


def test_too_few_moments_are_refused_and_those_after_the_cut_named(read):
    more = "  depth: {path: 'providers[Zhipu].war.depth_share', range: [0.0, 0.3]}\nmoments:"
    with pytest.raises(UsageError, match=r"2 moments \(later: after the cut\).*at least 3"):
        read(FILE.replace("moments:", more))


def test_a_scenario_is_told_from_a_calibration():
    with pytest.raises(ScenarioError, match="this is a scenario, not a calibration"):
        read_task(Path(__file__).parents[4] / "scenarios" / "minimal.yaml")


@pytest.mark.parametrize("name", shipped_calibrations())
def test_shipped_calibrations_have_moments_enough_and_sources(name):
    task = read_task(name)
    assert len(task.moments) > len(task.space)
    assert all(moment.source and moment.fact for moment in task.moments.values())
