"""A resolved scenario leaves nothing to a table, and reads back as itself."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import pytest

from sim.clouds.host import Host
from sim.data.rents import rent_history, rent_usd_per_hour
from sim.scenario.reader import read
from sim.scenario.resolving import resolve
from sim.scenario.scenario import Scenario
from sim.scenario.shipped import shipped
from sim.scenario.writer import scenario_hash, to_yaml

BASE = Path(__file__).with_name("base.yaml")


@pytest.fixture(scope="module")
def base() -> Scenario:
    return read(BASE)


def test_rents_run_from_the_month_before_the_first_day_to_the_last(base):
    rents = base.clouds[0].accelerators[0].rents
    assert [rent.date for rent in rents] == [dt.date(2024, month, 1) for month in range(4, 13)]
    assert [rent.rent_usd_per_hour for rent in rents] == [
        rent_usd_per_hour("H800 SXM5", rent.date) for rent in rents
    ]


def test_what_is_leased_costs_the_same_share_of_the_table_for_every_chip_without_rents_of_its_own():
    leased = resolve(read("minimal", {"clouds[rented cloud].lease_share": 0.76})).clouds[0]
    table = resolve(read("minimal")).clouds[0]
    rents = [one.accelerators[0].rents for one in (leased, table)]
    assert [a.rent_usd_per_hour / b.rent_usd_per_hour for a, b in zip(*rents, strict=True)] == (
        pytest.approx([0.76] * len(rents[0]))
    )
    host = Host(read("minimal", {"clouds[rented cloud].lease_share": 0.76}).clouds[0])
    day = dt.date(2024, 5, 6)
    assert host.base_rent_usd_per_hour("H800 SXM5", day) == pytest.approx(
        0.76 * rent_usd_per_hour("H800 SXM5", day)
    )


def test_rents_that_the_file_gives_stay(base):
    rents = base.clouds[0].accelerators[1].rents
    assert [rent.rent_usd_per_hour for rent in rents] == [1.1, 0.9]


def test_the_first_known_rent_holds_before_its_date(base):
    begins = rent_history("H800 SXM5")[0]
    early = base.model_copy(
        update={"start_date": dt.date(2020, 1, 1), "clouds": _without_rents(base)}
    )
    rents = resolve(early).clouds[0].accelerators[0].rents
    assert (rents[0].date, rents[0].rent_usd_per_hour) == (dt.date(2020, 1, 1), begins[1])


def _without_rents(loaded: Scenario):
    cloud = loaded.clouds[0]
    bare = cloud.accelerators[0].model_copy(update={"rents": ()})
    return (cloud.model_copy(update={"accelerators": (bare,)}),)


def test_every_value_from_a_table_has_a_source(base):
    assert "clouds[north].accelerators[H800 SXM5].rents[0].rent_usd_per_hour" in base.provenance
    assert "exchange_rates[0].cny_per_usd" in base.provenance


def test_to_resolve_again_changes_nothing(base):
    again = resolve(base)
    assert again == base
    assert again.provenance == base.provenance


@pytest.mark.parametrize("path", [BASE, *shipped().values()], ids=lambda path: path.stem)
def test_what_is_written_reads_back_with_its_hash_and_provenance(path, tmp_path):
    loaded = read(path)
    file = tmp_path / "resolved.yaml"
    file.write_text(to_yaml(loaded), encoding="utf-8")
    again = read(file)
    assert again == loaded
    assert scenario_hash(again) == scenario_hash(loaded)
    assert again.provenance == loaded.provenance
    assert to_yaml(again) == file.read_text(encoding="utf-8")


def test_the_written_file_names_every_field(base):
    def fields(record: object) -> set[str]:
        if isinstance(record, dict):
            return set(record).union(*(fields(value) for value in record.values()))
        return (
            set().union(*(fields(item) for item in record)) if isinstance(record, tuple) else set()
        )

    text = to_yaml(base)
    assert all(f"{field}:" in text for field in fields(base.model_dump()))


def test_awkward_texts_survive(base, tmp_path):
    texts = [
        "yes: no",
        "12",
        "null",
        "2024-05-06",
        "# x",
        " a ",
        "a\nb\tc",
        "\"'",
        "é 价格 😀",
        "-",
    ]
    texts += ["1e3", "true", "a: b", "[x", "\\", "\u2028", "\u00a0", "..", "0x1F", "2024-13-01"]
    for text in texts:
        scenario = base.model_copy(update={"title": text})
        file = tmp_path / "resolved.yaml"
        file.write_text(to_yaml(scenario), encoding="utf-8", newline="")
        assert read(file).title == text


def test_the_hash_is_of_the_values_and_not_of_their_layout(base, tmp_path):
    text = BASE.read_text(encoding="utf-8").replace("seed: 7", "seed:   7 # lucky")
    text = text.replace(
        "cash_usd: {value: 5.0e7, source: a newspaper, ", "cash_usd: {value: 50.0e6, source: x, "
    )
    file = tmp_path / "war.yaml"
    file.write_text(text, encoding="utf-8")
    assert scenario_hash(read(file)) == scenario_hash(base)
    assert scenario_hash(read(BASE, ["seed=8"])) != scenario_hash(base)


def test_the_hash_is_the_sha256_of_canonical_json(base):
    text = json.dumps(base.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    assert scenario_hash(base) == hashlib.sha256(text.encode()).hexdigest()
