"""A provider on a stage of a few lines: no market, no users, no calendar."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from sim.clouds.host import Host
from sim.market.ledger import Purpose
from sim.market.move import Move
from sim.market.offer_book import OfferBook
from sim.market.public_report import PublicReport
from sim.market.stage import Answer
from sim.market.week import Week
from sim.providers.cost_book import CostChange
from sim.providers.provider import Provider
from sim.record.event import Cause
from sim.scenario.scenario import Scenario
from sim.strategies.pricing.cost_plus import CostPlus
from sim.strategies.pricing.peace import Reviews
from sim.streams import Streams
from sim.tokens import PerToken


class FakeStage:
    """All that a provider needs of a market; what it does there is noted in ``done``."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self.streams, self.now = scenario, Streams(1), 0.0
        self.book, self.done, self.processes = OfferBook(scenario), [], []
        self.book.listed[:] = True
        self.report = PublicReport.blank(len(scenario.products), len(scenario.providers))
        self.week = Week(len(scenario.domains), len(scenario.products), 1.0)
        self.cash_usd = 0.0

    date = property(lambda self: self.scenario.start_date + dt.timedelta(days=int(self.now)))

    def wait(self, days: float) -> float:
        return days

    def start(self, process) -> None:
        self.processes.append(process)

    def balance_usd(self, account) -> float:
        return self.cash_usd

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments: self.done.append((name, *arguments))


@pytest.fixture
def stage(scenario_of) -> FakeStage:
    return FakeStage(scenario_of(war__reaction_per_day=0.1))


@pytest.fixture
def provider(stage: FakeStage) -> Provider:
    scenario = stage.scenario
    (number,) = (f for f, one in enumerate(scenario.providers) if one.name == "Zhipu")
    return Provider(number, scenario.providers[number], Host(scenario.clouds[0]), stage)


def cut_to(stage: FakeStage, product: int, usd_per_mtok: float) -> None:
    stage.book.set_price(product, PerToken(usd_per_mtok, usd_per_mtok, usd_per_mtok))


def prices_posted(stage: FakeStage) -> list[tuple[int, Cause, Answer | None]]:
    return [(product, cause, answer) for name, product, _, cause, answer in
            (done for done in stage.done if done[0] == "post_price")]  # fmt: skip


def move(stage: FakeStage, product: int, usd_per_mtok: float, launched: bool = True) -> Move:
    """Launch a product at a price, or cut it to one, and return the move."""
    standing = stage.book.standing(without=product if launched else None)
    cut_to(stage, product, usd_per_mtok)
    return Move(product, stage.now, standing)


def products_of(stage: FakeStage) -> dict[str, int]:
    return {name: number for number, name in enumerate(stage.book.names)}


def test_a_rival_that_cuts_deep_is_answered_after_the_lag_and_the_answer_says_to_whom(
    stage, provider
):
    rival = products_of(stage)["DeepSeek-V2"]
    provider.hear(move(stage, rival, 0.05))
    (reaction,) = stage.processes
    lag_days = next(reaction)
    assert lag_days > 0.0
    stage.now = lag_days
    next(reaction, None)
    posted = prices_posted(stage)
    assert posted
    assert {cause for _, cause, _ in posted} == {Cause.WAR}
    (answer,) = {answer for _, _, answer in posted}
    assert (answer.product, answer.lag_days) == (rival, lag_days)
    assert stage.scenario.war.tokens_at_risk_share < answer.tokens_at_risk_share < 1.0


def test_lags_of_answers_are_exponential_with_the_scenario_s_hazard(stage, provider):
    """Of 400: mean within 4 standard errors of 1/h, and no fit is worse than one in 10,000."""
    rival, lags = products_of(stage)["DeepSeek-V2"], []
    cut = move(stage, rival, 0.05)
    for replication in range(400):
        stage.streams = Streams(1, replication)
        provider._reactions = 0
        provider._unanswered.clear()
        provider.hear(cut)
        lags.append(next(stage.processes[-1]))
    hazard = stage.scenario.war.reaction_per_day
    assert np.mean(lags) == pytest.approx(1 / hazard, abs=4 / hazard / 20)
    assert stats.kstest(lags, stats.expon(scale=1 / hazard).cdf).pvalue > 1e-4


