"""Accuracy by benchmark of models before and after compression: ``compression_accuracy.csv``."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.data.table import TABLES, Row, read_table

ACCURACY = TABLES / "compression_accuracy.csv"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A multiple-choice benchmark.

    Attributes
    ----------
    floor
        Share that guessing gets right.
    items
        Questions.
    """

    name: str
    floor: float
    items: int


BENCHMARKS = (
    Benchmark("mmlu", 0.25, 14_042),
    Benchmark("lambada", 0.0, 5_153),
    Benchmark("hellaswag", 0.25, 10_042),
    Benchmark("winogrande", 0.5, 1_267),
    Benchmark("piqa", 0.5, 1_838),
    Benchmark("arc_challenge", 0.25, 1_172),
)


@dataclass(frozen=True, slots=True)
class BenchmarkAccuracy:
    """Accuracies of one model, compressed or not.

    Attributes
    ----------
    method
        How it was compressed; empty: it was not.
    perplexity
        On WikiText-2, where the source gives it.
    accuracy
        By benchmark, a share.
    """

    model: str
    parameters_billion: float
    method: str
    perplexity: float | None
    accuracy: dict[str, float]
    source: str


def _accuracy(row: Row) -> BenchmarkAccuracy:
    percents = {one.name: row.optional_number(one.name, high=100.0) for one in BENCHMARKS}
    return BenchmarkAccuracy(
        model=row.text("model"),
        parameters_billion=row.number("parameters_billion", low=1e-3),
        method=row.optional_text("method"),
        perplexity=row.optional_number("wikitext2_ppl", low=1.0),
        accuracy={name: value / 100.0 for name, value in percents.items() if value is not None},
        source=row.text("source"),
    )


@cache
def benchmark_accuracies(path: Path = ACCURACY) -> tuple[BenchmarkAccuracy, ...]:
    """Read every row, in the order of the table."""
    return read_table(path, _accuracy)
