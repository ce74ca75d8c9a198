"""Attribution and the effects of the war proper, on tables made by hand."""

import math

import numpy as np
import pandas as pd
import pytest

import sim
from analysis.attribution.attribution import attribution_of
from analysis.attribution.factor_worlds import FactorOutcomes
from analysis.attribution.in_play import factors_in_play
from analysis.attribution.margins import log_averages, squeezed_share
from analysis.attribution.planned import attribution_space
from analysis.attribution.quantities import LOG, Quantity
from analysis.attribution.sampled import sampled_value
from analysis.attribution.telling import _stand_ins, _worth, factor_tables, note
from analysis.attribution.war_effects import war_effects
from analysis.attribution.war_worlds import Tables, WarWorlds, calm, news_of
from analysis.figures.attribution import draw_factors, draw_interactions
from analysis.statistics import short
from sim.errors import ScenarioError, UsageError
from sim.record.tables import SCHEMAS
from sim.strategies.pricing.cost_plus import CostPlus

ONE = (Quantity("outcome", "Outcome", "outcome", LOG, lambda rows: rows),)


def outcomes_of(values, factors="abc", orders=()):
    """Worlds' values, one a world or (2^n, R), as a sweep would give them."""
    rows = np.asarray(values, float).reshape(len(values), -1, 1)
    numbers = tuple(range(rows.shape[1]))
    return FactorOutcomes(tuple(factors), ONE, dict(enumerate(rows)), numbers, orders)


def test_a_factor_that_changes_nothing_is_worth_exactly_nothing():
    values = np.random.default_rng(1).normal(size=(4, 5))
    told = attribution_of(outcomes_of(np.concatenate([values, values])), "made")
    [outcome] = told.quantities
    idle = outcome.factors[2]
    assert (idle.shapley.centre, idle.first_in.centre, idle.last_in.centre) == (0.0, 0.0, 0.0)
    assert (idle.least, idle.most) == (0.0, 0.0)
    assert not idle.order_decides
    assert [pair.interaction.centre for pair in outcome.pairs if "c" in pair.factors] == [0.0, 0.0]


def test_parts_add_up_in_every_column_and_a_replication_without_the_outcome_is_left_out():
    values = np.random.default_rng(2).normal(size=(8, 6))
    values[3, 4] = math.nan
    [outcome] = attribution_of(outcomes_of(values), "made").quantities
    kept = np.delete(values, 4, axis=1)
    assert outcome.total.replications == 5
    assert outcome.total.centre == pytest.approx((kept[7] - kept[0]).mean(), abs=1e-12)
    parts = [effect.shapley.centre for effect in outcome.factors]
    assert sum(parts) == pytest.approx(outcome.total.centre, abs=1e-12)
    assert sum(outcome.share(effect) for effect in outcome.factors) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("orders", [(), ((0, 1, 3, 7), (0, 4, 6, 7), (0, 4, 5, 7), (0, 2, 3, 7))])
def test_a_factor_is_not_one_number_though_it_does_the_same_first_in_and_last_in(orders):
    """v = f + 2 f g - 2 f h: 1 alone and beside both others, 3 after g, -1 after h."""
    noise = np.random.default_rng(6).normal(scale=0.01, size=10)
    values = [f + 2 * f * g - 2 * f * h + noise for h in (0, 1) for g in (0, 1) for f in (0, 1)]
    told = attribution_of(outcomes_of(values, "fgh", orders), "made")
    effect = told.quantities[0].factors[0]
    assert (effect.first_in.centre, effect.last_in.centre) == pytest.approx((1.0, 1.0))
    assert (effect.least, effect.most) == pytest.approx((-1.0, 3.0))
    assert effect.widest.centre == pytest.approx(4.0)
    assert effect.order_decides
    assert _worth(effect, short) == "f -1 to 3 as the order decides"


def test_a_range_that_is_narrow_or_chance_is_told_as_one_number():
    """What f adds is 1 to both sets, but for noise; 0.2 more beside g is less than a quarter."""
    apart = attribution_of(outcomes_of([[0] * 6, [1] * 6, [0] * 6, [1.2] * 6], "fg"), "made")
    assert not apart.quantities[0].factors[0].order_decides
    generator = np.random.default_rng(8)
    found = 0
    for _ in range(200):
        values = generator.normal(size=(4, 6)) + np.array([[0], [1], [0], [1]])
        [outcome] = attribution_of(outcomes_of(values, "fg"), "made").quantities
        found += outcome.factors[0].order_decides
    # of two sets the test is Student's at 5%, with a standard deviation of 0.015
    assert 0.01 <= found / 200 <= 0.11


