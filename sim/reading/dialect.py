"""A dialect: what one kind of file may say, and how to talk about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.reading.frozen import Frozen
from sim.reading.vocabulary import Schema, Vocabulary


@dataclass(frozen=True, slots=True)
class Variant:
    """A record that a tag names in one file, beside those that it may name in every file.

    Attributes
    ----------
    parent, key
        The record, by name, one of whose keys may hold it.
    tag
        The tag.
    record
        What it names.
    """

    parent: str
    key: str
    tag: str
    record: type[Frozen]

    def add_to(self, definitions: dict[str, Any], name: str) -> None:
        """Add it to the definitions of a JSON Schema, under a name that is free."""
        schema = self.record.model_json_schema(ref_template=f"#/$defs/{name}-{{model}}")
        for part, definition in schema.pop("$defs", {}).items():
            definitions[f"{name}-{part}"] = definition
        definitions[name] = schema
        taken = definitions[self.parent]["properties"][self.key]
        for option in (taken, *taken.get("anyOf", ())):
            if "discriminator" in option:
                option["discriminator"]["mapping"][self.tag] = f"#/$defs/{name}"


@dataclass(frozen=True, slots=True)
class OtherKind:
    """A kind of file that people may take for another.

    Attributes
    ----------
    noun
        What such a file holds.
    keys
        Keys of the top level, one of which it has and the other does not.
    command
        The command that takes it.
    shipped
        Returns those that come with pricewar, by name.
    """

    noun: str
    keys: frozenset[str]
    command: str
    shipped: Callable[[], Mapping[str, Path]] = dict


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
    libraries
        Named lists whose items may be taken from a library, by key: what returns its file.
    lists_of_lines
        Keys of lists whose items may be a line of text that stands for a record.
    alternatives
        Keys that give the same value in different ways: one replaces the others.
    file_only
        Keys that only files have: records of them, by the name of the record that they are read
        into.
    tag
        The key that names which of several records stands in a place, and that `other_tags` are
        of.
    other_tags
        How to say what a tag may be besides the names of records, such as ``FILE.py:CLASS``.
    other_tag_pattern
        Regular expression of such tags; nothing: there are none.
    variants
        Records that such tags name in one file.
    units
        Units by the end of a key's name; the first that fits counts.
    advice
        What is worth knowing about values beyond their limits, by key, or what computes it.
    other_kinds
        Kinds of files that may be taken for this one.
    """

    noun: str
    record: type[Frozen]
    keys_shown: str
    shipped: Callable[[], Mapping[str, Path]] = dict
    starting_hint: str = ""
    named_lists: frozenset[str] = frozenset()
    libraries: Mapping[str, Callable[[], Path]] = field(default_factory=dict)
    lists_of_lines: frozenset[str] = frozenset()
    alternatives: tuple[frozenset[str], ...] = ()
    file_only: Mapping[str, type[Frozen]] = field(default_factory=dict)
    tag: str = "policy"
    other_tags: tuple[str, ...] = ()
    other_tag_pattern: str = ""
    variants: tuple[Variant, ...] = ()
    units: tuple[tuple[str, str], ...] = ()
    advice: Mapping[str, str | Callable[[], str]] = field(default_factory=dict)
    other_kinds: tuple[OtherKind, ...] = ()

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
        for number, variant in enumerate(self.variants):
            variant.add_to(definitions, f"variant-{number}")
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
        steps = (step for step in path if isinstance(step, str) if step in self.advice)
        advice = next((self.advice[step] for step in steps), "")
        return advice if isinstance(advice, str) else advice()
