"""Pricing policies: one price view in, one price out."""

import datetime as dt
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest

from sim.providers.pricing.best_response import BestResponsePrice
from sim.providers.pricing.cost_plus import CostPlusPrice
from sim.providers.pricing.hold import HoldPrice
from sim.providers.pricing.loss_leader import LossLeaderPrice
from sim.providers.pricing.policies import peace_policy, war_policy
from sim.providers.pricing.replay import ReplayPrice
from sim.providers.pricing.undercut import UndercutPrice
from sim.providers.pricing.view import PriceView
from sim.scenario.pricing import (
    BestResponse,
    CostPlus,
    Hold,
    LossLeader,
    Match,
    Replay,
    Undercut,
    War,
)
from sim.strategies.equilibrium import best_response
from sim.strategies.logit import invert_shares, log_rivals

VIEW = PriceView(
    time_days=0.0,
    date=dt.date(2024, 5, 10),
    own=0,
    price_usd_per_mtok=np.array([4.0, 1.0, 2.0, 0.1]),
    capability_logit=np.array([1.0, 0.8, 1.2, -1.0]),
    listed=np.ones(4, dtype=np.bool_),
    provider_index=np.array([0, 1, 2, 3], dtype=np.int16),
    user_share=np.array([0.2, 0.3, 0.1, 0.05]),
    marginal_cost_usd_per_mtok=0.9,
    peace_markup_share=0.5,
    token_share=0.1,
)
WAR = War()


def with_price(price: float) -> PriceView:
    prices = VIEW.price_usd_per_mtok.copy()
    prices[VIEW.own] = price
    return replace(VIEW, price_usd_per_mtok=prices)


def test_cost_plus_adds_its_markup_or_the_first_one() -> None:
    assert CostPlusPrice(0.2).propose(VIEW) == pytest.approx(1.08)
    assert CostPlusPrice().propose(VIEW) == pytest.approx(1.35)


def test_hold_never_moves() -> None:
    assert HoldPrice().propose(VIEW) is None


def test_replay_leaves_the_price_between_its_dates() -> None:
    assert ReplayPrice().propose(VIEW) is None


def test_best_response_is_the_closed_form_with_inverted_qualities() -> None:
    taste = 0.7
    quality = invert_shares(VIEW.price_usd_per_mtok, VIEW.user_share, taste)
    rivals = log_rivals(0, VIEW.price_usd_per_mtok, quality, taste)
    expected = best_response(float(quality[0]), 0.9, taste, rivals)
    assert BestResponsePrice(taste).propose(VIEW) == pytest.approx(expected, rel=1e-12)


def test_best_response_does_not_mind_rivals_without_users() -> None:
    share = VIEW.user_share.copy()
    share[1] = 0.0
    quality = invert_shares(VIEW.price_usd_per_mtok, share, 0.7)
    assert quality[1] == -math.inf
    rivals = log_rivals(0, VIEW.price_usd_per_mtok, quality, 0.7)
    expected = best_response(float(quality[0]), 0.9, 0.7, rivals)
    price = BestResponsePrice(0.7).propose(replace(VIEW, user_share=share))
    assert price == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_best_response_leaves_the_price_while_a_share_says_nothing(share: float) -> None:
    shares = np.array([share, 0.0, 0.0, 0.0])
    assert BestResponsePrice(0.7).propose(replace(VIEW, user_share=shares)) is None


def test_undercut_goes_below_the_cheapest_comparable_rival() -> None:
    assert UndercutPrice(0.05, 1.0, 0.5).propose(VIEW) == pytest.approx(0.95)


def test_undercut_stops_at_its_floor() -> None:
    assert UndercutPrice(0.5, 1.0, 0.5).propose(VIEW) == pytest.approx(0.9)
    assert UndercutPrice(0.5, 0.6, 0.5).propose(VIEW) == pytest.approx(0.54)


def test_undercut_with_a_wide_view_follows_a_weak_rival() -> None:
    assert UndercutPrice(0.0, 0.0, 5.0).propose(VIEW) == pytest.approx(0.1)


def test_undercut_never_raises_a_price() -> None:
    assert UndercutPrice(0.1, 1.0, 0.5).propose(with_price(0.5)) is None


def test_undercut_ignores_own_unlisted_and_incomparable_products() -> None:
    listed = np.array([True, False, True, True])
    owners = np.array([0, 1, 0, 3], dtype=np.int16)
    alone = replace(VIEW, listed=listed, provider_index=owners)
    assert UndercutPrice(0.1, 1.0, 0.5).propose(alone) is None


def test_undercutters_are_at_war_from_the_first_reaction_to_the_end() -> None:
    policy = UndercutPrice(0.1, 1.0, 0.5)
    assert policy.next_stage(VIEW, war_open=True) == "peace"
    assert policy.next_stage(replace(VIEW, reacting=True), war_open=True) == "war"
    at_war = replace(VIEW, stage="war")
    assert policy.next_stage(at_war, war_open=True) == "war"
    assert policy.next_stage(at_war, war_open=False) == "peace"


