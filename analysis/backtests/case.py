"""A case: a folder that says what is asked, what was known, what is given, and what happened.

``case.yaml``
    The question, its origin and horizon, the scenario, and the targets.
``known/``
    Rows beyond the shipped tables that were known at the origin.
``given/``
    What came after the origin and is handed over: launches, rents, capability.
``observed/``
    What happened. A forecast never opens it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from analysis.backtests.target import Target
from sim.data.dataset import EVENTS, NAMES, OF_MARKETS, OWN, PRODUCTS, PROVIDERS, RATES
from sim.data.table import read_rows
from sim.errors import DataError, UsageError
from sim.files.folder_kinds import belongs_to
from sim.nearest import offer
from sim.reading.dialect import Dialect, OtherKind
from sim.reading.files import read_document
from sim.reading.frozen import FolderName, Frozen
from sim.reading.nodes import Listing, Node, Place, descend, name_of
from sim.reading.problems import Problems
from sim.reading.validation import validate
from sim.scenario.shipped import shipped, shipped_folder

CASE, KNOWN, GIVEN, OBSERVED = "case.yaml", "known", "given", "observed"
FROM_DATA = "from-data"
"""The scenario that is made of the tables."""

Given = Literal["launches", "rents", "capability", "events", "fx"]

TABLES_GIVEN: dict[Given, tuple[str, ...]] = {
    "launches": ("llm_api_prices.csv", PRODUCTS, PROVIDERS),
    "rents": ("gpu_rental_prices.csv", "accelerators.csv"),
    "capability": ("llm_quality.csv", "model_names.csv"),
    "events": (EVENTS,),
    "fx": (RATES,),
}
"""Tables that may hold each kind of what is given."""


TAKEN = (*(f"{table}.csv" for table in OWN), *OF_MARKETS)
"""Tables that ``known/`` may hold."""


class Parameters(Frozen):
    """A file of parameters: values by path of the scenario, as ``--set`` takes them."""

    file: str
    """Its path is from the case."""
    sha256: str
    """Of its content; a file with another is refused."""
    cut: dt.date
    """Last day of the data that set them; one after the origin is refused."""


class Case(Frozen):
    """What ``case.yaml`` says."""

    name: FolderName
    title: str = ""
    question: str
    role: Literal["calibration", "validation"] = "validation"
    """``validation``: no parameter of the case may be set by what happened."""
    origin: dt.date
    """The day of the forecast: what was published by then is known."""
    horizon_days: Annotated[int, Field(ge=7, le=1100)] = 180
    scenario: str
    """A file, by its path from the case; a shipped name; or ``from-data``."""
    region: Literal["China", "global", "world"] | None = None
    """Of a market that is made of the tables."""
    view: Literal["origin", "all"] = "origin"
    """Rows in which the scenario's values are looked up: those known at the origin, or all, which
    is flagged in the forecast."""
    set: dict[str, Any] = Field(default_factory=dict)
    """Values that replace those of the scenario, by path."""
    parameters: Parameters | None = None
    replications: Annotated[int, Field(ge=1, le=100_000)] = 20
    """Draws of the forecast."""
    draws: Literal["ranges", "replications"] = "ranges"
    """``ranges``: each draw takes every number that states a range from within it;
    ``replications``: all have the stated values, and differ by chance alone."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1
    given: tuple[Given, ...] = ()
    targets: tuple[Target, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if (self.scenario == FROM_DATA) != (self.region is not None):
            raise ValueError("region goes with the scenario from-data, and from-data needs it")
        names = [target.name for target in self.targets]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two targets are called {name!r}")
        if self.parameters is not None and self.parameters.cut > self.origin:
            raise ValueError(
                f"parameters: cut {self.parameters.cut} is after {self.origin}, the origin: data "
                "of later days set them"
            )
        for target in self.targets:
            if target.end is not None and target.end <= self.origin:
                raise ValueError(f"the target {target.name!r} ends by the origin")
        return self

    @property
    def end(self) -> dt.date:
        """Last day of the horizon."""
        return self.origin + dt.timedelta(days=self.horizon_days)


def shipped_cases() -> dict[str, Path]:
    """Return the folders of shipped cases by name."""
    folder = shipped_folder() / "backtests"
    return {path.parent.name: path.parent for path in sorted(folder.glob(f"*/{CASE}"))}


DIALECT = Dialect(
    noun="case",
    record=Case,
    keys_shown="name, origin, targets",
    other_kinds=(
        OtherKind("scenario", frozenset({"extends", "products", "providers"}), "run", shipped),
    ),
)


@dataclass(frozen=True, slots=True)
class CaseFolder:
    """A case, read.

    Attributes
    ----------
    path
        The folder.
    case
        What its file says.
    places
        Where each target stands in the file, by name.
    """

    path: Path
    case: Case
    places: dict[str, Place] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, name: str) -> CaseFolder:
        """Read a case by its folder or, of a shipped one, its name.

        Raises
        ------
        UsageError
            There is no such case.
        ScenarioError
            Its file says something that it may not.
        """
        path = Path(name)
        if not path.exists():
            path = shipped_cases().get(name, path)
        if path.name == CASE:
            path = path.parent
        if not (path / CASE).is_file():
            raise UsageError(
                f"{name}: is no case; it has no {CASE}.  "
                f"{belongs_to(path) or offer(name, shipped_cases())}"
            )
        problems = Problems()
        file = path / CASE
        document = read_document(file, str(file), Place(str(file)), DIALECT, problems)
        case = validate(Case, document.tree, (), document.tree, DIALECT, problems)
        problems.raise_any()
        if case is None:  # validate() gives a record or notes a problem
            raise RuntimeError("a case without problems was not built")
        return cls(path, case, dict(_places_of(document.tree)))

    def sha256(self) -> str:
        """Return the digest of the case's file."""
        return digest_of(self.path / CASE)

    def inputs(self) -> list[Path]:
        """Return the files that a forecast may read, in order, each checked.

        Raises
        ------
        DataError
            A row of ``known/`` was not known at the origin, or ``given/`` holds what the case does
            not say is given.
        UsageError
            A file leads into ``observed/``.
        """
        known, given = sorted(_files(self.path / KNOWN)), sorted(_files(self.path / GIVEN))
        self.refuse_observed((*known, *given))
        for file in known:
            if file.name not in TAKEN:
                raise DataError(f"{file}: is no table of the data.  {offer(file.name, TAKEN)}")
            _refuse_unknown(file, self.case.origin)
        allowed = {name for kind in self.case.given for name in TABLES_GIVEN[kind]}
        for file in given:
            if file.name not in allowed:
                kinds = [kind for kind, names in TABLES_GIVEN.items() if file.name in names]
                hint = (
                    f"Write given: [{kinds[0]}] in {CASE}."
                    if kinds
                    else offer(file.name, sorted(allowed))
                )
                raise DataError(f"{file}: is not among what the case says is given.  {hint}")
        return [*known, *given]

    def refuse_observed(self, files: Iterable[Path]) -> None:
        """Refuse files that lead into ``observed/``, by whatever name; none is opened.

        Raises
        ------
        UsageError
            One does.
        """
        folder = (self.path / OBSERVED).resolve()
        hidden = {
            (status.st_dev, status.st_ino)
            for path in folder.rglob("*")
            if path.is_file() and (status := path.stat())
        }
        for file in files:
            real = file.resolve()
            found = file.stat() if file.is_file() else None
            linked = found is not None and (found.st_dev, found.st_ino) in hidden
            if linked or real == folder or folder in real.parents:
                raise UsageError(
                    f"{file}: leads into {OBSERVED}/, which a forecast must not see.  "
                    f"Put a copy of what was known into {KNOWN}/."
                )


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _places_of(root: Node) -> Iterator[tuple[str, Place]]:
    targets = descend(root, ("targets",))
    for item in targets.items if isinstance(targets, Listing) else ():
        yield name_of(item) or "", item.place


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        for path in folder.iterdir():
            if path.suffix == ".csv":
                yield path
            elif not path.name.startswith("."):
                raise DataError(f"{path}: is no table; {folder.name}/ holds csv tables.")


def _refuse_unknown(file: Path, origin: dt.date) -> None:
    """Refuse the first row that was not published by the origin, or does not say when it was.

    Tables of names say nothing of the world, and have no date.
    """
    if file.stem in NAMES:
        return
    for row, known_on in read_rows(file, lambda row: row.optional_date("known_on"), None):
        if known_on is None:
            raise row.error("known_on is empty; a row of known/ says when it was published")
        if known_on > origin:
            raise row.error(
                f"known_on = {known_on} is after {origin}, the origin; what came later goes to "
                "given/ or observed/"
            )
