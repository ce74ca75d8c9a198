"""Chips that models are served on: ``accelerators.csv``."""

import datetime as dt
from dataclasses import dataclass
from functools import cache

from sim.data.dataset import REPLACE, SHIPPED, Dataset
from sim.data.table import Row
from sim.errors import DataError, UnknownName

ACCELERATORS = "accelerators"

_DEPLOYMENTS = frozenset({"cloud", "cloud/workstation", "edge"})


@dataclass(frozen=True, slots=True)
class AcceleratorSpec:
    """What the roofline needs to know of a chip; rates are dense (no sparsity) vendor figures.

    Attributes
    ----------
    fp16_flop_per_s, fp8_flop_per_s, int8_op_per_s, fp4_flop_per_s
        Peak rates [F]; None where the table has no figure.
    memory_bytes
        Memory [H]; decimal gigabytes. Groq and MTIA list on-chip memory only.
    bandwidth_bytes_per_s
        Memory bandwidth [BW].
    power_w
        Board power [W].
    launch_price_usd
        Price of one chip at its launch, None where unknown.
    launch_price_known_on
        The day by which that price was published, None where unknown.
    deployment
        ``cloud``, ``cloud/workstation`` or ``edge``.
    """

    name: str
    vendor: str
    release_date: dt.date
    fp16_flop_per_s: float
    fp8_flop_per_s: float | None
    int8_op_per_s: float | None
    fp4_flop_per_s: float | None
    memory_bytes: float
    bandwidth_bytes_per_s: float
    power_w: float
    launch_price_usd: float | None
    launch_price_known_on: dt.date | None
    deployment: str
    notes: str
    source: str

    @property
    def eight_bit_op_per_s(self) -> float:
        """Peak rate at 8 bits: FP8, else INT8, else that of FP16 (no 8-bit units).

        The table lists H800 with INT8 only; on H100, the same die, FP8 and INT8 are equal.
        """
        return self.fp8_flop_per_s or self.int8_op_per_s or self.fp16_flop_per_s

    @property
    def has_fp8(self) -> bool:
        """Whether it computes in FP8."""
        return self.fp8_flop_per_s is not None


@dataclass(frozen=True, slots=True)
class _Incomplete:
    name: str
    missing: tuple[str, ...]


def _accelerator(row: Row) -> AcceleratorSpec | _Incomplete:
    def scaled(column: str, factor: float) -> float | None:
        value = row.optional_number(column, low=1e-6)
        return None if value is None else value * factor

    name = row.text("name")
    fp16 = scaled("fp16_tflops", 1e12)
    memory = scaled("mem_gb", 1e9)
    bandwidth = scaled("mem_bw_gb_s", 1e9)
    power = scaled("tdp_w", 1.0)
    spec_texts = (row.text("vendor"), row.choice("deployment", _DEPLOYMENTS), row.text("source"))
    release_date = row.date("release_date")
    if fp16 is None or memory is None or bandwidth is None or power is None:
        needed = {"fp16_tflops": fp16, "mem_gb": memory, "mem_bw_gb_s": bandwidth, "tdp_w": power}
        return _Incomplete(name, tuple(column for column, value in needed.items() if not value))
    return AcceleratorSpec(
        name=name,
        vendor=spec_texts[0],
        release_date=release_date,
        fp16_flop_per_s=fp16,
        fp8_flop_per_s=scaled("fp8_tflops", 1e12),
        int8_op_per_s=scaled("int8_tops", 1e12),
        fp4_flop_per_s=scaled("fp4_tflops", 1e12),
        memory_bytes=memory,
        bandwidth_bytes_per_s=bandwidth,
        power_w=power,
        launch_price_usd=scaled("launch_price_usd", 1.0),
        launch_price_known_on=row.optional_date("launch_price_known_on"),
        deployment=spec_texts[1],
        notes=row.optional_text("notes"),
        source=spec_texts[2],
    )


@cache
def _rows(dataset: Dataset) -> tuple[AcceleratorSpec | _Incomplete, ...]:
    rows = dataset.records(ACCELERATORS, _accelerator)
    names = [row.name for row in rows]
    for name in names:
        if names.count(name) > 1:
            raise DataError(
                f"{ACCELERATORS}.csv: the accelerator {name!r} has more than one row; to change "
                f"one, put the whole table into the folder {REPLACE}"
            )
    return rows


def accelerators(dataset: Dataset = SHIPPED) -> tuple[AcceleratorSpec, ...]:
    """Read the chips with rate, memory, bandwidth and power, in order of release."""
    complete = [row for row in _rows(dataset) if isinstance(row, AcceleratorSpec)]
    return tuple(sorted(complete, key=lambda spec: spec.release_date))


def accelerator(name: str, dataset: Dataset = SHIPPED) -> AcceleratorSpec:
    """Look up one chip by its name in the table.

    Raises
    ------
    UnknownName
        No such chip.
    DataError
        The table has the chip, but not all that the roofline needs.
    """
    for row in _rows(dataset):
        if row.name == name:
            if isinstance(row, _Incomplete):
                raise DataError(
                    f"{ACCELERATORS}.csv has no {' and no '.join(row.missing)} for {name!r}; "
                    "the roofline needs it"
                )
            return row
    raise UnknownName("accelerator", name, {spec.name for spec in accelerators(dataset)})
