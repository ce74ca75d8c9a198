"""Projects, upgrades and rents move costs on their dates, each under its own name."""

import datetime as dt

import pytest

from sim.clouds.host import Host
from sim.compression.recipes import Recipe, Recipes
from sim.compression.shipped_curves import shipped_curves
from sim.providers.project_cost import computing_hours

PROJECT = """
    end_date: 2025-04-15
    providers:
      - name: Zhipu
        compression:
          - product: glm-4
            start_date: 2024-05-01
            method: {method}
            staff_time_days: 30.0
            staff_time_log_sd: 0.0
            staff_cost_usd: 12345.0
"""
UPGRADE = """
    end_date: 2025-04-15
    clouds:
      - name: rented cloud
        accelerators:
          - name: H800 SXM5
            rents: [{date: 2024-01-01, rent_usd_per_hour: 2.0}]
          - name: B200
            rents: [{date: 2024-01-01, rent_usd_per_hour: 2.0}]
    providers:
      - name: Zhipu
        hardware:
          - accelerator: B200
            order_date: 2024-05-01
            delivery_lag_days: 30.0
            ramp_days: 91.32
"""


@pytest.fixture
def fewer_neurons() -> Recipe:
    (recipe,) = Recipes(shipped_curves()).named("neurons:0.2", 130.0)
    return recipe


def test_a_project_is_paid_at_its_start_and_lowers_cost_and_capability_at_its_end(
    scenario_of, run_market, fewer_neurons
):
    scenario = scenario_of(PROJECT.format(method=fewer_neurons.name))
    tables = run_market(scenario)
    host = Host(scenario.clouds[0])
    model = next(one.architecture for one in scenario.products if one.name == "glm-4")
    hours = computing_hours(fewer_neurons, model, host.hosted("H800 SXM5"))
    rent = host.rent_usd_per_hour("H800 SXM5", dt.date(2024, 5, 1))
    events = tables["events"].query("subject == 'glm-4'")
    start, end = events.query("kind == 'project'")["time_days"]
    assert (start, end) == (16.0, pytest.approx(46.0 + hours / 24.0 / 64.0))
    (change,) = events.query("kind == 'cost' and cause == 'compression'").to_dict("records")
    assert change["time_days"] == end
    assert change["new"] < change["old"]
    (loss,) = events.query("kind == 'capability'").to_dict("records")
    assert loss["old"] - loss["new"] == pytest.approx(fewer_neurons.capability_loss_logit)
    paid = tables["ledger"].query("purpose == 'compression'")
    assert list(paid["usd"]) == [pytest.approx(12345.0 + hours * rent, abs=1e-6)]


def test_a_provider_without_the_cash_for_a_project_does_not_begin_it(
    scenario_of, run_market, fewer_neurons
):
    text = PROJECT.format(method=fewer_neurons.name)
    tables = run_market(scenario_of(text, **{"providers[Zhipu].cash_usd": -1e6}))
    (event,) = tables["events"].query("kind == 'project'").to_dict("records")
    assert event["field"] == "not_paid_for"
    assert tables["ledger"].query("purpose == 'compression'").empty
    assert tables["events"].query("cause == 'compression'").empty


def test_computing_is_paid_at_the_rent_of_the_day_and_delays_the_end(scenario_of, run_market):
    """A student of a teacher of 130 billion parameters: ten days on 4,096 accelerators."""
    text = PROJECT.format(method="distilled_layers:0.667") + "            accelerators: 4096\n"
    scenario = scenario_of(text)
    (recipe,) = Recipes(shipped_curves()).named("distilled_layers:0.667", 130.0)
    host = Host(scenario.clouds[0])
    model = next(one.architecture for one in scenario.products if one.name == "glm-4")
    hours = computing_hours(recipe, model, host.hosted("H800 SXM5"))
    assert hours > 100_000.0
    tables = run_market(scenario)
    rent = host.rent_usd_per_hour("H800 SXM5", dt.date(2024, 5, 1))
    (paid,) = tables["ledger"].query("purpose == 'compression'")["usd"]
    assert paid == pytest.approx(12345.0 + hours * rent, rel=1e-9)
    start, end = tables["events"].query("kind == 'project'")["time_days"]
    assert end - start == pytest.approx(30.0 + hours / 24.0 / 4096.0)


def test_compression_switched_off_starts_no_project(scenario_of, run_market, fewer_neurons):
    scenario = scenario_of(PROJECT.format(method=fewer_neurons.name), factors__compression=False)
    tables = run_market(scenario)
    assert tables["events"].query("kind == 'project'").empty
    assert tables["ledger"].query("purpose == 'compression'").empty


def test_a_fleet_moves_in_equal_monthly_steps_after_its_delivery(scenario_of, run_market):
    tables = run_market(scenario_of(UPGRADE, factors__competition=False))
    steps = tables["events"].query("subject == 'glm-4' and cause == 'hardware' and kind == 'cost'")
    assert list(steps["time_days"]) == pytest.approx([46.0 + 30.44 * n for n in (1, 2, 3)])
    falls = (steps["old"] - steps["new"]).to_numpy()
    assert falls == pytest.approx([falls[0]] * 3, rel=1e-9)
    kinds = (
        tables["clouds"].query("product == 'glm-4'").groupby("time_days")["accelerator"].apply(set)
    )
    assert kinds.iloc[0] == {"H800 SXM5"}
    assert kinds.iloc[-1] == {"B200"}


def test_hardware_switched_off_keeps_the_first_fleet(scenario_of, run_market):
    tables = run_market(scenario_of(UPGRADE, factors__hardware=False))
    assert set(tables["clouds"]["accelerator"]) == {"H800 SXM5"}


def test_cost_changes_by_cause_add_up_to_the_change_of_cost(scenario_of, run_market, fewer_neurons):
    both = (
        UPGRADE
        + "        compression:\n"
        + PROJECT.split("compression:\n")[1].format(method=fewer_neurons.name)
    )
    rows = run_market(scenario_of(both))["products"].query("product == 'glm-4'")
    causes = rows[[c for c in rows if c.startswith("cost_by_")]].sum(axis=1)
    total = rows["marginal_cost_usd_per_mtok"] - rows["marginal_cost_usd_per_mtok"].iloc[0]
    assert causes.to_numpy() == pytest.approx(total.to_numpy(), abs=1e-12)
    assert causes.iloc[-1] < 0.0


def test_an_upgrade_that_ended_before_the_first_day_is_in_the_first_fleet(scenario_of, run_market):
    tables = run_market(scenario_of(UPGRADE.replace("2024-05-01", "2023-05-01")))
    kinds = tables["clouds"].query("provider == 'Zhipu'")["accelerator"]
    assert set(kinds) == {"B200"}
    assert tables["events"].query("cause == 'hardware'").empty
