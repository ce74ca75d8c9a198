"""What is exported reads back as the tables that it came from."""

import io
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from pricewar.cli.main import main
from sim.errors import ResultError, UsageError
from sim.record import workbook
from sim.record.dictionary import dictionary
from sim.record.export import Format, export
from sim.record.opening import open_result
from sim.record.stata import stata_file
from sim.record.tables import SCHEMAS, TABLES


def read_back(kind, place, name):
    if kind == "csv":
        return pd.read_csv(place / f"{name}.csv")
    if kind == "xlsx":
        return pd.read_excel(place, sheet_name=name)
    return pd.read_stata(place / f"{name}.dta", convert_categoricals=False)


def plain(frame):
    """Values alone: a format has its own types of numbers; a missing text is an empty one."""
    columns = {}
    for name in frame.columns:
        cells = frame[name]
        if name in ("date", "day"):
            columns[name] = pd.to_datetime(cells).astype("datetime64[s]")
        elif cells.dtype.kind in "biuf":
            columns[name] = cells.astype(float)
        else:
            columns[name] = cells.astype(object).where(cells.notna(), "")
    return pd.DataFrame(columns)


@pytest.mark.parametrize("kind", list(Format))
def test_all_tables_read_back_equal(kind, folder, tmp_path):
    result = open_result(folder)
    done = export(result, kind, out=tmp_path / ("out.xlsx" if kind == "xlsx" else "out"))
    assert set(done.tables) >= set(SCHEMAS)
    for name in done.tables:
        expected = plain(result.table(name))
        found = plain(read_back(kind, done.place, name))
        if kind is Format.DTA:
            found = found.set_axis(expected.columns, axis=1)
        empty = expected.columns[expected.eq("").all() | expected.isna().all()]
        assert_frame_equal(
            found.drop(columns=empty),
            expected.drop(columns=empty),
            check_dtype=False,
            rtol=1e-14,
            atol=0.0,
        )


@pytest.mark.parametrize("kind", list(Format))
def test_the_dictionary_names_every_column_of_every_table(kind, folder, tmp_path):
    result = open_result(folder)
    done = export(result, kind, out=tmp_path / ("out.xlsx" if kind == "xlsx" else "out"))
    found = read_back(kind, done.place, "columns")
    for name in done.tables:
        assert list(found[found["table"] == name]["column"]) == list(result.table(name).columns)
    price = found[(found["table"] == "products") & (found["column"] == "price_usd_per_mtok")]
    column = TABLES["products"]["price_usd_per_mtok"]
    assert price[["label", "unit", "meaning"]].values.tolist() == [
        [column.label, "USD/Mtok", column.meaning]
    ]


def test_stata_gets_labels_daily_dates_and_named_booleans(run, tmp_path):
    export(open_result(run), Format.DTA, ["products"], tmp_path / "mine.dta")
    with pd.read_stata(tmp_path / "mine.dta", iterator=True) as file:
        labels = file.variable_labels()
        assert file.value_labels() == {"listed": {0: "no", 1: "yes"}}
        assert file.data_label == "pricewar: test, products"
        assert file._fmtlist[list(labels).index("date")] == "%td"
    for column in TABLES["products"].columns:
        begins = f"{column.label}, {column.unit.stored}" if column.unit.stored else column.label
        assert labels[column.name].startswith(begins)
        assert len(labels[column.name]) <= 80


def test_names_that_stata_does_not_take_are_changed_and_told(sweep, tmp_path):
    done = export(open_result(sweep), Format.DTA, ["market"], tmp_path / "out")
    names = list(pd.read_stata(tmp_path / "out" / "market.dta").columns)
    assert "depth__x_" in names
    assert done.notes == (
        'market: depth "x" is called depth__x_, as Stata takes names of letters, digits and '
        "underscores, 32 at most.",
    )


def test_names_that_would_become_one_stay_apart():
    frame = pd.DataFrame({"a b": [1.0], "a_b": [2.0], "if": [3.0], "x" * 40: [4.0]})
    content, notes = stata_file(frame, "market", "test")
    back = pd.read_stata(io.BytesIO(content))
    assert back.values.tolist() == [[1.0, 2.0, 3.0, 4.0]]
    assert len(set(back.columns)) == 4
    assert max(map(len, back.columns)) <= 32
    assert len(notes) == 3


@pytest.mark.parametrize("kind", [Format.DTA, Format.XLSX])
def test_infinities_are_missing_where_a_program_has_none_and_told(kind, tmp_path):
    frame = pd.DataFrame({"old": [1.0, np.inf, -np.inf, 2.0]})
    path = tmp_path / "mine.xlsx"
    if kind is Format.DTA:
        content, notes = stata_file(frame, "events", "test")
        back = pd.read_stata(io.BytesIO(content))
    else:
        notes = workbook.write_workbook(path, [("events", frame)])
        back = pd.read_excel(path)
    np.testing.assert_array_equal(back["old"], [1.0, np.nan, np.nan, 2.0])
    assert notes == ["events: 2 infinite values of old are missing in the file."]


