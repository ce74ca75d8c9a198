"""A later model of the same name: its users have it from its day on, and feel it."""

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest

from sim.errors import ScenarioError
from sim.scenario.scenario import Scenario

VERSIONS = """
products:
  - name: glm-3-turbo
    versions:
      - {date: 2024-05-20, capability_logit: -1.0}
      - {date: 2024-06-17, capability_logit: -1.5}
"""
Tables = dict[str, pd.DataFrame]


@pytest.fixture
def both(
    scenario_of: Callable[..., Scenario], run_market: Callable[..., Tables]
) -> tuple[Tables, Tables]:
    settings = {"population__users": 1000}
    return tuple(run_market(scenario_of(text, **settings)) for text in ("", VERSIONS))


def of(tables: Tables, column: str) -> pd.Series:
    rows = tables["products"]
    return rows[rows["product"] == "glm-3-turbo"].set_index("date")[column]


def test_a_version_changes_capability_on_its_day_and_nothing_before(
    both: tuple[Tables, Tables],
) -> None:
    plain, renewed = both
    capability = of(renewed, "capability_logit")
    before = capability.index < dt.date(2024, 5, 20)
    assert (capability[before] == of(plain, "capability_logit")[before]).all()
    assert (of(renewed, "users")[before] == of(plain, "users")[before]).all()
    between = (capability.index > dt.date(2024, 5, 20)) & (capability.index < dt.date(2024, 6, 17))
    assert capability[between].to_numpy() == pytest.approx(-1.0)
    assert capability.iloc[-1] == pytest.approx(-1.5)
    events = renewed["events"]
    told = events[(events["kind"] == "capability") & (events["cause"] == "version")]
    assert told["new"].to_list() == pytest.approx([-1.0, -1.5])


def test_its_users_feel_a_better_version_and_more_come(both: tuple[Tables, Tables]) -> None:
    plain, renewed = both
    felt = of(renewed, "satisfaction") - of(plain, "satisfaction")
    after = (felt.index > dt.date(2024, 5, 27)) & (felt.index < dt.date(2024, 6, 17))
    assert (felt[after] > 0.0).all()
    users = of(renewed, "users")[after] / of(plain, "users")[after]
    assert users.iloc[-1] > 1.02


@pytest.mark.parametrize(
    ("versions", "objection"),
    [
        ("[{date: 2024-04-15, capability_logit: 1.0}]", "must come after 2024-04-15"),
        (
            "[{date: 2024-06-01, capability_logit: 1.0}, {date: 2024-05-01, capability_logit: 2}]",
            "must come after the entry before it, 2024-06-01",
        ),
        ("[{date: 2024-06-01, capability: 1.0}]", "capability_logit"),
    ],
)
def test_versions_that_make_no_sense_are_refused(
    versions: str, objection: str, scenario_of: Callable[..., Scenario]
) -> None:
    with pytest.raises(ScenarioError, match=objection):
        scenario_of(f"products:\n  - name: glm-3-turbo\n    versions: {versions}\n")
