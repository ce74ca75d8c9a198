"""Known games have their known equilibria, dominance, regret and dynamics."""

import numpy as np
import pytest

from analysis.game import replicator
from analysis.game.dominance import dominant, dominated, eliminated
from analysis.game.equilibria import equilibria
from analysis.game.regrets import regrets_at, worst_regrets
from analysis.game.replicator import dynamics, paths
from analysis.game.role_game import (
    RoleGame,
    at_profile,
    duplicates,
    gains,
    is_equilibrium,
    normal_form,
    pure_equilibria,
    pure_mix,
    regret,
    restricted,
    symmetric,
)
from analysis.game.verdict import kinds

ROCK_PAPER_SCISSORS = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])


def bimatrix_game(rows, columns) -> RoleGame:
    first, second = np.array(rows, float), np.array(columns, float)
    names = [[f"r{i}" for i in range(len(first))], [f"c{i}" for i in range(len(first[0]))]]
    return normal_form(("row", "column"), names, (first, second))


def kind(game: RoleGame) -> str:
    return kinds(game.like([payoff[None] for payoff in game.payoffs]))[0]


PRISONERS_DILEMMA = bimatrix_game([[3, 0], [5, 1]], [[3, 5], [0, 1]])
BATTLE_OF_THE_SEXES = bimatrix_game([[3, 0], [0, 2]], [[2, 0], [0, 3]])
MATCHING_PENNIES = bimatrix_game([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
STAG_HUNT = bimatrix_game([[4, 0], [3, 2]], [[4, 3], [0, 2]])
CHICKEN = bimatrix_game([[3, 2], [4, 0]], [[3, 4], [2, 0]])


@pytest.mark.parametrize(
    ("game", "expected"),
    [
        (PRISONERS_DILEMMA, [[[0, 1], [0, 1]]]),
        (
            BATTLE_OF_THE_SEXES,
            [[[0, 1], [0, 1]], [[0.6, 0.4], [0.4, 0.6]], [[1, 0], [1, 0]]],
        ),
        (MATCHING_PENNIES, [[[0.5, 0.5], [0.5, 0.5]]]),
        (bimatrix_game(ROCK_PAPER_SCISSORS, -ROCK_PAPER_SCISSORS), [[[1 / 3] * 3] * 2]),
        (CHICKEN, [[[0, 1], [1, 0]], [[2 / 3, 1 / 3], [2 / 3, 1 / 3]], [[1, 0], [0, 1]]]),
    ],
    ids=["prisoner's dilemma", "battle of the sexes", "pennies", "rock paper scissors", "chicken"],
)
def test_known_games_have_their_equilibria_and_no_others(game, expected):
    found = [[list(own) for own in one.mix] for one in equilibria(game)]
    assert len(found) == len(expected)
    for mix in expected:
        assert any(np.allclose(np.concatenate(mix), np.concatenate(one)) for one in found)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e9])
def test_equilibria_do_not_depend_on_the_unit_or_origin_of_payoffs(scale):
    moved = BATTLE_OF_THE_SEXES.like([scale * (p - 7.0) for p in BATTLE_OF_THE_SEXES.payoffs])
    for one, other in zip(equilibria(BATTLE_OF_THE_SEXES), equilibria(moved), strict=True):
        np.testing.assert_allclose(np.concatenate(one.mix), np.concatenate(other.mix), atol=1e-9)
        assert other.payoffs == pytest.approx([scale * (p - 7.0) for p in one.payoffs])


def test_equilibrium_payoffs_are_those_of_the_mix():
    mixed = next(one for one in equilibria(BATTLE_OF_THE_SEXES) if not one.is_pure)
    assert mixed.payoffs == pytest.approx((1.2, 1.2))
    assert mixed.supports == ((0, 1), (0, 1))


def test_each_equilibrium_leaves_nobody_a_gain_in_random_games():
    draws = np.random.default_rng(3)
    for _ in range(20):
        game = bimatrix_game(draws.normal(size=(4, 3)), draws.normal(size=(4, 3)))
        found = equilibria(game)
        assert found  # Nash 1950: there is always one
        for one in found:
            for role in range(2):
                lost = regrets_at(game, role, one.mix)
                assert float(lost @ one.mix[role]) == pytest.approx(0.0, abs=1e-9)


def test_what_dominance_takes_away_may_come_back_in_a_resample():
    """An equilibrium that only holds while another strategy is worse is judged against it."""
    mean = bimatrix_game([[1, 0], [0, 1], [-1, -1]], [[1, 0], [0, 1], [0, 0]])
    worse = bimatrix_game([[1, 0], [0, 1], [9, 9]], [[1, 0], [0, 1], [0, 1]])
    stack = mean.like([np.stack(pair) for pair in zip(mean.payoffs, worse.payoffs, strict=True)])
    assert [one.survival for one in equilibria(mean, stack)] == [0.5, 0.5, 0.5]


