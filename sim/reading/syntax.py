"""The YAML reader's complaints, in words for people who do not write YAML every day."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ruamel.yaml.error import MarkedYAMLError

_UNCLOSED = ("unexpected end of stream", "expected ',' or ']'", "expected ',' or '}'")
"""Complaints that belong where the quote or bracket opens, not where the reader gave up."""

_IN_PLAIN_WORDS = (
    ("character '\\t'", "a tab cannot indent.", "Indent with blanks."),
    ("unexpected end of stream", "a quote that opens here is never closed.", ""),
    (
        "mapping values are not allowed",
        "a colon cannot stand here.",
        "Put text that holds ': ' in quotes, or correct the indentation here or one line above.",
    ),
    ("sequence entries are not allowed", "a list cannot begin here.", "Begin it on a new line."),
    ("could not find expected ':'", "a key needs a colon and a blank after it.", ""),
    (
        "expected <block end>",
        "the indentation does not fit the lines above.",
        "Items of one list, and keys of one mapping, begin in the same column.",
    ),
    ("expected ',' or ']'", "a list that opens with [ needs commas and a closing ].", ""),
    ("expected ',' or '}'", "a mapping that opens with { needs commas and a closing }.", ""),
    ("cannot start any token", "a value cannot begin with this character.", "Put it in quotes."),
    (
        "unknown escape character",
        "unknown escape after \\ in double quotes.",
        "In single quotes a \\ is only a \\.",
    ),
    ("expected the node content", "a value is missing here.", ""),
)


def explain(error: MarkedYAMLError) -> tuple[int, int, str, str]:
    """Say where a syntax error is and what it is.

    Returns
    -------
    line, column
        Counted from one.
    allowed, hint
        What is wrong, and what to do.
    """
    mark = error.problem_mark or error.context_mark
    problem = str(error.problem or error.context or "this is not YAML")
    known = [row for row in _IN_PLAIN_WORDS if row[0] in problem]
    fragment, allowed, hint = known[0] if known else ("", f"this is not YAML: {problem}.", "")
    if fragment in _UNCLOSED:
        mark = error.context_mark or mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    return line + 1, column + 1, allowed, hint
