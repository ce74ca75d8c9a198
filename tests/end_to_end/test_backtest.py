"""A back-test from the command line: forecast, frozen, scored; the future is never seen."""

import csv
import datetime as dt
import json
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

from pricewar.cli.main import main
from sim.batch import starting
from sim.data.dataset import OBSERVED, columns_of
from sim.data.table import TABLES

pytestmark = pytest.mark.slow

CASE = """\
name: mine
question: Who follows?
origin: 2024-05-06
horizon_days: 21
scenario: {scenario}
replications: {draws}
draws: replications
set: {{population.users: 40, population.types_per_domain: 2}}
targets:
  - {{name: Zhipu moves, kind: price_move, entity: Zhipu, model: glm-3-turbo}}
"""
ROW = {"provider": "Zhipu", "model": "glm-3-turbo", "currency": "CNY", "fx_cny_per_usd": "7.0"}

opened: list[Path] = []
_watching: list[bool] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _watching and isinstance(arguments[0], str):
        opened.append(Path(arguments[0]).absolute())


@pytest.fixture
def watched():
    """What is opened in this process meanwhile, where the worlds are run, too."""
    if _note not in (seen := getattr(sys, "_hooks_of_this_test", [])):
        sys.addaudithook(_note)
        sys._hooks_of_this_test = [*seen, _note]
    opened.clear()
    _watching.append(True)
    yield opened
    _watching.clear()


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    serial = starting.starter(serial=True)
    monkeypatch.setattr(starting, "starter", lambda *_: serial)


def a_row(folder: Path, table: str, **changes: str) -> Path:
    """Write a table with one row, like the first of the shipped one but for what is changed."""
    folder.mkdir(parents=True, exist_ok=True)
    with (TABLES / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        row = {**next(csv.DictReader(file)), **changes}
    with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns_of(table))
        writer.writeheader()
        writer.writerow(row)
    return folder / f"{table}.csv"


def a_case(folder: Path, scenario: str = "minimal\nview: all", draws: int = 9) -> Path:
    folder.mkdir()
    (folder / "case.yaml").write_text(CASE.format(scenario=scenario, draws=draws), "utf-8")
    price = {"input_price_per_mtok": "2.1", "output_price_per_mtok": "2.1"}
    usd = {"usd_input": "0.3", "usd_output": "0.3"}
    dated = {"date": "2024-05-16", "known_on": "2024-05-16", "event": "cut", "price_kind": "list"}
    a_row(folder / "observed", "llm_api_prices", **{**ROW, **price, **usd, **dated})
    return folder


def told(capsys) -> str:
    found = capsys.readouterr()
    return " ".join((found.out + found.err).split())


def test_a_case_is_forecast_without_its_outcome_frozen_and_scored(tmp_path, capsys, watched):
    case, forecast, score = a_case(tmp_path / "mine"), tmp_path / "forecast", tmp_path / "score"
    assert main(["backtest", str(case)]) == 0
    assert "target Zhipu moves: price_move of Zhipu" in told(capsys)

    watched.clear()
    assert main(["backtest", str(case), "--forecast", "--out", str(forecast)]) == 0
    assert "mine: 9 draws of 21 days" in told(capsys)
    observed = (case / "observed" / "llm_api_prices.csv").resolve()
    assert forecast / "scenario.yaml" in watched  # so that what is opened is seen
    assert observed not in watched
    record = json.loads((forecast / "forecast.json").read_text(encoding="utf-8"))
    assert (record["origin"], record["horizon_days"], record["draws"]) == ("2024-05-06", 21, 9)
    frozen = {path: path.read_bytes() for path in forecast.glob("*.*")}

    assert main(["backtest", str(case), "--forecast", "--resume", "--out", str(forecast)]) == 2
    assert "which is frozen; nothing was touched" in told(capsys)
    scoring = ["backtest", str(case), "--score", str(forecast)]
    assert main([*scoring, "--out", str(score)]) == 0
    assert "The forecast beats" in told(capsys)
    assert observed in watched
    assert {path: path.read_bytes() for path in forecast.glob("*.*")} == frozen
    with (score / "points.csv").open(newline="", encoding="utf-8") as file:
        happened = {row["quantity"]: float(row["observed"]) for row in csv.DictReader(file)}
    assert (happened["moved"], happened["lag_days"]) == (1.0, 10.0)
    assert (score / "forecast_and_observed.svg").is_file()
    drawn = pd.read_csv(score / "forecast_and_observed.csv").set_index("quantity")
    assert drawn.loc["lag_days", "observed"] == 10.0
    assert drawn.loc["lag_days", "low_80"] <= drawn.loc["lag_days", "median"]
    assert drawn.loc["moved", "no_change"] == 0.0
    said = json.loads((score / "score.json").read_text(encoding="utf-8"))
    assert said["forecast_sha256"] == record["sha256"]

    assert main([*scoring, "--json", "--out", str(score)]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["quantity"] for row in rows] == ["moved", "lag_days", "depth"]

    (forecast / "forecast.json").unlink()  # as a kill before the end leaves it
    begun = {path: path.read_bytes() for path in forecast.rglob("*") if path.is_file()}
    text = (case / "case.yaml").read_text(encoding="utf-8")
    (case / "case.yaml").write_text(text.replace("horizon_days: 21", "horizon_days: 14"))
    assert main(["backtest", str(case), "--forecast", "--resume", "--out", str(forecast)]) == 2
    assert "was begun otherwise; nothing was touched" in told(capsys)
    assert {path: path.read_bytes() for path in forecast.rglob("*") if path.is_file()} == begun
    (case / "case.yaml").write_text(text)
    (forecast / "forecast.json").write_bytes(frozen[forecast / "forecast.json"])

    with (forecast / "naive.csv").open("a", encoding="utf-8") as file:
        file.write("Zhipu moves,moved,2024-05-27,bass,1,0,\n")
    assert main([*scoring, "--out", str(score)]) == 2
    assert "naive.csv: was changed or removed since it was written" in told(capsys)


