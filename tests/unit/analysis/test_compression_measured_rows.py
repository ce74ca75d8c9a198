"""The reader of measurements: what it takes, and how it refuses what it does not."""

import csv
import math
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.compression.errors import CalibrationError
from analysis.compression.measured_rows import (
    COLUMNS,
    MEASURED,
    MeasuredRow,
    read_rows,
    rows_so_far,
    write_rows,
)
from sim.errors import DataError

LINE = dict.fromkeys(COLUMNS, "") | {
    "run_id": "made-up",
    "model": "made-up-large",
    "params": "1.35e8",
    "task": "language",
    "family": "quantization",
    "method": "gptq_per_group",
    "strength": "4",
    "bits_w": "4",
    "keep_bytes": "0.27",
    "keep_flops": "1",
    "quality_metric": "perplexity",
    "quality_base": "30",
    "quality": "33",
    "delta_nll": "0.0953",
    "delta_nll_se": "0.004",
    "cost_cpu_seconds": "118",
    "prefill_base_tok_per_s": "400",
    "speed_engine": "made-up",
    "speed_kind": "measured",
    "decode_tok_per_s": "80",
    "decode_base_tok_per_s": "42",
}
STACK = {"family": "stack", "method": "activation_aware+gptq_per_group", "strength": "0.5+4"}


def table(folder: Path, **changes: str) -> Path:
    path = folder / "my.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(LINE))
        writer.writeheader()
        writer.writerow(LINE)
        writer.writerow({**LINE, **changes})
    return path


def second(path: Path) -> MeasuredRow:
    return read_rows(path)[1]


def test_a_row_is_read_in_the_units_of_its_names(tmp_path):
    row = second(table(tmp_path))
    assert (row.parameters, row.keep_bytes_share, row.delta_nll_nats) == (1.35e8, 0.27, 0.0953)
    assert (row.methods, row.strengths, row.label) == (
        ("gptq_per_group",),
        (4.0,),
        "gptq_per_group:4",
    )
    assert (row.cost_cpu_seconds, row.prefill_base_tok_per_s) == (118.0, 400.0)
    assert row.is_language


def test_a_stack_has_a_strength_for_each_part(tmp_path):
    row = second(table(tmp_path, **STACK))
    assert row.label == "activation_aware:0.5+gptq_per_group:4"


def test_a_task_without_likelihoods_needs_none(tmp_path):
    row = second(table(tmp_path, task="retrieval", delta_nll="", delta_nll_se=""))
    assert not row.is_language
    assert row.delta_nll_nats is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"method": "gptq"}, "method = 'gptq' must be one of"),
        ({"strength": "four"}, "strength = 'four' is not a number"),
        ({"strength": "-4"}, "must be 1 positive number"),
        ({**STACK, "strength": "0.5"}, "must be 2 positive number"),
        ({"family": "pruning"}, "family = 'pruning' must be 'quantization'"),
        ({"family": "stack"}, "family = 'stack' does not go with 1 method"),
        ({"keep_bytes": "0"}, "keep_bytes = 0 must lie between"),
        ({"keep_bytes": "3"}, "keep_bytes = 3 must lie between"),
        ({"delta_nll": "nan"}, "delta_nll = nan is not finite"),
        ({"delta_nll": ""}, "delta_nll must be given for the task language"),
        ({"delta_nll_se": "-1"}, "delta_nll_se = -1 must lie between"),
        ({"speed_kind": "guessed"}, "speed_kind = 'guessed' must be one of measured, roofline"),
        ({"model": ""}, "model is empty"),
    ],
)
def test_a_damaged_row_is_refused_with_file_line_and_reason(tmp_path, changes, reason):
    with pytest.raises(DataError, match=r"my\.csv:3  ") as refused:
        read_rows(table(tmp_path, **changes))
    assert reason in str(refused.value)


def test_a_table_that_lacks_a_column_is_refused(tmp_path):
    path = tmp_path / "my.csv"
    path.write_text("run_id,model\na,b\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"my\.csv:2  the table has no column family"):
        read_rows(path)


def test_a_table_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_rows(tmp_path / "none.csv")


def test_a_table_reads_back_as_it_was_written(tmp_path):
    rows = read_rows(table(tmp_path, **STACK, sparsity="0.5", further="f1=0.5", kl_nats="1e-07"))
    write_rows(tmp_path / "again.csv", rows)
    assert read_rows(tmp_path / "again.csv") == rows


def test_the_shipped_table_is_written_as_it_is(tmp_path):
    write_rows(tmp_path / "again.csv", read_rows())
    assert (tmp_path / "again.csv").read_bytes() == MEASURED.read_bytes()


def test_what_is_not_a_number_is_written_as_unknown(tmp_path):
    (row, _) = read_rows(table(tmp_path))
    write_rows(tmp_path / "again.csv", [replace(row, delta_nll_se_nats=math.nan)])
    assert read_rows(tmp_path / "again.csv")[0].delta_nll_se_nats is None


def test_a_table_that_is_not_there_yet_has_no_rows(tmp_path):
    assert rows_so_far(tmp_path / "none.csv") == []


def test_a_damaged_line_of_a_table_to_be_continued_may_be_deleted(tmp_path):
    path = table(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + "abc,digits-convnet,7\n", encoding="utf-8")
    with pytest.raises(CalibrationError, match=r"my\.csv:4  .*Delete the damaged line"):
        rows_so_far(path)


def test_a_full_disk_is_told_and_the_table_is_kept(tmp_path, monkeypatch):
    path = table(tmp_path)
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.files.durable.os.fsync", full)
    with pytest.raises(CalibrationError, match="No space left on device"):
        write_rows(path, [])
    assert path.read_bytes() == before
