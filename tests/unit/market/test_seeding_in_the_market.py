"""Campaigns of seeding in a whole market: paid in the books, seen in the tables, and no magic."""

from collections.abc import Callable

import pandas as pd
import pytest

from sim.reference import read
from sim.scenario.scenario import Scenario

CAMPAIGN = "{date: %s, users: 10000, cost_usd_per_user: 5, chosen_by: %s}"


@pytest.fixture
def market(
    tmp_path: object, run_market: Callable[..., dict[str, pd.DataFrame]]
) -> Callable[..., dict[str, pd.DataFrame]]:
    """Run a short market in which Zhipu holds the given campaigns; the audit holds its books."""

    def run(*campaigns: str, kind: str = "barabasi_albert") -> dict[str, pd.DataFrame]:
        path = tmp_path / "seeded.yaml"
        seeding = f"[{', '.join(campaigns)}]"
        path.write_text(
            "extends: minimal\nname: seeded\nend_date: 2024-05-20\n"
            f"population: {{network: {{kind: {kind}}}, awareness: {{initial_share: 0.1}}}}\n"
            f"providers:\n  - {{name: Zhipu, seeding: {seeding}}}\n"
        )
        return run_market(read_scenario(path))

    return run


def read_scenario(path: object) -> Scenario:
    return read(path)


@pytest.mark.parametrize("date", ["2024-04-15", "2024-04-18", "2024-04-22", "2024-05-20"])
def test_a_campaign_is_paid_once_on_its_day_to_an_agency(
    date: str, market: Callable[..., dict[str, pd.DataFrame]]
) -> None:
    tables = market(CAMPAIGN % (date, "degree"))
    ledger, events = tables["ledger"], tables["events"]
    paid = ledger[ledger.purpose == "seeding"]
    assert paid[["payer", "payee", "usd"]].to_numpy().tolist() == [
        ["provider: Zhipu", "agency: all", 50_000.0]
    ]
    held = events[events.kind == "seeding"]
    assert held.date.astype(str).tolist() == [date]
    assert held.new.tolist() == [10_000.0]
    of_zhipu = tables["providers"].query("provider == 'Zhipu'")
    weeks = of_zhipu.time_days.diff()
    assert (of_zhipu.seeding_usd_per_day * weeks).sum() == pytest.approx(50_000.0)


def test_the_seeded_know_the_technology_from_that_day(
    market: Callable[..., dict[str, pd.DataFrame]],
) -> None:
    before = market()["market"].aware_share
    after = market(CAMPAIGN % ("2024-04-22", "degree"))["market"].aware_share
    assert after[0] == before[0]
    assert after[1] - before[1] == pytest.approx(0.1 * 0.9, abs=0.03)


def test_where_all_hear_from_all_central_users_are_as_good_as_any(
    market: Callable[..., dict[str, pd.DataFrame]],
) -> None:
    worlds = [
        market(CAMPAIGN % ("2024-04-22", measure), kind="complete")
        for measure in ("random", "degree", "betweenness")
    ]
    for other in worlds[1:]:
        for name in ("market", "products", "domains", "events"):
            pd.testing.assert_frame_equal(worlds[0][name], other[name])
