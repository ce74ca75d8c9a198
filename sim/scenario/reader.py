"""Reading a scenario file: the one way in, for the command line and for Python."""

from __future__ import annotations

import os
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from sim.reading.nodes import Mapping, named_path_text
from sim.reading.overriding import Override, parse
from sim.reading.parsed import Parsed, parse_file, parse_text
from sim.reading.problems import Problems
from sim.reading.provenance import unwrap
from sim.reading.validation import validate
from sim.scenario.checks import check
from sim.scenario.dialect import SCENARIO
from sim.scenario.interventions import asked_for, plan, read_lines
from sim.scenario.outside import bring_in, strategies_of
from sim.scenario.own_data import include_data
from sim.scenario.resolving import resolve
from sim.scenario.scenario import Origin, Scenario
from sim.scenario.shorthand import expand
from sim.scenario.strategy_finder import Strategies
from sim.scenario.tie_files import include_ties, with_ties
from sim.scenario.writer import to_yaml

Overrides = MappingType[str, object] | Sequence[str]
"""Values by path, ``{"population.users": 5000}``, or as typed, ``["population.users=5000"]``."""

_NONE: Strategies = MappingProxyType({})


def read(
    path: str | os.PathLike[str],
    overrides: Overrides = (),
    *,
    do: Sequence[object] = (),
    allow_code: bool = False,
) -> Scenario:
    """Read a scenario file, or a shipped scenario by name.

    Parameters
    ----------
    path
        A path, or a shipped scenario's name such as ``minimal``.
    overrides
        Values that replace those of the file: ``{"population.users": 5000}`` or, as on the command
        line, ``["population.users=5000"]``.
    do
        Interventions that are added to the file's: lines of text, mappings or records.
    allow_code
        Execute the files outside the package that it names policies of; without, such a file is
        refused.

    Returns
    -------
    Scenario
        Complete, checked and resolved; it knows where its numbers come from.

    Raises
    ------
    ScenarioError
        The file, a file that it extends, or an override says something that it may not.  The error
        lists every such place.
    """
    return build(parse_file(path, SCENARIO), overrides, do=do, allow_code=allow_code)


def build(
    parsed: Parsed,
    overrides: Overrides = (),
    parsed_overrides: Sequence[Override] = (),
    *,
    do: Sequence[object] = (),
    allow_code: bool = False,
    known: Strategies = _NONE,
    known_ties: bytes = b"",
) -> Scenario:
    """Build a scenario from a parsed file; it takes a tenth of the time of reading the file again.

    Parameters
    ----------
    parsed
        The file.
    overrides
        As of `read`.
    parsed_overrides
        Further ones that know their place in another file.
    do
        As of `read`.
    allow_code
        As of `read`.
    known
        Strategies from outside the package that were made, and allowed, before.
    known_ties
        Content of a file of ties that was read before.

    Raises
    ------
    ScenarioError
        As of `read`.
    """
    problems = parsed.problems.copy()
    every = (*parse(overrides, problems), *parsed_overrides, *asked_for(do, problems))
    parsed = _overridden(parsed, every, problems)
    tree, sources = unwrap(parsed.root, problems)
    if not isinstance(tree, Mapping):
        raise problems.fail(
            parsed.root.place, f"must be a mapping, with keys such as {SCENARIO.keys_shown}."
        )
    tree, dataset = include_data(tree, problems)
    tree = plan(expand(tree, sources, problems, dataset), problems)
    tree, ties = include_ties(tree, known_ties, problems)
    tree, outside = bring_in(tree, sources, problems, allow_code=allow_code, known=known)
    scenario = validate(Scenario, tree, (), tree, outside.dialect, problems, outside.strategies)
    check(tree, sources, problems, dataset)
    if scenario is None or len(problems):
        raise problems.error()
    provenance = {
        named_path_text(tree, path, SCENARIO.named_lists): source
        for path, source in sources.items()
    }
    code = {
        named_path_text(tree, path, SCENARIO.named_lists): found
        for path, found in outside.code.items()
    }
    scenario = scenario.traced_to(Origin(provenance, parsed, allow_code, code))
    return resolve(with_ties(scenario, ties) if ties else scenario, dataset)


def _overridden(parsed: Parsed, overrides: Sequence[Override], problems: Problems) -> Parsed:
    """Return a file with overrides; each finds records where lines stood, also those set before."""
    parsed = replace(parsed, root=read_lines(parsed.root, problems), problems=problems)
    for one in overrides:
        parsed = parsed.overridden((one,), SCENARIO, problems)
        parsed = replace(parsed, root=read_lines(parsed.root, problems))
    return parsed


def with_(scenario: Scenario, overrides: Overrides = (), *, do: Sequence[object] = ()) -> Scenario:
    """Return a variant of a scenario, with other values in place of some of its own.

    It is what reading the scenario's file with these overrides too would give: what the file leaves
    to tables of data is looked up anew, for other dates as well.  Of a scenario that was changed
    with ``model_copy`` every value counts as given.

    Parameters
    ----------
    scenario
        From `read`, or from here.
    overrides
        As of `read`; the numbers' source is then that they were set for this run.
    do
        As of `read`: interventions that are added to those that it has.

    Raises
    ------
    ScenarioError
        An override says something that it may not, or contradicts another value.

    Examples
    --------
    >>> scenario = read("minimal")
    >>> with_(scenario, {"population.users": 80}).population.users
    80
    """
    parsed = scenario.origin.parsed
    if parsed is None:
        parsed = parse_text(to_yaml(scenario), f"scenario {scenario.name!r}", has_lines=False)
    allow_code = scenario.origin.allow_code
    return build(
        parsed,
        overrides,
        do=do,
        allow_code=allow_code,
        known=strategies_of(scenario),
        known_ties=scenario.population.network.ties,
    )
