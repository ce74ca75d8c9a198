"""Logit Bertrand at a grid of prices: the table, its equilibria and their uncertainty are right."""

import csv
from pathlib import Path

import numpy as np
import pytest
from logit_demand import logit_shares

from analysis.game.analysis import GameAnalysis
from analysis.game.equilibria import equilibria
from analysis.game.resampling import resampled, weights
from analysis.game.role_game import RoleGame, at_profile, normal_form, pure_equilibria
from analysis.game.sentences import sentences
from analysis.game.simulated import SimulatedGame
from analysis.game.verdict import kinds
from analysis.pairing import variance_reduction
from analysis.significance import paired_p_value
from analysis.statistics import student
from sim.batch.designs.game import Role

with (Path(__file__).parents[2] / "oracles" / "o01_logit_bertrand.csv").open() as file:
    DUOPOLY = next(row for row in csv.DictReader(file) if row["case"] == "calvano_n2")
QUALITY, COST = ([float(x) for x in DUOPOLY[name].split()] for name in ("a", "c"))
TASTE, OUTSIDE = float(DUOPOLY["mu"]), float(DUOPOLY["a0"])
NASH, JOINT = (float(DUOPOLY[name].split()[0]) for name in ("p_nash", "p_mono"))
GRID = sorted([JOINT, 1.3, NASH, 1.6, 1.8], reverse=True)
CONSUMERS = 400


def closed_form(grid=GRID) -> RoleGame:
    """Profits per consumer of two firms at every pair of prices."""
    profit = np.zeros((2, len(grid), len(grid)))
    for s, t in np.ndindex(*profit.shape[1:]):
        price = np.array([grid[s], grid[t]])
        shares = logit_shares(price, QUALITY, TASTE, OUTSIDE)
        profit[:, s, t] = (price - COST) * shares
    texts = [f"{price:.3f}" for price in grid]
    return normal_form(("A", "B"), (texts, texts), list(profit))


def simulated(replications: int, seed: int, grid=GRID, consumers=CONSUMERS) -> RoleGame:
    """The same of consumers that draw their tastes once a replication, for all prices."""
    draws = np.random.default_rng(seed)
    taste = draws.gumbel(size=(replications, consumers, 3))
    profit = np.zeros((2, replications, len(grid), len(grid)))
    for s, t in np.ndindex(*profit.shape[2:]):
        price = np.array([grid[s], grid[t]])
        utility = np.append((QUALITY - price) / TASTE, OUTSIDE / TASTE)
        chosen = (utility + taste).argmax(axis=2)
        for firm in range(2):
            share = (chosen == firm).mean(axis=1)
            profit[firm, :, s, t] = (price[firm] - COST[firm]) * share
    return closed_form(grid).like(normal_form("AB", [grid] * 2, list(profit)).payoffs)


def analysed(samples: RoleGame) -> GameAnalysis:
    roles = tuple(
        Role(name, (name,), texts)
        for name, texts in zip(samples.names, samples.strategies, strict=True)
    )
    count = samples.payoffs[0].shape[0]
    zeros = np.zeros((count, *samples.shape))
    payoffs = dict.fromkeys(("profit_usd", "tokens_share", "survival_share"), samples)
    return GameAnalysis(SimulatedGame(roles, tuple(range(count)), 0, payoffs, zeros, zeros))


def test_weak_dominance_is_counted_where_it_is_said_and_regrets_stand_at_each_equilibrium():
    # the row's second strategy earns as much against the column's first, 1 less against its second
    rows = np.array([[[2.0, 3.0], [2.0, 2.0]], [[2.5, 3.5], [2.5, 2.4]], [[2.2, 3.1], [2.2, 2.3]]])
    columns = np.array([[[1.0, 0.0], [1.0, 0.0]]] * 3)
    game = analysed(normal_form(("A", "B"), (["hold", "cut"], ["hold", "cut"]), [rows, columns]))
    cut = game.strategies.iloc[1]
    assert (cut["strategy"], cut["dominated"], cut["dominated_share"]) == ("cut", "weakly", 1.0)
    text = "A: cut is weakly dominated (by one other strategy, at least weakly, in 100% of the"
    assert any(text in sentence for sentence in sentences(game))
    strict = game.strategies[game.strategies["player"] == "B"].iloc[1]
    assert (strict["dominated"], strict["dominated_share"]) == ("strictly", 1.0)
    mixes = [one.mix for one in game.equilibria]
    for place, mix in enumerate(mixes):
        lost = game.strategies[f"regret_at_equilibrium_{place}"].to_numpy()
        worth = game.mean.payoffs[0][:, 0] @ mix[1]
        np.testing.assert_allclose(lost[:2], worth.max() - worth, atol=1e-12)
        assert lost[3] == pytest.approx(1.0)


