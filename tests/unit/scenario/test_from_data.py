"""Markets made of the tables, as known at a date."""

import datetime as dt
import math
import re
from pathlib import Path

import pandas as pd
import pytest

import sim
from analysis.backtests.market_file import write_market
from pricewar.cli.main import main
from sim import reference
from sim.data.capabilities import capability_logit
from sim.data.dataset import SHIPPED, Dataset
from sim.data.price_changes import closed_changes_per_month
from sim.data.prices import POSTED, price_points
from sim.data.table import LAST_DATE
from sim.errors import DataError
from sim.reference import out_of_reach
from sim.scenario.from_data.engineering import engineering_of
from sim.scenario.from_data.known import Known
from sim.scenario.from_data.market import BURN_IN_DAYS, MOST_PRODUCTS, market_of
from sim.scenario.from_data.product_lines import name_of
from sim.scenario.from_data.scenario_file import to_scenario
from sim.scenario.from_data.users import PLATFORM, TOKENS, tokens_growth_per_day
from sim.scenario.reader import read
from sim.scenario.scenario import Scenario

DAY = dt.date(2025, 1, 20)


@pytest.fixture(scope="module")
def market():
    return market_of(SHIPPED, DAY, "China")


def test_a_market_has_the_products_whose_prices_were_known(market):
    known = set(price_points(SHIPPED.known_by(DAY)))
    for listing in market.listings:
        assert set(listing.history) <= known
        assert listing.point.currency == "CNY"
        assert listing.point.blended_usd_per_mtok > 0.0
    counts = [one.point.provider for one in market.listings]
    assert max(counts.count(name) for name in market.providers) <= MOST_PRODUCTS


def test_the_scenario_is_valid_and_starts_before_the_date(market, tmp_path: Path):
    file = tmp_path / "market.yaml"
    file.write_text(to_scenario(market, "china", 90), encoding="utf-8")
    found = read(file)
    assert found.start_date == DAY - dt.timedelta(days=BURN_IN_DAYS)
    assert found.end_date == DAY + dt.timedelta(days=90)
    assert found.data_as_of == DAY
    by_name = {product.name: product for product in found.products}
    expected = capability_logit("glm-4-plus", SHIPPED.known_by(DAY)).value
    assert by_name["glm-4-plus"].capability_logit == pytest.approx(expected)
    assumed = found.provenance["products[yi-large].capability_logit"]
    assert assumed.is_assumption
    assert assumed.range is not None


def test_a_launch_on_the_date_and_a_cut_in_the_weeks_before_are_moves(market, tmp_path: Path):
    file = tmp_path / "market.yaml"
    file.write_text(to_scenario(market, "china", 90), encoding="utf-8")
    found = read(file)
    launched = [p.name for p in found.products if p.launch_date == DAY]
    assert launched == ["deepseek-reasoner (R1)"]
    cut = next(one for one in found.interventions if getattr(one, "of", "") == "abab6.5s-chat")
    assert cut.date == dt.date(2025, 1, 15)
    assert cut.share == pytest.approx(-0.9008, abs=1e-3)


def a_small(market, folder: Path, **sets: object) -> Scenario:
    """Write the market, with few users and reviews every other day, and read it."""
    file = folder / "often.yaml"
    write_market(file, market, "china", 60)
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"review_per_month: .*", "review_per_month: 15", text)
    file.write_text(text, encoding="utf-8")
    small = {"population.users": 50, "population.types_per_domain": 2, **sets}
    return sim.load(file, small)


def are_as_known(usd_per_mtok: pd.Series, market) -> None:
    """Hold prices of input, by product, to the last ones known."""
    known = {
        name_of(one, market): one.point.input_usd_per_mtok
        for one in market.listings
        if one.point.date < DAY
    }
    both = set(usd_per_mtok.index) & set(known)
    assert len(both) > 20
    for name in both:
        assert usd_per_mtok[name] == pytest.approx(known[name], rel=0.02), name


