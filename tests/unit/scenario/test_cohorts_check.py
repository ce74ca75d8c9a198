"""What cohorts do not carry is refused by name, with what to do; what they carry is taken."""

from collections.abc import Callable

import pytest

from sim.errors import ScenarioError
from sim.scenario.scenario import Scenario

ScenarioOf = Callable[..., Scenario]

COHORTS = "population: {mode: cohorts, network: {kind: complete}}\n"


def test_a_complete_market_of_cohorts_is_taken(scenario_of: ScenarioOf) -> None:
    scenario = scenario_of(COHORTS, population__users=2_000_000_000)
    assert scenario.population.mode == "cohorts"
    assert scenario_of(COHORTS, population__network__kind="none").population.mode == "cohorts"


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        (
            "population: {mode: cohorts}",
            "population.network",
            "must be complete or none with population.mode: cohorts, not watts_strogatz",
        ),
        (
            "population: {mode: cohorts, network: {kind: barabasi_albert}}",
            "population.network.kind",
            "must be complete or none with population.mode: cohorts, not barabasi_albert",
        ),
        (
            "population: {mode: cohorts, network: {kind: complete}, "
            "choice: {nests: [{name: edge, deployment: edge, correlation: 0.3}]}}",
            "population.choice.nests[0].correlation",
            "must be 0 with population.mode: cohorts",
        ),
        (
            COHORTS + "products: [{name: glm-4, model: glm}, {name: glm-3-turbo, model: glm}]",
            ".model",
            "must not be a model that another product serves",
        ),
        (
            COHORTS + "products: [{name: glm-4, free_quota_mtok_per_month: 0.5}]",
            ".free_quota_mtok_per_month",
            "must be 0 with population.mode: cohorts",
        ),
        (
            "population: {mode: cohorts, network: {kind: complete}, "
            "satisfaction: {expectation_rise_share: 0.5}}",
            "population.satisfaction.expectation_rise_share",
            "must be 1 with population.mode: cohorts",
        ),
        (
            "population: {users: 20000001}",
            "population.users",
            "must be at most 20,000,000 with population.mode: individuals.",
        ),
    ],
)
def test_what_is_not_carried_is_refused_where_it_stands(
    text: str, path: str, words: str, scenario_of: ScenarioOf
) -> None:
    with pytest.raises(ScenarioError) as refused:
        scenario_of(text)
    said = str(refused.value)
    assert path in said
    assert words in said
    assert "population.mode" in said


def test_a_nest_without_correlation_is_no_nest(scenario_of: ScenarioOf) -> None:
    text = COHORTS.replace(
        "complete}",
        "complete}, choice: {nests: [{name: edge, deployment: edge, correlation: 0}]}",
    )
    assert scenario_of(text).population.mode == "cohorts"
