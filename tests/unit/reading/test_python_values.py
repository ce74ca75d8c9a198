"""Values of Python in overrides arrive as they are."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePosixPath

import numpy as np
import pandas as pd
import pytest

from sim.errors import ScenarioError
from sim.scenario.demand import Network
from sim.scenario.reader import read


class Users(Enum):
    FEW = 60


TEXTS = ["price # 1", "a\nb", "No war: why?", "2024", "2024-05-06", "*best*", "true", "null", "{x}",
         "'quoted'", "[1]", "1e5", "~", " padded ", "é"]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_text(text: str):
    assert read("minimal", {"title": text}).title == text


VALUES = [
    ("population.users", np.int64(60), 60),
    ("population.users", np.array(60), 60),
    ("population.users", Decimal(60), 60),
    ("population.users", Users.FEW, 60),
    ("population.represents_users", np.float32(0.5), 0.5),
    ("population.represents_users", Decimal("0.5"), 0.5),
    ("population.represents_users", Fraction(1, 2), 0.5),
    ("factors.competition", np.bool_(False), False),
    ("factors.competition", False, False),
    ("end_date", dt.date(2024, 6, 1), dt.date(2024, 6, 1)),
    ("end_date", "2024-06-01", dt.date(2024, 6, 1)),
    ("end_date", dt.datetime(2024, 6, 1), dt.date(2024, 6, 1)),  # noqa: DTZ001 - a day has no zone
    ("end_date", pd.Timestamp("2024-06-01"), dt.date(2024, 6, 1)),
    ("end_date", np.datetime64("2024-06-01"), dt.date(2024, 6, 1)),
    ("end_date", np.datetime64("2024-06-01", "ns"), dt.date(2024, 6, 1)),
    ("war.end_date", None, None),
    ("title", PurePosixPath("a/b"), "a/b"),
    ("title", np.str_("a"), "a"),
]


@pytest.mark.parametrize(("path", "value", "expected"), VALUES)
def test_a_value_of_python_arrives_as_it_is(path: str, value: object, expected: object):
    found: object = read("minimal", {path: value})
    for step in path.split("."):
        found = getattr(found, step)
    assert found == expected
    assert type(found) is type(expected)


def test_records_and_lists_hold_values_of_python():
    scenario = read(
        "minimal",
        {
            "providers[Zhipu].price": {"policy": "cost_plus", "markup_share": None},
            "products[DeepSeek-V2].price_usd_per_mtok": {
                "input": np.float64(0.5), "output": Decimal("0.7"),
            },
            "products[glm-4].price_history": [
                {"date": "2024-06-01", "price_usd_per_mtok": {"input": 1, "output": 2}}
            ],
            "exchange_rates": pd.DataFrame(
                {"date": [dt.date(2024, 1, 1)], "cny_per_usd": [7.2]}
            ).to_dict("records"),
            "providers[Zhipu].fixed_cost_split": np.array([0.5, 0.25, 0.25]),
            "population.network": Network(kind="none"),
        },
    )  # fmt: skip
    assert scenario.providers[0].price.markup_share is None
    assert scenario.products[2].price_usd_per_mtok.output == 0.7
    assert scenario.products[1].price_history[0].date == dt.date(2024, 6, 1)
    assert scenario.exchange_rates[0].date == dt.date(2024, 1, 1)
    assert scenario.providers[0].fixed_cost_split == (0.5, 0.25, 0.25)
    assert scenario.population.network == Network(kind="none")


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ({"population.users": "60"}, "Write 60 without quotes."),
        ({"population.users": object()}, "must be a value, not a object"),
        ({"population.users": {1: 2}}, "a key must be text, not 1"),
        ({"title": "a\x00b"}, "must not hold the character U+0000"),
        ({"title": b"a"}, "must be a value, not a bytes"),
        ({"end_date": dt.datetime(2024, 6, 1, 12)}, "a day without a time"),  # noqa: DTZ001
        ({"end_date": pd.NaT}, "must be a value, not a NaTType"),
        ({5: 5}, "must be a path, such as 'population.users'"),
        ([5], "must be text such as 'path=value', not 5"),
        ({"population.usres": 5}, "overrides['population.usres']  population.usres"),
    ],
)
def test_what_is_no_value_is_refused_with_its_argument(overrides: object, told: str):
    with pytest.raises(ScenarioError) as caught:
        read("minimal", overrides)  # type: ignore[arg-type]
    assert told in str(caught.value)


def test_one_override_as_text_may_stand_alone():
    assert read("minimal", "population.users=60").population.users == 60
