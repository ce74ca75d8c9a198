"""The title and question of a scenario file, without reading the rest of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent, ScalarEvent

from sim.reading.yaml_files import BYTES


@dataclass(frozen=True, slots=True)
class Headline:
    """What a scenario is about; texts are empty where the file does not say."""

    title: str
    question: str


def headline(path: Path) -> Headline:
    """Read the title and question of a scenario file, and stop there.

    A file that is not YAML, or that leaves them to the file it extends, gives empty texts;
    `sim.scenario.reader.read` reports what is wrong with it.
    """
    found = {"title": "", "question": ""}
    try:
        if path.stat().st_size <= BYTES:
            _look(path.read_text(encoding="utf-8-sig"), found)
    except (OSError, UnicodeDecodeError, YAMLError):
        pass
    return Headline(found["title"], found["question"])


def _look(text: str, found: dict[str, str]) -> None:
    depth = 0
    key: str | None = None
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, CollectionStartEvent):
            depth, key = depth + 1, None
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
        elif depth == 1 and isinstance(event, ScalarEvent):
            value = str(event.value)
            if key is not None and key in found:
                found[key] = value
            key = value if key is None else None
        if all(found.values()):
            return
