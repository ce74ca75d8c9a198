"""Pricing policies: one price view in, one price out."""

import datetime as dt
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
from logit_demand import invert_shares, log_rivals

from sim.strategies.logit_best_response import best_response
from sim.strategies.pricing.best_response import BestResponse
from sim.strategies.pricing.cost_plus import CostPlus
from sim.strategies.pricing.hold import Hold
from sim.strategies.pricing.loss_leader import LossLeader
from sim.strategies.pricing.match import Match
from sim.strategies.pricing.replay import Replay
from sim.strategies.pricing.undercut import Undercut
from sim.strategies.pricing.view import PriceView, RivalMove

VIEW = PriceView(
    time_days=0.0,
    date=dt.date(2024, 5, 10),
    own=0,
    product="own",
    blended_price_usd_per_mtok=np.array([4.0, 1.0, 2.0, 0.1]),
    capability_logit=np.array([1.0, 0.8, 1.2, -1.0]),
    listed=np.ones(4, dtype=np.bool_),
    provider_index=np.array([0, 1, 2, 3], dtype=np.int16),
    user_share=np.array([0.2, 0.3, 0.1, 0.05]),
    marginal_cost_usd_per_mtok=0.9,
    peace_margin_usd_per_mtok=0.5,
    token_share=0.1,
)
ANSWERING = replace(VIEW, move=RivalMove(1, 1.0, 4.0))
"""The own product was the best offer, at 4; a rival then asks 1 for the same."""


def best(taste: float) -> BestResponse:
    return BestResponse(policy="best_response", taste_scale_usd_per_mtok=taste)


def undercutter(depth: float, floor: float) -> Undercut:
    return Undercut(policy="undercut", depth_share=depth, floor_cost_share=floor)


def with_price(price: float) -> PriceView:
    prices = VIEW.blended_price_usd_per_mtok.copy()
    prices[VIEW.own] = price
    return replace(VIEW, blended_price_usd_per_mtok=prices)


def test_cost_plus_adds_the_markup_that_is_stated_or_its_margin_in_money() -> None:
    assert CostPlus(policy="cost_plus", markup_share=0.2).propose(VIEW) == pytest.approx(1.08)
    assert CostPlus(policy="cost_plus").propose(VIEW) == pytest.approx(1.4)


def test_cost_plus_passes_a_change_of_cost_on_dollar_for_dollar() -> None:
    policy = CostPlus(policy="cost_plus")
    dearer = replace(VIEW, marginal_cost_usd_per_mtok=0.9 + 0.22)
    assert policy.propose(dearer) - policy.propose(VIEW) == pytest.approx(0.22)


def test_a_margin_kept_in_money_is_what_the_logit_optimum_keeps() -> None:
    """With a small share the best response moves by what the cost moves, whatever the margin."""
    shares = np.array([1e-4, 0.3, 0.1, 0.05])
    at = [
        best(2.0).propose(replace(VIEW, user_share=shares, marginal_cost_usd_per_mtok=cost))
        for cost in (0.9, 1.12)
    ]
    assert at[1] - at[0] == pytest.approx(0.22, rel=1e-3)


def test_cost_plus_never_follows_cost_at_a_loss_that_nobody_stated() -> None:
    """The price of 4 was listed below its cost, which then falls from 5 to 3."""
    policy, stated = CostPlus(policy="cost_plus"), CostPlus(policy="cost_plus", markup_share=-0.2)
    below = replace(VIEW, peace_margin_usd_per_mtok=-1.0, marginal_cost_usd_per_mtok=5.0)
    assert policy.propose(below) is None
    assert policy.propose(replace(below, marginal_cost_usd_per_mtok=4.0)) is None
    assert policy.propose(replace(below, marginal_cost_usd_per_mtok=3.0)) == 3.0
    assert stated.propose(below) == pytest.approx(4.0)


def test_hold_never_moves() -> None:
    assert Hold(policy="hold").propose(VIEW) is None


def test_replay_leaves_the_price_between_its_dates() -> None:
    assert Replay(policy="replay").propose(VIEW) is None