@pytest.mark.parametrize("orders", [(), ((0, 1, 3, 7), (0, 4, 6, 7), (0, 4, 5, 7), (0, 2, 3, 7))])
def test_what_is_furthest_apart_of_many_sets_is_seldom_called_so_by_chance(orders):
    """What f adds is the same beside all others: of two sets picked among four, Student's t alone
    is beyond its 5% point in 19% of such cases."""
    generator = np.random.default_rng(9)
    found = 0
    for _ in range(300):
        values = generator.normal(size=(8, 6))
        [outcome] = attribution_of(outcomes_of(values, "fgh", orders), "made").quantities
        found += outcome.factors[0].order_decides
    assert found / 300 <= 0.05


def test_one_replication_does_not_say_that_the_order_decides():
    told = attribution_of(outcomes_of([0.0, 1.0, 1.0, 1.0], "ab"), "made")
    effect = told.quantities[0].factors[0]
    assert not effect.order_decides
    assert effect.order_may_decide
    assert "one replication does not say" in _worth(effect, short)
    [table] = factor_tables(told)
    assert "a ?" in str(table)
    assert "one replication does not say if by chance" in note(told)
    assert "?" not in note(attribution_of(outcomes_of([[0, 0], [1, 1]], "a"), "made"))


def first_pair(value):
    """The first two of three factors, and the sentences that say which stand in for each other."""
    noise = np.random.default_rng(6).normal(scale=0.001, size=10)
    worlds = [value(a, b, c) + noise * (1 + a) for c in (0, 1) for b in (0, 1) for a in (0, 1)]
    told = attribution_of(outcomes_of(worlds), "made").quantities[0]
    return told.pairs[0], [line for line in _stand_ins(told) if line.startswith("A and b")]


@pytest.mark.parametrize(
    ("value", "joint"),
    [
        (lambda a, b, c: 10 * c - a - b - 4 * a * b, 1),  # the total is of the other sign
        (lambda a, b, c: 10 * c - 4 * a - 4 * b + 3 * a * b, -1),
        (lambda a, b, c: 10 * c + 4 * a + 4 * b - 3 * a * b, -1),
        (lambda a, b, c: -10 * c + 4 * a + 4 * b - 3 * a * b, -1),
        (lambda a, b, c: c + 4 * a - 4 * b - 3 * a * b, 0),  # b undoes a
        (lambda a, b, c: c + 4 * a + 3 * a * b, 1),  # b does nothing alone
        (lambda a, b, c: c + 4 * a + 4 * b, 0),
    ],
)
def test_two_stand_in_for_each_other_where_both_add_less_than_each_of_the_same_sign(value, joint):
    pair, told = first_pair(value)
    assert (pair.joint if abs(pair.interaction.centre) > 0.1 else 0) == joint
    assert len(told) == (joint < 0)


def test_sampled_orders_give_what_was_added_along_them_and_name_their_error():
    """One order, a before b before c, and its reverse."""
    values = np.random.default_rng(3).normal(size=(8, 4))
    walks = ((0, 1, 3, 7), (0, 4, 6, 7))  # a, b, c and its reverse
    made = outcomes_of(values)
    several = FactorOutcomes(made.factors, ONE, made.by_world, made.replications, walks)
    [outcome] = attribution_of(several, "made").quantities
    first = ((values[1] - values[0]) + (values[7] - values[6])).mean() / 2.0
    assert outcome.factors[0].shapley.centre == pytest.approx(first, abs=1e-12)
    parts = sum(effect.shapley.centre for effect in outcome.factors)
    assert parts == pytest.approx(outcome.total.centre, abs=1e-12)
    assert outcome.pairs == ()
    told = note(attribution_of(several, "made"))
    assert "orders are sampled" in told
    assert "no p values" in told
    assert "Holm" not in told
    assert "Holm" in note(attribution_of(made, "made"))


def test_the_sampling_error_is_that_of_the_orders_alone():
    orders = np.array([1.0, 2.0, 3.0, 6.0])[:, None] + np.zeros(5)
    found = sampled_value(orders)
    assert found.interval.centre == 3.0
    assert found.sampling_error == pytest.approx(orders[:, 0].std(ddof=1) / 2.0)
    chance = sampled_value(np.ones((4, 1)) * [1.0, 2.0, 3.0])
    assert chance.sampling_error == 0.0
    # Student's interval of three values with a standard deviation of one
    assert chance.interval.high - 2.0 == pytest.approx(4.302653 / math.sqrt(3.0), rel=1e-5)


