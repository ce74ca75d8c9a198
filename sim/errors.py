"""Everything that can go wrong for a user of pricewar, and what to do about it.

::

    PricewarError                 catch this to catch them all
     +-- UsageError               the command line or a call asks for something that is not there
     +-- ScenarioError            a scenario says something that it may not; lists every problem
     +-- DataError                a table of real data is damaged or lacks what was asked of it
     |    +-- UnknownName         a name that a table does not know; offers the nearest
     +-- ResultError              a run folder is missing, incomplete or in the way
     |    +-- NoPlaceError        the file of a lock cannot be written: a full or read-only disk
     +-- StrategyError            a strategy from outside pricewar failed while the market ran
     +-- ServingError             a model does not fit its accelerators, or decodes too slowly
     +-- EquilibriumError         no prices found that nobody gains by changing
     +-- CompressionError         a compression project has nothing to do
     +-- LedgerError              the books do not balance: a bug in pricewar; please report it
     +-- CalibrationError         compression cannot be measured: a grid, model, text or full disk
          +-- MethodNotAllowed    a model's layers do not allow a method at that strength

Some of them are defined in the modules that raise them; a test holds this drawing against the code.

Every message says what failed, on which value, and what would be accepted.  The command line prints
it without a traceback and exits with status 2; replications and runs that fail are listed, and the
others kept, with status 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sim.nearest import offer


def as_sentence(error: object) -> str:
    """Return what an error says, with a full stop where it has no end of its own.

    Examples
    --------
    >>> as_sentence("it is not there"), as_sentence("Did you mean 'a'?")
    ('it is not there.', "Did you mean 'a'?")
    """
    text = str(error)
    return text if text.endswith((".", "?", "!")) else f"{text}."


class PricewarError(Exception):
    """Base of all errors that a user can cause or cure."""


class UsageError(PricewarError):
    """A command or call asks for something that does not exist: follow the hint in the message."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a scenario: where it stands, what it says, what is allowed instead.

    Attributes
    ----------
    file
        The file as the user named it, or ``--set path=value`` for a value from the command line.
    line, column
        Position counted from one; zero where the mistake is not at a place in a file.
    path
        The value's path in the scenario, such as ``products[2].price_usd_per_mtok.input``.
    value
        The value as written; empty where there is none to show.
    allowed
        What is accepted there, as a sentence.
    hint
        What to do next, such as the nearest valid name; may be empty.
    """

    file: str
    line: int
    column: int
    path: str
    value: str
    allowed: str
    hint: str = ""

    @property
    def place(self) -> str:
        """``file:line:column``, as editors and terminals link it."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        """Two lines: place, path and value; then what is allowed and what to do."""
        stated = f"{self.path} = {self.value}" if self.path and self.value else self.path
        head = f"{self.place}  {stated or self.value}".rstrip()
        return f"{head}\n  {'  '.join(part for part in (self.allowed, self.hint) if part)}"


class ScenarioError(PricewarError):
    """A scenario may not be run as it stands; correct every place listed and try again."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[tuple[Problem, ...]]]:
        """Travel between processes with the problems, not only the text."""
        return type(self), (self.problems,)


class ImplausibleWarning(UserWarning):
    """A scenario is valid, but says what is hardly meant: correct it, or ignore the warning."""


class DataError(PricewarError):
    """A data table is damaged or lacks a value: reinstall, or name the value in the scenario."""


class UnknownName(DataError):  # noqa: N818 - named for what the user did, not for its base
    """A table has no row of that name: use one of the names offered.

    Attributes
    ----------
    kind
        What was looked up, such as ``accelerator``.
    name
        The name that was not found.
    known
        All names that would have been found, sorted.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.name = name
        self.known = tuple(sorted(known))
        super().__init__(f"unknown {kind} {name!r}.  {offer(name, self.known)}")

    def __reduce__(self) -> tuple[type[UnknownName], tuple[str, str, tuple[str, ...]]]:
        """Travel between processes with the names, not only the text."""
        return type(self), (self.kind, self.name, self.known)


class ResultError(PricewarError):
    """A run folder cannot be read or written: the message says which and how to continue."""


class StrategyError(PricewarError):
    """A strategy from outside the package raised, or decided nonsense: correct it and run again."""


class EquilibriumError(PricewarError):
    """No price equilibrium was found; the message says what the nearest prices miss."""


class EquilibriumWarning(UserWarning):
    """Searches for a price equilibrium disagree, or some failed: read its ``others``."""


class LedgerError(PricewarError):
    """Money or tokens were made or lost in a run: a bug in pricewar; please report it."""
