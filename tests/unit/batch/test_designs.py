"""Designs visit the points that they promise."""

from itertools import pairwise, product
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from sim.batch.design_file import fingerprint, read_design
from sim.batch.designs.factors import SWITCHES
from sim.batch.planning import DesignStudy, make_plan
from sim.errors import ScenarioError, UsageError

RANGES = """
parameters:
  first: {path: war.trigger_gap_share, range: [0.1, 0.3]}
  second: {path: war.reaction_per_day, range: [0.01, 1.0], scale: log}
  third: {path: population.users, range: [20, 60], whole: true}
"""


@pytest.fixture
def space_of(tmp_path: Path):
    def build(text: str, head: str = "name: test\nscenario: minimal\n"):
        path = tmp_path / "design.yaml"
        path.write_text(head + dedent(text), encoding="utf-8")
        return read_design(path)

    return build


@pytest.fixture
def plan_of(space_of):
    def build(text: str, **options):
        space = space_of(text)
        return make_plan(space, fingerprint(space), **options)

    return build


def values(plan):
    return [tuple(point.values.values()) for point in plan.points]


def test_a_grid_is_every_combination_the_last_parameter_fastest(plan_of):
    plan = plan_of("""
        kind: grid
        replications: 3
        parameters:
          gap: {path: war.trigger_gap_share, values: [0.1, 0.2]}
          lag: {path: war.reaction_per_day, range: [0.01, 1], levels: 3, scale: log}
    """)
    assert np.allclose(values(plan), list(product([0.1, 0.2], [0.01, 0.1, 1.0])))
    assert len(plan) == 18
    assert [run.replication for run in plan.runs()] == [0, 1, 2] * 6
    assert len({run.run_id for run in plan.runs()}) == 18


def test_a_list_is_its_points_in_order(plan_of):
    plan = plan_of("""
        kind: list
        parameters:
          gap: {path: war.trigger_gap_share}
          policy: {path: "providers[DeepSeek].war"}
        points:
          - {gap: 0.3, policy: {policy: match}}
          - {gap: 0.1, policy: {policy: undercut, depth_share: 0.2}}
    """)
    assert values(plan) == [
        (0.3, '{"policy": "match"}'),
        (0.1, '{"depth_share": 0.2, "policy": "undercut"}'),
    ]


def test_a_latin_hypercube_has_one_point_in_each_stratum(plan_of):
    plan = plan_of("kind: latin_hypercube\npoints: 20\n" + RANGES)
    first, second, third = np.array(values(plan)).T
    assert sorted(np.floor((first - 0.1) / 0.01 + 1e-9)) == list(range(20))
    assert sorted(np.floor(np.log10(second / 0.01) * 10 + 1e-9)) == list(range(20))
    assert all(float(users).is_integer() for users in third)


def test_a_sobol_sequence_fills_each_half_evenly(plan_of):
    plan = plan_of("kind: sobol\npoints: 32\n" + RANGES)
    first = np.array(values(plan))[:, 0]
    assert (first < 0.2).sum() == 16


def test_saltelli_blocks_mix_two_points_one_parameter_at_a_time(plan_of):
    plan = plan_of("kind: sobol\npoints: 4\nsaltelli: true\n" + RANGES)
    assert len(plan.points) == 4 * 5
    for begin in range(0, 20, 5):
        a, b, *mixed = values(plan)[begin : begin + 5]
        for index, point in enumerate(mixed):
            assert point == tuple(b[i] if i == index else a[i] for i in range(3))
    assert [point.step for point in plan.points] == [0, 1, 2, 3, 4] * 4


def test_a_morris_trajectory_moves_each_parameter_once_by_the_same_step(plan_of):
    text = """
        kind: morris
        trajectories: 6
        parameters:
          first: {path: war.trigger_gap_share, range: [0.0, 0.9]}
          second: {path: war.comparable_capability_gap_logit, range: [0.0, 0.3]}
    """
    plan = plan_of(text)
    assert len(plan.points) == 6 * 3
    for begin in range(0, 18, 3):
        walk = values(plan)[begin : begin + 3]
        moves = [np.subtract(after, before) for before, after in pairwise(walk)]
        assert sorted(int(np.flatnonzero(move)[0]) for move in moves) == [0, 1]
        for move in moves:
            assert np.count_nonzero(move) == 1
            assert np.abs(move).max() == pytest.approx([0.6, 0.2][int(np.flatnonzero(move)[0])])


