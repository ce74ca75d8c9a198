"""Accounts of two worlds are paired replication by replication."""

import numpy as np
import pytest

from analysis.price_account import PARTS, price_account
from analysis.price_account_difference import account_difference
from sim.errors import ResultError


def test_the_parts_of_the_difference_add_up_to_that_of_the_change(war_run, peace_run):
    pair = account_difference(war_run, peace_run)
    change = [
        account.levels["end"] - account.levels["start"] for account in (pair.first, pair.second)
    ]
    sums = pair.by_replication.sum(axis=1)
    assert np.allclose(sums, change[0] - change[1], rtol=0, atol=1e-12)
    assert list(pair.parts()) == list(PARTS)
    whole = sum(interval.centre for interval in pair.parts().values())
    assert whole == pytest.approx(pair.change.centre, abs=1e-12)


def test_what_both_worlds_do_alike_is_no_part_of_the_difference(war_run, peace_run):
    """One product is cut in the war, nothing else: costs fall as much in both worlds."""
    own, pair = price_account(war_run).parts(), account_difference(war_run, peace_run).parts()
    assert abs(own["hardware"].centre) > 0.01
    assert abs(pair["hardware"].centre) < 0.1 * abs(own["hardware"].centre)
    assert pair["margin"].centre < -0.1
    assert pair["margin"].replications == 4


def test_a_world_held_against_itself_differs_in_nothing(war_run):
    pair = account_difference(war_run, war_run)
    assert (pair.by_replication == 0.0).all(axis=None)
    assert pair.change.centre == 0.0


def test_only_replications_that_both_have_are_paired(war_run, make_run):
    fewer = make_run(war=False, replications=3)
    pair = account_difference(war_run, fewer)
    assert list(pair.by_replication.index) == [0, 1, 2]
    assert pair.first.levels.shape == pair.second.levels.shape


def test_worlds_of_other_seeds_are_not_paired(war_run, make_run):
    with pytest.raises(ResultError, match="share no draws"):
        account_difference(war_run, make_run(seed=6))
