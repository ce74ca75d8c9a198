"""Dates of a product's life against the scenario's: refused with place, or simply not reached."""

import pytest

from sim.errors import ScenarioError
from sim.feasibility import remarks

PRODUCT = """
    products:
      - name: x
        provider: Zhipu
        launch_date: {launch}
        retire_date: {retire}
        price_history: [{history}]
        price_usd_per_mtok: {{input: 1.0, output: 1.0}}
        capability_logit: -1.0
        architecture: &a
          parameters_billion: 21
          active_parameters_billion: 21
          kv_bytes_per_token: 69000
"""
PRICE = "{{date: {}, price_usd_per_mtok: {{input: 0.5, output: 0.5}}}}"
PROJECT = """
    providers: [{{name: Zhipu, compression: [{{product: x, start_date: {}}}]}}]
"""


def text(launch, retire="null", history=""):
    prices = PRICE.format(history) if history else ""
    return PRODUCT.format(launch=launch, retire=retire, history=prices)


@pytest.mark.parametrize(
    ("life", "weeks_listed"),
    [
        (("2025-01-01",), 0),
        (("2025-01-01", "2026-01-01"), 0),
        (("2024-07-15",), 1),
        (("2024-01-01", "2024-04-15"), 0),
        (("2023-01-01", "2023-12-31"), 0),
        (("2023-01-01", "2023-12-31", "2023-05-01"), 0),
        (("2024-01-01", "2024-04-16"), 1),
        (("2024-01-01", "2024-07-15"), 13),
        (("2024-01-01", "2026-07-15"), 14),
        (("2024-01-01", "null", "2026-07-15"), 14),
    ],
)
def test_a_life_that_begins_or_ends_outside_is_lived_as_far_as_the_run_goes(
    scenario_of, run_market, life, weeks_listed
):
    rows = run_market(scenario_of(text(*life), population__users=50))["products"]
    own = rows[rows["product"] == "x"]
    assert own["listed"].sum() == weeks_listed
    assert (own.loc[~own["listed"], "users"] == 0.0).all()


@pytest.mark.parametrize(
    ("life", "key", "dates"),
    [
        (("2024-05-01", "2024-05-01"), "retire_date", "launch_date, 2024-05-01"),
        (("2024-05-01", "2024-04-20"), "retire_date", "launch_date, 2024-05-01"),
        (("2024-05-01", "null", "2024-05-01"), "price_history[0].date", "after 2024-05-01"),
        (("2024-05-01", "null", "2024-04-20"), "price_history[0].date", "after 2024-05-01"),
        (("2024-05-01", "2024-06-01", "2024-06-01"), "price_history[0].date", "2024-06-01"),
        (("2023-01-01", "2023-12-31", "2022-05-01"), "price_history[0].date", "2023-01-01"),
        (("2023-01-01", "2023-12-31", "2024-06-01"), "price_history[0].date", "2023-12-31"),
    ],
)
def test_a_life_that_cannot_be_is_refused_with_place_and_both_dates(scenario_of, life, key, dates):
    with pytest.raises(ScenarioError) as refused:
        scenario_of(text(*life))
    assert f"products[3].{key} = 20" in str(refused.value)
    assert dates in str(refused.value)


def test_a_project_on_a_retired_product_is_refused(scenario_of):
    life = text("2024-05-01", "2024-06-01")
    with pytest.raises(ScenarioError, match="must come before its product's retire_date, 2024-06"):
        scenario_of(life + PROJECT.format("2024-06-01"))
    assert scenario_of(life + PROJECT.format("2024-05-31"))


@pytest.mark.parametrize(
    ("life", "paid"),
    [
        (("2024-05-01", "2024-06-01"), True),
        (("2023-01-01", "2023-12-31"), False),  # its project was over before the run
    ],
)
def test_a_project_is_paid_for_only_while_its_product_lives(scenario_of, run_market, life, paid):
    begins = "2024-05-10" if paid else "2023-05-10"
    tables = run_market(scenario_of(text(*life) + PROJECT.format(begins), population__users=50))
    projects = tables["events"].query("kind == 'project'")
    assert (len(projects) > 0) == paid
    assert ("compression" in set(tables["ledger"]["purpose"])) == paid


def test_a_product_that_is_never_on_offer_is_remarked_with_both_dates(scenario_of):
    said = remarks(scenario_of(text("2023-01-01", "2023-12-31")))
    assert any(
        "x retires on 2023-12-31, not after the first day, 2024-04-15" in one for one in said
    )
    assert not any("x retires" in one for one in remarks(scenario_of(text("2023-01-01"))))