LEADER = LossLeaderPrice(
    depth_share=0.2,
    discount_to_cost_share=0.5,
    free_below_usd_per_mtok=0.0,
    target_share=0.4,
    recoup_markup_share=0.3,
    recoup_days=91.0,
    capability_gap_logit=0.5,
)
FUNDED = replace(VIEW, war_budget_left_usd=1e6)


def test_a_loss_leader_goes_below_cost_but_not_below_its_discount() -> None:
    assert LEADER.propose(FUNDED) == pytest.approx(0.8)
    assert replace(LEADER, depth_share=0.9).propose(FUNDED) == pytest.approx(0.45)


def test_a_proposal_at_or_below_the_threshold_becomes_a_free_tier() -> None:
    assert replace(LEADER, free_below_usd_per_mtok=0.8).propose(FUNDED) == 0.0
    assert replace(LEADER, free_below_usd_per_mtok=0.79).propose(FUNDED) == pytest.approx(0.8)
    assert replace(LEADER, free_below_usd_per_mtok=0.5).floor_usd_per_mtok(FUNDED) == 0.0


def test_a_free_product_has_nothing_left_to_cut() -> None:
    free = replace(LEADER, free_below_usd_per_mtok=1.0)
    assert free.propose(replace(FUNDED, price_usd_per_mtok=np.array([0.0, 1.0, 2.0, 0.1]))) is None


def test_a_loss_leader_without_a_comparable_rival_leaves_its_price() -> None:
    alone = replace(FUNDED, listed=np.array([True, False, False, False]))
    assert LEADER.propose(alone) is None


@pytest.mark.parametrize(
    ("budget", "tokens", "war_open", "stage"),
    [
        (1.0, 0.1, True, "war"),
        (0.0, 0.1, True, "recoup"),
        (1.0, 0.4, True, "recoup"),
        (1.0, 0.1, False, "recoup"),
    ],
)
def test_a_loss_leader_recoups_when_budget_target_or_war_is_over(
    budget: float, tokens: float, war_open: bool, stage: str
) -> None:
    view = replace(VIEW, stage="war", war_budget_left_usd=budget, token_share=tokens)
    assert LEADER.next_stage(view, war_open=war_open) == stage


def test_a_loss_leader_enters_the_war_at_a_reaction_while_it_has_a_budget() -> None:
    assert LEADER.next_stage(FUNDED, war_open=True) == "peace"
    assert LEADER.next_stage(replace(FUNDED, reacting=True), war_open=True) == "war"
    assert LEADER.next_stage(replace(VIEW, reacting=True), war_open=True) == "peace"
    assert LEADER.next_stage(replace(FUNDED, reacting=True), war_open=False) == "peace"


def test_a_spent_loss_leader_takes_no_part() -> None:
    assert LEADER.floor_usd_per_mtok(VIEW) == math.inf
    assert LEADER.propose(VIEW) is None


def test_without_a_target_no_share_ends_the_war() -> None:
    dominant = replace(FUNDED, stage="war", token_share=1.0)
    assert replace(LEADER, target_share=None).next_stage(dominant, war_open=True) == "war"


def test_recoupment_climbs_to_its_markup_in_equal_monthly_steps() -> None:
    view = replace(with_price(0.3), stage="recoup")
    prices = []
    while LEADER.next_stage(view, war_open=True) == "recoup":
        assert LEADER.floor_usd_per_mtok(view) == math.inf
        price = LEADER.propose(view)
        assert price is not None
        prices.append(price)
        view = replace(
            with_price(price), stage="recoup", recoup_steps_taken=view.recoup_steps_taken + 1
        )
    assert prices == pytest.approx([0.59, 0.88, 1.17])
    assert LEADER.next_stage(view, war_open=True) == "peace"
    assert LEADER.propose(view) is None


def test_recoupment_never_cuts() -> None:
    assert LEADER.propose(replace(with_price(9.0), stage="recoup")) is None


def test_every_record_of_a_scenario_becomes_its_policy() -> None:
    assert peace_policy(Replay(policy="replay")) == ReplayPrice()
    assert peace_policy(Hold(policy="hold")) == HoldPrice()
    assert peace_policy(CostPlus(policy="cost_plus", markup_share=0.1)) == CostPlusPrice(0.1)
    assert peace_policy(
        BestResponse(policy="best_response", taste_scale_usd_per_mtok=2.0)
    ) == BestResponsePrice(2.0)
    assert war_policy(Match(policy="match"), WAR) == UndercutPrice(0.0, 1.0, 0.5)
    assert war_policy(Undercut(policy="undercut", depth_share=0.3), WAR) == UndercutPrice(
        0.3, 1.0, 0.5
    )
    leader = war_policy(LossLeader(policy="loss_leader", budget_usd=1e6), WAR)
    assert leader == LossLeaderPrice(0.2, 0.5, 0.0, None, 0.3, 180.0, 0.5)


def test_policies_travel_between_processes() -> None:
    for policy in (LEADER, UndercutPrice(0.1, 1.0, 0.5), BestResponsePrice(0.7), HoldPrice()):
        assert pickle.loads(pickle.dumps(policy)) == policy  # noqa: S301 - our own bytes
