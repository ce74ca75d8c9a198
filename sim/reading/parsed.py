"""A file as parsed, from which records with different overrides are built."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sim.reading.composing import compose
from sim.reading.dialect import Dialect
from sim.reading.inheritance import load
from sim.reading.nodes import Mapping, Place
from sim.reading.overriding import Override, apply
from sim.reading.problems import Problems


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree laid over those that it extends, before anything is checked.

    Attributes
    ----------
    root
        The tree.
    files
        The file asked for and those it extends, in that order; none for a text.
    problems
        The mistakes found so far.
    """

    root: Mapping
    files: tuple[Path, ...]
    problems: Problems

    def overridden(
        self, overrides: Sequence[Override], dialect: Dialect, problems: Problems
    ) -> Parsed:
        """Return the file with overrides laid over it; `problems` takes those without a match."""
        root = apply(self.root, overrides, dialect, problems)
        return replace(self, root=root, problems=problems)


def parse_file(path: str | os.PathLike[str], dialect: Dialect) -> Parsed:
    """Read a file, or a shipped one by name, with those that it extends.

    Raises
    ------
    ScenarioError
        The file cannot be read further; lesser mistakes are reported when a record is built.
    """
    problems = Problems()
    root, files = load(os.fspath(path), dialect, problems)
    return Parsed(root, files, problems)


def parse_text(text: str, label: str, *, has_lines: bool = True) -> Parsed:
    """Parse the text of a complete file.

    Parameters
    ----------
    text
        YAML without ``extends``.
    label
        What to call it in messages.
    has_lines
        False for a text that nobody has before them, where lines would only confuse.

    Raises
    ------
    ScenarioError
        It is not a YAML mapping.
    """
    problems = Problems()
    root = compose(text, label, problems, has_lines=has_lines)
    if not isinstance(root, Mapping):
        raise problems.fail(Place(label), "must be a mapping.")
    return Parsed(root, (), problems)