@pytest.mark.filterwarnings("ignore::sim.errors.ImplausibleWarning")
def test_on_the_date_prices_are_those_known_whatever_rivals_did_before(
    market, tmp_path: Path, run_market
):
    found = a_small(market, tmp_path, **{"war.reaction_per_day": 1.0})
    tables = run_market(found)
    days = tables["products"]["time_days"]
    rows = tables["products"][(days == BURN_IN_DAYS) & tables["products"]["listed"]]
    prices = rows.set_index("product")["price_input_usd_per_mtok"]
    are_as_known(prices, market)
    answers = tables["events"].query("kind == 'price' and cause == 'war'")["time_days"]
    assert answers.min() > BURN_IN_DAYS
    assert len(answers) > 10


@pytest.mark.filterwarnings("ignore::sim.errors.ImplausibleWarning")
def test_without_an_event_after_the_date_prices_stay_as_on_the_date(
    market, tmp_path: Path, run_market
):
    """Also where a cut was known shortly before, and where a price is below its cost."""
    tables = run_market(a_small(market, tmp_path, **{"factors.competition": False}))
    products = tables["products"].query("listed")
    first, last = (
        products[products["time_days"] == day].set_index("product")
        for day in (BURN_IN_DAYS, products["time_days"].max())
    )
    assert len(first) > 20
    column = "price_input_usd_per_mtok"
    are_as_known(last[column], market)
    assert last.loc[first.index, column].to_numpy() == pytest.approx(
        first[column].to_numpy(), rel=1e-6
    )
    price, cost = first["price_usd_per_mtok"], first["marginal_cost_usd_per_mtok"]
    assert (price < cost).any()
    assert "abab6.5s-chat" in first.index


COLUMNS = (
    "provider,model,known_on,open_weights,parameters_billion,active_parameters_billion,"
    "kv_bytes_per_token,nest,source\n"
)


def a_table(folder: Path, of: str = "Zhipu,glm-4-plus,2024-12-01") -> Path:
    table = folder / "products.csv"
    table.write_text(f"{COLUMNS}{of},True,100,20,70000,,test\n", encoding="utf-8")
    return table


def test_engineering_known_after_the_date_is_not_taken_unless_it_is_given(tmp_path: Path):
    table, prices = a_table(tmp_path, "Zhipu,glm-4-plus,2025-02-01"), price_points(SHIPPED)
    assert engineering_of([table], prices, DAY) == {}
    assert engineering_of([table], prices, dt.date(2025, 2, 1)).keys() == {("Zhipu", "glm-4-plus")}
    assert engineering_of([table], prices).keys() == {("Zhipu", "glm-4-plus")}


@pytest.mark.parametrize(
    ("of", "meant"),
    [
        ("Zhipuu,glm-4-plus,2024-12-01", "Did you mean 'Zhipu'"),
        ("Zhipu,glm-4-plsu,2024-12-01", "Did you mean 'glm-4-plus'"),
    ],
)
def test_engineering_of_a_model_without_a_price_is_refused_with_the_nearest(
    tmp_path: Path, of: str, meant: str
):
    with pytest.raises(DataError, match=rf"products.csv:2 .*{meant}"):
        engineering_of([a_table(tmp_path, of)], price_points(SHIPPED), DAY)


def test_engineering_of_a_table_is_taken(tmp_path: Path, market):
    known = engineering_of([a_table(tmp_path)], price_points(SHIPPED), DAY)
    own = market_of(SHIPPED, DAY, "China", Known(known))
    file = tmp_path / "market.yaml"
    file.write_text(to_scenario(own, "china", 90), encoding="utf-8")
    found = next(one for one in read(file).products if one.name == "glm-4-plus")
    assert found.architecture.parameters_billion == 100.0
    assert found.architecture.active_parameters_billion == 20.0
    assert found.open_weights


def test_a_date_before_all_prices_is_refused():
    with pytest.raises(DataError, match=r"no posted price in the region China.*a later date\."):
        market_of(SHIPPED, dt.date(2022, 1, 1), "China")


def test_a_date_long_after_all_prices_is_told_to_be_earlier():
    latest = max(
        point.date
        for point in price_points(SHIPPED)
        if point.kind in POSTED and point.currency == "CNY"
    )
    told = rf"the latest is of {latest}, and one is taken to hold for 540 days.*an earlier date\."
    with pytest.raises(DataError, match=told):
        market_of(SHIPPED, dt.date(2035, 1, 1), "China")