def test_a_symmetric_role_has_the_symmetric_equilibria_alone():
    chicken = symmetric("all", ("dove", "hawk"), np.array([[3.0, 2.0], [4.0, 0.0]]), members=5)
    (only,) = equilibria(chicken)
    np.testing.assert_allclose(only.mix[0], [2 / 3, 1 / 3])
    three = symmetric("all", "rps", ROCK_PAPER_SCISSORS, members=3)
    np.testing.assert_allclose(equilibria(three)[0].mix[0], [1 / 3] * 3)


def test_pure_equilibria_of_three_players_are_found_by_trying_all():
    draws = np.random.default_rng(11)
    shape = (3, 2, 4)
    payoffs = [draws.normal(size=shape) for _ in shape]
    game = normal_form("abc", [[str(s) for s in range(n)] for n in shape], payoffs)

    def nobody_gains(profile):
        for role, payoff in enumerate(payoffs):
            line = payoff[tuple(slice(None) if k == role else s for k, s in enumerate(profile))]
            if line.max() > payoff[profile]:
                return False
        return True

    expected = [profile for profile in np.ndindex(*shape) if nobody_gains(profile)]
    assert pure_equilibria(game) == expected
    for role, payoff in enumerate(payoffs):
        np.testing.assert_array_equal(at_profile(game, role), payoff)


def test_regret_is_the_most_that_deviating_gains():
    assert regret(PRISONERS_DILEMMA, 0).tolist() == [[2, 1], [0, 0]]
    assert gains(PRISONERS_DILEMMA, 0)[:, 0, 0].tolist() == [0, 2]
    assert worst_regrets(PRISONERS_DILEMMA, 0).tolist() == [2, 0]
    # at (1, 0) the row player gets 4 and would get 3; at (1, 1) 0 and would get 2
    assert worst_regrets(CHICKEN, 0).tolist() == [1, 2]
    assert regrets_at(CHICKEN, 0, pure_mix(CHICKEN, (0, 1))).tolist() == [0, 2]


def test_a_strategy_may_be_dominated_by_a_mix_alone():
    game = bimatrix_game([[4, 0], [0, 4], [1, 1]], np.zeros((3, 2)))
    assert [dominated(game, 0, s) for s in range(3)] == ["not", "not", "strictly"]
    weak = bimatrix_game([[4, 0], [0, 4], [2, 2], [4, -1]], np.zeros((4, 2)))
    assert [dominated(weak, 0, s) for s in range(4)] == ["not", "not", "not", "weakly"]


def test_iterated_dominance_solves_what_it_can():
    # Shoham and Leyton-Brown (2009), figure 3.15 and following: R goes, then M, then the rest
    game = bimatrix_game([[3, 0, 0], [1, 1, 5], [0, 4, 0]], [[1, 1, 0], [1, 1, 0], [1, 1, 0]])
    found = eliminated(game)
    assert found.rounds == ((("column", "c2"),), (("row", "r1"),))
    assert found.left == ((0, 2), (0, 1))
    assert eliminated(PRISONERS_DILEMMA).left == ((1,), (1,))
    assert eliminated(BATTLE_OF_THE_SEXES).rounds == ()
    assert [dominant(PRISONERS_DILEMMA, role) for role in (0, 1)] == [1, 1]
    assert dominant(CHICKEN, 0) == -1
    stack = CHICKEN.like(
        [np.stack(pair) for pair in zip(CHICKEN.payoffs, PRISONERS_DILEMMA.payoffs, strict=True)]
    )
    assert dominant(stack, 0).tolist() == [-1, 1]


@pytest.mark.parametrize(
    ("game", "expected"),
    [
        (PRISONERS_DILEMMA, "prisoners_dilemma"),
        (STAG_HUNT, "trust"),
        (CHICKEN, "contest"),
        (MATCHING_PENNIES, "no_pure_equilibrium"),
        (BATTLE_OF_THE_SEXES, "either"),
        (bimatrix_game([[3, 3], [1, 1]], [[3, 1], [3, 1]]), "peace"),
        # each loses at (1, 1), the only equilibrium, but r2 keeps r1 from being dominant
        (
            bimatrix_game([[3, 0, 9], [5, 1, 0], [0, 0, 1]], [[3, 5, 0], [0, 1, 0], [0, 0, -1]]),
            "dilemma",
        ),
    ],
)
def test_games_are_called_by_their_kind(game, expected):
    assert kind(game) == expected


