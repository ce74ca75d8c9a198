"""The same market with one thing changed: at the prices of its record, or without a product."""

import os
import shutil
from pathlib import Path

import pytest

import sim
from analysis.effects import effects, largest_products
from analysis.figures import plates
from analysis.horizons import horizons
from analysis.variants import (
    as_happened,
    finished_variant,
    has_record,
    no_war,
    run_variant,
    without_product,
)
from analysis.worlds import peace_among
from pricewar.cli.main import main
from sim.errors import ResultError
from sim.reference import read

pytestmark = pytest.mark.slow

QUICK = {"population.users": 300, "end_date": "2024-07-31"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("variants") / "run"
    return sim.run(sim.load("minimal", QUICK), replications=2, out=out, workers=1)


def test_the_record_of_2024_is_the_scenario_as_happened():
    told = read("china-2024-as-happened")
    found = as_happened(read("china-2024-price-war")).scenario
    assert found.products == told.products
    assert found.providers == told.providers
    assert found.factors == told.factors
    rest = {"name", "title", "question", "facts", "products", "providers", "factors"}
    assert found.model_dump(exclude=rest) == told.model_dump(exclude=rest)


def test_a_record_is_what_some_provider_does_not_charge():
    assert has_record(read("china-2024-price-war"))
    assert not has_record(read("china-2024-as-happened"))
    assert not has_record(read("minimal"))


def test_the_record_does_not_enter_the_war(tmp_path):
    overrides = {"population.users": 100, "end_date": "2024-06-15"}
    scenario = sim.load("china-2024-price-war", overrides)
    bare = scenario.model_copy(
        update={
            "products": tuple(
                product.model_copy(update={"price_history": ()}) for product in scenario.products
            )
        }
    )
    with_record, without = (
        sim.run(it, replications=1, out=tmp_path / name, workers=1)
        for name, it in (("with", scenario), ("without", bare))
    )
    for table in ("events", "market", "products", "ledger"):
        assert with_record.table(table).equals(without.table(table)), table


def test_a_product_left_out_never_existed_and_all_draws_of_others_are_kept(run):
    scenario = run.scenario
    launched = scenario.products[-1]
    assert launched.launch_date > scenario.start_date
    without = run_variant(run, without_product(scenario, launched.name), workers=1)
    assert launched.name not in set(without.products["product"])
    assert not (without.events["subject"] == launched.name).any()
    before = run.market["time_days"] < scenario.days(launched.launch_date)
    assert run.market[before].equals(without.market[before])


def test_without_the_entry_there_is_no_war_and_so_no_effect(run):
    peace = run_variant(run, no_war(run.scenario), workers=1)
    worlds = {"war": run, "no war": peace}
    assert peace_among(worlds) is peace
    assert {(name, it) for name, it, _ in largest_products(worlds)} == set(worlds.items())
    entry = run.scenario.products[-1].name
    for varied in (run, peace):
        run_variant(varied, without_product(varied.scenario, entry), workers=1)
    end = effects(run, peace, horizons(run))[-1]
    (part,) = (it for it in end.parts if it.product == entry)
    assert part.without is not None
    # Nobody launches and nobody answers, so both worlds are the same and all of the effect goes.
    assert (part.without.adopters.low, part.without.adopters.high) == (0.0, 0.0)
    assert part.without.gone == end.adopters


def test_compression_of_a_product_that_never_existed_is_not_paid_for():
    scenario = read("china-2024-price-war")
    without = without_product(scenario, "doubao-pro-32k").scenario
    assert len(without.products) == len(scenario.products) - 1
    projects = [it.product for provider in without.providers for it in provider.compression]
    assert "doubao-pro-32k" not in projects
    assert "doubao-lite-32k" in projects


def test_a_product_that_is_not_there_or_the_only_one_cannot_be_left_out():
    scenario = read("minimal")
    with pytest.raises(ResultError, match="no product 'glm-9'"):
        without_product(scenario, "glm-9")
    alone = scenario.model_copy(update={"products": scenario.products[1:2]})
    with pytest.raises(ResultError, match="nothing is on sale on the first day"):
        without_product(alone, alone.products[0].name)


def test_the_report_leaves_the_largest_product_out_when_asked(run, monkeypatch, capsys):
    first = plates.collected()[:1]
    monkeypatch.setattr(plates, "collected", lambda: first)
    assert main(["report", str(run.folder), "--leave-one-out"]) == 0
    page = (run.folder / "report.html").read_text()
    assert "as if the product had never existed" in page
    entry = run.scenario.products[-1].name
    assert finished_variant(run, without_product(run.scenario, entry)) is not None
    assert main(["report", str(run.folder), "--leave-one-out", "--no-counterfactual"]) == 2
    assert "no market without a war to compare with" in capsys.readouterr().err


def test_worlds_without_a_product_are_kept_and_found_under_out_where_the_run_is_read_only(
    run, monkeypatch, tmp_path
):
    first = plates.collected()[:1]
    monkeypatch.setattr(plates, "collected", lambda: first)
    copy = tmp_path / "run"
    shutil.copytree(run.folder, copy, ignore=shutil.ignore_patterns("worlds"))
    writable = os.access
    monkeypatch.setattr(
        "analysis.variants.os.access",
        lambda path, mode: not Path(path).is_relative_to(copy) and writable(path, mode),
    )
    out = tmp_path / "out"
    assert main(["report", str(copy), "--leave-one-out", "--out", str(out)]) == 0
    assert "as if the product had never existed" in (out / "report.html").read_text()
    assert not (copy / "worlds").exists()
    for world in (out, out / "worlds" / "no-war"):
        assert list((world / "worlds").glob("without-product-*"))


def test_the_only_product_of_the_first_day_is_skipped_with_a_word(monkeypatch, tmp_path, capsys):
    first = plates.collected()[:1]
    monkeypatch.setattr(plates, "collected", lambda: first)
    dates = {"DeepSeek-V2": "2024-04-01", "glm-3-turbo": "2024-07-20", "glm-4": "2024-07-20"}
    late = {f"products[{name}].launch_date": date for name, date in dates.items()}
    scenario = sim.load("minimal", {**QUICK, **late})
    alone = sim.run(scenario, replications=2, out=tmp_path / "run", workers=1)
    assert main(["report", str(alone.folder), "--leave-one-out"]) == 0
    told = capsys.readouterr()
    assert "Skipped: war, without 'DeepSeek-V2' nothing is on sale on the first day" in told.err
    assert "nothing else is on sale on the first day" in (alone.folder / "report.html").read_text()
