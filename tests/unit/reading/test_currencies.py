"""A key in a currency that files are not written in is told which there are."""

import pytest

from sim.errors import ScenarioError
from sim.reading.currencies import advice_on_currency
from sim.scenario.reader import read

PRICES = ("name", "price_usd_per_mtok", "price_cny_per_mtok", "price_from_data")


@pytest.mark.parametrize("code", ["eur", "GBP", "jpy", "euro", "krw", "inr"])
def test_a_price_in_another_currency_is_told_both_that_there_are(code):
    advice = advice_on_currency(f"price_{code}_per_mtok", PRICES)
    assert advice.startswith("Amounts are in USD or CNY: convert it, and write price_usd_per_mtok")


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("price_rmb_per_mtok", "price_cny_per_mtok"),
        ("price_yuan", "price_cny_per_mtok"),
        ("price_dollars_per_mtok", "price_usd_per_mtok"),
    ],
)
def test_another_name_of_a_currency_that_there_is_needs_no_conversion(key, written):
    assert advice_on_currency(key, PRICES) == f"Write {written}."


@pytest.mark.parametrize("key", ["price_users_per_mtok", "won_share", "eur", "colour", "try_again"])
def test_a_key_that_is_none_in_any_currency_gets_no_advice_on_it(key):
    assert advice_on_currency(key, PRICES) == ""


def test_a_scenario_is_told_where_the_key_stands(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "extends: minimal\nproviders: [{name: Zhipu, cash_eur: 5}]\n"
        "products: [{name: glm-3-turbo, price_eur_per_mtok: {input: 1, output: 1}}]\n",
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError) as caught:
        read(path)
    cash, price = caught.value.problems
    assert (cash.line, cash.hint) == (2, "Amounts are in USD: convert it, and write cash_usd.")
    assert price.line == 3
    assert "USD or CNY" in price.hint
