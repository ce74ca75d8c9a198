"""A cloud host: fleets, utilisation, rents and energy."""

import datetime as dt

import pytest

from sim.clouds.host import Host
from sim.data.rents import rent_usd_per_hour
from sim.scenario.supply import Accelerator, Cloud, DatedRent
from sim.serving.service import MOST_BUSY_SHARE

DAY = dt.date(2024, 6, 1)
CONFIG = Cloud(
    name="Cloud A",
    accelerators=(
        Accelerator(name="H800 SXM5"),
        Accelerator(
            name="A100 SXM4 80GB",
            rents=(
                DatedRent(date=dt.date(2024, 9, 1), rent_usd_per_hour=1.0),
                DatedRent(date=dt.date(2024, 1, 1), rent_usd_per_hour=1.5),
                DatedRent(date=dt.date(2024, 10, 1), rent_usd_per_hour=1.0),
            ),
        ),
    ),
    target_utilisation=0.5,
    markup_share=0.2,
    chip_cost_share=0.6,
    power_usage_effectiveness=1.25,
    carbon_kg_per_kwh=0.5,
)
A100 = "A100 SXM4 80GB"


def host() -> Host:
    return Host(CONFIG)


def test_rents_come_from_the_scenario_or_else_from_the_table() -> None:
    cloud = host()
    assert cloud.base_rent_usd_per_hour(A100, DAY) == 1.5
    assert cloud.base_rent_usd_per_hour("H800 SXM5", DAY) == rent_usd_per_hour("H800 SXM5", DAY)
    assert cloud.rent_usd_per_hour(A100, DAY) == pytest.approx(1.8)
    assert cloud.rents_usd_per_hour([A100], DAY) == {A100: cloud.rent_usd_per_hour(A100, DAY)}


def test_the_first_rent_holds_before_its_date_and_the_last_after() -> None:
    cloud = host()
    assert cloud.base_rent_usd_per_hour(A100, dt.date(2020, 1, 1)) == 1.5
    assert cloud.base_rent_usd_per_hour(A100, dt.date(2030, 1, 1)) == 1.0


def test_rents_change_on_the_dates_on_which_the_number_changes() -> None:
    only_a100 = CONFIG.model_copy(update={"accelerators": CONFIG.accelerators[1:]})
    dates = Host(only_a100).rent_dates(dt.date(2024, 1, 1), dt.date(2024, 12, 31))
    assert dates == (dt.date(2024, 9, 1),)


def test_a_stretch_of_time_is_paid_at_the_rent_of_each_of_its_days() -> None:
    """Of the week to 6 September, two days cost 1.5 an hour and five cost 1."""
    cloud = host()
    until = dt.date(2024, 9, 6)
    assert cloud.mean_base_rent_usd_per_hour(A100, until, 7.0) == pytest.approx((3.0 + 5.0) / 7.0)
    service = cloud.serve("Model A", A100, busy_hours=10.0 * 24 * 7, days=7.0, until=until)
    assert service.rent_usd == pytest.approx(1.2 * 20.0 * 24 * (2 * 1.5 + 5 * 1.0))
    assert service.chip_usd == pytest.approx(0.6 * 20.0 * 24 * (2 * 1.5 + 5 * 1.0))


@pytest.mark.parametrize(
    ("until", "days", "mean"),
    [
        (dt.date(2024, 9, 1), 7.0, 1.5),  # the new rent begins as the week ends
        (dt.date(2024, 9, 8), 7.0, 1.0),  # and here as it begins
        (dt.date(2023, 9, 8), 7.0, 1.5),
        (dt.date(2030, 9, 8), 366.0, 1.0),
        (dt.date(2024, 10, 2), 62.0, (31 * 1.5 + 31 * 1.0) / 62),
        (dt.date(2024, 9, 2), 1.5, (0.5 * 1.5 + 1.0) / 1.5),
    ],
)
def test_a_mean_rent_weighs_every_rent_by_its_time(until, days, mean) -> None:
    assert host().mean_base_rent_usd_per_hour(A100, until, days) == pytest.approx(mean, rel=1e-14)
    assert host().mean_rent_usd_per_hour(A100, until, days) == pytest.approx(1.2 * mean)


def test_a_fleet_is_sized_to_the_target_utilisation() -> None:
    cloud = host()
    cloud.size_fleet("Model A", A100, 40.0)
    service = cloud.serve("Model A", A100, busy_hours=40.0 * 24 * 7, days=7.0, until=DAY)
    assert service.fleet_accelerators == 80.0
    assert service.utilisation_share == pytest.approx(0.5)
    assert service.accelerator_hours == pytest.approx(80.0 * 24 * 7)


def test_demand_beyond_the_fleet_is_met_on_demand_at_the_highest_utilisation() -> None:
    cloud = host()
    cloud.size_fleet("Model A", A100, 1.0)
    service = cloud.serve("Model A", A100, busy_hours=100.0 * 24, days=1.0, until=DAY)
    assert service.utilisation_share == pytest.approx(MOST_BUSY_SHARE)
    assert service.fleet_accelerators == pytest.approx(100.0 / MOST_BUSY_SHARE)


def test_the_first_week_gets_the_fleet_that_its_demand_calls_for() -> None:
    service = host().serve("Model A", A100, busy_hours=10.0 * 24, days=1.0, until=DAY)
    assert service.fleet_accelerators == pytest.approx(20.0)


def test_products_do_not_share_fleets() -> None:
    cloud = host()
    cloud.size_fleet("Model A", A100, 10.0)
    fleets = [
        cloud.serve(product, A100, busy_hours=24.0, days=1.0, until=DAY).fleet_accelerators
        for product in ("Model A", "Model B")
    ]
    assert fleets == [20.0, 2.0]


def test_without_demand_nothing_is_rented_used_or_paid() -> None:
    service = host().serve("Model A", A100, busy_hours=0.0, days=7.0, until=DAY)
    assert service.rent_usd == service.energy_kwh == service.utilisation_share == 0.0


def test_the_provider_pays_the_markup_and_the_vendor_its_share_of_the_base_rent() -> None:
    service = host().serve("Model A", A100, busy_hours=10.0 * 24, days=1.0, until=DAY)
    base = 20.0 * 24 * 1.5
    assert service.rent_usd == pytest.approx(1.2 * base)
    assert service.chip_usd == pytest.approx(0.6 * base)
    assert service.margin_usd == pytest.approx(0.6 * base)


def test_energy_is_board_power_of_all_rented_accelerators_with_the_buildings_overhead() -> None:
    cloud = host()
    service = cloud.serve("Model A", A100, busy_hours=10.0 * 24, days=1.0, until=DAY)
    power_kw = cloud.spec(A100).power_w / 1e3
    assert service.energy_kwh == pytest.approx(20.0 * 24 * power_kw * 1.25)
    assert service.co2_kg == pytest.approx(0.5 * service.energy_kwh)


def test_an_accelerator_carries_its_hosts_terms() -> None:
    hosted = host().hosted(A100)
    assert hosted.target_utilisation == 0.5
    assert hosted.power_usage_effectiveness == 1.25
    assert hosted.chip.name == A100
    assert host().accelerators == ("H800 SXM5", A100)
    assert host().name == "Cloud A"
