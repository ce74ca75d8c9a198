"""``pricewar schema``: the JSON Schema with which editors complete and check scenario files."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from pricewar.cli.console import complain, say
from sim.errors import UsageError

EXAMPLES = """\
examples:
  pricewar schema --out pricewar.schema.json
  pricewar schema | less

Then tell the editor, in the first line of a scenario file:
  # yaml-language-server: $schema=pricewar.schema.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write it to a file; default: standard output"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Print or write the schema; returns the exit code."""
    from sim.reading.schema import json_schema
    from sim.scenario.dialect import SCENARIO

    text = json.dumps(json_schema(SCENARIO), indent=2, ensure_ascii=False)
    out: Path | None = arguments.out
    if out is None:
        say(text)
        return 0
    try:
        out.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"pricewar schema: cannot write {out}: {error.strerror}.") from error
    complain(f"Wrote {out}.")
    return 0
