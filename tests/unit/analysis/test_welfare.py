"""Gains by party add up to total surplus, faults are found, and no war is no gain."""

from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import sim
from analysis.amounts import amount
from analysis.figures import gains_lorenz, surplus_by_party
from analysis.report.section import Bullets, Cell, Folded, PageTable
from analysis.report.sections import welfare as section
from analysis.welfare import (
    SIZES,
    active_developers,
    by_size,
    capability_gained,
    disagreements,
    gains_by_party,
    log_sum_at_end,
    surplus_at_rented_cost,
    surplus_by_type,
    total_surplus,
    users_by_type,
    viable_tasks_at_end,
    yearly,
)
from analysis.worlds import Worlds
from pricewar.cli.summary import print_summary
from sim.record.run import Run
from sim.record.unit import USD_PER_DAY
from sim.units import DAYS_PER_YEAR

SMALL = {"population.users": 300, "replications": 3, "end_date": "2024-08-15"}


def played(folder: Path, **changes: object) -> Run:
    overrides = {**SMALL, **{key.replace("__", "."): value for key, value in changes.items()}}
    return sim.run(sim.load("minimal", overrides), out=folder, workers=1)


@pytest.fixture(scope="module")
def war(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return played(tmp_path_factory.mktemp("welfare") / "war")


@pytest.fixture(scope="module")
def peace(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return played(tmp_path_factory.mktemp("welfare") / "peace", factors__competition=False)


@pytest.fixture
def worlds(war: Run, peace: Run) -> Worlds:
    return {"attack": war, "calm": peace}


def words(blocks: object) -> str:
    text = []
    for block in blocks:
        if isinstance(block, str):
            text.append(block)
        elif isinstance(block, Bullets):
            text += block.texts
        elif isinstance(block, Folded):
            text.append(words(block.blocks))
    return " ".join(text)


def rows(blocks: object) -> dict[str, list[str]]:
    """Rows of all tables by their first cell, as text."""
    found: dict[str, list[str]] = {}
    for block in blocks:
        if isinstance(block, Folded):
            found |= rows(block.blocks)
        elif isinstance(block, PageTable):
            for row in block.rows:
                plain = [cell.text if isinstance(cell, Cell) else cell for cell in row]
                found[plain[0]] = plain[1:]
    return found


def test_the_parties_of_a_run_add_up_and_every_account_agrees(worlds: Worlds) -> None:
    for run in worlds.values():
        parties = sum(gains_by_party(run).values())
        assert parties.to_numpy() == pytest.approx(total_surplus(run).to_numpy(), rel=1e-9)
        assert disagreements(run) == []


def test_at_rented_cost_surplus_is_what_all_but_clouds_and_chip_vendors_are_left_with(
    worlds: Worlds,
) -> None:
    for run in worlds.values():
        others = sum(
            gain
            for party, gain in gains_by_party(run).items()
            if party not in ("clouds", "chip vendors")
        )
        assert surplus_at_rented_cost(run).to_numpy() == pytest.approx(others.to_numpy())
        assert (surplus_at_rented_cost(run) < total_surplus(run)).all()


def test_gains_of_the_war_add_up_to_what_it_adds_to_total_surplus(war: Run, peace: Run) -> None:
    own, other = gains_by_party(war), gains_by_party(peace)
    gains = {party: own[party] - other.get(party, 0.0) for party in own}
    wanted = total_surplus(war) - total_surplus(peace)
    assert np.abs(wanted).min() > 0.0
    assert sum(gains.values()).to_numpy() == pytest.approx(wanted.to_numpy(), rel=1e-7)


@pytest.mark.parametrize(
    ("table", "column", "rows_of", "named"),
    [
        ("ledger", "usd", ("purpose", "tokens"), "what users pay"),
        ("ledger", "usd", ("purpose", "compute"), "providers' cash"),
        ("ledger", "usd", ("purpose", "chips"), "chip vendors' revenue"),
        ("market", "consumer_surplus_usd_per_day", None, "gains of all parties"),
        ("market", "spend_usd_per_day", None, "what users pay"),
        ("providers", "cash_usd", ("provider", "Zhipu"), "providers' cash"),
        ("clouds", "revenue_usd_per_day", None, "clouds' revenue"),
    ],
)
def test_a_planted_fault_is_named(
    war: Run,
    monkeypatch: pytest.MonkeyPatch,
    table: str,
    column: str,
    rows_of: tuple[str, str] | None,
    named: str,
) -> None:
    faulty = getattr(war, table).copy()
    hit = np.ones(len(faulty), bool) if rows_of is None else faulty[rows_of[0]] == rows_of[1]
    faulty.loc[hit, column] *= 1.001
    monkeypatch.setitem(war.__dict__, table, faulty)
    assert named in disagreements(war)
    said = words(section.write({"this run": war}))
    assert "do not add up" in said
    assert named in said


def test_types_add_up_to_domains(war: Run) -> None:
    domains = war.domains
    days = domains.groupby(["replication", "domain"])["time_days"].diff()
    wanted = (domains["surplus_usd_per_day"] * days).groupby(
        [domains["replication"], domains["domain"]]
    ).sum().unstack() / (war.scenario.duration_days / DAYS_PER_YEAR)
    found = surplus_by_type(war).T.groupby(level="domain").sum().T
    assert found[wanted.columns].to_numpy() == pytest.approx(wanted.to_numpy(), rel=1e-9)
    sizes = by_size(surplus_by_type(war))
    assert list(sizes[wanted.columns[0]].columns) == list(SIZES)
    assert sizes.sum(axis=1).to_numpy() == pytest.approx(wanted.sum(axis=1).to_numpy(), rel=1e-9)
    users = users_by_type(war)
    assert users.sum() == pytest.approx(war.scenario.population.users_represented)


def test_a_type_on_the_border_of_two_sizes_is_split_by_users() -> None:
    columns = pd.MultiIndex.from_product([["a"], range(4)], names=["domain", "user_type"])
    thirds = by_size(pd.DataFrame([[3.0, 6.0, 9.0, 12.0]], columns=columns)).iloc[0]
    assert thirds.tolist() == pytest.approx([3.0 + 2.0, 4.0 + 6.0, 3.0 + 12.0])


def test_without_a_war_to_fight_nobody_gains_or_loses(tmp_path: Path, peace: Run) -> None:
    """Placebo: the war may start, but nobody is armed, so that its switch changes nothing."""
    off = {f"providers[{name}].war": None for name in ("Zhipu", "DeepSeek")}
    unarmed = sim.run(sim.load("minimal", {**SMALL, **off}), out=tmp_path / "unarmed", workers=1)
    pair = {"armed": unarmed, "calm": peace}
    own, other = gains_by_party(unarmed), gains_by_party(peace)
    assert all((own[party] == other[party]).all() for party in own)
    assert (surplus_by_type(unarmed) == surplus_by_type(peace)).all(axis=None)
    for name, value in log_sum_at_end(unarmed).items():
        assert (value == log_sum_at_end(peace)[name]).all()
    assert "Nobody gains or loses" in words(section.write(pair))


def test_the_page_says_who_gains_in_the_worlds_own_names(worlds: Worlds) -> None:
    blocks = list(section.write(worlds))
    said, table = words(blocks), rows(blocks)
    for definition in ("Industrial value:", "Economic value:", "Social value:", "Deadweight loss:"):
        assert definition in said
    assert "The accounts add up" in said
    assert "In \u201cattack\u201d over \u201ccalm\u201d, of each domain's users by volume" in said
    assert "Gini coefficient of consumer surplus" in said
    for row in ("users", "providers", "owners", "clouds", "chip vendors", "log-sum surplus"):
        assert len(table[row]) == 4, row
    assert {"coding", "customer service"} <= set(table)
    alone = words(section.write({"this run": worlds["attack"]}))
    assert "minus" not in alone
    assert "over \u201c" not in alone


def test_the_figures_draw_one_world_and_several(worlds: Worlds) -> None:
    for figure in (gains_lorenz, surplus_by_party):
        for shown in (worlds, {"this run": worlds["attack"]}, {**worlds, "again": worlds["calm"]}):
            drawn = figure.draw(shown)
            drawn.draw_without_rendering()
            assert drawn.axes or drawn.texts
    left, right = surplus_by_party.draw(worlds).axes
    parties = [label.get_text() for label in left.get_yticklabels()]
    assert parties[0] == "users"
    assert parties[-1] == "total surplus"
    assert "coding, largest third" in [label.get_text() for label in right.get_yticklabels()]


def test_measures_at_the_end_are_those_of_the_tables(war: Run) -> None:
    last = war.welfare[war.welfare["time_days"] == war.welfare["time_days"].max()]
    worth = log_sum_at_end(war)
    for replication in war.replications:
        own = last[last["replication"] == replication]
        total = own["deadweight_loss_usd_per_day"].sum()
        assert worth["deadweight_loss"][replication] == pytest.approx(total)
    assert (worth["log_sum_surplus"] > 0.0).all()
    assert (worth["deadweight_loss"] >= 0.0).all()
    assert viable_tasks_at_end(war).between(0.0, 1.0).all()
    assert (capability_gained(war) >= 0.0).all()
    launched = war.events[war.events["kind"] == "launch"].groupby("replication")["actor"].nunique()
    assert (active_developers(war) <= 2).all()
    assert (active_developers(war) >= launched.min() - 1).all()
    assert (yearly(war, "gross_surplus") >= yearly(war, "consumer_surplus")).all()


def test_gains_beyond_chance_have_a_coefficient_and_noise_has_none() -> None:
    columns = pd.MultiIndex.from_product([["a"], range(3)], names=["domain", "user_type"])
    users = np.ones(3)

    def said(rows: list[list[float]]) -> str:
        return section._gains("one", "other", pd.DataFrame(rows, columns=columns), users)

    sure = said([[0.0, 1.0e6, 2.0e6], [0.0, 1.1e6, 2.2e6], [0.0, 0.9e6, 1.8e6]])
    assert "2 million USD a year (" in sure
    assert "more for the largest third" in sure
    assert "Gini coefficient of the gains: 0.444" in sure
    assert "0% of users are of types that lose" in sure
    noise = said([[1.0e6, -3.0e6, 2.0e6], [-1.0e6, 3.0e6, -1.8e6], [0.2e6, 0.0, -0.1e6]])
    assert "not told apart from chance" in noise
    assert "Gini" not in noise
    assert "As a whole they lose; 66.7% of them" in said(
        [[1.0e6, -3.0e6, -2.0e6], [1.1e6, -3.1e6, -2.1e6], [0.9e6, -2.9e6, -2.2e6]]
    )


def test_the_summary_ends_with_what_the_offers_are_worth(war: Run) -> None:
    text = StringIO()
    print_summary(war, Console(file=text, width=200))
    worth = log_sum_at_end(war)
    assert f"worth {amount(worth['log_sum_surplus'].mean(), USD_PER_DAY)} to users" in " ".join(
        text.getvalue().split()
    )
