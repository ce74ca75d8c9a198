"""Scenarios whose values come from tables of the user's own."""

import csv
import datetime as dt
from pathlib import Path

import pytest

import sim
from sim.clouds.host import Host
from sim.data.dataset import columns_of
from sim.data.table import TABLES
from sim.errors import ScenarioError
from sim.scenario.reader import read
from sim.scenario.writer import scenario_hash, to_yaml


def write(folder: Path, table: str, **changes: str) -> Path:
    with (TABLES / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        row = {**next(csv.DictReader(file)), **changes}
    with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns_of(table))
        writer.writeheader()
        writer.writerow(row)
    return folder


def dearer(folder: Path, usd: str = "7") -> Path:
    """Write a later price of glm-3-turbo, known when it was posted."""
    return write(
        folder,
        "llm_api_prices",
        date="2024-04-01",
        known_on="2024-04-01",
        provider="Zhipu",
        model="glm-3-turbo",
        event="observed",
        input_price_per_mtok=usd,
        output_price_per_mtok=usd,
        usd_input=usd,
        usd_output=usd,
    )


def test_a_price_of_the_users_own_table_is_the_products_price(tmp_path: Path):
    found = read("minimal", {"data": str(dearer(tmp_path))})
    assert found.products[0].price_usd_per_mtok.input == 7.0
    assert read("minimal").products[0].price_usd_per_mtok.input != 7.0


def test_python_takes_the_folder_too(tmp_path: Path):
    folder = dearer(tmp_path)
    found = sim.load("minimal", {"population.users": 60}, data=folder)
    assert found == sim.load("minimal", ["population.users=60"], data=str(folder))
    assert found.products[0].price_usd_per_mtok.input == 7.0


def test_a_file_names_a_folder_by_its_path_from_the_file(tmp_path: Path):
    dearer(tmp_path)
    file = tmp_path / "mine.yaml"
    file.write_text("extends: minimal\nname: mine\ndata: .\n", encoding="utf-8")
    assert read(file).products[0].price_usd_per_mtok.input == 7.0


def test_the_content_of_the_tables_is_part_of_the_runs_identity(tmp_path: Path):
    hashes = {scenario_hash(read("minimal"))}
    for name, usd in (("a", "7"), ("b", "7.5"), ("c", "7")):
        folder = tmp_path / name
        folder.mkdir()
        hashes.add(scenario_hash(read("minimal", {"data": str(dearer(folder, usd))})))
    assert len(hashes) == 3  # the same content in another folder is the same


def test_a_resolved_scenario_needs_the_tables_no_more(tmp_path: Path):
    folder = write(tmp_path, "accelerators", name="Z1", mem_gb="80", mem_bw_gb_s="900")
    write(folder, "gpu_rental_prices", gpu="Z1", date="2024-05-01", known_on="2024-05-01")
    changes = {
        "data": str(folder),
        "clouds[0].accelerators[0].name": "Z1",
        "providers[0].accelerator": "Z1",
        "providers[1].accelerator": "Z1",
    }
    found = read("minimal", changes)
    for file in folder.glob("*.csv"):
        file.unlink()
    resolved = tmp_path / "resolved.yaml"
    resolved.write_text(to_yaml(found), encoding="utf-8")
    again = read(resolved)
    assert scenario_hash(again) == scenario_hash(found)
    assert Host(again.clouds[0]).spec("Z1").memory_bytes == 80e9


def test_a_view_takes_the_price_that_was_known(tmp_path: Path):
    folder = dearer(tmp_path)
    table = folder / "llm_api_prices.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("2024-04-01,2024-04-01", "2024-04-01,2024-04-20"), "utf-8")
    changes = {"data": str(folder), "data_as_of": dt.date(2024, 4, 15)}
    assert read("minimal", {**changes, "products[2].capability_logit": 0.0}).products[
        0
    ].price_usd_per_mtok.input == pytest.approx(0.69, abs=0.01)


def test_a_wrong_row_is_refused_at_the_key_with_the_row(tmp_path: Path):
    folder = dearer(tmp_path)
    table = folder / "llm_api_prices.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",observed,", ",seen,"), "utf-8")
    with pytest.raises(ScenarioError, match=r"llm_api_prices.csv:2  event = 'seen' must be one of"):
        read("minimal", [f"data={folder}"])
