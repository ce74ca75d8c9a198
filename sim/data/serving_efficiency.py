"""What of its peak an accelerator achieves, by precision and phase: ``serving_efficiency.csv``.

The shares are fitted to published speeds by `analysis.compression.fitting.serving_rates`.
"""

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from sim.data.table import TABLES, Row, read_table
from sim.errors import DataError

EFFICIENCY = TABLES / "serving_efficiency.csv"


@dataclass(frozen=True, slots=True)
class ServingEfficiency:
    """Achieved shares of peak rates.

    Attributes
    ----------
    arithmetic_16_bits, arithmetic_fp8, arithmetic_int8
        Of the peak arithmetic rate, in dense models [mfu].
    unpacking_to_16_bits, unpacking_to_8_bits
        What is left of that where weights of fewer bits than the activations are unpacked first.
    two_of_four
        Of the doubled rate of 2:4 arithmetic.
    traffic
        Of memory bandwidth, with weights of 16 bits and caches of any [mbu].
    packed_8_bits, packed_4_bits
        What is left of that for weights of 6 to 8 bits, and of fewer.
    parallel
        What is left of all of it where several accelerators hold one copy of a dense model.
    mixture_arithmetic, mixture_traffic
        Of the peaks in mixtures of experts at 8 bits, communication included: those of DeepSeek's
        day. At other precisions they change as those of dense models do.
    """

    arithmetic_16_bits: float
    arithmetic_fp8: float
    arithmetic_int8: float
    unpacking_to_16_bits: float
    unpacking_to_8_bits: float
    two_of_four: float
    traffic: float
    packed_8_bits: float
    packed_4_bits: float
    parallel: float
    mixture_arithmetic: float = 0.151
    mixture_traffic: float = 0.22


FITTED = tuple(field.name for field in fields(ServingEfficiency))[:-2]
"""The shares that published speeds give."""


def _share(row: Row) -> tuple[str, float]:
    return row.choice("share", frozenset(FITTED)), row.number("best", low=1e-3, high=1.5)


@cache
def serving_efficiency(path: Path = EFFICIENCY) -> ServingEfficiency:
    """Read the fitted shares.

    Raises
    ------
    DataError
        The table is damaged, or lacks a share.
    """
    found = dict(read_table(path, _share))
    for name in FITTED:
        if name not in found:
            raise DataError(f"{path.name}: has no {name}")
    return ServingEfficiency(**found)
