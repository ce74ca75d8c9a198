"""Cases: what a forecast may read, and what it is refused."""

import csv
import datetime as dt
import os
from pathlib import Path

import pytest

from analysis.backtests.case import CaseFolder, digest_of, shipped_cases
from analysis.backtests.guard import kept_shut
from analysis.backtests.world import write_world
from sim.data.dataset import SHIPPED, columns_of, shipped_or
from sim.data.events import price_moves
from sim.data.prices import price_points
from sim.data.table import TABLES
from sim.errors import DataError, ScenarioError, UsageError
from sim.scenario.from_data.market import market_of

CASE = """\
name: mine
question: Who follows?
origin: 2024-05-06
horizon_days: 60
scenario: minimal
view: all
replications: 2
{more}targets:
  - {{name: Zhipu moves, kind: price_move, entity: Zhipu, model: glm-3-turbo}}
"""


def a_case(folder: Path, more: str = "") -> CaseFolder:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "case.yaml").write_text(CASE.format(more=more), encoding="utf-8")
    return CaseFolder.read(str(folder))


def write(folder: Path, table: str, **changes: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with (TABLES / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        row = {**next(csv.DictReader(file)), **changes}
    path = folder / f"{table}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns_of(table))
        writer.writeheader()
        writer.writerow(row)
    return path


def a_price(folder: Path, **changes: str) -> Path:
    row = {"date": "2024-05-01", "known_on": "2024-05-01", "provider": "Zhipu", "model": "glm-x"}
    return write(folder, "llm_api_prices", **{**row, **changes})


def test_the_shipped_cases_are_the_eight_moves_in_their_roles():
    cases = {name: CaseFolder.read(name).case for name in shipped_cases()}
    assert cases.keys() == {move.event_id for move in price_moves()}
    for move in price_moves():
        case = cases[move.event_id]
        assert case.role == move.role
        assert 0 <= (move.start_date - case.origin).days <= 1


def test_shipped_cases_hold_nothing_observed_by_the_origin_nor_after_the_horizon():
    for name in shipped_cases():
        folder = CaseFolder.read(name)
        for path in (folder.path / "observed").glob("*.csv"):
            with path.open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            key = "week_ending" if "week_ending" in rows[0] else "date"
            days = [dt.date.fromisoformat(row[key]) for row in rows]
            assert folder.case.origin < min(days) <= max(days) <= folder.case.end


def test_a_row_that_was_not_known_at_the_origin_is_refused_with_its_place(tmp_path: Path):
    folder = a_case(tmp_path)
    a_price(tmp_path / "known", known_on="2024-05-07")
    with pytest.raises(DataError, match=r"llm_api_prices.csv:2  known_on = 2024-05-07 is after"):
        folder.inputs()


def test_a_row_of_unknown_publication_is_refused_in_known(tmp_path: Path):
    folder = a_case(tmp_path)
    a_price(tmp_path / "known", known_on="")
    with pytest.raises(DataError, match=r"llm_api_prices.csv:2  known_on is empty"):
        folder.inputs()


def test_a_table_that_is_none_is_refused_in_known_with_the_nearest(tmp_path: Path):
    folder = a_case(tmp_path)
    a_price(tmp_path / "known").rename(tmp_path / "known" / "llm_api_price.csv")
    with pytest.raises(DataError, match="Did you mean 'llm_api_prices.csv'"):
        folder.inputs()


@pytest.mark.parametrize("name", ["providers.csv", "fx.csv"])
def test_what_a_scenario_says_itself_is_refused_in_known(tmp_path: Path, name: str):
    folder = a_case(tmp_path)
    (tmp_path / "known").mkdir()
    (tmp_path / "known" / name).write_text("known_on\n2024-01-01\n", encoding="utf-8")
    (tmp_path / "out").mkdir()
    with pytest.raises(DataError, match="goes with the scenario from-data"):
        write_world(folder, tmp_path / "out", 2)


def test_tables_of_names_are_known_whatever_the_date(tmp_path: Path):
    folder = a_case(tmp_path)
    files = [write(tmp_path / "known", name) for name in ("model_names", "product_lines")]
    assert folder.inputs() == files


def test_a_launch_that_is_given_is_placed_among_the_products_of_the_world(tmp_path: Path):
    folder = a_case(tmp_path, "given: [launches]\n")
    a_price(tmp_path / "given", date="2024-05-10", event="launch", price_kind="list")
    (tmp_path / "out").mkdir()
    write_world(folder, tmp_path / "out", 2)
    text = (tmp_path / "out" / "scenario.yaml").read_text(encoding="utf-8")
    size = float(text.split("parameters_billion: {value: ")[1].split(",")[0])
    world = market_of(SHIPPED, folder.case.origin, "world")
    price = price_points(shipped_or(tmp_path / "given" / "llm_api_prices.csv"))[0]
    expected = world.prior.parameters_billion(price.blended_usd_per_mtok)
    assert size == pytest.approx(expected, rel=1e-3)


def test_a_product_that_a_target_names_is_in_the_market_under_the_name_it_has_there(tmp_path: Path):
    day, line = dt.date(2025, 6, 10), "gpt-3.5-turbo line"
    latest = market_of(SHIPPED, day, "global").listings
    world = market_of(SHIPPED, day, "global", asked=[("OpenAI", line)]).listings
    (added,) = set(world) - set(latest)
    assert added.is_called("OpenAI", line)
    assert not added.is_called("Google", line)
    text = CASE.replace("minimal", "from-data").format(more="region: global\n")
    text = text.replace("entity: Zhipu, model: glm-3-turbo", f"entity: OpenAI, model: {line}")
    (tmp_path / "case.yaml").write_text(text.replace("2024-05-06", str(day)), encoding="utf-8")
    (tmp_path / "out").mkdir()
    written = write_world(CaseFolder.read(str(tmp_path)), tmp_path / "out", 2)
    assert written.targets[0].products == (added.point.model,)
    assert f'name: "{added.point.model}"' in (tmp_path / "out" / "scenario.yaml").read_text("utf-8")


def test_what_the_case_does_not_say_is_given_is_refused_with_what_to_write(tmp_path: Path):
    folder = a_case(tmp_path)
    a_price(tmp_path / "given", date="2024-05-10", event="launch")
    with pytest.raises(DataError, match=r"Write given: \[launches\]"):
        folder.inputs()


def test_a_given_price_that_is_no_launch_is_refused(tmp_path: Path):
    folder = a_case(tmp_path, "given: [launches]\n")
    a_price(tmp_path / "given", date="2024-05-10", event="cut")
    (tmp_path / "out").mkdir()
    with pytest.raises(DataError, match="other prices are forecast"):
        write_world(folder, tmp_path / "out", 2)


@pytest.mark.parametrize("link", ["symbolic", "hard"])
def test_a_link_from_known_into_observed_is_refused(tmp_path: Path, link: str):
    folder = a_case(tmp_path)
    hidden = a_price(tmp_path / "observed")
    (tmp_path / "known").mkdir()
    name = tmp_path / "known" / hidden.name
    if link == "symbolic":
        name.symlink_to(hidden)
    else:
        os.link(hidden, name)
    with pytest.raises(UsageError, match=r"leads into observed/"):
        folder.inputs()


def test_a_scenario_in_observed_is_refused(tmp_path: Path):
    (tmp_path / "observed").mkdir()
    (tmp_path / "observed" / "market.yaml").write_text("extends: minimal\n", encoding="utf-8")
    folder = a_case(tmp_path)
    text = (tmp_path / "case.yaml").read_text(encoding="utf-8")
    (tmp_path / "case.yaml").write_text(
        text.replace("scenario: minimal", "scenario: observed/market.yaml"), encoding="utf-8"
    )
    (tmp_path / "out").mkdir()
    folder = CaseFolder.read(str(tmp_path))
    with pytest.raises(UsageError, match=r"leads into observed/"):
        write_world(folder, tmp_path / "out", 2)


def with_parameters(folder: Path, cut: str, said: str = "") -> CaseFolder:
    folder.mkdir(exist_ok=True)
    file = folder / "fitted.yaml"
    text = (
        f"war.reaction_per_day: {{value: 0.05, source: 'pricewar calibrate market m, cut {cut}'}}"
    )
    file.write_text(text, encoding="utf-8")
    more = f"parameters: {{file: fitted.yaml, sha256: {digest_of(file)}, cut: {said or cut}}}\n"
    return a_case(folder, more)


def test_parameters_need_their_digest_and_the_day_that_their_data_end(tmp_path: Path):
    with pytest.raises(ScenarioError, match="sha256"):
        a_case(tmp_path, "parameters: {file: fitted.yaml, cut: 2024-05-01}\n")
    assert with_parameters(tmp_path, "2024-05-06").case.parameters.cut == dt.date(2024, 5, 6)


def test_parameters_of_data_after_the_origin_are_refused(tmp_path: Path):
    with pytest.raises(ScenarioError, match="cut 2024-05-07 is after 2024-05-06"):
        with_parameters(tmp_path, "2024-05-07")
    folder = with_parameters(tmp_path, "2024-05-07", said="2024-05-01")
    (tmp_path / "out").mkdir()
    with pytest.raises(UsageError, match=r"fitted.yaml:1: cut 2024-05-07 is after"):
        write_world(folder, tmp_path / "out", 2)


def test_nothing_in_a_folder_that_is_kept_shut_can_be_opened(tmp_path: Path):
    inside = tmp_path / "observed"
    inside.mkdir()
    file, outside = inside / "a.csv", tmp_path / "b.csv"
    file.write_text("1", encoding="utf-8")
    outside.write_text("2", encoding="utf-8")
    linked = tmp_path / "c.csv"
    os.link(file, linked)
    with kept_shut(inside):
        assert outside.read_text(encoding="utf-8") == "2"
        for path in (file, linked, tmp_path / "observed" / ".." / "observed" / "a.csv"):
            with pytest.raises(UsageError, match="must not see"):
                path.read_text(encoding="utf-8")
    assert file.read_text(encoding="utf-8") == "1"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("kind: price_move", "kind: price_mov", "Did you mean 'price_move'"),
        ("entity: Zhipu, model: glm-3-turbo", "entity: Zhipu", "a price needs model or universe"),
        ("horizon_days: 60", "horizon_days: 3", "horizon_days"),
        ("origin: 2024-05-06", "orign: 2024-05-06", "Did you mean 'origin'"),
        ("scenario: minimal", "scenario: from-data", "from-data needs it"),
    ],
)
def test_a_mistake_in_the_file_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, reason: str
):
    text = CASE.format(more="").replace(old, new)
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        CaseFolder.read(str(tmp_path))
    assert reason in str(caught.value)
    assert "case.yaml:" in str(caught.value)


def test_a_name_that_is_no_case_is_refused_with_the_nearest(tmp_path: Path):
    with pytest.raises(UsageError, match="is no case"):
        CaseFolder.read(str(tmp_path / "E55"))