def test_it_is_no_prisoners_dilemma_where_one_of_three_does_best_by_keeping_peace():
    a, b, c = np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij")
    fight = (b + c) * 3.0
    payoffs = (10.0 - a - fight, 10.0 + b - 3.0 * c, 10.0 + c - 3.0 * b)
    peaceful = normal_form("ABC", [["peace", "war"]] * 3, payoffs)
    assert pure_equilibria(peaceful) == [(0, 1, 1)]  # at which all get less than at (0, 0, 0)
    assert kind(peaceful) == "dilemma"
    all_fight = (10.0 + a - fight, 10.0 + b - 3.0 * (a + c), 10.0 + c - 3.0 * (a + b))
    assert kind(normal_form("ABC", [["peace", "war"]] * 3, all_fight)) == "prisoners_dilemma"


def test_replicator_dynamics_go_where_they_are_known_to_go():
    (only,) = dynamics(PRISONERS_DILEMMA).rests
    assert only.starts == 1.0
    np.testing.assert_allclose(np.concatenate(only.mix), [0, 1, 0, 1], atol=1e-6)
    both = dynamics(BATTLE_OF_THE_SEXES).rests
    assert sum(rest.starts for rest in both) == pytest.approx(1.0)
    ends = sorted(np.round(np.concatenate(rest.mix), 3).tolist() for rest in both)
    assert ends == [[0, 1, 0, 1], [1, 0, 1, 0]]  # the mixed one is a saddle


def test_in_matching_pennies_they_circle_and_keep_what_they_keep():
    start = (np.array([0.2, 0.8]), np.array([0.6, 0.4]))
    (walked,) = paths(MATCHING_PENNIES, [start])
    kept = np.prod(walked.shares[0], axis=1) * np.prod(walked.shares[1], axis=1)
    np.testing.assert_allclose(kept, 0.16 * 0.24, rtol=1e-3)
    found = dynamics(MATCHING_PENNIES, count=10)
    assert [rest.starts for rest in found.rests] == [0.1]  # only the start at rest is at rest
    assert found.moving == {2000.0: 0.9}


def test_nearly_as_good_a_strategy_is_left_in_the_end_and_is_no_rest_on_the_way():
    # the row gains 0.4% of its range by its first strategy; the column takes its first one at once
    found = dynamics(bimatrix_game([[1.004, 0.004], [1.0, 0.0]], [[1, 0], [1, 0]]))
    assert found.moving == {}
    (only,) = found.rests
    assert only.starts == 1.0
    np.testing.assert_allclose(np.concatenate(only.mix), [1, 0, 1, 0], atol=0.01)


def test_what_creeps_on_is_said_to_move_and_is_not_called_a_rest(monkeypatch):
    monkeypatch.setattr(replicator, "DURATION", 10.0)
    found = dynamics(bimatrix_game([[1.004, 0.004], [1.0, 0.0]], [[1, 0], [1, 0]]), count=10)
    assert sum(found.moving.values()) > 0.5
    assert set(found.moving) <= {100.0, 1000.0}
    assert sum(rest.starts for rest in found.rests) + sum(found.moving.values()) == (
        pytest.approx(1.0)
    )


def test_paths_that_end_in_mixes_of_the_same_strategies_are_one_rest():
    # nothing that the row does matters to it: it plays the first, the second, or both
    found = dynamics(bimatrix_game([[1, 0], [1, 0]], [[1, 0], [1, 0]]))
    assert len(found.rests) <= 3
    assert sum(rest.starts for rest in found.rests) == pytest.approx(1.0)


def test_shares_keep_adding_to_one_whatever_the_payoffs_level():
    low = PRISONERS_DILEMMA.like([payoff - 1e6 for payoff in PRISONERS_DILEMMA.payoffs])
    (walked,) = paths(low, [(np.array([0.9, 0.1]), np.array([0.5, 0.5]))])
    assert walked.end[0][1] == pytest.approx(1.0, abs=1e-3)


def test_strategies_that_nobody_can_tell_apart_count_once():
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    game = bimatrix_game(rows, -rows)
    assert duplicates(game, 0) == [0, 1, 0]
    assert len(equilibria(game)) == 1  # and not every way to split between the two
    assert restricted(game, ([0, 1], [0, 1])).shape == (2, 2)


def test_payoffs_that_differ_by_rounding_alone_are_equal():
    rows = np.array([[0.1 + 0.2, 1.0], [0.3, 1.0]])
    assert is_equilibrium(bimatrix_game(rows, rows))[:, 1].all()
