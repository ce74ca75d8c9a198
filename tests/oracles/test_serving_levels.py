"""The roofline against published throughputs and costs that no share was fitted to."""

import math
from pathlib import Path
from statistics import fmean

import pytest

from analysis.serving_levels import (
    Errors,
    beside_published,
    cost_table,
    group_table,
    pair_table,
    pairs_of_one_engine,
    row_table,
)
from sim.data import serving_levels
from sim.errors import DataError

PAGE = (Path(__file__).parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")
COMPARED = beside_published()
UNSEEN = [one for one in COMPARED if not one.level.is_fitted]


def test_the_median_error_is_that_of_the_page_and_below_a_fifth() -> None:
    errors = Errors.of(UNSEEN)
    assert errors.rows == 197
    assert f"of {errors.rows} rows" in PAGE.lower()
    assert f"the median error is **{100 * errors.median_error:.0f}%**" in PAGE
    assert errors.median_error < 0.2
    assert errors.geometric_mean == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("table", [group_table, cost_table, pair_table, row_table])
def test_the_page_prints_every_row_of_the_tables(table) -> None:
    for line in table(COMPARED):
        assert line in PAGE


def test_dense_models_run_at_the_speed_that_the_vendor_prints() -> None:
    """But for long answers of Llama-2-70B, which a later edition served 2.4 times faster."""
    levels = [one for one in UNSEEN if one.level.source == "TensorRT-LLM 0.6.1"]
    logs = [
        one.log_ratio
        for one in levels
        if one.level.model.name != "Llama-2-70B" or one.level.output_tokens == 128.0
    ]
    assert len(logs) == 20
    assert math.exp(fmean(logs)) == pytest.approx(1.0, abs=0.15)
    assert max(map(abs, logs)) < math.log(1.35)


def test_stated_attention_tells_how_a_prompt_s_speed_falls_with_its_length() -> None:
    """Of one report; without it the longest prompts come out 15% too fast beside the shortest."""

    def drift(*, with_attention: bool) -> float:
        short, *_, long = (
            one.log_ratio
            for one in beside_published(with_attention=with_attention)
            if one.level.phase == "prefill" and one.level.source.startswith("SGLang")
        )
        return abs(long - short)

    assert drift(with_attention=True) < 0.05 < 0.1 < drift(with_attention=False)


def test_an_a100_does_more_of_an_h100_s_work_than_equal_shares_of_their_peaks_say() -> None:
    """27 pairs of one engine at 16 bits; most so where arithmetic binds."""
    pairs = pairs_of_one_engine(COMPARED)
    assert len(pairs) == 27
    theirs = [new.level.tok_per_s / old.level.tok_per_s for new, old in pairs]
    ours = [new.tok_per_s / old.tok_per_s for new, old in pairs]
    assert max(theirs) < 2.6 < 3.0 < max(ours)
    assert fmean(theirs) < fmean(ours)


BROKEN = [
    ("model", "Llama-9", "Llama-9 is not in served_models.csv"),
    ("phase", "training", "must be one of"),
    ("output_tokens", "", "output_tokens are those of requests"),
    ("usd_per_mtok", "1.0", "must be given together"),
]


@pytest.mark.parametrize(("column", "value", "reason"), BROKEN)
def test_a_damaged_row_is_refused_with_its_line(tmp_path, column, value, reason) -> None:
    header, first = serving_levels.LEVELS.read_text(encoding="utf-8").splitlines()[:2]
    cells = first.split(",")
    cells[header.split(",").index(column)] = value
    table = tmp_path / "levels.csv"
    table.write_text("\n".join((header, ",".join(cells))))
    with pytest.raises(DataError, match=rf"levels.csv:2  .*{reason}"):
        serving_levels.serving_levels(table)


def test_a_model_named_twice_is_refused(tmp_path) -> None:
    header, first = serving_levels.MODELS.read_text(encoding="utf-8").splitlines()[:2]
    table = tmp_path / "models.csv"
    table.write_text("\n".join((header, first, first)))
    with pytest.raises(DataError, match="names a model twice"):
        serving_levels.served_models(table)
