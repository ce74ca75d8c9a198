"""Prices in CNY and from data, and capabilities from data, become plain values with sources."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from sim.data.capabilities import capability_logit, capability_scale
from sim.data.prices import cny_per_usd, list_price_history
from sim.scenario.reader import read
from sim.scenario.scenario import Scenario
from sim.scenario.supply import Product
from sim.scenario.writer import to_yaml

BASE = Path(__file__).with_name("base.yaml")
ENTRY = dt.date(2024, 5, 6)


@pytest.fixture(scope="module")
def base() -> Scenario:
    return read(BASE)


def test_cny_is_converted_at_the_rate_of_the_launch(base):
    price = base.products[2].price_usd_per_mtok
    assert price.input == 1.0 / cny_per_usd(ENTRY)
    assert price.output == 2.0 / cny_per_usd(ENTRY)


def test_cny_of_a_product_launched_earlier_is_converted_at_the_rate_of_the_first_day():
    change = "products[glm-4].price_cny_per_mtok={input: 100, output: 100}"
    price = read(BASE, [change]).products[0].price_usd_per_mtok
    assert price.input == 100.0 / cny_per_usd(dt.date(2024, 4, 1))


def test_cny_in_a_history_is_converted_at_the_rate_of_its_date(base):
    entry = base.products[2].price_history[0]
    assert entry.price_usd_per_mtok.cache_hit == 0.1 / cny_per_usd(entry.date)


def test_the_rates_of_the_scenario_come_before_those_of_the_table():
    change = (
        "exchange_rates=[{date: 2024-01-01, cny_per_usd: 5}, {date: 2024-08-01, cny_per_usd: 4}]"
    )
    product = read(BASE, [change]).products[2]
    assert product.price_usd_per_mtok.input == 0.2
    assert product.price_history[0].price_usd_per_mtok.input == 0.25


def test_the_source_of_a_price_in_cny_is_kept_with_the_rate_and_a_converted_range(base):
    source = base.provenance["products[DeepSeek-V2].price_usd_per_mtok.input"]
    rate = cny_per_usd(ENTRY)
    assert source.range == (1.0 / rate, 2.0 / rate)
    assert source.note == f"1 CNY at {rate:g} CNY per USD on 2024-05-06"


def test_a_price_from_data_is_that_of_the_first_day_and_its_history_every_later_change(base):
    product = base.products[1]
    history = list_price_history("Zhipu", "glm-3-turbo")
    first = [point for point in history if point.date <= dt.date(2024, 4, 1)][-1]
    assert product.price_usd_per_mtok.input == first.input_usd_per_mtok
    later = [point for point in history if dt.date(2024, 4, 1) < point.date < product.retire_date]
    assert [entry.date for entry in product.price_history] == [point.date for point in later]
    assert base.provenance["products[glm-3-turbo].price_usd_per_mtok.input"].source == first.source


def test_without_history_only_the_first_price_is_taken():
    change = "products[glm-3-turbo].price_from_data.history=false"
    assert read(BASE, [change]).products[1].price_history == ()


def test_a_capability_from_data_is_that_of_the_scale(base):
    found = capability_logit("DeepSeek-V2 (MoE-236B)")
    assert base.products[2].capability_logit == found.value
    source = base.provenance["products[DeepSeek-V2].capability_logit"]
    assert source.source == f"capability scale: {found.model} in {found.source}"


def test_how_well_a_capability_is_known_comes_from_the_scale(base):
    found = capability_logit("DeepSeek-V2 (MoE-236B)")
    product = base.products[2]
    assert product.capability_standard_error_logit == pytest.approx(found.standard_error, rel=1e-12)
    source = base.provenance["products[DeepSeek-V2].capability_standard_error_logit"]
    assert source.source == base.provenance["products[DeepSeek-V2].capability_logit"].source


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("capability_logit: {value: -1.0, source: assumption, range: [-1.98, -0.02]}", 0.5),
        ("capability_logit: -1.0", 0.16),
        (
            "capability_logit: {value: -1.0, source: assumption, range: [-1.98, -0.02]}\n"
            "    capability_standard_error_logit: 0.3",
            0.3,
        ),
    ],
)
def test_the_range_of_a_capability_is_read_as_a_95_percent_interval(
    scenario_of, tmp_path, given, expected
):
    scenario = scenario_of(f"products:\n  - name: glm-4\n    {given}\n")
    product = next(product for product in scenario.products if product.name == "glm-4")
    assert product.capability_standard_error_logit == pytest.approx(expected)
    resolved = tmp_path / "resolved.yaml"
    resolved.write_text(to_yaml(scenario), encoding="utf-8")
    assert read(resolved).products == scenario.products


def test_the_default_is_the_median_of_the_scale():
    errors = [one.standard_error for one in capability_scale().capabilities.values()]
    default = Product.model_fields["capability_standard_error_logit"].default
    assert default == round(float(np.median(errors)), 2)
