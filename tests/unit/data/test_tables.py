"""Every shipped table, row by row, and what a reader says of a broken one."""

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.compression import measured_rows
from sim.compression import shipped_curves
from sim.data import (
    accelerators,
    adoption,
    benchmark_accuracy,
    capabilities,
    events,
    price_changes,
    prices,
    published_compression,
    rents,
    scores,
    serving_efficiency,
    serving_levels,
    serving_speeds,
    weekly_leaders,
)
from sim.data.dataset import Dataset, shipped_or
from sim.data.table import LAST_DATE, TABLES, read_table
from sim.errors import DataError


def of_file(read: Callable[[Dataset], object]) -> Callable[[Path], object]:
    """Return a reader of a file that stands in place of a shipped table."""
    return lambda path: read(shipped_or(path))


READERS: dict[str, Callable[[Path], object]] = {
    "accelerators.csv": of_file(accelerators.accelerators),
    "backtest_events.csv": events.price_moves,
    "capability_links.csv": lambda path: capabilities.fitted_scale(links=path),
    "capability_scale.csv": capabilities.fitted_scale,
    "compression_accuracy.csv": benchmark_accuracy.benchmark_accuracies,
    "compression_draws_measured.csv": measured_rows.read_rows,
    "compression_curves.csv": shipped_curves.shipped_curves,
    "compression_measured.csv": measured_rows.read_rows,
    "compression_published.csv": published_compression.published_rows,
    "compression_sizes.csv": lambda path: shipped_curves.shipped_curves(sizes=path),
    "compression_wikitext_measured.csv": measured_rows.read_rows,
    "gpu_rental_prices.csv": of_file(rents.posted_rents),
    "llm_adoption.csv": of_file(adoption.observations),
    "llm_api_prices.csv": of_file(prices.price_points),
    "llm_quality.csv": of_file(scores.scores),
    "model_names.csv": of_file(scores.model_names),
    "openrouter_price_changes.csv": of_file(price_changes.ledger),
    "openrouter_weekly_top_models.csv": of_file(weekly_leaders.weekly_leaders),
    "product_lines.csv": of_file(prices.product_lines),
    "served_models.csv": serving_levels.served_models,
    "serving_efficiency.csv": serving_efficiency.serving_efficiency,
    "serving_levels.csv": serving_levels.serving_levels,
    "serving_speeds.csv": serving_speeds.serving_speeds,
}