def test_best_response_is_the_closed_form_with_inverted_qualities() -> None:
    taste = 0.7
    quality = invert_shares(VIEW.blended_price_usd_per_mtok, VIEW.user_share, taste)
    rivals = log_rivals(0, VIEW.blended_price_usd_per_mtok, quality, taste)
    expected = best_response(float(quality[0]), 0.9, taste, rivals)
    assert best(taste).propose(VIEW) == pytest.approx(expected, rel=1e-12)


def test_best_response_does_not_mind_rivals_without_users() -> None:
    share = VIEW.user_share.copy()
    share[1] = 0.0
    quality = invert_shares(VIEW.blended_price_usd_per_mtok, share, 0.7)
    assert quality[1] == -math.inf
    rivals = log_rivals(0, VIEW.blended_price_usd_per_mtok, quality, 0.7)
    expected = best_response(float(quality[0]), 0.9, 0.7, rivals)
    price = best(0.7).propose(replace(VIEW, user_share=share))
    assert price == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_best_response_leaves_the_price_while_a_share_says_nothing(share: float) -> None:
    shares = np.array([share, 0.0, 0.0, 0.0])
    assert best(0.7).propose(replace(VIEW, user_share=shares)) is None


def test_undercut_goes_below_the_mover_where_it_was_the_best_offer() -> None:
    assert undercutter(0.05, 0.0).propose(ANSWERING) == pytest.approx(0.95)


def test_an_answer_gives_back_what_the_move_took_and_no_premium_that_stood() -> None:
    """The best offer was 2 and is 1 now; a product at 4 stood at twice the best, and still does."""
    dear = replace(VIEW, move=RivalMove(1, 1.0, 2.0))
    assert undercutter(0.0, 0.0).propose(dear) == pytest.approx(2.0)


def test_undercut_stops_at_its_floor() -> None:
    assert undercutter(0.5, 1.0).propose(ANSWERING) == pytest.approx(0.9)
    assert undercutter(0.5, 0.6).propose(ANSWERING) == pytest.approx(0.54)


def test_undercut_never_raises_a_price() -> None:
    low = replace(with_price(0.5), move=RivalMove(1, 0.4, 0.5))
    assert undercutter(0.1, 1.0).propose(low) is None


@pytest.mark.parametrize("policy", [undercutter(0.1, 0.0), Match(policy="match")])
def test_without_a_move_there_is_no_answer_whatever_rivals_charge(policy) -> None:
    free = replace(VIEW, blended_price_usd_per_mtok=np.array([4.0, 0.0, 0.01, 0.0]), phase="war")
    assert policy.propose(free) is None


def test_undercutters_are_at_war_from_the_first_reaction_to_the_end() -> None:
    policy = undercutter(0.1, 1.0)
    assert policy.next_phase(VIEW, war_open=True) == "peace"
    assert policy.next_phase(ANSWERING, war_open=True) == "war"
    at_war = replace(VIEW, phase="war")
    assert policy.next_phase(at_war, war_open=True) == "war"
    assert policy.next_phase(at_war, war_open=False) == "peace"


LEADER = LossLeader(
    policy="loss_leader",
    budget_usd=1e6,
    depth_share=0.2,
    avoidable_cost_share=0.05,
    campaign_days=100.0,
    target_share=0.4,
    recoup_markup_share=0.3,
    recoup_days=91.0,
)


def leader(**changes: float | None) -> LossLeader:
    return LEADER.model_copy(update=changes)


FUNDED = replace(ANSWERING, war_budget_left_usd=1e6)


def test_a_loss_leader_goes_below_cost_but_not_below_what_it_could_avoid() -> None:
    assert LEADER.propose(FUNDED) == pytest.approx(0.8)
    assert leader(depth_share=0.999).propose(FUNDED) == pytest.approx(0.045)
    assert leader(depth_share=0.999, avoidable_cost_share=0.0).propose(FUNDED) > 0.0


def test_a_loss_leader_goes_no_deeper_than_its_budget_lasts_for_the_campaign() -> None:
    """20,000 Mtok a day for 100 days at a loss of 0.5 USD are its million."""
    large = replace(FUNDED, tokens_mtok_per_day=20_000.0)
    assert LEADER.floor_usd_per_mtok(large) == pytest.approx(0.9 - 0.5)
    assert leader(depth_share=0.9).propose(large) == pytest.approx(0.4)
    larger = replace(FUNDED, tokens_mtok_per_day=40_000.0)
    assert LEADER.floor_usd_per_mtok(larger) == pytest.approx(0.9 - 0.25)


