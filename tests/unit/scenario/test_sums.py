"""Limits that several values of a scenario meet together."""

import pytest

from sim.errors import ScenarioError
from sim.scenario.reader import read


def test_more_types_than_a_user_s_record_can_name_are_refused(tmp_path):
    extra = "\n".join(
        f"  - name: domain {n}\n    share: 0.0\n    volume: {{median_mtok_per_month: 1.0}}\n"
        "    task_value: {reference_price_usd_per_mtok: 1.0, reference_capability_logit: 0.0}\n"
        "    difficulty_logit: 0.0"
        for n in range(15)
    )
    path = tmp_path / "many.yaml"
    path.write_text(
        f"extends: minimal\npopulation:\n  types_per_domain: 4096\ndomains:\n{extra}\n",
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError, match="must be at most 3855 with 17 domains"):
        read(path)


def test_a_nest_hardly_closer_than_none_is_refused():
    nest = "population.choice.nests=[{name: near, correlation: RHO, deployment: cloud}]"
    with pytest.raises(ScenarioError, match="must be 0 or at least 0.02"):
        read("minimal", [nest.replace("RHO", "0.01")])
    read("minimal", [nest.replace("RHO", "0.02")])
    read("minimal", [nest.replace("RHO", "0")])
