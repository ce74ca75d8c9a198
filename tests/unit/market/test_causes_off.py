"""A cause that is off is gone, and what it did can be given back exactly."""

import pytest

from analysis.variants import without_product
from sim.errors import ScenarioError
from sim.scenario.scenario import News

FEW = {"population__users": 150}


def test_without_open_weights_the_market_is_that_in_which_such_products_never_were(
    scenario_of, run_market
):
    scenario = scenario_of(**FEW)
    off = run_market(scenario_of(**FEW, factors__open_weights=False))
    never = run_market(without_product(scenario, "DeepSeek-V2").scenario)
    for table in ("market", "domains", "welfare"):
        assert off[table].equals(never[table]), table
    assert not off["market"].equals(run_market(scenario)["market"])


def test_work_to_compress_what_is_not_there_is_neither_begun_nor_paid(scenario_of, run_market):
    project = """
        providers:
          - name: DeepSeek
            compression: [{product: DeepSeek-V2, start_date: 2024-05-20, staff_cost_usd: 1000.0}]
    """
    there, gone = (
        run_market(scenario_of(project, **FEW, factors__open_weights=on))["events"].kind
        for on in (True, False)
    )
    assert (there == "project").any()
    assert not (gone == "project").any()


def test_a_first_day_without_an_offer_is_refused(scenario_of):
    text = """
        products:
          - {name: glm-4, open_weights: true}
          - {name: glm-3-turbo, open_weights: true}
    """
    with pytest.raises(ScenarioError, match="without open weights nothing is on the market"):
        scenario_of(text, factors__open_weights=False)


def test_the_news_of_a_world_told_anew_gives_the_same_world(scenario_of, run_market):
    scenario = scenario_of(**FEW)
    told = run_market(scenario)
    events = told["events"]
    is_cut = (events.kind == "price") & (events.new < events.old)
    made = events[is_cut | (events.kind == "launch")]
    assert {"price", "launch"} <= set(made.kind)
    news = tuple(
        News(
            product=one.subject,
            time_days=one.time_days,
            level=1.0 if one.kind == "launch" else 1.0 - one.new / one.old,
            replication=0,
        )
        for one in made.itertuples()
    )
    silent = scenario.factors.model_copy(update={"attention": False})
    again = run_market(scenario.model_copy(update={"factors": silent, "news": news}))
    assert all(told[name].equals(again[name]) for name in told)
    other = tuple(one.model_copy(update={"replication": 1}) for one in news)
    unheard = run_market(scenario.model_copy(update={"factors": silent, "news": other}))
    assert not told["market"].equals(unheard["market"])


def test_news_of_no_product_is_refused_with_the_nearest(scenario_of):
    text = "news: [{product: glm-5, time_days: 3.0, level: 1.0}]"
    with pytest.raises(ScenarioError, match=r"must be one of the products"):
        scenario_of(text)
