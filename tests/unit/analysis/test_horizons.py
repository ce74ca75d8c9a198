"""The effect of a war over time."""

import numpy as np
import pytest

from analysis.effects import compared, effects, effects_of, record_sentence
from analysis.horizons import horizons
from analysis.report.sections import facts
from analysis.report.sections.horizons import write
from analysis.worlds import AS_HAPPENED
from sim.scenario.supply import DatedPrice
from sim.strategies.pricing.replay import Replay


def test_times_count_from_the_launch_that_set_the_war_off(war_run):
    found = {it.label: it for it in horizons(war_run)}
    assert list(found) == ["1 month", "3 months", "6 months", "12 months", "the end"]
    assert found["1 month"].time_days == pytest.approx(35.0 + 30.44)
    assert str(found["1 month"].date) == "2024-06-05"
    assert [it.reached for it in found.values()] == [True, True, False, False, True]
    assert found["the end"].time_days == 140.0


def test_the_effect_is_the_paired_difference_at_the_last_week_up_to_the_time(war_run, peace_run):
    month, _, end = effects(war_run, peace_run, horizons(war_run))
    # Adoption is 0.0005 a day and lift higher in the war; the mean lift is 1.15.
    assert month.adopters.centre == pytest.approx(0.0005 * 1.15 * 63)
    assert end.adopters.centre == pytest.approx(0.0005 * 1.15 * 140)
    # One of four products, at 4, 0.5, 3 and 4 USD without the war, costs 0.8 in it.
    rest = 1 / 4 + 1 / 0.5 + 1 / 3
    assert end.tokens.centre == pytest.approx((rest + 1 / 0.8) / (rest + 1 / 4))
    assert end.price.centre == pytest.approx(end.tokens.centre**-1)


def test_the_largest_product_is_that_with_the_most_tokens_of_the_week(war_run, peace_run):
    end = effects(war_run, peace_run, horizons(war_run))[-1]
    largest = end.parts[0]
    assert largest.product == "cheap-a"
    assert largest.tokens_share.centre == pytest.approx(2.0 / (1 / 4 + 2.0 + 1 / 3 + 1.25))
    assert largest.its_users.centre == 0.0
    assert largest.without is None


def test_the_product_that_gains_the_most_users_stands_beside_the_largest(
    make_run, peace_run, monkeypatch
):
    run = make_run()
    products = run.products.copy()
    products.loc[products["product"] == "x-1", "users_share"] = 0.4
    products.loc[products["product"] == "cheap-a", "users_share"] = 0.3
    monkeypatch.setitem(run.__dict__, "products", products)
    largest, gainer = effects(run, peace_run, horizons(run))[-1].parts
    assert (largest.product, largest.why) == ("cheap-a", "most tokens")
    assert largest.its_users.centre == pytest.approx(0.05)
    assert (gainer.product, gainer.why) == ("x-1", "most added users")
    assert gainer.its_users.centre == pytest.approx(0.15)
    products.loc[products["product"] == "x-1", "users_share"] = 0.25
    (both,) = effects(run, peace_run, horizons(run))[-1].parts
    assert (both.product, both.why) == ("cheap-a", "most tokens and added users")


def with_products(run, rows):
    """The run, with other rows of products."""
    run.__dict__["products"] = rows
    return run


def test_a_product_off_the_list_at_the_time_keeps_its_tokens_and_gains_nobody(make_run, peace_run):
    run = make_run()
    rows = run.products.copy()
    rows.loc[rows["product"] == "cheap-a", "listed"] = False
    calm = make_run(war=False)
    gone = calm.products[calm.products["product"] != "cheap-a"]
    end = effects(with_products(run, rows), with_products(calm, gone), horizons(run))[-1]
    (part,) = end.parts
    assert (part.product, part.why) == ("cheap-a", "most tokens")
    assert part.tokens_share.centre > 0.0
    assert part.its_users.centre == 0.0


def test_where_nothing_is_listed_and_nothing_sold_no_product_has_a_part(make_run):
    run, calm = make_run(), make_run(war=False)
    for world in (run, calm):
        with_products(world, world.products.assign(listed=False, tokens_mtok_per_day=0.0))
    end = effects(run, calm, horizons(run))[-1]
    assert end.parts == ()
    rows = list(write({"war": run, "no war": calm}))[1].rows
    assert rows[-1][2].text == "+8.05"
    assert rows[-1][5:] == ("none", "", "", "")


def test_who_gains_nobody_is_no_gainer(war_run, peace_run):
    # All products have a quarter of users with the war and without it.
    for effect in effects(war_run, peace_run, horizons(war_run)):
        assert [(part.product, part.why) for part in effect.parts] == [("cheap-a", "most tokens")]


