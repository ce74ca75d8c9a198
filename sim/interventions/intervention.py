"""What every intervention is: a record that a scenario fills, and how it is carried out."""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from typing import ClassVar, NamedTuple

from sim.interventions.levers import Levers
from sim.reading.frozen import Frozen
from sim.reading.nodes import Mapping, Path
from sim.reading.problems import Problems
from sim.reading.view import View


class Change(NamedTuple):
    """What an intervention changes, for the record of events.

    Attributes
    ----------
    subject
        What it acts on: a product, a provider, a chip, a domain, or ``all``.
    field
        The quantity, with its unit.
    old, new
        Its value without and with the intervention; None where it has none.
    """

    subject: str
    field: str
    old: float | None = None
    new: float | None = None


class Intervention(Frozen):
    """A dated change of the market from outside, after which everything goes on as before.

    Each kind is one class. Its fields are what a scenario says, its ``forms`` how a line of text
    says the same, and its methods pull the levers of a run.

    A form is words and slots, ``{field:type}``, whose types are those of `sim.interventions.line`;
    what stands in brackets may be left out.
    """

    forms: ClassVar[tuple[str, ...]]
    """How a line of text may say it; the first that fits is how it is shown."""
    example: ClassVar[str]
    """Such a line."""
    filled_in: ClassVar[frozenset[str]] = frozenset()
    """Fields that follow from the rest of a scenario: no line says them."""

    kind: str
    """Name of the kind."""
    date: dt.date
    """The day from which it holds, after the scenario's first."""

    @property
    def last_date(self) -> dt.date | None:
        """The first day on which it no longer holds; None: it holds for good, or is done once."""
        return None

    @property
    def changes_nothing(self) -> bool:
        """Whether its size is zero: then it is not carried out at all."""
        return False

    @property
    @abstractmethod
    def change(self) -> Change:
        """What it changes, for the record of events."""

    @classmethod
    def check(cls, said: View, scenario: View) -> None:
        """Note what contradicts the rest of a scenario: names, days, amounts that exclude another.

        Parameters
        ----------
        said
            The intervention, in which values may be missing or wrong.
        scenario
            The whole scenario, likewise.
        """

    @classmethod
    def plan(cls, root: Mapping, said: View, path: Path, problems: Problems) -> Mapping:  # noqa: ARG003
        """Return a scenario's tree as the intervention plans it: another launch, one more product.

        To plan it again changes nothing.

        Parameters
        ----------
        root
            The tree.
        said
            The intervention.
        path
            Where it stands.
        problems
            Takes what cannot be planned.
        """
        return root

    def prepare(self, levers: Levers) -> None:
        """Pull the levers that must be set before the first day, such as future rents."""

    def begin(self, levers: Levers) -> None:
        """Carry it out, on its date."""

    def end(self, levers: Levers) -> None:
        """Take it back, on its last date."""


class Lasting(Intervention):
    """An intervention that may end."""

    until_date: dt.date | None = None
    """The first day on which it no longer holds; None: it holds to the end."""

    @property
    def last_date(self) -> dt.date | None:
        """The first day on which it no longer holds."""
        return self.until_date