def test_tables_and_figures_show_every_outcome_and_mark_where_the_order_decides():
    values = np.add.outer([0.0, 1.0, 1.0, 1.0], [0.0, 0.01, 0.02])
    told = attribution_of(outcomes_of(values, "ab"), "made")
    [table] = factor_tables(told)
    text = str(table)
    assert "a *" in text
    assert "0 to 1" in text
    for figure in (draw_factors(told), draw_interactions(told)):
        assert figure.axes[0].get_title(loc="left").startswith("Outcome")


# ------------------------------------------------------------------------------ factors


def test_factors_in_play_are_those_that_have_something_to_act_on():
    minimal = sim.load("minimal")
    assert factors_in_play(minimal) == ("competition", "attention", "open_weights")
    assert factors_in_play(sim.load("china-2024-price-war")) == (
        "compression",
        "hardware",
        "competition",
        "attention",
        "open_weights",
    )
    off = {"factors.competition": False, "population.consideration.news_weight": 0.0}
    quiet = {"population.clocks.news_review_per_day": 0.0}
    assert factors_in_play(sim.load("minimal", off | quiet)) == ("open_weights",)


def test_a_design_takes_what_is_in_play_and_factors_of_ones_own():
    space = attribution_space(
        "minimal", further=["tied: population.choice.switching_cost_vendor=0"]
    )
    names = [axis.name for axis in space.axes]
    assert names == ["competition", "attention", "open_weights", "tied"]
    off = {axis.name: axis.levels[1] for axis in space.axes}
    assert space.load(off).population.choice.switching_cost_vendor == 0.0
    assert not space.load(off).factors.competition


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"factors": ["compression"]}, UsageError, "In play: competition, attention"),
        ({"factors": ["competion"]}, UsageError, "Did you mean 'competition'"),
        ({"further": ["tied"]}, ScenarioError, "must be NAME: PATH=VALUE"),
        ({"further": ["tied: population.usres=3"]}, ScenarioError, "--further 'tied"),
        ({"orders": 5}, ScenarioError, "orders must be even"),
        ({"orders": 2}, ScenarioError, "from 4 to 100,000"),
    ],
)
def test_what_is_no_factor_is_refused_with_what_there_is(options, error, said):
    with pytest.raises(error) as refusal:  # noqa: PT012 - either may refuse it
        space = attribution_space("minimal", **options)
        for axis in space.axes:
            space.load({one.name: one.levels[one is axis] for one in space.axes})
    assert said in str(refusal.value)


def test_a_scenario_without_causes_is_refused():
    off = [f"factors.{name}=false" for name in ("competition", "attention", "open_weights")]
    with pytest.raises(UsageError, match="has no factor"):
        attribution_space("minimal", overrides=off)


# ------------------------------------------------------------------------------ the war


def test_the_calm_market_is_cost_plus_at_the_margins_of_the_listing():
    scenario = sim.load("minimal", {"providers[Zhipu].price": {"policy": "hold"}})
    quiet = calm(scenario)
    assert not quiet.factors.competition
    assert [one.price for one in quiet.providers] == [CostPlus(policy="cost_plus")] * 2
    assert calm(sim.load("minimal")) == sim.load("minimal", {"factors.competition": False})


@pytest.mark.parametrize("name", ["free-tier", "peak-pricing"])
def test_the_calm_market_keeps_tariffs_and_quotas_at_the_margins_of_the_listing(name):
    scenario = sim.load(name)
    quiet = calm(scenario)
    assert [one.price for one in quiet.providers] == [one.price for one in scenario.providers]
    assert any(not isinstance(one.price, CostPlus) for one in quiet.providers)
    dear = [one.price.model_copy(update={"markup_share": 0.3}) for one in scenario.providers]
    providers = tuple(
        one.model_copy(update={"price": price})
        for one, price in zip(scenario.providers, dear, strict=True)
    )
    assert calm(scenario.model_copy(update={"providers": providers})) == quiet


def test_the_calm_market_reviews_its_prices_as_often():
    reviewed = {"policy": "best_response", "review_per_month": 2.0, "reviews_on_cost_change": False}
    quiet = calm(sim.load("minimal", {"providers[Zhipu].price": reviewed}))
    price = next(one.price for one in quiet.providers if one.name == "Zhipu")
    assert price == CostPlus(policy="cost_plus", review_per_month=2.0, reviews_on_cost_change=False)


