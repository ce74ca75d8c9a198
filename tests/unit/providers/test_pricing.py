"""Providers look at their prices at the right times and do what their policies say."""

import pytest

REPLAY = """
    providers:
      - name: Zhipu
        price: {policy: replay}
        war: null
    products:
      - name: glm-3-turbo
        price_history:
          - {date: 2024-05-01, price_usd_per_mtok: {input: 0.5, output: 0.5}}
          - {date: 2024-05-11, price_usd_per_mtok: {input: 0.25, output: 1.0, cache_hit: 0.1}}
"""


def prices(tables, product):
    events = tables["events"]
    return events[(events["kind"] == "price") & (events["subject"] == product)]


def test_a_rival_that_is_undercut_reacts_after_a_lag_and_says_to_whom(scenario_of, run_market):
    reactions = prices(run_market(scenario_of(end_date="2024-12-31")), "glm-3-turbo")
    first = reactions[reactions["cause"] == "war"].iloc[0]
    assert (first["trigger_actor"], first["trigger_subject"]) == ("DeepSeek", "DeepSeek-V2")
    assert first["new"] < first["old"]
    launch_days = 21.0
    assert first["time_days"] == pytest.approx(launch_days + first["lag_days"])


def test_without_competition_nobody_reacts_and_everything_else_is_the_same(scenario_of, run_market):
    war = run_market(scenario_of())
    peace = run_market(scenario_of(factors__competition=False))
    assert (war["events"]["cause"] == "war").any()
    assert not (peace["events"]["cause"] == "war").any()
    before = war["market"]["time_days"] < 21.0
    assert war["market"][before].equals(peace["market"][before])


def test_a_replayed_history_is_followed_to_the_day(scenario_of, run_market):
    tables = run_market(scenario_of(REPLAY))
    moves = prices(tables, "glm-3-turbo")
    assert list(moves["time_days"]) == [16.0, 26.0]
    assert set(moves["cause"]) == {"replay"}
    last = tables["products"].query("product == 'glm-3-turbo'").iloc[-1]
    assert last["price_input_usd_per_mtok"] == 0.25
    assert last["price_cache_hit_usd_per_mtok"] == 0.1
    assert last["price_output_usd_per_mtok"] == 1.0


def test_a_war_that_is_over_moves_no_price(scenario_of, run_market):
    tables = run_market(scenario_of(war__end_date="2024-05-01"))
    assert not (tables["events"]["cause"] == "war").any()


def test_cost_plus_passes_a_rise_of_rent_on_dollar_for_dollar(scenario_of, run_market):
    tables = run_market(
        scenario_of(
            """
            factors: {competition: false}
            clouds:
              - name: rented cloud
                accelerators:
                  - name: H800 SXM5
                    rents:
                      - {date: 2024-04-01, rent_usd_per_hour: 2.0}
                      - {date: 2024-05-01, rent_usd_per_hour: 3.0}
            """
        )
    )
    (move,) = prices(tables, "glm-4").to_dict("records")
    assert move["cause"] == "rent"
    assert move["time_days"] == 16.0
    costs = tables["events"].query("kind == 'cost' and subject == 'glm-4'")
    assert costs["new"].iloc[0] == pytest.approx(1.5 * costs["old"].iloc[0])
    passed_on = costs["new"].iloc[0] - costs["old"].iloc[0]
    assert move["new"] - move["old"] == pytest.approx(passed_on)


def test_a_launch_under_a_policy_meets_a_cheaper_rival_at_once(scenario_of, run_market):
    text = """
    products:
      - name: glm-new
        provider: Zhipu
        launch_date: 2024-06-01
        launch_pricing: policy
        price_usd_per_mtok: {input: 5.0, output: 5.0}
        capability_logit: -1.0
        architecture:
          parameters_billion: 21
          active_parameters_billion: 21
          kv_bytes_per_token: 69000
    """
    war = run_market(scenario_of(text))["events"].query("kind == 'launch' and subject == 'glm-new'")
    peace = run_market(scenario_of(text, factors__competition=False))["events"].query(
        "kind == 'launch' and subject == 'glm-new'"
    )
    assert peace["new"].iloc[0] == pytest.approx(5.0)
    assert war["new"].iloc[0] < 1.0


def test_a_loss_leader_is_funded_to_its_budget_and_then_climbs_back(scenario_of, run_market):
    tables = run_market(
        scenario_of(
            """
            end_date: 2025-06-30
            providers:
              - name: Zhipu
                war:
                  policy: loss_leader
                  depth_share: 0.9
                  budget_usd: 50.0
                  campaign_days: 7.0
                  recoup_markup_share: 0.5
                  recoup_days: 91.0
            """
        )
    )
    funded = tables["ledger"].query("purpose == 'war budget'")
    weeks = tables["market"]["time_days"].nunique()
    rounding = 0.5e-6 * weeks  # a transfer a week, in whole micro-dollars
    assert funded["usd"].sum() == pytest.approx(50.0, abs=rounding)
    left = tables["providers"].query("provider == 'Zhipu'")["war_budget_left_usd"]
    assert left.iloc[-1] == 0.0
    moves = prices(tables, "glm-3-turbo")
    top = moves[moves["cause"] == "recoup"].iloc[-1]
    costs = tables["events"].query("kind == 'cost' and subject == 'glm-3-turbo'")
    cost = costs[costs["time_days"] <= top["time_days"]].iloc[-1]["new"]
    assert top["new"] == pytest.approx(1.5 * cost)


LOSS_LEADER = """
    end_date: 2024-12-31
    war: {end_date: 2024-06-30, reaction_per_day: 0.5}
    providers:
      - name: Zhipu
        war:
          policy: loss_leader
          budget_usd: 1.0e+9
          recoup_markup_share: 0.5
          recoup_days: 61.0
"""


def test_after_a_war_prices_only_climb_and_then_follow_cost_at_the_new_margin(
    scenario_of, run_market
):
    tables = run_market(scenario_of(LOSS_LEADER))
    after = prices(tables, "glm-3-turbo").query("time_days > 77.0")
    assert list(after["cause"].unique()) == ["recoup", "rent"]
    climb = after[after["cause"] == "recoup"]
    assert (climb["new"] > climb["old"]).all()
    weeks = tables["products"].query("product == 'glm-3-turbo'")
    peace = weeks[weeks["time_days"] > climb["time_days"].iloc[-1]]
    margins = peace["price_usd_per_mtok"] - peace["marginal_cost_usd_per_mtok"]
    assert peace["marginal_cost_usd_per_mtok"].nunique() > 1
    assert margins.to_numpy() == pytest.approx(margins.iloc[0])
    first = peace["marginal_cost_usd_per_mtok"].iloc[0]
    assert margins.iloc[0] == pytest.approx(0.5 * first, rel=0.05)  # a rent may change meanwhile


def test_owners_fund_only_what_was_lost_since_the_reaction(scenario_of, run_market):
    """A settlement after ninety days holds weeks of peace above cost and weeks of war below it."""
    funded = {
        days: run_market(scenario_of(LOSS_LEADER, war__end_date=None, snapshot_every_days=days))[
            "ledger"
        ]
        .query("purpose == 'war budget'")["usd"]
        .sum()
        for days in (90, 1)
    }
    assert funded[1] > 0.0
    assert funded[90] == pytest.approx(funded[1], rel=0.15)