def lines_of(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def broken_copy(folder: Path, name: str, column: str, value: str) -> Path:
    """Copy a table with one cell of its second data row replaced."""
    lines = lines_of(name)
    lines[1] = {**lines[1], column: value}
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    return path


def test_every_shipped_table_has_a_reader():
    assert {path.name for path in TABLES.glob("*.csv")} == set(READERS)


@pytest.mark.parametrize("name", sorted(READERS))
def test_every_row_of_a_table_parses(name: str):
    assert READERS[name](TABLES / name)


@pytest.mark.parametrize("name", sorted(READERS))
def test_every_row_says_where_it_comes_from_or_is_derived_from_rows_that_do(name: str):
    derived = {
        "capability_links.csv",
        "capability_scale.csv",
        "compression_curves.csv",
        "compression_draws_measured.csv",  # in compression_draws_runs.json
        "compression_measured.csv",  # its runs are in compression_runs.json
        "compression_wikitext_measured.csv",  # in compression_wikitext_runs.json
        "compression_sizes.csv",
        "model_names.csv",
        "product_lines.csv",
        "serving_efficiency.csv",
    }
    if name not in derived:
        assert all(line["source"].strip() for line in lines_of(name))


@pytest.mark.parametrize("name", sorted(READERS))
def test_nothing_is_dated_after_the_last_date_of_the_data(name: str):
    dates = [
        dt.date.fromisoformat(value)
        for line in lines_of(name)
        for column, value in line.items()
        if column.endswith("date") or column == "first_seen"  # not known_on: it is publication
    ]
    assert all(date <= LAST_DATE for date in dates)


BROKEN = [
    ("accelerators.csv", "fp16_tflops", "fast", "is not a number"),
    ("accelerators.csv", "mem_gb", "-80", "must lie between"),
    ("accelerators.csv", "name", "V100 SXM2 32GB", "more than one row"),
    ("backtest_events.csv", "suggested_role", "tuning", "must be one of"),
    ("backtest_events.csv", "source", "", "source is empty"),
    ("capability_links.csv", "slope", "0", "must lie between"),
    ("capability_scale.csv", "standard_error_logit", "nan", "is not finite"),
    ("compression_published.csv", "family", "magic", "must be one of"),
    ("compression_published.csv", "quality_base", "", "must be given together"),
    ("compression_published.csv", "quality_metric", "", "without its quality_metric"),
    ("compression_published.csv", "weak", "yes", "must be one of"),
    ("gpu_rental_prices.csv", "price_usd_per_hour", "0", "must lie between"),
    ("llm_adoption.csv", "value", "inf", "is not finite"),
    ("llm_adoption.csv", "date", "yesterday", "is not a date"),
    ("llm_api_prices.csv", "usd_input", "0.9", "not 0.9"),
    ("llm_api_prices.csv", "input_price_per_mtok", "-1", "must lie between"),
    ("llm_api_prices.csv", "currency", "EUR", "must be one of"),
    ("llm_api_prices.csv", "fx_cny_per_usd", "7.2", "for CNY only"),
    ("llm_api_prices.csv", "price_kind", "free", "price is not zero"),
    ("llm_api_prices.csv", "open_weights", "maybe", "must be one of"),
    ("llm_quality.csv", "score", "1e9", "must lie between"),
    ("openrouter_price_changes.csv", "change", "steal", "must be one of"),
    ("product_lines.csv", "model", " ", "model is empty"),
]


@pytest.mark.parametrize(("name", "column", "value", "reason"), BROKEN)
def test_a_broken_cell_is_refused_with_file_and_reason(
    tmp_path: Path, name: str, column: str, value: str, reason: str
):
    with pytest.raises(DataError, match=name) as caught:
        READERS[name](broken_copy(tmp_path, name, column, value))
    assert reason in str(caught.value)


def test_a_shipped_row_after_the_last_date_is_refused(tmp_path: Path):
    path = broken_copy(tmp_path, "gpu_rental_prices.csv", "date", "2025-11-01")
    with pytest.raises(DataError, match="after 2025-10-31"):
        read_table(path, lambda row: row.date("date"))


def test_a_broken_cell_is_refused_at_its_line(tmp_path: Path):
    path = broken_copy(tmp_path, "gpu_rental_prices.csv", "date", "soon")
    with pytest.raises(DataError, match=r"gpu_rental_prices\.csv:3  date = 'soon'"):
        READERS[path.name](path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "has no rows"),
        (b"date,gpu\n", "has no rows"),
        (b"date,gpu\n2024-01-01,H100,7\n", "has 3 cells, the header has 2"),
        (b"date,gpu\n2024-01-01\n", "has 1 cell, the header has 2"),
        (b"date,gpu\n2024-01-01,H100\n", "no column price_usd_per_hour"),
        (b"date,gpu\n\xff\xfe,H100\n", "cannot be read"),
        (b'date,gpu\n"2024-01-01,H100\n', "cannot be read"),
        (b"\xef\xbb\xbfdate;gpu\n2024-01-01;H100\n", "has semicolons between its cells"),
        (b"date\tgpu\n2024-01-01\tH100\n", "has tabs between its cells"),
    ],
)
def test_a_damaged_file_is_refused_with_a_reason(tmp_path: Path, content: bytes, reason: str):
    path = tmp_path / "gpu_rental_prices.csv"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        READERS[path.name](path)
    assert reason in str(caught.value)


def test_a_missing_file_is_refused_with_a_reason(tmp_path: Path):
    with pytest.raises(DataError, match="cannot be read"):
        READERS["gpu_rental_prices.csv"](tmp_path / "gpu_rental_prices.csv")


@pytest.mark.parametrize("name", READERS)
def test_a_table_saved_by_a_spreadsheet_reads_as_the_table_that_it_was(tmp_path: Path, name: str):
    text = (TABLES / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(b"\xef\xbb\xbf" + text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert READERS[name](path) == READERS[name](TABLES / name)
