"""What is known of a market beyond the tables: providers, events and exchange rates."""

import datetime as dt
from pathlib import Path

import pytest

from sim.data.dataset import SHIPPED
from sim.data.prices import price_points
from sim.errors import DataError
from sim.scenario.from_data.events import events_of, in_force
from sim.scenario.from_data.known import Known
from sim.scenario.from_data.market import BURN_IN_DAYS, market_of
from sim.scenario.from_data.scenario_file import to_scenario
from sim.scenario.reader import read

DAY = dt.date(2025, 1, 20)
START = DAY - dt.timedelta(days=BURN_IN_DAYS)
PROVIDERS = "provider,known_on,cash_usd,cloud,accelerator,source\n"
EVENTS = "known_on,kind,intervention,source\n"
RATES = "date,known_on,cny_per_usd,source\n"


def known(folder: Path, name: str, text: str, as_of: dt.date | None = DAY) -> Known:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return Known.read([file], price_points(SHIPPED), SHIPPED.known_by(DAY), as_of)


def made(folder: Path, beyond: Known):
    file = folder / "market.yaml"
    file.write_text(to_scenario(market_of(SHIPPED, DAY, "China", beyond), "m", 30), "utf-8")
    return read(file)


def test_cash_host_and_accelerator_of_a_provider_are_taken_and_the_last_known_counts(
    tmp_path: Path,
):
    text = (
        f"{PROVIDERS}Zhipu,2024-12-01,3e8,Zhipu's own,A100 SXM4 80GB,a filing\n"
        "Zhipu,2024-06-01,1e8,,,an older one\nZhipu,2025-02-01,9e8,,,a later one\n"
    )
    scenario = made(tmp_path, known(tmp_path, "providers.csv", text))
    zhipu = next(one for one in scenario.providers if one.name == "Zhipu")
    assert (zhipu.cash_usd, zhipu.cloud, zhipu.accelerator) == (
        3e8,
        "Zhipu's own",
        "A100 SXM4 80GB",
    )
    others = {one.cloud for one in scenario.providers if one.name != "Zhipu"}
    assert others == {"rented cloud"}
    assert scenario.provenance["providers[Zhipu].cash_usd"].source == "a filing"
    assert [cloud.name for cloud in scenario.clouds].count("Zhipu's own") == 1


@pytest.mark.parametrize(
    ("row", "meant"),
    [
        ("Zhipuu,2024-12-01,3e8,,,s", "Did you mean 'Zhipu'"),
        ("Zhipu,2024-12-01,3e8,,A100 SXM4 80G,s", "accelerator = 'A100 SXM4 80G' has no known"),
        ("Zhipu,2024-12-01,-1,,,s", "cash_usd = -1"),
    ],
)
def test_a_provider_that_no_table_knows_is_refused_with_its_place(
    tmp_path: Path, row: str, meant: str
):
    with pytest.raises(DataError, match=rf"providers.csv:2 .*{meant}"):
        known(tmp_path, "providers.csv", f"{PROVIDERS}{row}\n")


def test_events_that_are_known_and_in_force_become_interventions(tmp_path: Path):
    text = (
        f"{EVENTS}2024-06-01,policy,ban below-cost from 2024-05-01,a law\n"
        "2024-06-01,outage,capacity x0.5 from 2024-06-01 until 2024-06-08,over by then\n"
        "2025-01-19,outage,capacity x0.5 from 2025-01-25 until 2025-02-01,announced\n"
        "2025-01-25,ban,remove Zhipu on 2025-01-25,not known yet\n"
    )
    scenario = made(tmp_path, known(tmp_path, "events.csv", text))
    found = {one.kind: one for one in scenario.interventions if one.kind != "price"}
    assert found.keys() == {"below_cost_ban", "capacity_shortage"}
    assert found["below_cost_ban"].date == START + dt.timedelta(days=1)
    assert found["capacity_shortage"].date == dt.date(2025, 1, 25)


@pytest.mark.parametrize(
    ("row", "meant"),
    [
        ("ban,price Zhipu -50% on 2024-05-20", "a ban is said like 'remove"),
        ("policy,remove Zhipu on 2024-05-20", "a policy is said like 'floor"),
        ("embargo,remove Zhipu on 2024-05-20", "must be one of ban, outage, policy"),
        ("ban,remove Zhipu on someday", "intervention = 'remove Zhipu on someday'"),
        ("outage,capacity x1.5 from 2024-05-20", "less than or equal to 1"),
        ("policy,floor 1 from 2024-05-20 until 2024-05-20", "ends by the day"),
    ],
)
def test_an_event_that_is_none_is_refused_with_its_place(tmp_path: Path, row: str, meant: str):
    file = tmp_path / "events.csv"
    file.write_text(f"{EVENTS}2024-06-01,{row},s\n", encoding="utf-8")
    with pytest.raises(DataError, match=rf"events.csv:2 .*{meant}"):
        events_of([file])


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("ban,remove Zhipuu on 2025-02-01", "Did you mean 'Zhipu'"),
        ("outage,capacity x0.5 at rented clod from 2025-02-01", "Did you mean 'rented cloud'"),
        ("policy,merge Zhipu into Alibabaa on 2025-02-01", "Did you mean 'Alibaba'"),
    ],
)
def test_an_event_on_a_name_that_the_market_lacks_is_refused_with_its_place(
    tmp_path: Path, line: str, meant: str
):
    beyond = known(tmp_path, "events.csv", f"{EVENTS}2024-06-01,{line},s\n")
    with pytest.raises(DataError, match=rf"events.csv:2 .*{meant}"):
        made(tmp_path, beyond)


def test_a_ban_in_force_before_the_first_day_holds_from_the_second(tmp_path: Path):
    file = tmp_path / "events.csv"
    file.write_text(f"{EVENTS}2023-01-01,ban,remove Zhipu on 2023-01-01,s\n", encoding="utf-8")
    (event,) = in_force(events_of([file]), START)
    assert event.intervention.date == START + dt.timedelta(days=1)
    assert event.line == f"remove Zhipu on {START + dt.timedelta(days=1)}"


def test_prices_in_cny_compare_at_the_last_rate_known(tmp_path: Path):
    text = f"{RATES}2024-12-31,2024-12-31,8.0,a bank\n2025-01-10,2025-02-01,9.0,known later\n"
    beyond = known(tmp_path, "fx.csv", text)
    for one in market_of(SHIPPED, DAY, "China", beyond).listings:
        for point in one.history:
            assert point.input_usd_per_mtok == pytest.approx(point.input_per_mtok / 8.0)
    plain = market_of(SHIPPED, DAY, "global").listings
    assert market_of(SHIPPED, DAY, "global", beyond).listings == plain  # posted in USD


def test_a_rate_that_is_none_is_refused_with_its_place(tmp_path: Path):
    with pytest.raises(DataError, match=r"fx.csv:2 .*cny_per_usd = 0.14"):
        known(tmp_path, "fx.csv", f"{RATES}2024-12-31,2024-12-31,0.14,a bank\n")


def test_without_a_date_of_publication_nothing_counts_as_known(tmp_path: Path):
    assert known(tmp_path, "fx.csv", f"{RATES}2024-12-31,,8.0,s\n").rates == ()
    assert known(tmp_path, "fx.csv", f"{RATES}2024-12-31,,8.0,s\n", None).rates != ()
    assert known(tmp_path, "providers.csv", f"{PROVIDERS}Zhipu,,3e8,,,s\n").providers == {}
