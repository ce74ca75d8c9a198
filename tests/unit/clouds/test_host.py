"""A cloud host: fleets, utilisation, rents and energy."""

import datetime as dt
from types import SimpleNamespace

import pytest

from sim.clouds.host import Host
from sim.clouds.usage_record import Rented
from sim.data.rents import rent_usd_per_hour
from sim.scenario.supply import Accelerator, Cloud, DatedRent
from sim.serving.service import Service

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


def served(cloud: Host, rented: Rented, days: float = 7.0) -> Service:
    """Let one product's accelerators have done this."""
    cloud.fleets = SimpleNamespace(
        take_rented=lambda number: {A100: rented},
        model=lambda number: SimpleNamespace(shares=((A100, 1.0),), servings={A100: None}),
    )
    (one,) = cloud.services(0, days, DAY)
    return one.service


def week_of(accelerators: float, by_the_hour: float = 0.0, base_usd_per_hour: float = 1.5):
    rented = Rented(busy_hours=5.0 * 24 * 7)
    for day in range(7):
        rented.leased_hours[day] = 24.0 * accelerators
        rented.on_demand_hours[day] = 24.0 * by_the_hour
    hours = 24.0 * 7
    rented.base_usd = (accelerators + by_the_hour) * hours * base_usd_per_hour
    rented.premium_usd = 0.4 * by_the_hour * hours * base_usd_per_hour
    return rented


def test_the_provider_pays_the_markup_and_the_vendor_its_share_of_the_base_rent() -> None:
    service = served(host(), week_of(20.0))
    base = 20.0 * 24 * 7 * 1.5
    assert service.rent_usd == pytest.approx(1.2 * base)
    assert service.chip_usd == pytest.approx(0.6 * base)
    assert service.margin_usd == pytest.approx(0.6 * base)
    assert service.fleet_accelerators == pytest.approx(20.0)
    assert service.utilisation_share == pytest.approx(0.25)


def test_the_premium_of_the_hour_is_the_host_s() -> None:
    service = served(host(), week_of(20.0, by_the_hour=10.0))
    assert service.on_demand_accelerators == pytest.approx(10.0)
    assert service.fleet_accelerators == pytest.approx(30.0)
    assert service.rent_usd == pytest.approx(1.2 * (20.0 + 14.0) * 24 * 7 * 1.5)
    assert service.chip_usd == pytest.approx(0.6 * 30.0 * 24 * 7 * 1.5)


def test_energy_is_board_power_of_all_rented_accelerators_with_the_buildings_overhead() -> None:
    cloud = host()
    service = served(cloud, week_of(20.0))
    power_kw = cloud.spec(A100).power_w / 1e3
    assert service.energy_kwh == pytest.approx(20.0 * 24 * 7 * power_kw * 1.25)
    assert service.co2_kg == pytest.approx(0.5 * service.energy_kwh)


@pytest.mark.parametrize("share", [0.0, 0.15, 1.0])
def test_an_idle_accelerator_draws_its_share_of_what_a_busy_one_does(share: float) -> None:
    """5 of 20 are busy."""
    offers = (CONFIG.accelerators[1].model_copy(update={"idle_power_share": share}),)
    cloud = Host(CONFIG.model_copy(update={"accelerators": offers}))
    service = served(cloud, week_of(20.0))
    power_kw = cloud.spec(A100).power_w / 1e3
    assert service.energy_kwh == pytest.approx((5.0 + 15.0 * share) * 24 * 7 * power_kw * 1.25)


def test_an_accelerator_carries_its_hosts_terms() -> None:
    hosted = host().hosted(A100)
    assert hosted.target_utilisation == 0.5
    assert hosted.power_usage_effectiveness == 1.25
    assert hosted.chip.name == A100
    assert host().accelerators == ("H800 SXM5", A100)
    assert host().name == "Cloud A"
