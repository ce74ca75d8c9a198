"""A dialect: what one kind of file may say, and how to talk about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sim.reading.frozen import Frozen
from sim.reading.vocabulary import Schema, Vocabulary


@dataclass(frozen=True)
class Dialect:
    """What one kind of file may say: scenarios, sweep designs and grids each have one.

    Attributes
    ----------
    noun
        What such a file holds, such as ``scenario``.
    record
        What it is read into.
    keys_shown
        Some keys of the top level, for the message to a file that has none.
    shipped
        Returns the files of this kind that come with pricewar, by name.
    starting_hint
        The hint for an empty file.
    named_lists
        Keys of lists whose items are identified by ``name``: they merge by it, and paths may use
        it.
    alternatives
        Keys that give the same value in different ways: one replaces the others.
    file_only
        Keys that only files have: records of them, by the name of the record that they are read
        into.
    tag
        The key that names which of several records stands in a place.
    units
        Units by the end of a key's name; the first that fits counts.
    advice
        What is worth knowing about values beyond their limits, by key.
    """

    noun: str
    record: type[Frozen]
    keys_shown: str
    shipped: Callable[[], Mapping[str, Path]] = dict
    starting_hint: str = ""
    named_lists: frozenset[str] = frozenset()
    alternatives: tuple[frozenset[str], ...] = ()
    file_only: Mapping[str, type[Frozen]] = field(default_factory=dict)
    tag: str = "policy"
    units: tuple[tuple[str, str], ...] = ()
    advice: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def schema(self) -> Schema:
        """JSON Schema of the record, with the keys that only files have."""
        schema = self.record.model_json_schema()
        definitions = schema.setdefault("$defs", {})
        for record, extra_keys in self.file_only.items():
            extra = extra_keys.model_json_schema()
            definitions.update(extra.pop("$defs", {}))
            changed = schema if record == self.record.__name__ else definitions[record]
            changed["properties"].update(extra["properties"])
        return schema

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What may stand at each path; made when it is first asked for, in tens of milliseconds."""
        return Vocabulary(self.schema, self.units)

    def alternatives_to(self, key: str) -> frozenset[str]:
        """Return the other keys that give the same value as this one."""
        groups = (group - {key} for group in self.alternatives if key in group)
        return next(groups, frozenset())

    def advice_on(self, path: tuple[str | int, ...]) -> str:
        """Return what is worth knowing about the value at a path; often nothing."""
        words = (self.advice[step] for step in path if isinstance(step, str) if step in self.advice)
        return next(words, "")