@pytest.mark.parametrize("depth", [0.0, 0.5, 1.0])
def test_no_answer_is_free_even_where_the_rival_is(depth: float) -> None:
    given_away = replace(FUNDED, move=RivalMove(1, 0.0, 4.0))
    price = leader(depth_share=depth).propose(given_away)
    assert price == pytest.approx(0.045)


def test_a_loss_leader_without_a_move_leaves_its_price() -> None:
    assert LEADER.propose(replace(FUNDED, move=None)) is None


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
    view = replace(VIEW, phase="war", war_budget_left_usd=budget, token_share=tokens)
    assert LEADER.next_phase(view, war_open=war_open) == stage


def test_a_loss_leader_enters_the_war_at_a_reaction_while_it_has_a_budget() -> None:
    quiet = replace(FUNDED, move=None)
    assert LEADER.next_phase(quiet, war_open=True) == "peace"
    assert LEADER.next_phase(FUNDED, war_open=True) == "war"
    assert LEADER.next_phase(ANSWERING, war_open=True) == "peace"
    assert LEADER.next_phase(FUNDED, war_open=False) == "peace"


def test_a_spent_loss_leader_takes_no_part() -> None:
    assert LEADER.floor_usd_per_mtok(VIEW) == math.inf
    assert LEADER.propose(VIEW) is None


def test_without_a_target_no_share_ends_the_war() -> None:
    dominant = replace(FUNDED, phase="war", token_share=1.0)
    assert leader(target_share=None).next_phase(dominant, war_open=True) == "war"


def test_recoupment_climbs_to_its_markup_in_equal_monthly_steps() -> None:
    view = replace(with_price(0.3), phase="recoup")
    prices = []
    while LEADER.next_phase(view, war_open=True) == "recoup":
        assert LEADER.floor_usd_per_mtok(view) == math.inf
        price = LEADER.propose(view)
        assert price is not None
        prices.append(price)
        view = replace(
            with_price(price), phase="recoup", recoup_steps_taken=view.recoup_steps_taken + 1
        )
    assert prices == pytest.approx([0.59, 0.88, 1.17])
    assert LEADER.next_phase(view, war_open=True) == "peace"
    assert LEADER.propose(view) is None


def test_recoupment_never_cuts() -> None:
    assert LEADER.propose(replace(with_price(9.0), phase="recoup")) is None


@pytest.mark.parametrize("floor", [0.0, 1.0, 1.2])
@pytest.mark.parametrize("own", [0.5, 4.0])
def test_match_is_undercut_of_depth_zero(own: float, floor: float) -> None:
    match = Match(policy="match", floor_cost_share=floor)
    for view in (with_price(own), replace(with_price(own), move=ANSWERING.move, phase="war")):
        assert match.propose(view) == undercutter(0.0, floor).propose(view)
        assert match.floor_usd_per_mtok(view) == undercutter(0.0, floor).floor_usd_per_mtok(view)
        assert match.next_phase(view, war_open=True) == ("war" if view.reacting else "peace")
    assert match.propose(ANSWERING) == pytest.approx(max(1.0, 0.9 * floor))


def test_only_reviewing_policies_review() -> None:
    assert Hold(policy="hold").reviews() == Replay(policy="replay").reviews() == (0.0, False)
    assert CostPlus(policy="cost_plus").reviews() == (0.026, True)
    quiet = best(0.7).model_copy(update={"reviews_on_cost_change": False, "review_per_month": 2.0})
    assert quiet.reviews() == (2.0, False)


def test_only_replay_follows_the_price_history() -> None:
    assert Replay(policy="replay").replays_history
    assert not any(policy.replays_history for policy in (Hold, CostPlus, BestResponse))


def test_only_a_loss_leader_has_a_war_budget() -> None:
    assert LEADER.war_budget_usd == 1e6
    assert undercutter(0.1, 1.0).war_budget_usd == Match(policy="match").war_budget_usd == 0.0


def test_policies_travel_between_processes() -> None:
    for policy in (LEADER, undercutter(0.1, 1.0), best(0.7), Hold(policy="hold")):
        assert pickle.loads(pickle.dumps(policy)) == policy  # noqa: S301 - our own bytes