@pytest.mark.slow
def test_the_effects_of_equal_worlds_are_rarely_more_than_chance(make_run, peace_run, monkeypatch):
    monkeypatch.setattr("analysis.effects.parts_of", lambda *_: ())
    run, happened = make_run(), replaying(make_run())
    worlds = {"war": run, AS_HAPPENED: happened, "no war": peace_run}
    draws, calm = np.random.default_rng(1), peace_run.market
    tables, settled, naive = 50, 0, 0
    for _ in range(tables):
        for world in (run, happened):
            noise = draws.normal(0.0, 0.01, len(calm))
            world.__dict__["market"] = calm.assign(adopters_share=calm["adopters_share"] + noise)
        found = [effect for rows in effects_of(worlds).values() for effect in rows]
        assert len(found) == 6
        settled += any(effect.settled for effect in found)
        naive += any(effect.adopters.settled for effect in found)
    sentence = record_sentence(worlds)
    assert " users, which may be chance, had a product on " in sentence
    assert " users, which may be chance, 1.00" in sentence
    assert settled / tables <= 0.1
    assert naive / tables > 0.15


def test_bold_in_the_table_is_what_is_more_than_chance_in_all_of_it(make_run, peace_run):
    run, market = make_run(), peace_run.market
    # At the end alone, four differences with a t of 3.9: p is 0.03, and with three times 0.09.
    last = market["time_days"] == market["time_days"].max()
    added = market["replication"].map({0: 0.01, 1: 0.02, 2: 0.03, 3: 0.04}) * last
    noise = market["replication"].map({0: 1e-3, 1: -1e-3, 2: 1e-3, 3: -1e-3}) * ~last
    run.__dict__["market"] = market.assign(adopters_share=market["adopters_share"] + added + noise)
    worlds = {"war": run, "no war": peace_run}
    end = effects(run, peace_run, horizons(run))[-1]
    assert end.adopters.settled
    assert end.p_value == pytest.approx(0.0304, abs=1e-4)
    assert effects_of(worlds)["war"][-1].p_value == pytest.approx(3 * end.p_value)
    last_row = list(write(worlds))[1].rows[-1]
    assert (last_row[2].text, last_row[2].tone) == ("+2.50", "")


def replaying(run):
    """The run, as if its providers charged the list prices of a record."""
    scenario = run.scenario
    replay = Replay(policy="replay")
    entry = DatedPrice(
        date=scenario.end_date, price_usd_per_mtok=scenario.products[0].price_usd_per_mtok
    )
    run.__dict__["scenario"] = scenario.model_copy(
        update={
            "providers": tuple(
                it.model_copy(update={"price": replay}) for it in scenario.providers
            ),
            "products": tuple(
                it.model_copy(update={"price_history": (entry,)}) for it in scenario.products
            ),
        }
    )
    return run


def test_the_record_leads_and_the_market_without_the_war_is_no_effect(make_run, war_run, peace_run):
    worlds = {"war": war_run, AS_HAPPENED: replaying(make_run()), "no war": peace_run}
    assert list(compared(worlds)) == [AS_HAPPENED, "war"]


def test_the_page_prints_a_row_a_time_and_world_and_says_what_is_not_reached(make_run, peace_run):
    worlds = {"war": make_run(), "no war": peace_run}
    introduction, table, reading, asking = write(worlds)
    assert "the launch of cheap-a, so that one month after is 5 June 2024" in introduction
    labels = [row[0] if isinstance(row[0], str) else row[0].text for row in table.rows]
    assert [label for label in labels if label] == [
        "1 month",
        "3 months",
        "6 months",
        "12 months",
        "the end",
    ]
    unreached = [row[0] for row in table.rows if row[1] == "not reached by this run"]
    assert unreached == ["6 months", "12 months"]
    last = next(row for row in table.rows if getattr(row[0], "text", "") == "the end")
    assert last[2].text == "+8.05"
    assert "not what would be without the product" in reading
    assert asking.endswith("--leave-one-out`.")


def test_the_answer_begins_with_what_really_was_where_it_is_known(make_run, war_run, peace_run):
    happened = replaying(make_run())
    sentence = record_sentence({"war": war_run, AS_HAPPENED: happened, "no war": peace_run})
    more = "8.05 (6.61 to 9.49) percentage points more users had a product on 19 August 2024"
    assert sentence.startswith(f"At the list prices that were really charged, {more}")
    assert "in the war that the policies of this scenario make, 8.05" in sentence
    assert record_sentence({"war": war_run, "no war": peace_run}) == ""


def test_facts_of_what_users_did_are_held_against_the_record_too(make_run, peace_run):
    happened = replaying(make_run())
    text, table = facts.write({"war": make_run(), AS_HAPPENED: happened, "no war": peace_run})
    assert "judge the world “war”, hits: 2" in text
    assert "judge the world “as it happened”, hits: 1" in text
    beside = [row[-1] if isinstance(row[-1], str) else row[-1].text for row in table.rows]
    assert beside == ["given there", "given there", "hit: in the range"]
