"""What is hardly meant in a table of measurements is named with its line."""

from dataclasses import replace
from pathlib import Path

import pytest
from made_measurements import made_rows

from analysis.compression.measured_rows import MEASURED, read_rows, write_rows
from analysis.compression.plausibility import doubts
from pricewar.cli.main import main

WIKITEXT = MEASURED.with_name("compression_wikitext_measured.csv")


@pytest.fixture
def table(tmp_path: Path):
    def written(change) -> Path:
        path = tmp_path / "mine.csv"
        write_rows(path, [change(n, row) for n, row in enumerate(read_rows(MEASURED))])
        return path

    return written


def line_of(model: str, label: str) -> int:
    return next(
        n for n, row in enumerate(read_rows(MEASURED)) if (row.model, row.label) == (model, label)
    )


@pytest.mark.parametrize("path", [MEASURED, WIKITEXT], ids=lambda path: path.name)
def test_shipped_measurements_raise_no_doubt(path: Path) -> None:
    assert doubts(path) == ()


def test_a_run_that_stands_twice_is_named_with_both_lines(table) -> None:
    rows = read_rows(MEASURED)
    path = table(lambda n, row: replace(row, run_id=rows[3].run_id) if n == 7 else row)
    [doubt] = doubts(path)
    assert doubt.startswith(f"mine.csv:9  run_id {rows[3].run_id} is that of line 5 too")


@pytest.mark.parametrize("label", ["uniform_per_group:4", "gptq_per_group:3", "nf4:4"])
@pytest.mark.parametrize("factor", [10.0, 0.1])
def test_one_loss_with_its_point_misplaced_is_named(table, label: str, factor: float) -> None:
    at = line_of("smollm2-135m", label)

    def moved(n, row):
        if n != at:
            return row
        nats, error = factor * row.delta_nll_nats, factor * row.delta_nll_se_nats
        return replace(row, delta_nll_nats=nats, delta_nll_se_nats=error)

    found = doubts(table(moved))
    assert any(doubt.startswith(f"mine.csv:{at + 2}  smollm2-135m {label}") for doubt in found)


def test_losses_of_a_model_ten_times_too_large_are_named_as_such(table) -> None:
    def tenfold(_n, row):
        nats = row.delta_nll_nats
        is_large = row.model == "smollm2-135m" and nats is not None
        return replace(row, delta_nll_nats=10.0 * nats) if is_large else row

    [doubt] = [one for one in doubts(table(tenfold)) if "published models" in one]
    assert "smollm2-135m: its losses are" in doubt
    assert "Are they in nats per token?" in doubt


def test_a_stronger_step_that_loses_less_is_named(table) -> None:
    three, four = (line_of("smollm2-135m", f"gptq_per_group:{bits}") for bits in (3, 4))
    rows = read_rows(MEASURED)
    swap = {three: rows[four].delta_nll_nats, four: rows[three].delta_nll_nats}

    def swapped(n, row):
        return replace(row, delta_nll_nats=swap[n]) if n in swap else row

    found = [doubt for doubt in doubts(table(swapped)) if "swapped" in doubt]
    assert found
    assert found[0].startswith(f"mine.csv:{three + 2}  smollm2-135m gptq_per_group:3: loses")


def test_the_command_tells_doubts_and_fits_all_the_same(tmp_path: Path, capsys) -> None:
    rows = made_rows()
    path = tmp_path / "my_measured.csv"
    write_rows(path, [rows[0], replace(rows[1], run_id=rows[0].run_id), *rows[2:]])
    assert main(["calibrate", "compression", "--fit", str(path)]) == 0
    told = capsys.readouterr()
    assert "my_measured.csv:3  run_id" in told.err
    assert path.with_name("my_curves.yaml").exists()