def test_on_a_grid_that_holds_them_the_bertrand_nash_prices_are_the_equilibrium():
    at = GRID.index(NASH)
    assert pure_equilibria(closed_form()) == [(at, at)]
    (only,) = equilibria(closed_form())
    assert only.payoffs == pytest.approx([float(DUOPOLY["profit_nash"].split()[0])] * 2)


def test_joint_and_nash_prices_alone_are_a_prisoners_dilemma():
    game = closed_form([JOINT, NASH])
    assert kinds(game.like([payoff[None] for payoff in game.payoffs])) == ["prisoners_dilemma"]


def test_the_table_of_simulated_consumers_is_the_closed_form_within_its_intervals():
    exact = closed_form()
    covered = []
    for seed in range(50):
        samples = simulated(6, seed)
        for role in range(2):
            at = at_profile(samples, role)[:, 1, 3], at_profile(samples, role)[:, 3, 1]
            true = at_profile(exact, role)[1, 3], at_profile(exact, role)[3, 1]
            covered += [
                interval.low <= value <= interval.high
                for interval, value in zip(map(student, at), true, strict=True)
            ]
    assert 0.90 <= np.mean(covered) <= 0.99  # of 200, by pairs that share draws


def test_the_true_equilibrium_is_found_and_survives_where_draws_are_many():
    game = analysed(simulated(20, 7, consumers=2000))
    at = GRID.index(NASH)
    (found,) = game.equilibria
    assert found.supports == ((at,), (at,))
    assert found.survival > 0.95
    assert game.kind_shares == {"dilemma": pytest.approx(1.0, abs=0.05)}


def test_shared_draws_know_gains_better_than_payoffs():
    samples = simulated(20, 5)
    own = samples.payoffs[0][:, 3, 0, 3]
    other = samples.payoffs[0][:, 2, 0, 3]
    assert variance_reduction(own, other) > 2


def test_resamples_say_which_of_two_is_better_as_surely_as_students_test():
    draws = np.random.default_rng(1)
    for replications in (3, 5, 20):
        gain = draws.normal(0.5, 1.0, size=replications)
        payoff = np.stack([np.zeros(replications), gain], axis=1)[:, :, None]
        samples = normal_form("ab", (("s", "t"), ("u",)), [payoff, np.zeros_like(payoff)])
        stack = resampled(samples, 20_000)
        better = float((stack.payoffs[0][:, 1, 0, 0] > stack.payoffs[0][:, 0, 0, 0]).mean())
        p_value = paired_p_value(gain, np.zeros(replications))
        sign = 1 - p_value / 2 if gain.mean() > 0 else p_value / 2
        assert better == pytest.approx(sign, abs=0.09)


def test_an_equilibrium_without_a_gain_survives_with_the_probability_that_it_says():
    """Where both strategies are worth the same, survival is even between 0 and 1."""
    draws = np.random.default_rng(4)
    survival = []
    for _ in range(300):
        payoff = draws.normal(size=(8, 2, 1))
        samples = normal_form("ab", (("s", "t"), ("u",)), [payoff, np.zeros_like(payoff)])
        stack = resampled(samples, 400)
        survival.append(float((stack.payoffs[0][:, 0, 0, 0] > stack.payoffs[0][:, 1, 0, 0]).mean()))
    below = np.mean(np.array(survival) < 0.05), np.mean(np.array(survival) > 0.95)
    assert sum(below) == pytest.approx(0.10, abs=0.04)


def test_weights_add_to_one_and_spread_means_as_student_does():
    weigh = weights(5, 40_000)
    np.testing.assert_allclose(weigh.sum(axis=1), 1.0)
    values = np.array([1.0, 2.0, 4.0, 4.0, 9.0])
    interval = student(values)
    spread = 1.959964 * (weigh @ values).std()
    assert spread == pytest.approx((interval.high - interval.low) / 2, rel=0.02)


def test_one_replication_gives_a_table_and_no_certainty():
    game = analysed(simulated(1, 2))
    assert game.resamples is None
    assert np.isnan(game.profiles["equilibrium_share"]).all()
    assert game.kind_shares == {}
    with pytest.raises(ValueError, match="one replication"):
        weights(1)


def test_ending_a_dilemma_gains_both_what_the_closed_form_says():
    grid = [JOINT, NASH]
    game = analysed(simulated(40, 9, grid))
    (war,) = game.equilibria
    parties = {party.name: party for party in game.ending(war.mix)}
    exact = closed_form(grid)
    for role, name in enumerate("AB"):
        gain = at_profile(exact, role)[0, 0] - at_profile(exact, role)[1, 1]
        assert parties[name].gain.low < gain < parties[name].gain.high
        assert parties[name].gain.low > 0
