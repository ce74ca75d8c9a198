"""Writing a scenario out in full, and the hash that identifies it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator, Mapping

from sim.compression.curves import CompressionCurves
from sim.reading.provenance import Provenance, Source
from sim.reading.scalars import resolve
from sim.scenario.dialect import SCENARIO
from sim.scenario.scenario import Scenario

_PLAIN = re.compile(r"[^\W\d](?:[\w .+/()-]*[\w.+/()])?\Z")
_RAW_IN_JSON = re.compile("[\x7f-\xa0\u2028\u2029\ufeff]")


def scenario_hash(scenario: Scenario) -> str:
    """Return the SHA-256 of what a scenario says, in hexadecimal.

    It depends on the values alone, not on how a file lays them out, comments them or sources them.
    """
    canonical = json.dumps(
        scenario.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=True
    )
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def to_yaml(scenario: Scenario) -> str:
    """Write a scenario with every value, and each value's source beside it.

    Reading the text back gives an equal scenario, the same hash and the same provenance.  A source
    of a value that the scenario no longer has is left out.
    """
    lines = [
        "# The scenario as it is run: no value is left to a default.",
        f"# sha256 {scenario_hash(scenario)}",
        *_mapping(scenario.model_dump(), "", "", scenario.provenance),
    ]
    return "\n".join(lines) + "\n"


def curves_to_yaml(curves: CompressionCurves, source: Source) -> str:
    """Write compression curves as a file that a scenario may name: ``curves_from``.

    Every number is written in full: reading the text back gives equal curves.

    Parameters
    ----------
    curves
        What to write.
    source
        Where they come from; it stands beside the digest of the table.
    """
    lines = [
        "# Compression curves; a scenario names this file: compression: {curves_from: FILE}.",
        *_mapping(curves.model_dump(), "", "", {"table_sha256": source}),
    ]
    return "\n".join(lines) + "\n"


def _mapping(
    record: Mapping[str, object], indent: str, path: str, provenance: Provenance
) -> Iterator[str]:
    for key, value in record.items():
        below = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            yield f"{indent}{key}:"
            yield from _mapping(value, indent + "  ", below, provenance)
        elif isinstance(value, tuple) and value:
            yield f"{indent}{key}:"
            yield from _items(value, indent + "  ", below, key in SCENARIO.named_lists, provenance)
        else:
            yield f"{indent}{key}: {_value(value, below, provenance)}"


def _items(
    items: tuple[object, ...], indent: str, path: str, is_named: bool, provenance: Provenance
) -> Iterator[str]:
    for index, item in enumerate(items):
        if isinstance(item, dict):
            below = f"{path}[{item['name'] if is_named else index}]"
            first, *rest = _mapping(item, indent + "  ", below, provenance)
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{indent}- {_value(item, f'{path}[{index}]', provenance)}"


def _value(value: object, path: str, provenance: Provenance) -> str:
    source = provenance.get(path)
    if source is None or source.value != value:
        return _scalar(value)
    return _sourced(value, source)


def _sourced(value: object, source: Source) -> str:
    parts = [f"value: {_scalar(value)}", f"source: {_scalar(source.source)}"]
    if source.date is not None:
        parts.append(f"date: {_scalar(source.date)}")
    if source.range is not None:
        parts.append(f"range: [{_scalar(source.range[0])}, {_scalar(source.range[1])}]")
    if source.note:
        parts.append(f"note: {_scalar(source.note)}")
    return f"{{{', '.join(parts)}}}"


def _scalar(value: object) -> str:
    if value is None:
        return "null"
    if value == ():
        return "[]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    """Write text bare where it reads back as itself, else in double quotes."""
    if _PLAIN.match(text) and resolve(text) == text:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _RAW_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
