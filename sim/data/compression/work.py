"""What compressing takes, in a unit that carries over from our processor to a provider's fleet.

Processor time of compressing, times the tokens that the uncompressed model reads in a second of it,
is the number of tokens that the model could have read instead. That number does not depend on the
processor, and for methods that go through calibration text and then through the weights it does not
depend on the size of the model either: both take time in proportion to its parameters. Simplified:
inverting a layer's second moments, and factoring its matrices, grow faster, with the width.

Methods that train see text in proportion to the model's parameters, as training does (Hoffmann et
al. 2022, arXiv:2203.15556): of them the tokens for each parameter carry over.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from sim.data.compression.measured_rows import MeasuredRow
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
        raise DataError(f"{row.model} {row.label}: has no cost_cpu_seconds; measure it anew")
    if row.model not in rates:
        raise DataError(
            f"{row.model} {row.label}: no row of this model says how fast it reads uncompressed "
            "(prefill_base_tok_per_s); run the calibration to its end, which measures speeds"
        )
    tokens = row.cost_cpu_seconds * rates[row.model]
    if row.recovery_tokens > 0.0:
        return Work(0.0, tokens / row.parameters)
    return Work(tokens, 0.0)
