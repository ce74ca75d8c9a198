"""What a target comes to in a world is what the observed table would say of it."""

import datetime as dt
import math

import pandas as pd
import pytest

from analysis.backtests.happened import happened
from analysis.backtests.scoring import _day_at
from analysis.backtests.simulated import draws_of
from analysis.backtests.target import Target

ORIGIN, END = dt.date(2024, 5, 6), dt.date(2024, 5, 27)
DAYS = [ORIGIN + dt.timedelta(days=7 * week) for week in range(-2, 4)]


def frame(rows: list[dict]) -> pd.DataFrame:
    found = pd.DataFrame([{"point": 0, "replication": 0, **row} for row in rows])
    found["date"] = pd.to_datetime(found["date"])
    return found


def products(price=lambda name, day: 1.0, tokens=lambda name, day: 1.0, names=("a",)):
    return frame(
        [
            {
                "date": day,
                "provider": name[0],
                "product": name,
                "listed": True,
                "price_input_usd_per_mtok": price(name, day),
                "price_output_usd_per_mtok": price(name, day),
                "tokens_mtok_per_day": tokens(name, day),
            }
            for day in DAYS
            for name in names
            if price(name, day) is not None
        ]
    )


def drawn(target: Target, since: dt.date | None = None, **tables: pd.DataFrame):
    found = draws_of(target, tables.__getitem__, ORIGIN, END, since)
    return {(quantity, day): value for _, quantity, day, _, value in found}


def test_a_lag_is_counted_to_the_day_of_the_cut_and_not_to_the_week_that_shows_it():
    target = Target(name="m", kind="price_move", entity="a", model="a")
    table = products(lambda _, day: 0.5 if day > dt.date(2024, 5, 16) else 1.0)
    cut = {"date": dt.date(2024, 5, 16), "kind": "price", "subject": "a"}
    earlier = {**cut, "date": dt.date(2024, 5, 8)}
    other = {**cut, "date": dt.date(2024, 5, 17), "subject": "b"}
    found = drawn(target, products=table, events=frame([earlier, cut, other]))
    assert found["lag_days", END] == 10.0
    assert found["moved", END] == 1.0
    assert found["depth", END] == pytest.approx(math.log(0.5))


def test_a_change_is_counted_from_the_week_that_ends_nearest_to_the_last_value_known():
    target = Target(name="t", kind="tokens", entity="everybody", metric="tokens_per_week")
    weeks = {day: math.exp(number) for number, day in enumerate(DAYS)}
    table = frame([{"date": day, "tokens_mtok_per_day": value} for day, value in weeks.items()])
    for since, base in ((None, 2), (dt.date(2024, 5, 5), 2), (dt.date(2024, 4, 28), 1)):
        found = drawn(target, since, market=table)
        assert found["change", DAYS[-1]] == pytest.approx(5 - base)
    assert drawn(target, dt.date(2023, 1, 1), market=table)["change", DAYS[-1]] == pytest.approx(5)


def test_a_share_of_the_leaders_is_that_of_the_nine_products_with_most_tokens():
    names = [f"a{n}" for n in range(3)] + [f"b{n}" for n in range(8)]
    tokens = {name: 1.0 + number for number, name in enumerate(names)}
    tokens_of = lambda name, day: tokens[name] * (3.0 if name == "a2" and day == END else 1.0)  # noqa: E731
    target = Target(name="s", kind="share", entity="a", provider="a")
    before, after = sum(range(3, 12)), sum(range(3, 12)) + 6
    found = drawn(target, products=products(tokens=tokens_of, names=tuple(names)))
    assert found["change", END] == pytest.approx(9 / after - 3 / before)
    total = Target(name="l", kind="tokens")
    found = drawn(total, products=products(tokens=tokens_of, names=tuple(names)))
    assert found["change", END] == pytest.approx(math.log(after / before))


@pytest.mark.parametrize(("aggregation", "expected"), [("mean_log", 0.0), ("lowest", -math.log(8))])
def test_a_newcomer_moves_no_mean_of_prices_but_may_be_the_lowest(aggregation, expected):
    target = Target(
        name="i", kind="price_index", entity="a", universe=("a", "b"), aggregation=aggregation
    )
    price = lambda name, day: 1.0 if name == "a" else 0.125 if day > ORIGIN else None  # noqa: E731
    found = drawn(target, products=products(price, names=("a", "b")))
    assert found["change", END] == pytest.approx(expected)


def test_what_happened_is_held_against_the_nearest_week_and_against_none_further_away():
    days = [dt.date(2024, 5, 13), dt.date(2024, 5, 20)]
    assert _day_at(days, dt.date(2024, 5, 19)) == days[1]
    assert _day_at(days, dt.date(2024, 5, 12)) == days[0]
    assert _day_at(days, dt.date(2024, 5, 28)) is None
    assert _day_at([], days[0]) is None


def test_a_newcomer_that_was_observed_moves_no_mean_either(monkeypatch):
    paths = {"b": ((dt.date(2024, 5, 10), 0.125),), "a": ((dt.date(2024, 5, 20), 1.0),)}
    monkeypatch.setattr("analysis.backtests.happened.price_paths", lambda *_: paths)
    known = {"base_prices": {"a": ["2024-01-01", 1.0]}}
    window = (ORIGIN, ORIGIN + dt.timedelta(days=1), END)

    class Observed:
        has_own = staticmethod(lambda _table: True)

    for aggregation, expected in (("mean_log", 0.0), ("lowest", -math.log(8))):
        target = Target(
            name="i", kind="price_index", entity="a", universe=("a", "b"), aggregation=aggregation
        )
        found = list(happened(target, known, Observed(), window, [END]))
        assert found == [("change", END, pytest.approx(expected))]
