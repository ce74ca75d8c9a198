"""A game of held and replayed prices comes out as the closed form says; its folder is a sweep."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.game.role_game import at_profile
from analysis.game.simulated import simulated_game
from analysis.money import provider_profits
from pricewar.cli.main import main
from sim.record.sweep import Sweep
from sim.units import DAYS_PER_YEAR

CUT_DAY = 14
STAYING = """\
extends: minimal
name: staying
title: Users who stay
question: Does a cut pay where nobody comes or goes?
start_date: 2024-04-15
end_date: 2024-05-27
population:
  users: 200
  start: declared
  awareness: {innovation_per_day: 0, imitation_per_day: 0, initial_share: 1.0}
  clocks: {review_per_day: 0, news_review_per_day: 0, usage_per_day: 0, churn_per_day: 0}
factors: {compression: false, hardware: false, competition: false, attention: false}
domains:
  - name: customer service
    outside_utility: 0.0
    initial_adopter_share: 0.5
    volume: {log_sd: 0.1}
  - name: coding
    outside_utility: 0.0
    initial_adopter_share: 0.5
    volume: {log_sd: 0.1}
products:
  - name: glm-3-turbo
    price_usd_per_mtok: {input: 0.2, output: 0.2}
    capability_logit: -1.0
    price_history: [{date: 2024-04-29, price_usd_per_mtok: {input: 0.15, output: 0.15}}]
  - name: DeepSeek-V2
    launch_date: 2024-03-02
    price_usd_per_mtok: {input: 0.2, output: 0.2}
    capability_logit: -1.0
    price_history: [{date: 2024-04-29, price_usd_per_mtok: {input: 0.1, output: 0.1}}]
"""
CUTS = {"Zhipu": 0.05, "DeepSeek": 0.1}
"""Of glm-3-turbo and DeepSeek-V2; glm-4 costs what it did."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("games")
    (home / "staying.yaml").write_text(STAYING, encoding="utf-8")
    command = ["game", str(home / "staying.yaml"), "--players", "Zhipu,DeepSeek", "--strategies",
               "hold,replay", "--replications", "3", "--workers", "1"]  # fmt: skip
    assert main([*command, "--out", str(home / "game")]) == 0
    return home / "game"


@pytest.mark.slow
def test_where_users_stay_a_cut_costs_what_it_takes_off_the_price(folder):
    """Users neither move nor use more, so a cut by d from day 14 costs d a token, discounted."""
    rate = 0.5
    sweep = Sweep(folder)
    game = simulated_game(sweep, rate)
    sold = sweep.products.query(f"point == 0 and time_days > {CUT_DAY} and product != 'glm-4'")
    middle_days = sold["time_days"] - 3.5
    worth = 7 * np.exp(-rate * middle_days / DAYS_PER_YEAR) * sold["tokens_mtok_per_day"]
    tokens = worth.groupby([sold["provider"], sold["replication"]]).sum()
    profit = game.payoffs["profit_usd"]
    for role, name in enumerate(profit.names):
        lost = tokens[name].to_numpy() * CUTS[name]
        assert (lost > 0).all()
        payoff = at_profile(profit, role)  # (replications, Zhipu, DeepSeek)
        own = np.moveaxis(payoff, 1 + role, 1)
        np.testing.assert_allclose(own[:, 0] - own[:, 1], lost[:, None].repeat(2, 1), rtol=1e-6)