@pytest.mark.parametrize("heard_days", [0.0, 50.0])
def test_no_answer_comes_before_the_first_date_and_the_lag_counts_from_there(
    scenario_of, heard_days
):
    lags = {}
    for first in (None, "2024-05-20"):
        stage = FakeStage(scenario_of(war__first_answer_date=first))
        number = [one.name for one in stage.scenario.providers].index("Zhipu")
        config = stage.scenario.providers[number]
        provider = Provider(number, config, Host(stage.scenario.clouds[0]), stage)
        stage.now = heard_days
        provider.hear(move(stage, products_of(stage)["DeepSeek-V2"], 0.05))
        lags[first] = next(stage.processes[0])
        opens_days = stage.scenario.days(dt.date(2024, 5, 20))
    assert 0.0 < opens_days < 50.0
    assert lags["2024-05-20"] - lags[None] == pytest.approx(max(opens_days - heard_days, 0.0))


def test_whatever_is_heard_before_the_answer_starts_no_second_one(stage, provider):
    rival = products_of(stage)["DeepSeek-V2"]
    provider.hear(move(stage, rival, 0.05))
    next(stage.processes[0])
    provider.hear(move(stage, rival, 0.02, launched=False))
    assert len(stage.processes) == 1


def test_cuts_of_one_instant_start_one_reaction(stage, provider):
    """Who answers with several products cuts them all at once, and each cut is heard."""
    rival = products_of(stage)["DeepSeek-V2"]
    launch = move(stage, rival, 0.05)
    provider.hear(launch)
    provider.hear(launch)
    (reaction,) = stage.processes
    stage.now = next(reaction)
    next(reaction, None)
    provider.hear(move(stage, rival, 0.02, launched=False))
    assert len(stage.processes) == 2


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("a rival that stays dear", lambda stage, rival: cut_to(stage, rival, 1000.0)),
        ("a rival that is off offer", lambda stage, rival: stage.book.withdraw(rival)),
        ("a rival that is far less able", lambda stage, r: stage.book.set_capability(r, -9.0)),
    ],
)
def test_no_reaction_begins_to(stage, provider, what, change):
    rival = products_of(stage)["DeepSeek-V2"]
    launch = move(stage, rival, 0.05)
    change(stage, rival)
    provider.hear(launch)
    assert not stage.processes


def test_no_reaction_begins_to_a_gap_that_stood_before(stage, provider):
    """A rival at a fortieth of the own prices moves by 5%: it stood there all along."""
    rival = products_of(stage)["DeepSeek-V2"]
    cut_to(stage, rival, 0.05)
    provider.hear(move(stage, rival, 0.0475, launched=False))
    assert not stage.processes


def test_its_own_move_is_no_threat(stage, provider):
    own = provider.products[0].number
    provider.hear(move(stage, own, 0.01, launched=False))
    assert not stage.processes


def test_a_week_s_fixed_cost_is_split_as_the_scenario_says(stage, provider):
    provider.settle(7.0)
    paid = {done[3]: done[4] for done in stage.done if done[0] == "pay"}
    weekly = provider.config.fixed_cost_usd_per_month * 7.0 / 30.44
    split = provider.config.fixed_cost_split
    expected = [weekly * share for share in split]
    assert [paid[Purpose.TRAINING], paid[Purpose.DATA], paid[Purpose.STAFF]] == pytest.approx(
        expected
    )


def test_it_leaves_with_all_products_once_it_was_in_debt_for_long_enough(stage, provider):
    stage.cash_usd = -1.0
    patience = provider.config.exit_after_days_below_zero_cash
    for now in (0.0, patience - 1.0):
        stage.now = now
        provider.leave_if_insolvent()
    assert provider.active
    stage.now = patience
    provider.leave_if_insolvent()
    withdrawn = [done[1:] for done in stage.done if done[0] == "withdraw"]
    assert not provider.active
    assert withdrawn == [(product.number, Cause.EXIT) for product in provider.products]


def test_money_again_in_time_wipes_the_debt_away(stage, provider):
    patience = provider.config.exit_after_days_below_zero_cash
    for now, cash in ((0.0, -1.0), (1.0, 1.0), (2.0, -1.0), (1.0 + patience, -1.0)):
        stage.now, stage.cash_usd = now, cash
        provider.leave_if_insolvent()
    assert provider.active


class ScriptedWar:
    """A strategy of war that goes through given phases, whatever happens."""

    def __init__(self, *phases: str) -> None:
        self.phases = list(phases)

    def next_phase(self, view, *, war_open: bool) -> str:
        return self.phases.pop(0)

    def propose(self, view) -> float:
        return 1.0


