"""A war has a trigger: without it there is none, and the dearer it is the weaker the response."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from small_war import REMOVED, answers, entry_at, events_of, small, small_text, wars_of

import sim
from analysis.wars import first_wars
from sim.market.offer_book import industry_mix

pytestmark = pytest.mark.slow

FEW, MANY = 20, 200


@pytest.mark.parametrize("replications", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
def test_without_its_trigger_a_small_market_has_no_war(scenario_of, replications):
    """At least 95 in 100; the dearer launch, reviews, compression and rents go on."""
    assert len(wars_of(small(scenario_of, REMOVED), replications)) <= 0.05 * replications


def test_with_its_trigger_the_same_market_has_a_war_in_most_replications(scenario_of):
    """So the placebo could have failed: three answer within 60 days at 0.048 a day mostly."""
    wars = wars_of(small(scenario_of, entry_at(1.0)), FEW)
    assert len(wars) >= 0.8 * FEW
    assert {war.product for war in wars} == {"DeepSeek-V2"}


def test_the_response_falls_weakly_in_the_price_of_the_trigger(scenario_of):
    """Of 1, 3, 10 and 30 CNY, by paired replications: fewer wars, fewer cuts, shallower ones."""
    wars, cuts, depth = [], [], []
    for cny in (1.0, 3.0, 10.0, 30.0):
        scenario = small(scenario_of, entry_at(cny))
        events = events_of(scenario, 8)
        moves = answers(events)
        wars.append(len(first_wars(events, scenario)))
        cuts.append(len(moves))
        depth.append(-float(np.log(moves["new"] / moves["old"]).sum()))
    for measured in (wars, cuts, depth):
        assert measured == sorted(measured, reverse=True)
    assert (wars[0], cuts[0]) > (0, 0)
    assert wars[-1] == 0


def test_every_answer_names_a_move_that_cost_its_provider_enough(scenario_of):
    scenario = small(scenario_of, entry_at(1.0))
    moves = answers(events_of(scenario, 4))
    assert not moves.empty
    assert (moves["tokens_at_risk_share"] >= scenario.war.tokens_at_risk_share).all()
    assert (moves["cause"] == "war").all()


# ----------------------------------------------------------------------------------------- China

DEEPSEEK_LATER = ("DeepSeek-V2", "DeepSeek-V2.5", "DeepSeek-V3")


def china(scenario_of, text: str, users: int = 100):
    return scenario_of(f"extends: china-2024-price-war\npopulation: {{users: {users}}}\n{text}")


def without_deepseek(later: str = "") -> str:
    removed = "".join(f"  - {{name: {name}, remove: true}}\n" for name in DEEPSEEK_LATER)
    return f"end_date: 2024-12-31\nproducts:\n{removed}{later}"


def at_parity() -> str:
    """Return every later launch at the best price for capability that stands on the first day."""
    scenario = sim.load("china-2024-price-war")
    products = scenario.products
    mix = industry_mix(scenario)
    prices = np.array([mix.blend(p.price_usd_per_mtok.per_token) for p in products])
    listed = np.array([p.is_on_sale(scenario.start_date) for p in products])
    capability = np.array([p.capability_logit for p in products])
    entries = []
    for number, product in enumerate(products):
        if listed[number] or product.name in DEEPSEEK_LATER:
            continue
        ahead = capability[number] - capability[listed]
        usd = float((prices[listed] * np.exp(scenario.war.log_price_per_logit * ahead)).min())
        entries.append(
            f"  - {{name: '{product.name}', price_usd_per_mtok: {{input: {usd}, output: {usd}}}}}\n"
        )
    assert len(entries) == 12
    return "".join(entries)


@pytest.mark.parametrize("replications", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
def test_china_without_deepseek_and_with_launches_at_parity_has_no_war(scenario_of, replications):
    scenario = china(scenario_of, without_deepseek(at_parity()))
    assert len(wars_of(scenario, replications)) <= 0.05 * replications


def test_china_without_deepseek_alone_has_fewer_cuts_and_each_names_what_it_cost(scenario_of):
    """Paired by replication; what is left is answers to other launches."""
    with_, without = (
        answers(events_of(china(scenario_of, text), 2))
        for text in ("end_date: 2024-12-31\n", without_deepseek())
    )
    counts = [
        moves.groupby("replication").size().reindex([0, 1], fill_value=0)
        for moves in (with_, without)
    ]
    assert (counts[0] - counts[1]).min() > 10
    least = sim.load("china-2024-price-war").war.tokens_at_risk_share
    assert not without.empty
    assert (without["tokens_at_risk_share"] >= least).all()


def test_the_war_of_china_dates_from_the_entry_that_no_input_dates_it_by(scenario_of):
    scenario = china(scenario_of, "end_date: 2024-08-31\n")
    (war, *_) = wars_of(scenario, 1)
    assert war.product == "DeepSeek-V2"
    assert war.time_days == scenario.days(dt.date(2024, 5, 6))


# ----------------------------------------------------------------------------------------- rents

DEARER = """
clouds:
  - name: rented cloud
    accelerators:
      - name: H800 SXM5
        rents:
          - {date: 2024-04-15, rent_usd_per_hour: 2.0}
          - {date: 2024-06-20, rent_usd_per_hour: RENT}
"""


def test_a_rise_of_rents_in_a_war_lowers_no_price(scenario_of):
    """Rents half as high again at day 66, paired: every list price is at least what it was."""
    text = small_text(entry_at(1.0)) + DEARER
    same, dearer = (
        events_of(scenario_of(text.replace("RENT", rent)), 4) for rent in ("2.0", "3.0")
    )
    last = [
        events[events["kind"] == "price"].groupby(["replication", "subject"])["new"].last()
        for events in (same, dearer)
    ]
    joint = last[0].index.intersection(last[1].index)
    assert len(joint) >= 8
    assert (last[1][joint] >= last[0][joint] * (1.0 - 1e-9)).all()
    rent_moves = dearer[(dearer["kind"] == "price") & (dearer["cause"] == "rent")]
    assert not rent_moves.empty
    assert (rent_moves["new"] > rent_moves["old"]).all()