@pytest.mark.slow
def test_the_equilibrium_is_to_hold_and_survives(folder, capsys):
    assert main(["game", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["kind"] == "peace"
    (one, other) = told["equilibria"]
    assert [one["strategy"], other["strategy"]] == ["hold", "hold"]
    assert one["survival"] == 1.0
    assert {row["dominated"] for row in told["strategies"] if row["strategy"] == "replay"} == {
        "strictly"
    }


@pytest.mark.slow
def test_undiscounted_profits_are_those_of_the_ledger(folder, tmp_path):
    sweep = Sweep(folder)
    game = simulated_game(sweep, 0.0).payoffs["profit_usd"]
    run = tmp_path / "run"
    scenario = str(folder.parent / "staying.yaml")
    assert main(["run", scenario, "--replications", "3", "--workers", "1", "--out", str(run),
                 "--set", "providers[Zhipu].price={policy: hold}", "--set",
                 "providers[DeepSeek].price={policy: replay}"]) == 0  # fmt: skip
    from sim.record.run import Run

    result = Run(run)
    years = result.scenario.duration_days / DAYS_PER_YEAR
    for role, (name, yearly) in enumerate(provider_profits(result).items()):
        assert name == game.names[role]
        np.testing.assert_allclose(
            at_profile(game, role)[:, 0, 1], yearly.to_numpy() * years, atol=0.02
        )


@pytest.mark.slow
def test_the_folder_is_a_sweep_with_tables_and_a_figure_beside_it(folder, capsys):
    sweep = Sweep(folder)
    assert (sweep.parameters, sweep.done) == (["Zhipu", "DeepSeek"], 12)
    sql = "select Zhipu, DeepSeek, count(*) as n from market group by all order by all"
    assert main(["query", str(folder), sql]) == 0
    assert "replay" in capsys.readouterr().out
    written = {path.name for path in (folder / "game").iterdir()}
    assert {"profiles.csv", "deviations.csv", "strategies.csv", "equilibria.csv", "ending.csv",
            "rests.csv", "kinds.csv", "paths.csv", "sentences.txt", "game.png",
            "game.svg"} <= written  # fmt: skip
    profiles = pd.read_csv(folder / "game" / "profiles.csv")
    assert len(profiles) == 8
    assert (profiles["profit_usd_low"] <= profiles["profit_usd"]).all()
    assert set(profiles["survival_share"]) <= {0.0, 1.0}


@pytest.mark.slow
def test_of_players_alike_a_member_gets_the_mean_of_them_deviating_each_alone(folder, capsys):
    scenario, out = str(folder.parent / "staying.yaml"), folder.parent / "alike"
    assert main(["game", scenario, "--players", "both", "--alike", "both=Zhipu,DeepSeek",
                 "--strategies", "hold,replay", "--replications", "3", "--workers", "1", "--out",
                 str(out)]) == 0  # fmt: skip
    assert "12 taken over from other sweeps" in capsys.readouterr().out
    apart = simulated_game(Sweep(folder)).payoffs["profit_usd"]
    alike = simulated_game(Sweep(out)).payoffs["profit_usd"]
    first, second = (at_profile(apart, role) for role in range(2))
    assert alike.members == (2,)
    for own in range(2):
        for rest in range(2):
            mean = (first[:, own, rest] + second[:, rest, own]) / 2
            np.testing.assert_allclose(alike.payoffs[0][:, own, rest], mean)


@pytest.mark.slow
def test_a_game_is_continued_with_one_more_strategy_and_runs_what_is_new(folder, capsys):
    scenario = str(folder.parent / "staying.yaml")
    command = ["game", scenario, "--players", "Zhipu,DeepSeek", "--out", str(folder), "--workers",
               "1", "--replications", "3"]  # fmt: skip
    assert main([*command, "--strategies", "hold,replay"]) == 2
    assert "already holds a sweep" in capsys.readouterr().err
    more = [*command, "--strategies", "hold,replay,cost_plus:9", "--resume"]
    assert main(more) == 0
    assert "27 of 27 runs are done, 15 of them executed now" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["minimal"], "is a scenario, and needs --players and --strategies"),
        (["minimal", "--strategies", "hold,match"], "--strategies needs --players"),
        (["war-depth"], "is a design of kind 'grid', not a game"),
        (
            ["minimal", "--players", "Zhipu,DepSeek", "--strategies", "hold,match"],
            "'DepSeek' is not a provider.  Did you mean 'DeepSeek'?",
        ),
        (
            ["minimal", "--players", "Zhipu,DeepSeek", "--strategies", "hold,undercut:depht=0.2"],
            "--strategies hold,undercut:depht=0.2",
        ),
        (["minimal", "--players", "Zhipu,DeepSeek"], "must list at least two strategies"),
        (
            ["minimal", "--players", "a,b", "--alike", "a"],
            "--alike a: must be NAME=FIRST,SECOND,...",
        ),
        (["minimal", "--players", "Zhipu", "--discount-rate", "-1"], "not a rate a year"),
    ],
)
def test_what_cannot_be_played_is_refused_with_what_to_do(arguments, message, capsys, tmp_path):
    assert main(["game", *arguments, "--out", str(tmp_path / "game")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "game" / "plan.parquet").exists()
