"""Forecasts that are frozen, and how they are scored."""

import csv
import datetime as dt
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from test_cases import CASE, a_price

from analysis.backtests.case import CaseFolder
from analysis.backtests.forecast import _flags, make_forecast
from analysis.backtests.frozen import Forecast
from analysis.backtests.score_tables import write_scores
from analysis.backtests.scoring import score_forecast
from analysis.backtests.series import values
from analysis.backtests.target import Target
from pricewar.cli.backtest import _tell_scores
from pricewar.cli.main import main
from sim.batch.orders import Orders, Report
from sim.batch.serial import Serial
from sim.data.dataset import SHIPPED
from sim.data.prices import list_price_history
from sim.errors import DataError, ResultError, UsageError

SET = "set: {population.users: 40, population.types_per_domain: 2}\ndraws: replications\n"
OVERRIDE = "population.users=41"
MORE = """\
  - {name: Zhipu index, kind: price_index, entity: Zhipu, universe: [glm-3-turbo, glm-4]}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[CaseFolder, Forecast]:
    folder = tmp_path_factory.mktemp("case")
    text = CASE.format(more=SET)
    (folder / "case.yaml").write_text(text + MORE, encoding="utf-8")
    price = list_price_history("Zhipu", "glm-3-turbo")[0]
    half = price.input_usd_per_mtok / 2.0
    a_price(
        folder / "observed",
        model="glm-3-turbo",
        date="2024-05-16",
        known_on="2024-05-16",
        event="cut",
        input_price_per_mtok=str(half),
        output_price_per_mtok=str(half),
        usd_input=str(half),
        usd_output=str(half),
    )
    case = CaseFolder.read(str(folder))
    out = folder.parent / "forecast"
    return case, make_forecast(case, out, Serial, Orders(overrides=[OVERRIDE]))


def test_a_forecast_says_what_it_knew_and_covers_the_horizon(made):
    case, forecast = made
    record = forecast.record
    assert record["origin"] == "2024-05-06"
    assert record["draws"] == 2
    assert record["information"]["known_by"] == "2024-05-06"
    assert "engine defaults were set from data to 2025-10" in record["information"]["flags"]
    assert any("after the origin" in flag for flag in record["information"]["flags"])
    days = {day for _, quantity, day in forecast.draws() if quantity == "change"}
    assert all(case.case.origin < day <= case.case.end for day in days)
    assert len(days) == 60 // 7 or len(days) == 60 // 7 + 1


def test_what_happened_is_scored_by_lag_depth_and_index(made):
    case, forecast = made
    scores = score_forecast(case, forecast)
    happened = {(one.target, one.quantity): one.observed for one in scores.scores}
    assert happened["Zhipu moves", "moved"] == 1.0
    assert happened["Zhipu moves", "lag_days"] == 10.0
    assert happened["Zhipu moves", "depth"] == pytest.approx(math.log(0.5))
    assert happened["Zhipu index", "change"] == pytest.approx(math.log(0.5) / 2.0)
    naive = {
        (one.target, one.quantity): one.naive["no_change"]
        for one in scores.points
        if "no_change" in one.naive
    }
    assert naive["Zhipu moves", "moved"] == 1.0
    assert naive["Zhipu moves", "lag_days"] == 50.0
    assert naive["Zhipu moves", "depth"] == pytest.approx(math.log(2.0))


def test_a_forecast_that_was_changed_is_not_scored(made, tmp_path: Path):
    _, forecast = made
    for name in (*forecast.record["files"], "forecast.json"):
        (tmp_path / name).write_bytes((forecast.path / name).read_bytes())
    assert Forecast.read(tmp_path).record == forecast.record
    record = json.loads((tmp_path / "forecast.json").read_text(encoding="utf-8"))
    (tmp_path / "forecast.json").write_text(json.dumps({**record, "horizon_days": 1}), "utf-8")
    with pytest.raises(ResultError, match="was changed"):
        Forecast.read(tmp_path)
    (tmp_path / "forecast.json").write_text(json.dumps(record), "utf-8")
    with (tmp_path / "forecast.csv").open("a", encoding="utf-8") as file:
        file.write("Zhipu moves,moved,2024-07-05,9,1\n")
    with pytest.raises(ResultError, match="was changed"):
        Forecast.read(tmp_path)


@pytest.mark.parametrize("name", ["forecast.csv", "naive.csv", "scenario.yaml", "design.yaml"])
def test_a_forecast_of_which_a_file_was_removed_is_not_scored(made, tmp_path: Path, name: str):
    _, forecast = made
    for one in {*forecast.record["files"], "forecast.json"} - {name}:
        (tmp_path / one).write_bytes((forecast.path / one).read_bytes())
    with pytest.raises(ResultError, match=rf"{name}: was changed or removed"):
        Forecast.read(tmp_path)


@pytest.mark.parametrize("text", ["[]", "{}", "1", "{"])
def test_a_record_that_is_none_is_refused(tmp_path: Path, text: str):
    (tmp_path / "forecast.json").write_text(text, encoding="utf-8")
    with pytest.raises(ResultError, match="is no forecast"):
        Forecast.read(tmp_path)


def test_failed_worlds_and_what_was_set_are_recorded_and_flagged(made):
    case, forecast = made
    record = forecast.record
    assert (record["planned"], record["failed"], record["draws"]) == (2, 0, 2)
    assert record["overrides"] == {"set": [OVERRIDE], "do": []}
    assert f"set on the command line: {OVERRIDE}" in record["information"]["flags"]
    report = Report(
        None, planned=5, done=3, failed=2, executed=3, reused=0, precisions=(), stopped=False
    )
    flags = _flags(case, report, Orders())
    assert any("3 of 5 worlds were finished, 2 failed" in flag for flag in flags)
    assert not any("command line" in flag for flag in flags)


def test_a_frozen_forecast_is_neither_replaced_nor_written_into(made):
    case, forecast = made
    with pytest.raises(ResultError, match="which is frozen"):
        make_forecast(case, forecast.path, Serial, Orders())
    scores = score_forecast(case, forecast)
    with pytest.raises(ResultError, match="which is frozen"):
        write_scores(scores, forecast, forecast.path)


def test_a_case_that_was_changed_since_is_not_scored(made, tmp_path: Path):
    case, forecast = made
    text = (case.path / "case.yaml").read_text(encoding="utf-8")
    (tmp_path / "case.yaml").write_text(text + "# changed\n", encoding="utf-8")
    with pytest.raises(ResultError, match="another case.yaml"):
        score_forecast(CaseFolder.read(str(tmp_path)), forecast)


def test_the_command_writes_scores_that_can_be_read(made, tmp_path: Path, capsys):
    case, forecast = made
    code = main(["backtest", str(case.path), "--score", str(forecast.path), "--out", str(tmp_path)])
    assert code == 0
    assert "median skill against no change" in capsys.readouterr().out
    with (tmp_path / "scores.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["quantity"] for row in rows} == {"moved", "lag_days", "depth", "change"}


def test_what_was_not_observed_is_listed_with_the_scores(made, tmp_path: Path, capsys):
    case, forecast = made
    scores = replace(score_forecast(case, forecast), not_observed=("Baidu moves",))
    write_scores(scores, forecast, tmp_path)
    with (tmp_path / "scores.csv").open(newline="", encoding="utf-8") as file:
        last = list(csv.DictReader(file))[-1]
    assert (last["target"], last["quantity"], last["points"]) == (
        "Baidu moves",
        "not observed",
        "0",
    )
    assert last["crps"] == ""
    _tell_scores(scores, case)
    assert "not observed, and not scored: Baidu moves" in capsys.readouterr().out


def test_a_name_that_the_scenario_lacks_is_refused_with_its_place(made, tmp_path: Path, capsys):
    case, _ = made
    text = (case.path / "case.yaml").read_text(encoding="utf-8")
    text = text.replace("model: glm-3-turbo", "model: glm-3-turbo, products: [glm-3-turb]")
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    folder, out = CaseFolder.read(str(tmp_path)), tmp_path / "out"
    message = r"case.yaml:\d+  target 'Zhipu moves': products = .* Did you mean 'glm-3-turbo'"
    with pytest.raises(UsageError, match=message):
        make_forecast(folder, out, Serial, Orders())
    assert not out.exists()  # or the mended case would be refused, for its folder is taken
    assert main(["backtest", str(tmp_path)]) == 2
    assert "Did you mean 'glm-3-turbo'" in capsys.readouterr().err


def test_events_of_a_case_are_played_and_recorded_or_refused_with_their_place(made, tmp_path: Path):
    case, without = made
    text = (case.path / "case.yaml").read_text(encoding="utf-8")
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    events = tmp_path / "known" / "events.csv"
    events.parent.mkdir()
    head = "known_on,kind,intervention,source\n2024-05-01,"
    events.write_text(f"{head}ban,remove Zhipuu on 2024-05-20,s\n", encoding="utf-8")
    folder = CaseFolder.read(str(tmp_path))
    with pytest.raises(DataError, match=r"events.csv:2  of = 'Zhipuu' .* Did you mean 'Zhipu'"):
        make_forecast(folder, tmp_path / "refused", Serial, Orders())
    events.write_text(f"{head}policy,floor 40 from 2024-05-20,a law\n", encoding="utf-8")
    found = make_forecast(folder, tmp_path / "out", Serial, Orders(overrides=[OVERRIDE]))
    assert found.record["events"] == ["floor 40 from 2024-05-20"]
    last = ("Zhipu index", "change", max(day for _, _, day in found.draws()))
    assert found.draws()[last].min() > without.draws()[last].max() + 1.0


def test_tokens_and_shares_are_read_from_what_was_known():
    view = SHIPPED.known_by(dt.date(2025, 6, 10))
    tokens = Target(
        name="t", kind="tokens", entity="OpenRouter (all models)", metric="tokens_per_week"
    )
    series = values(tokens, view)
    assert series[-1][0] == dt.date(2025, 6, 8)  # the last day of the last week that is over
    share = values(Target(name="s", kind="share", entity="openai"), view)
    everybody = values(Target(name="m", kind="tokens"), view)
    assert all(0.0 < value < 1.0 for _, value in share if value)
    assert [day for day, _ in share] == [day for day, _ in everybody]
