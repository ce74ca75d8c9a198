"""Causes, decisions and games from Python, on the smallest markets; each resumed, and refused."""

import datetime as dt

import numpy as np
import pytest

import pricewar
from analysis.game.simulated import simulated_game
from sim.batch.serial import Serial
from sim.errors import ImplausibleWarning, ResultError, UsageError

SMALL = {"population.users": 40, "end_date": dt.date(2024, 5, 27), "factors.competition": False}


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    """Processes of workers would take longer to start than to work."""
    monkeypatch.setattr("sim.batch.starting.starter", lambda *_, **__: Serial)


def test_an_attribution_is_the_difference_of_its_worlds(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.attribution.evidence.local_response", lambda *_, **__: ())
    asked = {"factors": ["open_weights"], "overrides": SMALL, "replications": 2}
    found = pricewar.attribute("minimal", tmp_path / "out", **asked)
    (effect,) = found.attribution["adopters_share_end"].factors
    market = pricewar.Sweep(tmp_path / "out").market
    last = market[market.time_days == market.time_days.max()]
    means = last.groupby("open_weights").adopters_share.mean()
    assert effect.shapley.centre == pytest.approx(means[True] - means[False])
    assert found.war is None
    assert list(found.tables["factors"].factor.unique()) == ["open_weights"]
    again = pricewar.attribute("minimal", tmp_path / "out", **asked, resume=True)
    assert again.attribution == found.attribution
    with pytest.raises(ResultError, match="population.users .40 against 41") as refusal:
        pricewar.attribute(
            "minimal",
            tmp_path / "out",
            **{**asked, "overrides": {**SMALL, "population.users": 41}},
            resume=True,
        )
    assert "with the argument out" in str(refusal.value)


def test_a_decision_ranks_its_options(tmp_path):
    with pytest.warns(ImplausibleWarning, match=r"do: 'price Zhipu -30% on 2034-04-22'.*\n.*last"):
        ranking = pricewar.whatif(
            "minimal",
            "Zhipu",
            ["price Zhipu -{30,60}% on 2024-04-22", "price Zhipu -30% on 2034-04-22"],
            tmp_path,
            overrides=SMALL,
            replications=4,
        )
    assert ranking.results[0].option == "hold"
    assert ranking.alike == {"price Zhipu -30% on 2034-04-22": "hold"}
    profits = {it.option: it.profit.first.centre for it in ranking.results}
    assert ranking.best == max(profits, key=lambda name: profits[name])
    with pytest.raises(UsageError, match="provider = 'Zhipuu': is no provider.*'Zhipu'"):
        pricewar.whatif("minimal", "Zhipuu", ["floor 0.1 from 2024-05-06"], tmp_path)
    with pytest.raises(UsageError, match="must be a list of interventions"):
        pricewar.whatif("minimal", "Zhipu", "floor 0.1 from 2024-05-06", tmp_path)


def test_a_game_is_that_of_its_sweep(tmp_path):
    played = pricewar.game(
        "minimal",
        ["Zhipu", "DeepSeek"],
        ["cost_plus:0.2", "cost_plus:3"],
        tmp_path / "out",
        overrides=SMALL,
        replications=2,
        payoff="tokens_share",
    )
    own = simulated_game(pricewar.Sweep(tmp_path / "out"))
    np.testing.assert_array_equal(played.samples.payoffs[0], own.payoffs["tokens_share"].payoffs[0])
    assert played.mean.names == ("Zhipu", "DeepSeek")
    with pytest.raises(UsageError, match="payoff = 'profit': is none.*'profit_usd'"):
        pricewar.game("minimal", ["Zhipu"], ["hold", "match"], tmp_path, payoff="profit")
    with pytest.raises(UsageError, match="players must be a list of texts, not 'Zhipu'"):
        pricewar.game("minimal", "Zhipu", ["hold", "match"], tmp_path)
    with pytest.raises(UsageError, match="pricewar.game takes a scenario file"):
        pricewar.game(5, ["Zhipu"], ["hold", "match"], tmp_path)


CUT = "price Zhipu -30% on 2024-04-22"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"do": [3]}, "do = .3.: must be a list of interventions"),
        ({"do": []}, "do must name an option"),
        ({"given": CUT}, "given = .*must be a list of interventions"),
        ({"discount_rate_per_year": float("nan")}, "discount_rate_per_year = nan: must be"),
        ({"discount_rate_per_year": -0.1}, "discount_rate_per_year = -0.1: must be"),
        ({"discount_rate_per_year": "0.1"}, "discount_rate_per_year = '0.1': must be"),
    ],
)
def test_a_decision_takes_what_its_command_would(asked, told, tmp_path):
    with pytest.raises(UsageError, match=told):
        pricewar.whatif("minimal", "Zhipu", **{"do": [CUT], "out": tmp_path / "out", **asked})
    assert not (tmp_path / "out").exists()


def test_lists_of_names_and_rates_are_no_texts(tmp_path):
    for argument in ("factors", "further"):
        with pytest.raises(UsageError, match=f"{argument} must be a list of texts"):
            pricewar.attribute("minimal", tmp_path / "out", **{argument: "competition"})
    players, strategies = ["Zhipu", "DeepSeek"], ["cost_plus", "match"]
    with pytest.raises(UsageError, match="discount_rate_per_year = inf: must be"):
        pricewar.game("minimal", players, strategies, discount_rate_per_year=float("inf"))