def test_factors_are_all_worlds_the_full_one_first(plan_of):
    plan = plan_of("kind: factors\n")
    assert len(plan.points) == 2 ** len(SWITCHES)
    assert values(plan)[0] == (True,) * len(SWITCHES)
    assert values(plan)[-1] == (False,) * len(SWITCHES)
    assert len(set(values(plan))) == len(plan.points)


FURTHER = """
    kind: factors
    factors: [competition]
    further:
      tied users: {population.choice.switching_cost_vendor: 0.0}
      slow users: {population.clocks.review_per_day: 0.001, population.clocks.usage_per_day: 0.002}
"""


def test_a_further_factor_sets_its_values_where_it_is_off_and_nothing_where_it_is_on(space_of):
    space = space_of(FURTHER)
    plan = make_plan(space, fingerprint(space))
    assert values(plan) == list(product([True, False], repeat=3))
    study, base = DesignStudy(space), space.base.population
    for point in plan.points:
        people = study.scenario(point).population
        tied, slow = point.values["tied users"], point.values["slow users"]
        cost = base.choice.switching_cost_vendor if tied else 0.0
        rates = (base.clocks.review_per_day, base.clocks.usage_per_day) if slow else (0.001, 0.002)
        assert people.choice.switching_cost_vendor == cost
        assert (people.clocks.review_per_day, people.clocks.usage_per_day) == rates


def test_sampled_orders_switch_factors_on_one_by_one_each_order_beside_its_reverse(plan_of):
    plan = plan_of(FURTHER + "    orders: 4\n")
    ends, *orders = [
        [point.values for point in plan.points if point.block == block] for block in range(5)
    ]
    counts = [sum(world.values()) for world in ends]
    assert counts == [3, 0, 1, 1, 1, 2, 2, 2]
    came = []
    for walk in orders:
        assert [sum(world.values()) for world in walk] == [0, 1, 2, 3]
        steps = [set(after.items()) - set(before.items()) for before, after in pairwise(walk)]
        assert all(len(step) == 1 for step in steps)
        came.append([name for [(name, _)] in steps])
    assert came[1] == came[0][::-1]
    assert came[3] == came[2][::-1]


def test_more_than_eight_factors_are_sampled_unless_all_is_asked_for(plan_of):
    many = "".join(f"      f{n}: {{war.reaction_per_day: {0.1 + n / 100}}}\n" for n in range(8))
    with pytest.raises(ScenarioError, match="sets what 'f0' sets"):
        plan_of(f"    kind: factors\n    further:\n{many}")
    paths = (
        "market_share_weight", "peer_weight", "news_weight", "base", "news_half_life_days",
    )  # fmt: skip
    nine = "".join(f"      f{n}: {{population.consideration.{n}: 0.5}}\n" for n in paths)
    plan = plan_of(
        "    kind: factors\n    factors: [competition, attention, hardware, compression]\n"
        f"    further:\n{nine}"
    )
    assert len(plan.points) == (2 + 2 * 9) + 64 * 10


@pytest.mark.parametrize("distribution", ["uniform", "log_uniform", "triangular"])
def test_monte_carlo_draws_every_stated_range_and_keeps_shares_whole(distribution, space_of):
    space = space_of(f"kind: monte_carlo\npoints: 30\ndistribution: {distribution}\n")
    plan = make_plan(space, fingerprint(space))
    stated = {path for path, source in space.base.provenance.items() if source.range}
    assert set(plan.parameters) == stated
    scenarios = DesignStudy(space)
    for point in plan.points:
        scenario = scenarios.scenario(point)
        assert sum(domain.share for domain in scenario.domains) == pytest.approx(1.0)
        gap = scenario.war.trigger_gap_share
        assert gap == point.values["war.trigger_gap_share"]
        assert 0.05 <= gap <= 0.3
    assert len({point.values["war.trigger_gap_share"] for point in plan.points}) == 30


def test_triangular_draws_gather_around_the_stated_value(space_of):
    """At the mode 0.1 of [0.05, 0.3] a fifth lies below; 3 sd of 2,000 draws is 2.7%: p < 0.003."""
    space = space_of("""
        kind: monte_carlo
        points: 2000
        distribution: triangular
        include: [war.trigger_gap_share]
    """)
    blocks = space.design.blocks(space.axes)
    drawn = [next(blocks)[0]["war.trigger_gap_share"].value for _ in range(2000)]
    assert np.mean(np.array(drawn) < 0.1) == pytest.approx(0.2, abs=0.027)