def test_the_command_writes_the_file_and_touches_none_that_is_there(tmp_path: Path, capsys):
    out = tmp_path / "mine.yaml"
    arguments = ["scenario", "from-data", "--as-of", "2025-01-20", "--region", "China"]
    assert main([*arguments, "--out", str(out)]) == 0
    assert "pricewar check" in capsys.readouterr().out
    assert out.read_text(encoding="utf-8").startswith("# The market of China")
    assert main([*arguments, "--out", str(out)]) == 2


def test_reviews_are_counted_in_the_ledger_known_at_the_date_or_assumed(market):
    assert closed_changes_per_month(SHIPPED, LAST_DATE) == pytest.approx(0.026, rel=0.02)
    early, later = (
        to_scenario(market_of(SHIPPED, day, "world"), "m", 90)
        for day in (dt.date(2024, 5, 6), dt.date(2025, 6, 10))
    )
    assert "review_per_month: {value: 0.022, source: assumption, range: [0.005, 0.1]}" in early
    rate = closed_changes_per_month(SHIPPED.known_by(dt.date(2025, 6, 10)), dt.date(2025, 6, 10))
    assert f"review_per_month: {{value: {rate:.3g}, source: " in later
    assert rate != closed_changes_per_month(SHIPPED, LAST_DATE)


def grown(folder: Path, rate: float, weeks: int = 26) -> Dataset:
    """Return tables in which tokens grow at a rate a day until the date."""
    text = "date,known_on,entity,metric,value,unit,notes,source\n"
    for week in range(1, weeks + 1):
        day = DAY - dt.timedelta(days=7 * week)
        value = 1e12 * math.exp(-7.0 * week * rate)
        known_on = day + dt.timedelta(days=7)
        text += f"{day},{known_on},{PLATFORM},{TOKENS},{value},tokens/week,,test\n"
    (folder / "replace").mkdir(parents=True)
    (folder / "replace" / "llm_adoption.csv").write_text(text, encoding="utf-8")
    return Dataset.of_folders([folder], DAY)


def test_users_come_no_faster_than_tokens_were_known_to_grow(tmp_path: Path):
    assert tokens_growth_per_day(grown(tmp_path / "a", 0.01), DAY) == pytest.approx(0.01)
    assert tokens_growth_per_day(grown(tmp_path / "b", -0.01), DAY) is None
    assert tokens_growth_per_day(grown(tmp_path / "c", 0.01, 7), DAY) is None  # too few weeks
    late = grown(tmp_path / "d", 0.01)
    assert tokens_growth_per_day(late.known_by(DAY - dt.timedelta(days=150)), DAY) is None
    for region, most in (("world", 0.01 * 0.3 / 0.7), ("China", 0.0006)):
        text = to_scenario(market_of(late, DAY, region), "m", 90)
        file = tmp_path / f"{region}.yaml"
        file.write_text(text, encoding="utf-8")
        found = read(file).provenance["population.awareness.innovation_per_day"]
        assert found.range == pytest.approx((0.00005, most), rel=0.01)


def test_all_that_is_assumed_of_users_states_a_range(market, tmp_path: Path):
    file = tmp_path / "market.yaml"
    file.write_text(to_scenario(market, "china", 90), encoding="utf-8")
    stated = read(file).provenance
    assumed = [name for name in stated if name.startswith("population.")]
    assert len(assumed) == 20
    for name in assumed:
        low, high = stated[name].range
        assert low <= stated[name].value <= high


def test_where_first_days_offers_are_too_dear_fewer_adopt(tmp_path: Path):
    early = market_of(SHIPPED, dt.date(2022, 9, 1), "global")
    file = tmp_path / "early.yaml"
    file.write_text(to_scenario(early, "early", 30), encoding="utf-8")
    attainable = out_of_reach(file)
    assert attainable
    write_market(file, early, "early", 30)
    assert out_of_reach(file) == {}
    shares = {one.name: one.initial_adopter_share for one in reference.read(file).domains}
    for domain, share in attainable.items():
        assert shares[domain] == pytest.approx(share / 2.0, rel=0.01)
