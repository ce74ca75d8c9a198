"""Fleets and capacity: what could not be as written is refused, with what to do."""

import pytest

from sim.errors import ScenarioError


def test_products_of_one_model_may_share_a_fleet(scenario_of) -> None:
    scenario = scenario_of(
        """
        products:
          - name: glm-4
            fleet: glm
          - {name: glm-4 long, provider: Zhipu, launch_date: 2024-03-02, fleet: glm,
             price_usd_per_mtok: {input: 1, output: 1}, capability_logit: -1.0,
             architecture: {parameters_billion: 130, active_parameters_billion: 130,
                            kv_bytes_per_token: 100000}}
        """
    )
    assert [p.fleet for p in scenario.products if p.name.startswith("glm-4")] == ["glm", "glm"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "products: [{name: glm-3-turbo, fleet: glm}, {name: glm-4, fleet: glm}]",
            "is that of glm-3-turbo, but parameters_billion is 130 here and 32 there: an "
            "instance holds one model",
        ),
        (
            "products: [{name: glm-4, deployment: edge, rate_limit_mtok_per_day: 10}]",
            "has no meaning for a product that runs with its users (edge)",
        ),
        ("products: [{name: glm-4, rate_limit_mtok_per_day: 0}]", "> 0"),
        ("products: [{name: glm-4, launch_instances: 0}]", "from 1"),
        ("products: [{name: glm-4, launch_instances: 1.5}]", "whole number"),
        ("providers: [{name: Zhipu, capacity: {beyond: on-demand}}]", "on_demand"),
        ("providers: [{name: Zhipu, capacity: {longest_wait_s: -1}}]", "0"),
        ("providers: [{name: Zhipu, capacity: {longest_wait: 10}}]", "longest_wait_s"),
        ("clouds: [{name: rented cloud, on_demand_share: -0.1}]", "0"),
        ("clouds: [{name: rented cloud, on_demand_premium_share: -1}]", "0"),
        ("clouds: [{name: rented cloud, order_lead_time_days: 5000}]", "from 0 to 3650 (days)"),
        (
            "clouds: [{name: rented cloud, accelerators: "
            "[{name: H800 SXM5, on_demand_accelerators: -3}]}]",
            "0",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(scenario_of, text, message) -> None:
    with pytest.raises(ScenarioError) as refused:
        scenario_of(text)
    assert message in " ".join(str(refused.value).split())
    assert ".yaml:" in str(refused.value)
