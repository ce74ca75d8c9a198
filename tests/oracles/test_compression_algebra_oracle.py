"""Bytes of recipes and break-even of factors against the table of algebra (table o08)."""

import csv
import math
import re
from pathlib import Path

import pytest

from sim.compression.curves import MethodSize
from sim.compression.recipes import Loss, Part, Recipe
from sim.compression.state import CompressionState

with (Path(__file__).parent / "o08_compression_algebra.csv").open(newline="") as file:
    ROWS = list(csv.DictReader(file))


def kept(family: str, **size: float) -> float:
    """Bytes left by one part without scales and masks, through a recipe and through a state."""
    left = MethodSize.model_validate(
        {
            "strength": 1.0,
            "x": 0.0,
            "values_share": 1.0,
            "footprint_share": 1.0,
            "side_share": 0.0,
            "keep_flops_share": 1.0,
            "work_tokens": 0.0,
            "training_tokens_per_parameter": 0.0,
            **size,
        }
    )
    recipe = Recipe((Part("part", family, left, 0.1),), Loss(1.0, 1.0, 0.2))
    state = CompressionState(16.0).after(recipe)
    assert state.bytes_per_parameter / 2.0 == pytest.approx(recipe.keep_bytes_share)
    return recipe.keep_bytes_share


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["spec"])
def test_bytes_are_those_of_the_algebra(row: dict[str, str]) -> None:
    numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", row["spec"])]
    expected = float(row["keep"])
    if row["kind"] == "uniform_quant":
        assert kept("quantization", values_share=numbers[0] / numbers[1]) == pytest.approx(expected)
    elif row["kind"] == "prune":
        assert kept("pruning", values_share=1.0 - numbers[0]) == pytest.approx(expected)
    else:
        rows, columns, rank = numbers
        share = rank * (rows + columns) / (rows * columns)
        assert kept("low_rank", values_share=share, footprint_share=share) == pytest.approx(
            expected
        )
        assert float(row["breakeven_rank"]) == pytest.approx(rows * columns / (rows + columns))
        assert (share < 1.0) == (rank < float(row["breakeven_rank"]))


def test_a_bit_less_quadruples_the_noise_that_the_curves_take_to_be_lost() -> None:
    """6.02 dB a bit: the shape of quantisation that noise alone would give, ``k = 2 ln 2``."""
    decibels = {
        int(row["spec"].split()[0]): float(row["breakeven_rank"].split("=")[1].split()[0])
        for row in ROWS
        if row["kind"] == "uniform_quant"
    }
    for few, many in ((2, 3), (3, 4), (4, 8)):
        growth = (decibels[many] - decibels[few]) / (many - few) * math.log(10.0) / 10.0
        assert growth == pytest.approx(2.0 * math.log(2.0), abs=1e-4)