def test_news_is_of_cuts_launches_and_better_versions_and_as_loud():
    events = pd.DataFrame(
        [
            (0, 3.5, "price", "a", 2.0, 0.5, "war"),
            (0, 4.0, "price", "a", 0.5, 1.0, "recoup"),
            (1, 5.0, "launch", "b", None, 1.0, "peace"),
            (1, 6.0, "capability", "b", 1.0, 1.5, "version"),
            (1, 7.0, "capability", "b", 1.5, 1.2, "compression"),
            (1, 8.0, "cost", "b", 1.0, 0.5, "rent"),
        ],
        columns=["replication", "time_days", "kind", "subject", "old", "new", "cause"],
    )
    told = [(one.replication, one.time_days, one.product, one.level) for one in news_of(events)]
    assert told == [(0, 3.5, "a", 0.75), (1, 5.0, "b", 1.0), (1, 6.0, "b", 1.0)]


def products_of(prices, costs, tokens) -> pd.DataFrame:
    """Two products over the weeks 0, 7 and 14 of one replication; rows by week."""
    rows = [
        (0, week * 7.0, name, price, cost, sold, 0.5)
        for week, (ps, cs, ts) in enumerate(zip(prices, costs, tokens, strict=True))
        for name, price, cost, sold in zip("ab", ps, cs, ts, strict=True)
    ]
    names = ["replication", "time_days", "product", "price_usd_per_mtok"]
    more = ["marginal_cost_usd_per_mtok", "tokens_mtok_per_day", "capability_logit"]
    return pd.DataFrame(rows, columns=names + more)


def test_margins_bear_what_costs_do_not():
    nothing = (math.nan, math.nan)
    table = products_of(
        [(4.0, 2.0), (4.0, 2.0), (1.0, 1.0)],
        [(2.0, 2.0), (2.0, 2.0), (1.0, 1.0)],
        [nothing, (1.0, 1.0), (3.0, 1.0)],
    )
    start, end = (log_averages(table, at_end=at_end) for at_end in (False, True))
    assert float(np.exp(start["price"].iloc[0])) == pytest.approx(3.0)
    fall = (end - start).to_numpy()
    assert fall[0] == pytest.approx([-math.log(3.0), -math.log(2.0)])
    share = squeezed_share(*fall.T)
    assert share.centre == pytest.approx(1.0 - math.log(2.0) / math.log(3.0))
    assert not share.known


def test_the_share_of_margins_is_covered_by_its_interval_and_says_nothing_without_a_fall():
    generator = np.random.default_rng(4)
    hits = 0
    for _ in range(300):
        price = -1.0 + generator.normal(scale=0.2, size=30)
        cost = 0.25 * price + generator.normal(scale=0.05, size=30)
        share = squeezed_share(price, cost)
        hits += share.low <= 0.75 <= share.high
    assert 0.92 <= hits / 300 <= 0.98
    flat = squeezed_share(np.array([-0.1, 0.12, 0.05]), np.array([0.1, 0.1, 0.0]))
    assert flat.says_nothing
    assert math.isnan(squeezed_share(np.zeros(3), np.ones(3)).centre)


def test_news_and_prices_add_up_to_the_war_and_more_users_and_more_each_to_its_tokens():
    columns = [column for column in SCHEMAS["market"].names if column != "date"]
    generator = np.random.default_rng(5)

    def tables() -> Tables:
        rows = pd.DataFrame(np.abs(generator.normal(1.0, 0.2, (8, len(columns)))), columns=columns)
        rows["replication"], rows["time_days"] = np.repeat(np.arange(4), 2), np.tile([0.0, 7.0], 4)
        sold = [products_of([(1.0, 2.0)] * 2, [(0.5, 1.0)] * 2, [(1.0, 1.0)] * 2)] * 4
        numbered = [one.assign(replication=number) for number, one in enumerate(sold)]
        return Tables(rows, pd.concat(numbered, ignore_index=True))

    worlds = WarWorlds(tables(), tables(), tables())
    found = war_effects(worlds)
    for one in found.effects:
        assert one.by_news.centre + one.by_prices.centre == pytest.approx(one.total.centre)
    lines = {line.label: line.effect.centre for line in found.lines}
    logs = [
        np.log(one.market.groupby("replication")["tokens_mtok_per_day"].last())
        for one in (worlds.war, worlds.calm)
    ]
    total = float((logs[0] - logs[1]).mean())
    assert lines["Tokens: more users"] + lines["Tokens: more a user"] == pytest.approx(total)
    assert {line.heading for line in found.lines} == {
        "market expansion",
        "technical innovation",
        "cost optimisation",
    }
