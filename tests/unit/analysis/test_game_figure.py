"""Games are drawn, said and written whatever their shape."""

import json

import numpy as np
import pandas as pd
import pytest

from analysis.figures.game import draw_game
from analysis.game.analysis import GameAnalysis
from analysis.game.files import as_json, write_tables
from analysis.game.role_game import RoleGame, normal_form, symmetric
from analysis.game.sentences import sentences, verdict
from analysis.game.simulated import SimulatedGame
from analysis.game.table import payoff_table
from sim.batch.designs.game import Role

DILEMMA = np.array([[3.0, 0.0], [5.0, 1.0]])


def game_of(samples: RoleGame) -> GameAnalysis:
    count = samples.payoffs[0].shape[0]
    roles = tuple(
        Role(name, tuple(f"{name}{i}" for i in range(size)), texts)
        for name, size, texts in zip(
            samples.names, samples.members, samples.strategies, strict=True
        )
    )
    shares = samples.like([0.5 + payoff / 1e9 for payoff in samples.payoffs])
    users = np.broadcast_to(np.arange(count)[:, None], (count, int(np.prod(samples.shape))))
    users = users.reshape(count, *samples.shape).astype(float)
    payoffs = {"profit_usd": samples, "tokens_share": shares, "survival_share": shares}
    return GameAnalysis(SimulatedGame(roles, tuple(range(count)), 0, payoffs, users, -users))


def noisy(payoff: np.ndarray, seed: int, replications: int = 5) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(scale=0.01, size=(replications, *payoff.shape))
    return 1e6 * (payoff + noise)


def games() -> dict[str, GameAnalysis]:
    three = np.random.default_rng(5).normal(size=(3, 2, 2, 3))
    texts = [("hold", "match"), ("hold", "match"), ("hold", "match", "undercut:0.2")]
    wide = np.random.default_rng(6).normal(size=(2, 3, 4))
    return {
        "two by two": game_of(
            normal_form("ab", texts[:2], [noisy(DILEMMA, 1), noisy(DILEMMA.T, 2)])
        ),
        "three by four": game_of(
            normal_form("ab", [list("xyz"), list("pqrs")], [noisy(one, 3) for one in wide])
        ),
        "three players": game_of(normal_form("abc", texts, [noisy(one, 4) for one in three])),
        "alike": game_of(symmetric("all", ("hold", "cut"), noisy(DILEMMA, 8), members=4)),
        "all strategies the same": game_of(
            normal_form("ab", texts[:2], [np.ones((5, 2, 2)), np.ones((5, 2, 2))])
        ),
        "nothing to choose": game_of(
            normal_form("ab", (("hold",), ("hold",)), [np.ones((5, 1, 1)), np.ones((5, 1, 1))])
        ),
        "one replication": game_of(
            normal_form("ab", texts[:2], [noisy(DILEMMA, 1, 1), noisy(DILEMMA.T, 2, 1)])
        ),
    }


@pytest.mark.parametrize("name", list(games()))
def test_a_game_of_any_shape_is_drawn_and_written(name, tmp_path):
    game = games()[name]
    assert draw_game(game, tmp_path).stat().st_size > 5_000
    written = {path.name: path for path in write_tables(game, tmp_path)}
    profiles = pd.read_csv(written["profiles.csv"])
    assert len(profiles) == len(game.mean.names) * np.prod(game.mean.shape)
    shares = pd.read_csv(tmp_path / "paths.csv").groupby(["path", "time", "player"])["share"].sum()
    np.testing.assert_allclose(shares, 1.0, atol=1e-6)
    assert written["sentences.txt"].read_text().splitlines() == sentences(game)
    assert json.loads(as_json(game))["kind"] == game.kind
    text = str(payoff_table(game))
    assert "plays" in text


def test_a_dilemma_is_called_one_and_both_would_gain_from_ending_it():
    game = games()["two by two"]
    assert verdict(game).startswith("It is a prisoner's dilemma: each player does best by leaving")
    assert verdict(game).endswith("That holds in 100% of the resamples.")
    (ending,) = [one for one in sentences(game) if one.startswith("If all went")]
    assert "a 2 million USD" in ending
    assert "would gain" in ending
    assert "of users and other providers the sign is not known" in ending


def test_the_same_dilemma_among_many_alike_is_one_too():
    assert games()["alike"].kind == "prisoners_dilemma"


def test_deviations_say_what_regret_says():
    game = games()["three by four"]
    worst = game.deviations.groupby(["plays a", "plays b", "player"])["gain"].max().clip(lower=0)
    regrets = game.profiles.set_index(["plays a", "plays b", "player"])["regret"]
    pd.testing.assert_series_equal(worst.sort_index(), regrets.sort_index(), check_names=False)
    assert (game.deviations["holm_p_value"] >= game.deviations["p_value"]).all()


def test_what_a_point_of_share_costs_is_profit_lost_over_tokens_gained():
    profit = 1e6 * np.array([[[0.0], [-3.0]]]).repeat(6, axis=0)
    share = np.array([[[0.1], [0.4]]]).repeat(6, axis=0)
    draws = np.random.default_rng(1).normal(size=(6, 1, 1))
    profit[:, 1:] += 1e4 * draws
    share[:, 1:] += 1e-3 * draws
    other = np.zeros_like(profit)
    texts = (("hold", "cut"), ("hold",))
    payoffs = {
        "profit_usd": normal_form("ab", texts, [profit, other]),
        "tokens_share": normal_form("ab", texts, [share, other]),
    }
    payoffs["survival_share"] = payoffs["tokens_share"]
    roles = (Role("a", ("a",), texts[0]), Role("b", ("b",), texts[1]))
    game = GameAnalysis(SimulatedGame(roles, tuple(range(6)), 0, payoffs, other, other))
    (one,) = game.share_prices
    assert (one.player, one.strategy) == ("a", "cut")
    assert one.usd_per_point.centre == pytest.approx(3e6 / 30, rel=0.02)
    assert one.usd_per_point.low < one.usd_per_point.centre < one.usd_per_point.high