def test_include_exclude_and_own_parameters_choose_what_is_drawn(plan_of):
    plan = plan_of("""
        kind: monte_carlo
        points: 3
        include: ["war.*"]
        exclude: ["war.trigger*"]
        parameters:
          lag: {path: war.reaction_per_day, range: [0.5, 0.6]}
    """)
    assert plan.parameters == ("lag", "war.comparable_capability_gap_logit")
    assert all(0.5 <= point.values["lag"] <= 0.6 for point in plan.points)


def test_designs_draw_the_same_points_again_and_others_with_another_seed(plan_of):
    for kind in ("kind: latin_hypercube\npoints: 5\n", "kind: sobol\npoints: 5\n"):
        same, again = plan_of(kind + RANGES), plan_of(kind + RANGES)
        other = plan_of("design_seed: 2\n" + kind + RANGES)
        assert values(same) == values(again) != values(other)


def test_one_parameter_may_set_many_paths(space_of):
    space = space_of("""
        kind: grid
        parameters:
          floor:
            paths: ["providers[Zhipu].war.floor_cost_share", "providers[1].war.floor_cost_share"]
            values: [0.5, 0.7]
    """)
    plan = make_plan(space, fingerprint(space))
    scenario = DesignStudy(space).scenario(plan.points[1])
    assert [provider.war.floor_cost_share for provider in scenario.providers] == [0.7, 0.7]


def test_all_points_share_the_seed_and_so_their_random_numbers(plan_of):
    text = "kind: grid\nparameters:\n  gap: {path: war.trigger_gap_share, values: [0.1, 0.2]}\n"
    assert plan_of(text).seed == 1
    assert plan_of("seed: 7\n" + text).seed == 7
    assert plan_of("seed: 7\n" + text, seed=9).seed == 9


# ------------------------------------------------------------------------------------ constraints

TWO = """
parameters:
  low: {path: war.trigger_gap_share, values: [0.1, 0.2, 0.3]}
  high: {path: war.comparable_capability_gap_logit, values: [0.1, 0.2, 0.3]}
"""


def test_a_grid_leaves_out_points_that_a_constraint_refuses(plan_of):
    plan = plan_of('kind: grid\nconstraints: ["low < high"]\n' + TWO)
    assert values(plan) == [(0.1, 0.2), (0.1, 0.3), (0.2, 0.3)]
    assert plan.refused == 6


@pytest.mark.parametrize("kind", ["sobol\npoints: 8", "morris\ntrajectories: 8\nlevels: 4"])
def test_sequences_replace_blocks_that_a_constraint_refuses(kind, plan_of):
    plan = plan_of(f"kind: {kind}\nconstraints: ['first + third / 1000 < 0.3']\n" + RANGES)
    assert len({point.block for point in plan.points}) == 8
    assert all(one + three / 1000 < 0.3 for one, _, three in values(plan))


def test_draws_that_the_scenario_refuses_are_drawn_anew(plan_of):
    plan = plan_of("""
        kind: monte_carlo
        points: 20
        include: ["products[glm-4].architecture.*parameters_billion"]
    """)
    assert plan.refused > 0
    assert all(active <= whole for whole, active in values(plan))


def test_constraints_that_nothing_keeps_are_said(plan_of):
    with pytest.raises(UsageError, match="no point keeps the constraints"):
        plan_of('kind: grid\nconstraints: ["low > 1"]\n' + TWO)
    with pytest.raises(UsageError, match="of 1201 draws only 0 are accepted"):
        plan_of('kind: sobol\npoints: 1\nconstraints: ["first > 1"]\n' + RANGES)


