"""Each kind of intervention does to a market what it says, on its day, and ends as it says."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from market_tables import Tables, With, day, events, prices

COHORTS = {
    "population__mode": "cohorts",
    "population__network__kind": "complete",
}


def bytes_of(table: pa.Table) -> bytes:
    """All that a table holds, NaN included."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return sink.getvalue().to_pybytes()


NOTHING = [
    "price Zhipu +0% on 2024-05-20",
    "rents x1 from 2024-05-20",
    "demand x1 from 2024-05-20",
    "launch DeepSeek-V2 on 2024-05-06",
    "capability glm-4 +0 on 2024-05-20",
    "floor 0 from 2024-05-20",
    "switching cost +0% from 2024-05-20",
    "price Zhipu -50% on 2024-08-01",
]


@pytest.mark.parametrize("line", NOTHING)
def test_one_of_size_zero_or_after_the_end_changes_no_byte(
    line: str, arrow_with: Callable[..., dict[str, pa.Table]]
) -> None:
    plain, other = arrow_with(), arrow_with(line)
    assert plain.keys() == other.keys()
    assert [name for name in plain if bytes_of(plain[name]) != bytes_of(other[name])] == []
    rather = arrow_with("price glm-4 -1% on 2024-05-20")
    assert bytes_of(plain["products"]) != bytes_of(rather["products"])


SOMETHING = [
    "price Zhipu -50% on 2024-05-22",
    "price glm-4 to 1 on 2024-05-22 until 2024-06-10",
    "rents x1.5 from 2024-05-22 until 2024-06-10",
    "demand x2 in coding from 2024-05-22",
    "launch DeepSeek-V2 on 2024-05-22",
    "launch DeepSeek on 2024-05-01",
    "remove DeepSeek-V2 on 2024-05-22",
    "remove Zhipu on 2024-05-22",
    "capability glm-4 +1 on 2024-05-22",
    "floor 1 from 2024-05-22",
    "ban below-cost from 2024-05-22",
    "switching cost -100% from 2024-05-22",
    "merge DeepSeek into Zhipu on 2024-05-22",
    "add lite by NewCo like DeepSeek-V2 on 2024-05-22",
]


@pytest.mark.parametrize("more", [{}, COHORTS], ids=["individuals", "cohorts"])
@pytest.mark.parametrize("line", SOMETHING)
def test_two_worlds_share_all_before_the_day_of_their_difference(
    line: str, more: dict[str, object], market_with: With
) -> None:
    plain, other = market_with(**more), market_with(line, **more)
    from_day = min(day(word) for word in line.split() if word.startswith("2024"))
    from_day = min(from_day, day("2024-05-06")) if line.startswith("launch") else from_day
    changed = []
    for name, table in plain.items():
        if name == "ledger":  # of the whole run
            continue
        before, after = (
            it[it["time_days"] < from_day].reset_index(drop=True)
            for it in (table, without_the_new(other[name]))
        )
        pd.testing.assert_frame_equal(before, after, check_exact=True)
        changed += [name] if not table.equals(other[name]) else []
    assert "events" in changed
    assert "products" in changed


