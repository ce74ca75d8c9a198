"""Reading a scenario file: the one way in, for the command line and for Python."""

from __future__ import annotations

import os
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from types import MappingProxyType

from sim.reading.composing import compose
from sim.reading.inheritance import load
from sim.reading.nodes import Mapping, Place, named_path_text
from sim.reading.overriding import Override, apply, parse
from sim.reading.problems import Problems
from sim.reading.provenance import Provenance, unwrap
from sim.reading.validation import validate
from sim.scenario.checks import check
from sim.scenario.dialect import SCENARIO
from sim.scenario.outside import bring_in
from sim.scenario.resolving import resolve
from sim.scenario.scenario import Scenario
from sim.scenario.shorthand import expand
from sim.scenario.strategy_finder import Strategies
from sim.strategies.origin import Origin


@dataclass(frozen=True)
class Loaded:
    """A scenario, where its numbers come from, and the files it was read from.

    Attributes
    ----------
    scenario
        Complete, checked and resolved.
    provenance
        `Source` by path, such as ``products[glm-4].capability_logit``.
    files
        The file asked for and those it extends, in that order.
    code
        Where the code of policies from outside the package comes from, by their path.
    """

    scenario: Scenario
    provenance: Provenance
    files: tuple[FilePath, ...]
    code: MappingType[str, Origin]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A scenario file as parsed, from which scenarios with different overrides are made.

    To make one takes a tenth of the time of reading the file again.

    Attributes
    ----------
    allow_code
        Whether files outside the package that it names may be executed.
    known
        Strategies from such files that were made before.
    """

    root: Mapping
    files: tuple[FilePath, ...]
    problems: Problems
    allow_code: bool = False
    known: Strategies = field(default_factory=dict)

    def load(
        self,
        overrides: MappingType[str, object] | Sequence[str] = (),
        parsed_overrides: Sequence[Override] = (),
    ) -> Loaded:
        """Lay overrides over the file and build the scenario.

        Parameters
        ----------
        overrides
            As of `read`.
        parsed_overrides
            Further ones that know their place in another file.

        Raises
        ------
        ScenarioError
            As of `read`.
        """
        problems = self.problems.copy()
        parsed = (*parse(overrides, problems), *parsed_overrides)
        root = apply(self.root, parsed, SCENARIO, problems)
        unwrapped, sources = unwrap(root, problems)
        if not isinstance(unwrapped, Mapping):
            raise problems.fail(
                root.place, "must be a mapping, with keys such as name and products."
            )
        expanded = expand(unwrapped, sources, problems)
        expanded, outside = bring_in(
            expanded, sources, problems, allow_code=self.allow_code, known=self.known
        )
        scenario = validate(
            Scenario, expanded, (), expanded, outside.dialect, problems, outside.strategies
        )
        check(expanded, problems)
        if scenario is None or len(problems):
            raise problems.error()
        provenance = {
            named_path_text(expanded, path, SCENARIO.named_lists): source
            for path, source in sources.items()
        }
        code = {
            named_path_text(expanded, path, SCENARIO.named_lists): origin
            for path, origin in outside.origins.items()
        }
        return Loaded(*resolve(scenario, provenance), self.files, code)


def parse_file(path: str | os.PathLike[str], *, allow_code: bool = False) -> Parsed:
    """Read a scenario file, or a shipped scenario by name, without building the scenario.

    Parameters as of `read`.

    Raises
    ------
    ScenarioError
        The file cannot be read further; lesser mistakes are reported when a scenario is built.
    """
    problems = Problems()
    root, files = load(os.fspath(path), SCENARIO, problems)
    return Parsed(root, files, problems, allow_code)


def parse_text(
    text: str, label: str, *, allow_code: bool = False, known: Strategies = MappingProxyType({})
) -> Parsed:
    """Parse the text of a complete scenario, as `to_yaml` writes it.

    Parameters
    ----------
    text
        YAML without ``extends``.
    label
        What to call it in messages.
    allow_code, known
        As of `Parsed`.

    Raises
    ------
    ScenarioError
        It is not a YAML mapping.
    """
    problems = Problems()
    root = compose(text, label, problems)
    if not isinstance(root, Mapping):
        raise problems.fail(Place(label), "must be a mapping.")
    return Parsed(root, (), problems, allow_code, known)


def read(
    path: str | os.PathLike[str],
    overrides: MappingType[str, object] | Sequence[str] = (),
    *,
    allow_code: bool = False,
) -> Loaded:
    """Read a scenario file, or a shipped scenario by name.

    Parameters
    ----------
    path
        A path, or a shipped scenario's name such as ``minimal``.
    overrides
        Values that replace those of the file: ``{"population.users": 5000}`` or, as on the command
        line, ``["population.users=5000"]``.
    allow_code
        Execute the files outside the package that it names policies of; without, such a file is
        refused.

    Raises
    ------
    ScenarioError
        The file, a file that it extends, or an override says something that it may not.  The error
        lists every such place.
    """
    return parse_file(path, allow_code=allow_code).load(overrides)
