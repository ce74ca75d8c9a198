"""Values that no one means are refused in words."""

import pytest

from sim.errors import PricewarError, ScenarioError
from sim.feasibility import refuse_infeasible


@pytest.mark.parametrize("policy", ["{a: 1}", "[hold]", "null", "1", "true", "2024-05-06"])
@pytest.mark.parametrize("key", ["price", "war"])
def test_the_name_of_a_policy_must_be_text(key, policy, scenario_of):
    with pytest.raises(ScenarioError) as refusal:
        scenario_of(f"providers: [{{name: Zhipu, {key}: {{policy: {policy}}}}}]")
    assert any(key in problem.path for problem in refusal.value.problems)


def test_a_model_larger_than_any_number_of_accelerators_is_refused(scenario_of):
    scenario = scenario_of(
        "products: [{name: glm-4, architecture: {parameters_billion: 1e299, "
        "active_parameters_billion: 1e299}}]"
    )
    with pytest.raises(PricewarError, match="at least 1000000000000"):
        refuse_infeasible(scenario)