# --------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("kind: gird\n", "3:7", "Did you mean 'grid'"),
        ("kind: grid\nparameter: {}\n", "4:1", "Did you mean 'parameters'"),
        (
            "kind: grid\nparameters:\n  gap: {path: war.triger_gap_share, values: [0.1]}\n",
            "5:46",
            "Did you mean 'trigger_gap_share'",
        ),
        (
            "kind: grid\nparameters:\n  gap: {path: war.trigger_gap_share, values: [0.1, 7]}\n",
            "5:52",
            "must be a number from 0 to 1",
        ),
        (
            "kind: grid\nparameters:\n  gap: {path: war.trigger_gap_share, range: [0, 1]}\n",
            "5:8",
            "a range needs levels",
        ),
        (
            "kind: grid\nparameters:\n  gap: {values: [0.1]}\n",
            "5:8",
            "must have either path or paths",
        ),
        (
            "kind: grid\nparameters:\n  hhi_tokens: {path: war.trigger_gap_share, values: [0]}\n",
            "5:15",
            "is the name of a column of the results",
        ),
        ("kind: grid\nconstraints: ['low < hihg']\n" + TWO, "4:15", "no parameter 'hihg'"),
        ("kind: factors\nfactors: [competion]\n", "4:1", "Did you mean 'competition'"),
        ("kind: factors\nfactors: []\n", "1:1", "needs at least one factor"),
        ("kind: factors\norders: 5\n", "1:1", "orders must be even"),
        ("kind: factors\norders: 2\n", "4:9", "from 4 to 100,000"),
        ("kind: factors\nfurther: {x: {population..users: 3}}\n", "4:34", "is not a path"),
        ("kind: factors\nfurther: {hardware: {seed: 3}}\n", "4:1", "names a switch"),
        ("kind: morris\ntrajectories: 2\nlevels: 5\n" + RANGES, "1:1", "levels must be even"),
        (
            "kind: list\nparameters:\n  gap: {path: war.trigger_gap_share}\npoints: [{gpa: 1}]\n",
            "6:16",
            "Did you mean 'gap'",
        ),
        ("kind: monte_carlo\npoints: 2\ninclude: [nothing]\n", "3:1", "states no range"),
        ("set: {war.triger: 1}\nkind: factors\n", "3:19", "no key 'triger' here"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_is_meant(text, place, said, space_of):
    with pytest.raises(ScenarioError) as refusal:  # noqa: PT012 - either may refuse it
        space = space_of(text)
        make_plan(space, fingerprint(space))
    assert f"design.yaml:{place}" in str(refusal.value)
    assert said in str(refusal.value)


def test_a_missing_design_is_answered_with_the_shipped_designs():
    with pytest.raises(ScenarioError, match="no such file.  Did you mean 'war-depth'?"):
        read_design("war-dept")
    with pytest.raises(
        ScenarioError,
        match="Shipped designs: china-duel, good-war, jevons-boundary, minimal-morris, ",
    ):
        read_design("qqqq")


CONTRAST = """
contrast:
  war: {path: factors.competition, values: [true, false]}
"""


def test_a_contrast_runs_every_point_with_both_values_in_the_same_block(plan_of):
    plan = plan_of("kind: latin_hypercube\npoints: 3\n" + RANGES + CONTRAST)
    assert plan.parameters == ("first", "second", "third", "war")
    for number in range(3):
        with_war, without = (point for point in plan.points if point.block == number)
        assert (with_war.values["war"], without.values["war"]) == (True, False)
        assert with_war.key != without.key
        rest = [{**point.values, "war": None} for point in (with_war, without)]
        assert rest[0] == rest[1]


def test_a_contrast_leaves_the_blocks_of_saltelli_whole_in_either_world(plan_of):
    alone = plan_of("kind: sobol\nsaltelli: true\npoints: 2\n" + RANGES)
    plan = plan_of("kind: sobol\nsaltelli: true\npoints: 2\n" + RANGES + CONTRAST)
    for value in (True, False):
        world = [point for point in plan.points if point.values["war"] is value]
        assert [tuple(point.values.values())[:-1] for point in world] == values(alone)


def test_a_contrast_of_three_values_is_refused(space_of):
    three = RANGES + "contrast:\n  lag: {path: war.reaction_per_day, values: [0.1, 0.2, 0.3]}\n"
    with pytest.raises(ScenarioError, match="must have exactly two values"):
        space_of("kind: latin_hypercube\npoints: 2\n" + three)


def test_the_record_of_a_sweep_says_how_its_points_lie(space_of):
    space = space_of("kind: morris\nlevels: 6\ntrajectories: 2\n" + RANGES + CONTRAST)
    record = DesignStudy(space).record()
    assert record["layout"] == {"levels": 6}
    assert record["contrast"] == "war"
    assert record["axes"]["second"] == {"range": [0.01, 1.0], "log": True, "whole": False}
    assert record["axes"]["war"] == {"values": [True, False]}
