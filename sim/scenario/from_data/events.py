"""Policy, outages and bans that are known: rows of a table ``events.csv``, as interventions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from sim.data.table import Row, read_table
from sim.errors import DataError
from sim.interventions.intervention import Intervention, Lasting
from sim.interventions.kinds.below_cost_ban import BelowCostBan
from sim.interventions.kinds.capacity_freeze import CapacityFreeze
from sim.interventions.kinds.capacity_shortage import CapacityShortage
from sim.interventions.kinds.merger import Merger
from sim.interventions.kinds.portability import Portability
from sim.interventions.kinds.price_floor import PriceFloor
from sim.interventions.kinds.removal import Removal
from sim.interventions.line import line_of, read_line
from sim.nearest import offer
from sim.reading.nodes import Place, Scalar
from sim.reading.problems import Problems

KINDS: dict[str, tuple[type[Intervention], ...]] = {
    "policy": (PriceFloor, BelowCostBan, Portability, Merger),
    "outage": (CapacityShortage, CapacityFreeze),
    "ban": (Removal,),
}
"""What each kind of event may do to a market."""


@dataclass(frozen=True, slots=True)
class MarketEvent:
    """An event, and where it is said.

    Attributes
    ----------
    place
        File and line.
    intervention
        What it does.
    """

    place: str
    intervention: Intervention

    @property
    def line(self) -> str:
        """The line of text that says it, as ``--do`` takes it."""
        return line_of(self.intervention)


def events_of(paths: Iterable[Path], as_of: dt.date | None = None) -> tuple[MarketEvent, ...]:
    """Read tables ``events.csv``.

    Parameters
    ----------
    paths
        The tables.
    as_of
        The date by which a row must have been known to be taken; None: all are.

    Raises
    ------
    DataError
        A row is refused: its line is none, or none of its kind.
    """

    def read(row: Row) -> MarketEvent | None:
        kind = row.choice("kind", frozenset(KINDS))
        row.text("source")
        event = MarketEvent(f"{row.path}:{row.line}", _intervention(row, kind))
        return event if row.is_known_by(as_of) else None

    found = (one for path in paths for one in read_table(path, read))
    return tuple(one for one in found if one is not None)


def in_force(events: Iterable[MarketEvent], first_day: dt.date) -> tuple[MarketEvent, ...]:
    """Return the events of a market that begins on a day: those over by then are left out.

    What began before, and is in force, begins on the day after the first.
    """
    second, kept = first_day + dt.timedelta(days=1), []
    for event in events:
        one = event.intervention
        last = one.last_date
        if last is not None and last <= second:
            continue
        begins = max(one.date, second)
        kept.append(MarketEvent(event.place, one.model_copy(update={"date": begins})))
    return tuple(kept)


def refuse_unmapped(
    events: Iterable[MarketEvent],
    *,
    products: Iterable[str],
    providers: Iterable[str],
    chips: Iterable[str],
    clouds: Iterable[str],
) -> None:
    """Refuse an event on a name that a market does not have.

    Raises
    ------
    DataError
        With its place and the nearest name.
    """
    providers = set(providers)
    of_field = {
        "of": providers.union(products),
        "target": providers,
        "buyer": providers,
        "chip": set(chips),
        "cloud": set(clouds),
    }
    for event in events:
        for name, known in of_field.items():
            said = getattr(event.intervention, name, None)
            if said is not None and said not in known:
                raise DataError(
                    f"{event.place}  {name} = {said!r} is not in the market.  "
                    f"{offer(said, sorted(known))}"
                )


def _intervention(row: Row, kind: str) -> Intervention:
    text = row.text("intervention")
    problems = Problems()
    line = Scalar(text, text, Place(str(row.path), row.line))
    said = read_line(line, KINDS[kind], ("intervention",), problems)
    if said is None or len(problems):
        examples = " or ".join(repr(one.example) for one in KINDS[kind])
        raise row.error(f"intervention = {text!r}: a {kind} is said like {examples}")
    values = {name: node.value for name, node in said.entries.items() if isinstance(node, Scalar)}
    (meant,) = (one for one in KINDS[kind] if values["kind"] in get_args(_kind_of(one)))
    try:
        made = meant.model_validate(values)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise row.error(f"intervention = {text!r}: {reason}") from error
    if isinstance(made, Lasting) and made.until_date is not None and made.until_date <= made.date:
        raise row.error(f"intervention = {text!r} ends by the day on which it begins")
    return made


def _kind_of(kind: type[Intervention]) -> Any:
    return kind.model_fields["kind"].annotation