def test_a_second_climb_out_of_a_war_ends_the_first(stage, provider):
    pricing = provider.products[0].pricing
    pricing._war = ScriptedWar("recoup", "war", "recoup")
    pricing.phase = "war"
    for _ in range(3):
        pricing.review_phase()
    first, second = stage.processes
    assert next(first) == next(second) == pytest.approx(30.44)
    assert next(first, "over") == "over"
    assert next(second) == pytest.approx(30.44)
    assert {cause for _, cause, _ in prices_posted(stage)} == {Cause.RECOUP}
    assert len(prices_posted(stage)) == 1


def test_peace_and_war_begin_without_a_step_up(stage, provider):
    pricing = provider.products[0].pricing
    pricing._war = ScriptedWar("recoup", "peace")
    pricing.phase = "war"
    pricing.review_phase()
    (climb,) = stage.processes
    next(climb)
    next(climb)
    assert pricing.view().recoup_steps_taken == 1
    pricing.review_phase()
    assert pricing.view().recoup_steps_taken == 0


class ToPrice:
    """A strategy of peace or war that wants one price, whatever happens."""

    replays_history = False

    def __init__(self, usd_per_mtok: float, *, on_cost_change: bool = True) -> None:
        self.usd_per_mtok, self.on_cost_change = usd_per_mtok, on_cost_change

    def reviews(self) -> Reviews:
        return Reviews(0.0, self.on_cost_change)

    def propose(self, view) -> float:
        return self.usd_per_mtok


@pytest.mark.parametrize(
    ("wanted", "cost", "reviews", "moves"),
    [
        (0.5, (2.0, 1.0), True, True),  # a cut, as cost falls
        (0.5, (1.0, 2.0), True, False),  # a cut, though cost rises
        (1.5, (1.0, 2.0), True, True),
        (1.5, (2.0, 1.0), True, False),
        (0.5, (2.0, 1.0), False, False),  # it looks at no price then
    ],
)
def test_a_change_of_cost_moves_prices_its_own_way_whatever_a_policy_of_peace_wants(
    stage, provider, wanted, cost, reviews, moves
):
    product = provider.products[0]
    cut_to(stage, product.number, 1.0)
    product.pricing._peace = ToPrice(wanted, on_cost_change=reviews)
    product.pricing.cost_changed(CostChange(Cause.RENT, *cost))
    assert [cause for _, cause, _ in prices_posted(stage)] == [Cause.RENT] * moves


@pytest.mark.parametrize("phase", ["peace", "war"])
@pytest.mark.parametrize(
    ("cost", "price"),
    [
        ((0.6, 0.8), 1.2),  # dollar for dollar, up
        ((0.8, 0.6), 0.8),  # and down
        ((1.5, 1.8), None),  # what is sold below cost stays
        ((1.8, 1.5), None),  # until
        ((1.8, 0.7), 0.7),  # cost is below it
    ],
)
def test_costs_are_passed_on_by_one_rule_at_peace_and_at_war(stage, provider, phase, cost, price):
    product = provider.products[0]
    cut_to(stage, product.number, 1.0)
    product.costs.marginal_cost_usd_per_mtok = cost[0]
    product.pricing._peace = CostPlus(policy="cost_plus")
    product.pricing._begin_peace()
    product.pricing._war = ToPrice(0.1)
    product.pricing.phase = phase
    product.costs.marginal_cost_usd_per_mtok = cost[1]
    product.pricing.cost_changed(CostChange(Cause.RENT, *cost))
    posted = [done[2].output for done in stage.done if done[0] == "post_price"]
    assert posted == ([] if price is None else [pytest.approx(price)])


@pytest.mark.parametrize("phase", ["peace", "war"])
def test_what_was_sold_below_cost_follows_cost_up_again_once_cost_has_reached_it(
    stage, provider, phase
):
    product = provider.products[0]
    cut_to(stage, product.number, 1.0)
    product.costs.marginal_cost_usd_per_mtok = 1.25
    product.pricing._peace = CostPlus(policy="cost_plus")
    product.pricing._begin_peace()
    product.pricing._war = ToPrice(0.1)
    product.pricing.phase = phase
    for old, new in ((1.25, 0.75), (0.75, 1.25)):
        product.costs.marginal_cost_usd_per_mtok = new
        product.pricing.cost_changed(CostChange(Cause.RENT, old, new))
        cut_to(stage, product.number, new)
    posted = [done[2].output for done in stage.done if done[0] == "post_price"]
    assert posted == pytest.approx([0.75, 1.25])


def test_on_the_way_back_up_no_change_of_cost_moves_a_price(stage, provider):
    pricing = provider.products[0].pricing
    pricing._peace = pricing._war = ToPrice(0.5)
    pricing.phase = "recoup"
    pricing.cost_changed(CostChange(Cause.RENT, 2.0, 1.0))
    assert not prices_posted(stage)