def test_long_texts_and_large_whole_numbers_survive_in_stata():
    frame = pd.DataFrame({"message": ["x" * 3000, "豆包" * 1000], "reviews": [2**40, 1]})
    content, _ = stata_file(frame, "failures", "t" * 200)
    back = pd.read_stata(io.BytesIO(content))
    assert back["message"].tolist() == frame["message"].tolist()
    assert back["reviews"].tolist() == [2**40, 1]


def test_a_text_that_looks_like_a_formula_or_holds_a_control_character_is_a_text(tmp_path):
    texts = ["=1+1", "a\x07b", "@x", "x" * 40_000]
    workbook.write_workbook(tmp_path / "mine.xlsx", [("t", pd.DataFrame({"name": texts}))])
    from openpyxl import load_workbook

    cells = [cell for (cell,) in load_workbook(tmp_path / "mine.xlsx")["t"].iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == ["=1+1", "ab", "@x", "x" * 32_767]
    assert {cell.data_type for cell in cells} == {"s"}


def test_dates_are_dates_in_a_workbook(run, tmp_path):
    export(open_result(run), Format.XLSX, ["market"], tmp_path / "mine.xlsx")
    from openpyxl import load_workbook

    sheet = load_workbook(tmp_path / "mine.xlsx")["market"]
    assert sheet["C2"].is_date
    assert sheet["C2"].number_format == "YYYY-MM-DD"
    assert sheet.freeze_panes == "A2"


def test_a_table_that_no_sheet_holds_is_refused_and_nothing_written(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "_ROWS", 3)
    frames = [("small", pd.DataFrame({"a": [1]})), ("large", pd.DataFrame({"a": [1, 2, 3]}))]
    with pytest.raises(UsageError, match="table large has 3 rows, and a sheet of Excel holds 2"):
        workbook.write_workbook(tmp_path / "mine.xlsx", frames)
    assert list(tmp_path.iterdir()) == []


def test_without_openpyxl_a_workbook_says_what_to_install(run, tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"needs openpyxl(.|\n)*pricewar\[excel\]"):
        export(open_result(run), Format.XLSX, out=tmp_path / "mine.xlsx")


def test_files_lie_beside_the_folder_and_are_not_replaced_unasked(run, capsys):
    assert main(["export", str(run), "--csv", "--table", "market"]) == 0
    place = run.with_name("run-csv")
    assert f"Wrote 1 table to {place}/" in capsys.readouterr().out
    assert {path.name for path in place.iterdir()} == {"market.csv", "columns.csv"}
    (place / "market.csv").write_text("mine", encoding="utf-8")
    assert main(["export", str(run), "--csv", "--table", "market"]) == 2
    assert "is already there; nothing was touched" in capsys.readouterr().err
    assert (place / "market.csv").read_text(encoding="utf-8") == "mine"
    assert main(["export", str(run), "--csv", "--table", "market", "--overwrite"]) == 0
    assert (place / "market.csv").read_text(encoding="utf-8").startswith("replication,")


def test_one_table_may_be_a_file_by_its_name(run, tmp_path):
    export(open_result(run), Format.CSV, ["plan"], tmp_path / "deep" / "mine.csv")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["mine.csv"]
    assert len(pd.read_csv(tmp_path / "deep" / "mine.csv")) == 4


def test_a_workbook_goes_into_a_folder_that_is_there(run, tmp_path):
    done = export(open_result(run), Format.XLSX, ["plan"], tmp_path)
    assert done.place == tmp_path / "run.xlsx"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--csv", "--table", "markte"], "has no table 'markte'.  Did you mean 'market'?"),
        (["--xlsx", "--out", "x.csv"], "the name of an Excel workbook ends with .xlsx"),
        ([], "one of the arguments --csv --xlsx --dta is required"),
        (["--csv", "--out", "/dev/null/x"], "cannot be written"),
    ],
)
def test_a_wrong_call_is_told_what_to_do(arguments, told, folder, capsys):
    assert main(["export", str(folder), *arguments]) == 2
    assert told in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_a_message(run, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ResultError, match="cannot be written"):
        export(open_result(run), Format.DTA, out=tmp_path / "file" / "out")


def test_exporting_to_text_needs_neither_openpyxl_nor_matplotlib(run, tmp_path):
    for name in ("openpyxl", "matplotlib"):
        sys.modules.pop(name, None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        export(open_result(run), Format.CSV, out=tmp_path / "out")
    assert not {"openpyxl", "matplotlib"} & set(sys.modules)


def test_a_parameter_is_called_one_in_the_dictionary():
    frame = dictionary({"market": ["point", "depth", "hhi_tokens"]})
    assert frame["meaning"].tolist()[:2] == [
        "number of the design's point",
        "parameter of the design",
    ]
    assert frame["label"].tolist() == ["", "", "Concentration of tokens"]
