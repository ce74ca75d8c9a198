"""Serving rates: what the fit recovers, and how far held-out sources lie from it."""

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.compression.fitting.serving_rates import (
    as_table,
    fit_shares,
    held_out_errors,
    is_fitted_to,
    predicted_speedup,
    shares_without,
)
from sim.data.published_compression import published_rows
from sim.data.serving_efficiency import FITTED, serving_efficiency
from sim.data.serving_speeds import serving_speeds
from sim.errors import DataError

PAGE = Path(__file__).parents[3] / "docs" / "compression.md"
ROWS = serving_speeds()


@pytest.fixture(scope="module")
def best():
    return fit_shares(ROWS)


@pytest.fixture(scope="module")
def errors(best):
    return held_out_errors(ROWS, shares_without(ROWS), best)


def test_shipped_shares_are_those_of_the_fit(best) -> None:
    for name in FITTED:
        assert getattr(serving_efficiency(), name) == pytest.approx(getattr(best, name), rel=0.02)


def test_speed_ups_of_sources_that_the_fit_never_saw_come_out_within_a_quarter(errors) -> None:
    held = {error.precision_format: error for error in errors if error.has_enough_rows}
    assert {"FP8", "INT8 W8A8", "W4A16", "W4A8"} <= set(held)
    for name, error in held.items():
        assert 1.0 / 1.25 <= error.geometric_mean <= 1.25, name


def test_the_page_prints_the_held_out_error_of_every_format(errors) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for line in as_table(errors):
        assert line in page


def test_weights_of_4_bits_alone_are_no_faster_than_16_at_large_batches(best) -> None:
    rows = [
        row
        for row in ROWS
        if row.source == "Model Optimizer 0.21"
        and row.precision_format == "W4A16"
        and row.batch == 64
        and row.parameters_billion < 10
    ]
    [row] = rows
    assert row.speedup == pytest.approx(0.829)
    assert predicted_speedup(row, best) == pytest.approx(row.speedup, rel=0.25)
    eight = replace(row, precision_format="FP8", weight_bits=8.0, activation_bits=8.0)
    assert predicted_speedup(eight, best) > 1.2


def test_a_fit_recovers_the_shares_that_made_the_speeds(best) -> None:
    def made(row):
        told = predicted_speedup(row, best)
        return replace(row, speedup=told, base_tok_per_s=None)

    rows = [made(row) for row in ROWS if row.accelerator]
    again = fit_shares(rows)
    for row in rows:
        if is_fitted_to(row, rows):
            assert predicted_speedup(row, again) == pytest.approx(row.speedup, rel=0.1)


def test_published_speeds_agree_with_the_table_of_published_measurements() -> None:
    published = {
        (row.model, round(row.speedup, 2)) for row in published_rows() if row.speedup is not None
    }
    shared = [row for row in ROWS if row.source == "Model Optimizer 0.21" or row.base_step_s]
    assert len(shared) > 60
    missing = [row for row in shared if (row.model, round(row.speedup, 2)) not in published]
    assert missing == []


def test_a_row_without_a_device_or_a_step_is_refused_with_its_line(tmp_path) -> None:
    table = tmp_path / "speeds.csv"
    header, first = SPEEDS_TEXT[:2]
    cells = first.split(",")
    cells[1] = ""
    table.write_text("\n".join((header, ",".join(cells))))
    with pytest.raises(DataError, match=r"speeds.csv:2  names no accelerator"):
        serving_speeds(table)


SPEEDS_TEXT = (
    (Path(__file__).parents[3] / "sim/data/tables/serving_speeds.csv").read_text().splitlines()
)