def without_the_new(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of all but what an intervention adds, which is not on offer before."""
    for column in ("product", "provider"):
        if column in table:
            table = table[~table[column].isin(["lite", "NewCo"])]
    return table


def test_it_is_written_down_when_it_begins_and_when_it_ends(market_with: With) -> None:
    found = events(market_with("rents x1.5 from 2024-05-22 until 2024-06-10"), "intervention")
    assert found["time_days"].tolist() == [day("2024-05-22"), day("2024-06-10")]
    assert found[["old", "new"]].to_numpy().tolist() == [[1.0, 1.5], [1.5, 1.0]]
    assert set(found["actor"]) == {"scenario"}
    assert set(found["cause"]) == {"intervention"}
    assert set(found["field"]) == {"rent_factor"}


def test_a_providers_price_cut_halves_what_it_has_on_offer_that_day(market_with: With) -> None:
    moves = events(market_with("price Zhipu -50% on 2024-05-22"), "price")
    moves = moves[moves["cause"] == "intervention"]
    assert moves["subject"].tolist() == ["glm-3-turbo", "glm-4"]
    np.testing.assert_allclose(moves["new"], 0.5 * moves["old"], rtol=1e-12)
    assert set(moves["time_days"]) == {day("2024-05-22")}


def test_a_products_price_moves_to_a_value_and_no_other_does(market_with: With) -> None:
    moves = events(market_with("price glm-4 to 1.25 on 2024-05-22"), "price")
    moves = moves[moves["cause"] == "intervention"]
    assert moves["subject"].tolist() == ["glm-4"]
    assert moves["new"].tolist() == [pytest.approx(1.25, rel=1e-12)]


def test_a_provider_goes_on_from_a_price_that_was_set(
    market_with: With,
) -> None:
    # cost-plus keeps the margin that the price has now, and passes a dearer rent on
    dearer = "rents x1.2 from 2024-06-05"
    peace = {"factors__competition": False}
    left = market_with(dearer, **peace)["products"].query("product == 'glm-4'")
    set_ = market_with("price glm-4 -50% on 2024-05-22", dearer, **peace)["products"]
    price = set_.query("product == 'glm-4'")["price_usd_per_mtok"].to_numpy()
    own = left["price_usd_per_mtok"].to_numpy()
    risen = own[-1] - own[0]
    assert risen > 0.0
    assert price[-1] == pytest.approx(0.5 * own[0] + risen, rel=1e-9)


def test_rivals_answer_a_cut_as_they_answer_any_move(market_with: With) -> None:
    answers = events(market_with("price DeepSeek-V2 -80% on 2024-05-22"), "price")
    answers = answers[answers["cause"] == "war"]
    assert len(answers) > 0
    assert set(answers["trigger_subject"]) == {"DeepSeek-V2"}
    since = answers["time_days"] - answers["lag_days"]
    assert set(since.round(6)) == {day("2024-05-22")}


def test_nobody_answers_a_cut_that_costs_nobody_anything(market_with: With) -> None:
    # 0.1% is below the gap that counts, and without DeepSeek-V2 nothing else moves
    quiet = market_with("remove DeepSeek-V2 on 2024-05-06", "price glm-4 -0.1% on 2024-05-22")
    assert set(events(quiet, "price")["cause"]) == {"intervention"}


def test_a_price_is_held_whatever_is_wanted_and_then_becomes_that(market_with: With) -> None:
    free = market_with()
    wanted = events(free, "price", "glm-4")
    assert wanted["cause"].tolist() == ["war"]
    assert day("2024-05-22") < wanted["time_days"].iloc[0] < day("2024-07-10")
    held = market_with("price glm-4 +10% on 2024-05-22 until 2024-07-10")
    moves = events(held, "price", "glm-4")
    assert moves["time_days"].tolist() == [day("2024-05-22"), day("2024-07-10")]
    assert moves["new"].iloc[0] == pytest.approx(1.1 * moves["old"].iloc[0], rel=1e-12)
    answered = events(held, "phase")
    assert len(answered) == len(events(free, "phase"))
    assert moves["new"].iloc[1] == pytest.approx(wanted["new"].iloc[0], rel=1e-9)


def test_a_price_held_while_nothing_else_is_wanted_becomes_what_it_was(market_with: With) -> None:
    moves = events(market_with("price glm-4 -90% on 2024-05-22 until 2024-06-10"), "price", "glm-4")
    back = moves[moves["time_days"] == day("2024-06-10")]
    assert back["new"].iloc[0] == pytest.approx(moves["old"].iloc[0], rel=1e-12)


def test_rents_are_a_factor_of_those_of_every_day_and_costs_follow(market_with: With) -> None:
    tables = market_with("rents x1.5 from 2024-05-22 until 2024-06-10")
    for kind in ("rent", "cost"):
        found = events(tables, kind)
        up, down = (found[found["time_days"] == day(it)] for it in ("2024-05-22", "2024-06-10"))
        np.testing.assert_allclose(up["new"] / up["old"], 1.5, rtol=1e-12)
        np.testing.assert_allclose(down["new"] / down["old"], 1.0 / 1.5, rtol=1e-12)
        assert len(up) == len(down) == {"rent": 1, "cost": 3}[kind]
    raised = events(tables, "price", "glm-4")
    assert raised["cause"].tolist()[:2] == ["rent", "rent"]
    assert (raised["new"] > raised["old"]).tolist()[:2] == [True, False]


def test_rents_of_another_chip_or_cloud_stay(scenario_of: Callable[..., object]) -> None:
    from sim.clouds.host import Host

    scenario = scenario_of(
        """
        clouds:
          - {name: other, accelerators: [{name: H800 SXM5}, {name: A100 SXM4 80GB}]}
        interventions:
          - rents x2 of H800 SXM5 at other from 2024-05-22
        """
    )
    from sim.simulation import Simulation

    simulation = Simulation(scenario, 1)  # type: ignore[arg-type] # the fixture makes scenarios
    fresh = {cloud.name: Host(cloud) for cloud in scenario.clouds}  # type: ignore[attr-defined]
    simulation._open()
    for host in simulation.hosts:
        for chip in host.accelerators:
            doubled = (host.name, chip) == ("other", "H800 SXM5")
            for date, factor in ((dt.date(2024, 5, 21), 1.0), (dt.date(2024, 5, 22), 2.0)):
                expected = fresh[host.name].rent_usd_per_hour(chip, date)
                expected *= factor if doubled else 1.0
                assert host.rent_usd_per_hour(chip, date) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("more", [{}, COHORTS], ids=["individuals", "cohorts"])
def test_twice_the_demand_is_twice_the_tokens_at_first_and_more_later(
    more: dict[str, object], market_with: With
) -> None:
    plain = market_with(**more)
    other = market_with("demand x2 in coding from 2024-05-20", **more)
    tokens = {}
    for domain in ("coding", "customer service"):
        here = [it["domains"][it["domains"]["domain"] == domain] for it in (plain, other)]
        series = [it.set_index("time_days")["tokens_mtok_per_day"] for it in here]
        tokens[domain] = series[1] / series[0]
    assert 1.9 < tokens["coding"][42.0] < 2.4  # the first week, in which users begin to adapt
    assert tokens["coding"][91.0] > tokens["coding"][42.0]
    assert abs(tokens["customer service"][42.0] - 1.0) < 0.05


def test_a_launch_moves_and_its_war_with_it(market_with: With) -> None:
    for line in ("launch DeepSeek-V2 on 2024-05-22", "launch DeepSeek on 2024-05-22"):
        launches = events(market_with(line), "launch")
        assert launches["time_days"].tolist() == [day("2024-05-22")]
        assert launches["subject"].tolist() == ["DeepSeek-V2"]


def test_what_is_removed_before_its_launch_never_comes_and_nobody_answers_it(
    market_with: With,
) -> None:
    tables = market_with("remove DeepSeek-V2 on 2024-05-06")
    assert set(tables["events"]["kind"]) == {"intervention"}
    assert prices(tables, "DeepSeek-V2").empty


def test_what_is_removed_is_left_by_all_its_users_that_day(market_with: With) -> None:
    tables = market_with("remove glm-3-turbo on 2024-05-22")
    gone = events(tables, "withdrawal")
    assert gone[["time_days", "subject", "cause"]].to_numpy().tolist() == [
        [day("2024-05-22"), "glm-3-turbo", "intervention"]
    ]
    rows = tables["products"]
    rows = rows[(rows["product"] == "glm-3-turbo") & (rows["time_days"] > day("2024-05-22"))]
    assert rows["users"].sum() == 0
    assert events(tables, "exit").empty


def test_a_provider_that_is_removed_leaves_with_the_week(market_with: With) -> None:
    tables = market_with("remove Zhipu on 2024-05-22")
    assert set(events(tables, "withdrawal")["subject"]) == {"glm-3-turbo", "glm-4"}
    left = events(tables, "exit")
    assert left[["actor", "time_days"]].to_numpy().tolist() == [["Zhipu", 42.0]]


def test_capability_changes_by_so_many_logits_and_back(market_with: With) -> None:
    moves = events(
        market_with("capability Zhipu -0.5 on 2024-05-22 until 2024-06-10"), "capability"
    )
    assert moves["subject"].tolist() == ["glm-3-turbo", "glm-4"] * 2
    np.testing.assert_allclose(moves["new"] - moves["old"], [-0.5, -0.5, 0.5, 0.5], atol=1e-12)
    assert set(moves["cause"]) == {"intervention"}


MANY = {"population__represents_users": 1_000_000}
"""So many that fleets are of more than the one instance that each needs at least."""


def service(tables: Tables, product: str = "DeepSeek-V2") -> pd.DataFrame:
    rows = tables["products"]
    return rows[rows["product"] == product].set_index("time_days")


def test_in_a_freeze_users_wait_and_are_refused_and_served_no_more_than_before(
    market_with: With,
) -> None:
    plain = service(market_with(**MANY))
    frozen = service(market_with("capacity freeze from 2024-05-20 until 2024-06-24", **MANY))
    assert plain["refused_share"][35.0] == 0.0
    weeks = frozen.loc[49.0:70.0]
    assert (weeks["refused_share"] > 0.05).all()
    assert weeks["tokens_mtok_per_day"].max() <= 1.001 * weeks["tokens_mtok_per_day"].min()
    assert (weeks["tokens_mtok_per_day"] < plain["tokens_mtok_per_day"].loc[49.0:70.0]).all()
    assert frozen["tokens_mtok_per_day"][84.0] > 1.2 * weeks["tokens_mtok_per_day"].max()


def test_in_a_shortage_less_works_and_all_is_paid(market_with: With) -> None:
    plain = market_with(**MANY)
    short = market_with("capacity x0.3 from 2024-05-20 until 2024-06-24", **MANY)
    assert service(short)["refused_share"][49.0] > service(plain)["refused_share"][49.0]
    rent = [
        it["clouds"].groupby("time_days")["revenue_usd_per_day"].sum()[42.0]
        for it in (plain, short)
    ]
    assert rent[1] >= 0.99 * rent[0]


def test_two_freezes_at_once_end_with_the_later(market_with: With) -> None:
    one = "capacity freeze from 2024-05-20 until 2024-06-10"
    other = "capacity freeze of H800 SXM5 from 2024-05-27 until 2024-06-24"
    both, longer = (
        market_with(one, other, **MANY),
        market_with("capacity freeze from 2024-05-20 until 2024-06-24", **MANY),
    )
    tokens = [service(it)["tokens_mtok_per_day"] for it in (both, longer)]
    np.testing.assert_allclose(tokens[0], tokens[1], rtol=1e-12)