def test_a_case_from_which_the_outcome_can_be_reached_is_not_forecast(tmp_path, capsys):
    case = a_case(tmp_path / "mine", scenario="mine.yaml")
    hidden = case / "observed" / "market.yaml"
    hidden.write_text("extends: minimal\n", encoding="utf-8")
    (case / "mine.yaml").write_text("extends: observed/market.yaml\n", encoding="utf-8")
    out = tmp_path / "out"
    assert main(["backtest", str(case), "--forecast", "--out", str(out)]) == 2
    assert "which a forecast must not see" in told(capsys)
    (case / "mine.yaml").write_text("extends: minimal\n", encoding="utf-8")
    (case / "known").mkdir()
    (case / "known" / "llm_api_prices.csv").symlink_to(case / "observed" / "llm_api_prices.csv")
    assert main(["backtest", str(case), "--forecast", "--out", str(tmp_path / "out2")]) == 2
    assert "leads into observed/" in told(capsys)
    assert not list(tmp_path.glob("out*/forecast.json"))


PLANTED = {
    "llm_api_prices": {
        **ROW,
        "event": "cut",
        "input_price_per_mtok": "0.7",
        "output_price_per_mtok": "0.7",
        "usd_input": "0.1",
        "usd_output": "0.1",
    },
    "llm_quality": {"price_model": "glm-4", "score": "80"},
    "gpu_rental_prices": {"gpu": "H800", "price_usd_per_hour": "0.5"},
    "llm_adoption": {"entity": "OpenRouter (all models)", "metric": "tokens_per_week"},
    "openrouter_price_changes": {"change": "cut"},
    "openrouter_weekly_top_models": {},
    "accelerators": {},
}
"""What is planted in each table of observations, beside its first row's other cells."""


def planted(folder: Path, days: list[tuple[str, str]]) -> Path:
    """Return a copy of the shipped tables with rows more in each of those of observations."""
    shutil.copytree(TABLES, folder)
    for table in OBSERVED:
        for number, (date, known_on) in enumerate(days):
            cells = {**PLANTED[table], **_dated(table, date, known_on)}
            if table == "accelerators":
                cells["name"] = f"V{number}"
            row = a_row(folder.parent / "rows", table, **cells)
            with (folder / f"{table}.csv").open("a", newline="", encoding="utf-8") as file:
                file.writelines(row.read_text(encoding="utf-8").splitlines(keepends=True)[1:])
    return folder


def _dated(table: str, date: str, known_on: str) -> dict[str, str]:
    dates = {"openrouter_weekly_top_models": "week_ending", "accelerators": "release_date"}
    return {dates.get(table, "date"): date, "known_on": known_on}


def _forget() -> None:
    """Let nothing that was read from the tables be remembered."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in ("sim", "analysis"):
            for value in list(vars(module).values()):
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()


def test_a_row_dated_or_known_after_the_origin_changes_no_byte_of_a_forecast(tmp_path, monkeypatch):
    case = a_case(tmp_path / "mine", scenario="from-data\nregion: China", draws=2)
    tokens = "metric: tokens_per_week, entity: OpenRouter (all models)"
    with (case / "case.yaml").open("a", encoding="utf-8") as file:
        file.write(f"  - {{name: tokens, kind: tokens, {tokens}}}\n")

    def forecast(name: str, *days: tuple[str, str]) -> dict[str, bytes]:
        tables = planted(tmp_path / name, list(days)) if days else TABLES
        with monkeypatch.context() as patched:
            for module in list(sys.modules.values()):
                if getattr(module, "TABLES", None) is TABLES:
                    patched.setattr(module, "TABLES", tables)
            _forget()
            out = tmp_path / f"forecast-{name}"
            assert main(["backtest", str(case), "--forecast", "--out", str(out)]) == 0
        _forget()
        names = ("forecast.csv", "naive.csv", "scenario.yaml", "design.yaml")
        return {name: (out / name).read_bytes() for name in names}

    origin = dt.date(2024, 5, 6)
    day, next_day = str(origin), str(origin + dt.timedelta(days=1))
    as_it_is = forecast("shipped")
    later = forecast("later", (next_day, next_day), (day, next_day), (day, ""))
    assert later == as_it_is
    # what was known in time does change it, so that the check can fail
    known = forecast("known", (day, day))
    changed = {name for name in known if known[name] != as_it_is[name]}
    assert changed == {"forecast.csv", "naive.csv", "scenario.yaml"}
