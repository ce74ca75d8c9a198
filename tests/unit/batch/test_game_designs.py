"""Games visit the profiles that they need, and say of each who prices how."""

from pathlib import Path
from textwrap import dedent

import pytest
from outside_policies import POLICIES

from sim.batch.design_file import fingerprint, read_design
from sim.batch.designs.game import Role, assignments
from sim.batch.planning import make_plan
from sim.errors import ScenarioError

HEAD = "name: test\nscenario: minimal\nkind: game\n"


@pytest.fixture
def space_of(tmp_path: Path):
    def build(text: str, head: str = HEAD, **options):
        path = tmp_path / "design.yaml"
        path.write_text(head + dedent(text), encoding="utf-8")
        return read_design(path, **options)

    return build


def scenarios(space):
    return [space.load(point) for (point,) in space.design.blocks(space.axes)]


def test_a_game_is_every_combination_with_players_as_columns(space_of):
    space = space_of("players: [Zhipu, DeepSeek]\nstrategies: [cost_plus, undercut:0.2]\n")
    plan = make_plan(space, fingerprint(space))
    assert plan.parameters == ("Zhipu", "DeepSeek")
    assert [tuple(point.values.values()) for point in plan.points] == [
        ("cost_plus", "cost_plus"),
        ("cost_plus", "undercut:0.2"),
        ("undercut:0.2", "cost_plus"),
        ("undercut:0.2", "undercut:0.2"),
    ]


def test_a_strategy_replaces_what_is_written_of_a_player_and_of_nobody_else(space_of):
    space = space_of(
        "players: [Zhipu, DeepSeek]\n"
        'strategies: [hold, match, "cost_plus:0.4+undercut:floor_cost_share=0.5", as_written]\n'
    )
    first, *_ = scenarios(space)
    written = {provider.name: provider for provider in space.base.providers}
    played = {}
    for scenario in scenarios(space):
        one, other = scenario.providers
        assert scenario.products == space.base.products
        assert one.model_copy(update={"price": None, "war": None}) == written["Zhipu"].model_copy(
            update={"price": None, "war": None}
        )
        played[one.price.policy, getattr(one.war, "policy", None)] = one
        assert other.name == "DeepSeek"
    assert set(played) == {
        ("hold", None),  # of peace: takes no part in a war
        ("cost_plus", "match"),  # of war: prices at peace as written
        ("cost_plus", "undercut"),
    }
    both = [p for s in scenarios(space) for p in s.providers if p.name == "Zhipu"]
    assert {(p.price.markup_share, p.war.floor_cost_share) for p in both if p.war is not None
            and p.war.policy == "undercut"} == {(0.4, 0.5), (None, 1.0)}  # fmt: skip
    assert written["Zhipu"].war in [p.war for p in both]  # as_written
    assert first.providers[0].war is None


def test_fields_that_are_not_given_are_those_of_the_scenario_for_the_same_strategy(space_of):
    space = space_of("players: [Zhipu, DeepSeek]\nstrategies: [hold, undercut]\n")
    last = scenarios(space)[-1]
    assert [provider.war.depth_share for provider in last.providers] == [0.05, 0.2]


def test_players_may_choose_among_different_strategies(space_of):
    space = space_of(
        "players: [Zhipu, DeepSeek]\nstrategies: [hold, match]\n"
        "strategies_of: {DeepSeek: [cost_plus, best_response, match]}\n"
    )
    assert [role.strategies for role in space.design.roles()] == [
        ("hold", "match"),
        ("cost_plus", "best_response", "match"),
    ]
    assert len(scenarios(space)) == 6


def test_of_players_alike_all_move_together_or_one_alone():
    roles = (Role("labs", ("a", "b", "c"), ("hold", "cut")), Role("d", ("d",), ("hold", "cut")))
    found = assignments(roles)
    assert len(found) == len(set(found))
    alone = {tuple(one[:3]) for one in found}
    all_cut, none = ("cut",) * 3, ("hold",) * 3
    one_cuts = {("cut", "hold", "hold"), ("hold", "cut", "hold"), ("hold", "hold", "cut")}
    one_holds = {("hold", "cut", "cut"), ("cut", "hold", "cut"), ("cut", "cut", "hold")}
    assert alone == {all_cut, none} | one_cuts | one_holds
    assert {one[3] for one in found} == {"hold", "cut"}
    assert len(found) == 16


