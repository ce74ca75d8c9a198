"""List prices, their histories and the exchange rates they were converted at."""

import datetime as dt

import pytest

from sim.data import prices
from sim.errors import DataError, UnknownName


def test_usd_columns_are_the_posted_prices_at_the_dated_rate():
    for point in prices.price_points():
        rate = point.cny_per_usd or 1.0
        assert point.input_usd_per_mtok == pytest.approx(point.input_per_mtok / rate, rel=1e-3)
        assert point.output_usd_per_mtok == pytest.approx(point.output_per_mtok / rate, rel=1e-3)


def test_the_blend_is_three_of_input_to_one_of_output():
    launch = prices.list_price_history("OpenAI", "gpt-4-0314 (8k)")[0]
    assert launch.blended_usd_per_mtok == pytest.approx((3 * 30 + 60) / 4)


def test_a_history_is_in_order_of_date_and_leaves_discounts_out():
    history = prices.list_price_history("DeepSeek", "deepseek-chat (V3)")
    assert [(p.date.isoformat(), p.input_per_mtok, p.kind) for p in history] == [
        ("2024-12-26", 1.0, "promo"),
        ("2025-02-08", 2.0, "list"),
    ]


def test_a_product_line_strings_successive_names_together():
    history = prices.list_price_history("Baidu", "ERNIE-Speed line")
    assert [point.input_per_mtok for point in history] == [4.0, 0.0]
    assert [point.date for point in history] == sorted(point.date for point in history)


def test_every_product_line_names_prices_that_exist():
    known = {(point.provider, point.model) for point in prices.price_points()}
    for (provider, _), models in prices.product_lines().items():
        assert {(provider, model) for model in models} <= known


def test_open_weights_without_a_list_price_fall_back_on_the_routed_price():
    (point,) = prices.list_price_history("Meta (hosted)", "llama-4-scout")
    assert point.kind == "routed_low"


def test_retirement_is_a_date_and_no_price():
    assert prices.retire_date("OpenAI", "gpt-4.5-preview") == dt.date(2025, 7, 14)
    assert prices.retire_date("OpenAI", "gpt-5") is None
    events = {p.event for p in prices.list_price_history("OpenAI", "gpt-4.5-preview")}
    assert "retire" not in events


def test_the_exchange_rate_is_that_of_the_latest_priced_row():
    assert prices.cny_per_usd(dt.date(2024, 4, 1)) == 7.2015
    assert prices.cny_per_usd(dt.date(2024, 5, 6)) == 7.2327
    assert prices.cny_per_usd(dt.date(2030, 1, 1)) == prices.exchange_rates()[-1][1]


def test_an_exchange_rate_before_the_first_is_refused_rather_than_guessed():
    with pytest.raises(DataError, match="rates begin on 2023-07-22"):
        prices.cny_per_usd(dt.date(2023, 3, 14))


@pytest.mark.parametrize(
    ("provider", "model", "nearest"),
    [("Baidoo", "ERNIE-Speed", "Baidu"), ("Baidu", "ERNIE-Sped", "ERNIE-Speed")],
)
def test_an_unknown_name_is_refused_with_the_nearest(provider: str, model: str, nearest: str):
    with pytest.raises(UnknownName, match=nearest):
        prices.list_price_history(provider, model)
