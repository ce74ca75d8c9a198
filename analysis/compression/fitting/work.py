"""What compressing takes, in a unit that carries over from our processor to a provider's fleet.

Processor time of compressing, times the tokens that the uncompressed model reads in a second of it,
is the number of tokens that the model could have read instead. That number does not depend on the
processor, and for methods that go through calibration text and then through the weights it does not
depend on the size of the model either: both take time in proportion to its parameters. Simplified:
inverting a layer's second moments, and factoring its matrices, grow faster, with the width.

Methods that train see text in proportion to the model's parameters, as training does (Hoffmann et
al. 2022, arXiv:2203.15556): of them the tokens for each parameter carry over. Students, whose
losses are those of published ones, see the text that published ones saw: for each token the teacher
reads it once, and the student, g of its size, reads it and learns from it in the time of ``3 g``.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from analysis.compression.measured_rows import MeasuredRow
from sim.data.published_compression import PublishedRow
from sim.errors import DataError


@dataclass(frozen=True, slots=True)
class Work:
    """What one configuration takes.

    Attributes
    ----------
    tokens
        Tokens that the uncompressed model reads in the processor time of compressing.
    training_tokens_per_parameter
        The same of training, for each parameter of the model.
    """

    tokens: float
    training_tokens_per_parameter: float


def reading_rates(rows: Sequence[MeasuredRow]) -> dict[str, float]:
    """Return the tokens a second of processor time that each uncompressed model reads, by model.

    The median on each engine, and of these the fastest: what the processor can do.
    """
    rates: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.prefill_base_tok_per_s is not None:
            rates[row.model][row.speed_engine].append(row.prefill_base_tok_per_s)
    return {
        model: max(median(some) for some in engines.values()) for model, engines in rates.items()
    }


def work_of(row: MeasuredRow, rates: Mapping[str, float]) -> Work:
    """Return what a row's configuration takes.

    Parameters
    ----------
    row
        A measurement.
    rates
        By model, from `reading_rates`.

    Raises
    ------
    DataError
        The row has no cost, or its model no speed.
    """
    if row.cost_cpu_seconds is None:
        raise DataError(f"{row.model} {row.label}: has no cost_cpu_seconds; measure it again")
    if row.model not in rates:
        raise DataError(
            f"{row.model} {row.label}: no row of this model states how fast it reads uncompressed "
            "(prefill_base_tok_per_s); run the calibration to its end, which measures speeds"
        )
    tokens = row.cost_cpu_seconds * rates[row.model]
    if row.recovery_tokens > 0.0:
        return Work(0.0, tokens / row.parameters)
    return Work(tokens, 0.0)


def distilled_tokens_per_parameter(published: Sequence[PublishedRow]) -> float | None:
    """Return the text that published students saw, in tokens for each parameter of the teacher.

    The median over models whose source tells it; None if none does.
    """
    told = {
        (row.model, row.method): row.training_tokens / (1e9 * row.parameters_billion)
        for row in published
        if row.training_tokens is not None and row.parameters_billion is not None
    }
    return median(told.values()) if told else None


def student_work(tokens_per_parameter: float, student_share: float) -> Work:
    """Return the work of a student: the teacher reads all text, and the student learns from it."""
    return Work(0.0, tokens_per_parameter * (1.0 + 3.0 * student_share))