def test_the_reduction_runs_less_than_every_combination():
    roles = (Role("labs", tuple("abcdef"), ("hold", "match", "cut")),)
    assert len(assignments(roles)) == 3 + 3 * 2 * 6 < 3**6


def test_strategies_of_a_file_are_found_of_either_kind(space_of, tmp_path):
    (tmp_path / "mine.py").write_text(POLICIES, encoding="utf-8")
    text = (
        "players: [Zhipu, DeepSeek]\n"
        'strategies: [cost_plus, "mine.py:Penetration:0.3,goal_share=0.2", mine.py:Siege:0.4]\n'
    )
    with pytest.raises(ScenarioError, match="would run code from outside"):
        space_of(text)
    space = space_of(text, allow_code=True)
    *_, last = scenarios(space)
    assert [provider.war.cost_share for provider in last.providers] == [0.4, 0.4]
    (middle,) = {s.providers[0].price for s in scenarios(space)[3:6]}
    assert (middle.discount_share, middle.goal_share) == (0.3, 0.2)
    assert scenarios(space)[4].providers[0].war is None


@pytest.mark.parametrize(
    ("strategies", "line", "message"),
    [
        ("[cost_pluss, hold]", 5, "is not the name of a strategy.  Did you mean 'cost_plus'"),
        ('["undercut:dept=1", hold]', 5, "not a field of undercut.  Did you mean 'depth_share'"),
        ("[hold:1, match]", 5, "hold has no fields, and takes no value"),
        ('["undercut:0.2,0.3", hold]', 5, "'0.3' has no name"),
        ('["cost_plus+hold", hold]', 5, "names two strategies of peace"),
        ('["undercut:depth_share=", hold]', 5, "gives depth_share no value"),
        ("[hold]", 5, "must list at least two strategies"),
        ("[hold, hold]", 5, "listed twice"),
        ("[hold, gone.py:Mine]", 5, "gone.py cannot be read"),
    ],
)
def test_what_is_no_strategy_is_refused_with_its_place(space_of, strategies, line, message):
    with pytest.raises(ScenarioError) as caught:
        space_of(f"players: [Zhipu, DeepSeek]\nstrategies: {strategies}\n")
    assert f"design.yaml:{line}:" in str(caught.value)
    assert message in str(caught.value)


def test_strategies_of_war_are_refused_where_the_scenario_has_no_war(space_of):
    peaceful = ["factors.competition=false"]
    text = 'players: [Zhipu, DeepSeek]\nstrategies: [hold, "cost_plus+undercut:0.2", match]\n'
    with pytest.raises(ScenarioError) as caught:
        space_of(text, overrides=peaceful)
    assert str(caught.value).count("factors.competition is false") == 2
    assert "design.yaml:5:" in str(caught.value)
    assert "Leave it out, or set factors.competition=true" in str(caught.value)
    space_of("players: [Zhipu, DeepSeek]\nstrategies: [hold, cost_plus]\n", overrides=peaceful)


def test_a_value_that_the_strategy_does_not_take_is_refused_before_anything_runs(space_of):
    space = space_of("players: [Zhipu, DeepSeek]\nstrategies: [hold, undercut:7]\n")
    with pytest.raises(ScenarioError, match=r"design.yaml:5:\d+  providers\[1\].war.depth_share"):
        make_plan(space, "")


@pytest.mark.parametrize(
    ("players", "message"),
    [
        ("players: [Zhipu, DeepSek]", "'DeepSek' is not a provider.  Did you mean 'DeepSeek'"),
        ("players: [Zhipu, Zhipu]", "'Zhipu' plays twice"),
        ("players: [Zhipu]", "must be at least two providers"),
        ("players: [Zhipu, DeepSeek]\nalike: {labs: [Zhipu, DeepSeek]}", "not one of the players"),
        ("players: [Zhipu, DeepSeek]\nstrategies_of: {Zhip: [hold, match]}", "Did you mean"),
    ],
)
def test_who_cannot_play_is_refused(space_of, players, message):
    with pytest.raises(ScenarioError, match=message):
        space_of(f"{players}\nstrategies: [hold, match]\n")
