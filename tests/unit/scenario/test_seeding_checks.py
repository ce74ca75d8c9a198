"""Campaigns of seeding that could not be held as written are refused, with what to do."""

import pytest

from sim.errors import ScenarioError
from sim.scenario.beyond import beyond_the_end
from sim.scenario.scenario import Scenario

ZHIPU = "providers.Zhipu.seeding"


def campaign(**fields: object) -> dict[str, object]:
    base = {"date": "2024-05-01", "users": 1000, "cost_usd_per_user": 5, "product": "glm-4"}
    return {key: value for key, value in (base | fields).items() if value is not None}


def seeded(
    scenario_of: object, overrides: dict[str, object] | None = None, **fields: object
) -> Scenario:
    lines = ", ".join(f"{key}: {value}" for key, value in campaign(**fields).items())
    text = f"providers:\n  - name: Zhipu\n    seeding: [{{{lines}}}]\n"
    return scenario_of(text, **(overrides or {}))


def test_a_campaign_is_read(scenario_of: object) -> None:
    seeding = seeded(scenario_of).providers[0].seeding[0]
    assert (seeding.users, seeding.chosen_by, seeding.product) == (1000.0, "random", "glm-4")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"date": "2024-04-01"}, "must not come before start_date, 2024-04-15"),
        ({"product": "DeepSeek-V2"}, "must be a product of Zhipu"),
        ({"product": "glm-5"}, "Did you mean 'glm-4'?"),
        ({"users": 200_000}, "must be at most the users, 100,000"),
        ({"users": 90}, "must be at least 100: a simulated user stands for 200"),
        ({"users": 0}, "> 0"),
        ({"cost_usd_per_user": -1}, "0"),
        ({"chosen_by": "fame"}, "fame"),
    ],
)
def test_a_campaign_that_cannot_be_held_is_refused(
    scenario_of: object, fields: dict[str, object], message: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        seeded(scenario_of, **fields)
    assert message in str(caught.value)


def test_a_product_must_be_on_offer_by_then(scenario_of: object) -> None:
    text = """
    providers:
      - name: DeepSeek
        seeding: [{date: 2024-05-05, users: 900, cost_usd_per_user: 1, product: DeepSeek-V2}]
    """
    with pytest.raises(ScenarioError, match="must not come before the product's launch_date"):
        scenario_of(text)


@pytest.mark.parametrize("measure", ["betweenness", "closeness"])
def test_a_measure_that_would_take_too_long_is_refused_with_others(
    scenario_of: object, measure: str
) -> None:
    with pytest.raises(ScenarioError, match="at most 2,000") as caught:
        seeded(scenario_of, {"population.users": 5000}, chosen_by=measure)
    assert "Choose by degree, pagerank or eigenvector" in str(caught.value)
    overrides = {"population.users": 5000, "population.network.kind": "complete"}
    assert seeded(scenario_of, overrides, chosen_by=measure)


def test_a_campaign_after_the_end_is_told(scenario_of: object) -> None:
    assert "1 seeding" in beyond_the_end(seeded(scenario_of, {"end_date": "2024-04-29"}))
    assert beyond_the_end(seeded(scenario_of)) == ()
