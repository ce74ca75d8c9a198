"""What a comparison found, as a table and as numbers."""

import statistics
from dataclasses import asdict, dataclass, field

from sides import RELEASE


@dataclass
class Measure:
    """One quantity of both sides, one number a turn.

    Attributes
    ----------
    name, unit
        What it is.
    target
        What is wanted of it, in words; empty where nothing is.
    release, present
        What was measured; empty where a side has no such thing.
    """

    name: str
    unit: str
    target: str = ""
    release: list[float] = field(default_factory=list)
    present: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> list[float]:
        """Present over release, pair by pair."""
        pairs = zip(self.release, self.present, strict=False)
        return [present / release for release, present in pairs]

    def row(self) -> str:
        """Write it as a row of a Markdown table."""
        numbers = (self.release, self.present, self.ratio)
        cells = [f"{self.name}, {self.unit}" if self.unit else self.name, *map(spread, numbers)]
        return f"| {' | '.join([*cells, self.target])} |"


@dataclass
class Found:
    """What was measured, and what has to be said about it."""

    measures: list[Measure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def table(self) -> str:
        """Write a Markdown table and the notes."""
        head = [f"| | {RELEASE} | now | now over {RELEASE} | wanted |", "| --- |" + 4 * " ---: |"]
        rows = [measure.row() for measure in self.measures]
        return "\n\n".join(["\n".join([*head, *rows]), *self.notes])

    def content(self) -> dict[str, object]:
        """Return everything as values that JSON takes."""
        measures = [{**asdict(measure), "ratio": measure.ratio} for measure in self.measures]
        return {"release": RELEASE, "notes": self.notes, "measures": measures}


def spread(values: list[float]) -> str:
    """Write median, lowest and highest."""
    if not values:
        return ""
    median = number(statistics.median(values))
    if len(values) == 1:
        return median
    return f"{median} ({number(min(values))} to {number(max(values))})"


def number(value: float) -> str:
    """Write three significant digits; whole numbers from a hundred on."""
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}".rstrip(".")
