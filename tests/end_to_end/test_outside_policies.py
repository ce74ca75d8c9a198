"""Policies from outside the package in runs and sweeps: results, failures, workers, resuming."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sim
from pricewar.cli.main import main
from sim.batch.design_file import read_design
from sim.batch.orders import Orders
from sim.batch.starting import starter
from sim.batch.sweep import run_sweep
from sim.errors import ResultError, ScenarioError

pytestmark = pytest.mark.slow

POLICIES = '''
from sim.quantities import NonNegative
from sim.strategies.pricing.peace import PeacePricing, Reviews
from sim.strategies.pricing.view import PriceView


class Markup(PeacePricing):
    """A mark-up that is given up on a day."""

    markup_share: NonNegative
    fails_after_days: NonNegative = 1e6

    def reviews(self) -> Reviews:
        return Reviews(per_month=8.0, on_cost_change=True)

    def propose(self, view: PriceView) -> float | None:
        if view.time_days > self.fails_after_days:
            raise RuntimeError("no more ideas")
        return (1.0 + self.markup_share) * view.marginal_cost_usd_per_mtok
'''
SCENARIO = """\
extends: minimal
name: mine
end_date: 2024-05-20
population: {users: 50}
providers:
  - name: Zhipu
    price: {policy: policies.py:Markup, markup_share: 0.5}
"""
DESIGN = """\
name: markups
scenario: mine.yaml
kind: grid
replications: 1
parameters:
  markup_share: {path: "providers[Zhipu].price.markup_share", values: [0.2, 0.4]}
  fails_after_days: {path: "providers[Zhipu].price.fails_after_days", values: [5.0, 100.0]}
"""
MARKUP = "price_usd_per_mtok / marginal_cost_usd_per_mtok - 1"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("policies.py").write_text(POLICIES, encoding="utf-8")
    Path("mine.yaml").write_text(SCENARIO, encoding="utf-8")
    Path("markups.yaml").write_text(DESIGN, encoding="utf-8")
    return tmp_path


def test_a_run_follows_the_policy_and_can_be_run_again_from_its_folder(folder: Path) -> None:
    scenario = sim.load("mine.yaml", allow_code=True)
    run = sim.run(scenario, replications=2, workers=2, out="one")
    last = run.products.query("provider == 'Zhipu' and time_days == 35")
    assert last.eval(MARKUP).to_list() == pytest.approx([0.5] * len(last))
    assert len(last) == 4
    assert [said["from"] for said in run.manifest["outside_code"].values()] == ["policies.py"]
    assert run.scenario == scenario
    Path("policies.py").unlink()
    with pytest.raises(ScenarioError, match="--allow-code"):
        _ = sim.open_run("one").scenario
    assert sim.open_run("one", allow_code=True).scenario == scenario
    again = sim.run(sim.load("one/resolved.yaml", allow_code=True), 2, workers=1, out="two")
    assert again.manifest["scenario_sha256"] == run.manifest["scenario_sha256"]
    assert again.manifest["tables"] == run.manifest["tables"]
    assert Path("one/resolved.yaml").read_bytes() == Path("two/resolved.yaml").read_bytes()


def test_a_rule_that_raises_fails_the_run_with_a_message(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = ["--set", "providers[Zhipu].price.fails_after_days=5"]
    assert main(["run", "mine.yaml", "--allow-code", *failing]) == 1
    said = "".join(capsys.readouterr())
    assert "policies.py:Markup: propose() for product glm-" in said
    assert "raised RuntimeError: no more ideas (line 18)" in said
    assert "Traceback" not in said


def test_a_failure_in_a_worker_process_says_the_same(folder: Path) -> None:
    scenario = sim.load(
        "mine.yaml", {"providers[Zhipu].price.fails_after_days": 5}, allow_code=True
    )
    with pytest.raises(ResultError, match="no more ideas"):
        sim.run(scenario, replications=2, workers=2, out="failed")


def test_a_sweep_needs_permission_every_time(folder: Path) -> None:
    with pytest.raises(ScenarioError, match="allow it with allow_code=True"):
        sim.sweep("markups.yaml", out="out")


def executed(out: str, *, resume: bool = False) -> tuple[int, int]:
    """Run the sweep; returns how many runs were done in all, and how many failed."""
    space = read_design("markups.yaml", allow_code=True)
    report = run_sweep(space, Path(out), starter(2, None), Orders(resume=resume, reuse=()))
    return report.done, report.failed


def test_a_sweep_carries_the_policy_to_its_workers_and_keeps_failures_apart(folder: Path) -> None:
    assert executed("out") == (2, 2)
    sweep = sim.Sweep("out")
    assert set(sweep.failures["stage"]) == {"run"}
    assert (
        sweep.failures["message"].str.contains("policies.py:Markup: propose()", regex=False).all()
    )
    shares = [json.loads(text)["fails_after_days"] for text in sweep.failures["parameters"]]
    assert shares == [5.0, 5.0]
    last = sweep.products.query("provider == 'Zhipu' and time_days == 35")
    assert last.eval(MARKUP).to_numpy() == pytest.approx(last["markup_share"].to_numpy())
    assert list(Path("out/code").rglob("policies.py"))


def test_a_changed_policy_is_computed_anew(folder: Path) -> None:
    executed("out")
    plan = sim.Sweep("out").plan
    executed("out", resume=True)
    assert sim.Sweep("out").plan["run_id"].to_list() == plan["run_id"].to_list()
    Path("policies.py").write_text(f"{POLICIES}# changed\n", encoding="utf-8")
    executed("out", resume=True)
    assert not set(sim.Sweep("out").plan["run_id"]) & set(plan["run_id"])


def test_a_policy_that_only_a_point_names_is_part_of_the_plan_s_identity(folder: Path) -> None:
    Path("mine.yaml").write_text(SCENARIO[: SCENARIO.index("providers")], encoding="utf-8")
    Path("markups.yaml").write_text(
        DESIGN[: DESIGN.index("parameters")]
        + "parameters:\n  price:\n    path: providers[Zhipu].price\n    values:\n"
        "      - {policy: hold}\n      - {policy: policies.py:Markup, markup_share: 0.1}\n",
        encoding="utf-8",
    )
    assert executed("out") == (2, 0)
    Path("policies.py").write_text(f"{POLICIES}# changed\n", encoding="utf-8")
    before = sim.Sweep("out").plan["run_id"].to_list()
    assert executed("out", resume=True) == (2, 0)
    after = sim.Sweep("out").plan["run_id"].to_list()
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_a_report_of_a_run_needs_permission_too(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "mine.yaml", "--allow-code", "--replications", "1", "--out", "one"]) == 0
    assert main(["report", "one"]) == 2
    assert "--allow-code" in capsys.readouterr().err
    assert main(["report", "one", "--allow-code", "--no-counterfactual"]) == 0
