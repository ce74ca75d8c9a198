"""Reading a scenario file: the one way in, for the command line and for Python."""

from __future__ import annotations

import os
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

from sim.scenario.checks import check
from sim.scenario.inheritance import load
from sim.scenario.nodes import Mapping, named_path_text
from sim.scenario.overriding import apply, parse
from sim.scenario.problems import Problems
from sim.scenario.provenance import Provenance, unwrap
from sim.scenario.resolving import resolve
from sim.scenario.scenario import Scenario
from sim.scenario.shorthand import expand
from sim.scenario.validation import validate


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
    """

    scenario: Scenario
    provenance: Provenance
    files: tuple[FilePath, ...]


def read(
    path: str | os.PathLike[str], overrides: MappingType[str, object] | Sequence[str] = ()
) -> Loaded:
    """Read a scenario file, or a shipped scenario by name.

    Parameters
    ----------
    path
        A path, or a shipped scenario's name such as ``minimal``.
    overrides
        Values that replace those of the file: ``{"population.users": 5000}`` or, as on the command
        line, ``["population.users=5000"]``.

    Raises
    ------
    ScenarioError
        The file, a file that it extends, or an override says something that it may not.  The error
        lists every such place.
    """
    problems = Problems()
    root, files = load(os.fspath(path), problems)
    root = apply(root, parse(overrides, problems), problems)
    unwrapped, sources = unwrap(root, problems)
    if not isinstance(unwrapped, Mapping):
        raise problems.fail(root.place, "must be a mapping, with keys such as name and products.")
    expanded = expand(unwrapped, sources, problems)
    scenario = validate(expanded, problems)
    check(expanded, problems)
    if scenario is None or len(problems):
        raise problems.error()
    provenance = {named_path_text(expanded, path): source for path, source in sources.items()}
    return Loaded(*resolve(scenario, provenance), files)
