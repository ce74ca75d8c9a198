"""The YAML reader's complaints, in words for people who do not write YAML every day."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sim.lookalikes import look_of, named

if TYPE_CHECKING:
    from ruamel.yaml.error import MarkedYAMLError, StreamMark

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

_PATH_CHARACTERS = r"[^\s,{}\[\]'\"#:]"
_QUOTED_OR_COMMENT = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|(?:^|(?<=\s))#.*")
_DASH_WITHOUT_BLANK = re.compile(r"\s*-(?P<words>[^\s\d-][^:]*:\s.*)")
_BEGINS_WITH_A_BRACKET = re.compile(
    r"(?:\s*-\s+)*(?:[^\s:]+:\s+)?(?P<text>(?P<brackets>\[[^\[\]]*\]|\{[^{}]*\})[^\s,:#\]}].*?)\s*(?:\s#.*)?"
)
_KEY = re.compile(r"^[\s-]*[^\s:]+:\s")


class Complaint(NamedTuple):
    """Where a syntax error is, counted from one; what is wrong, and what to do."""

    line: int
    column: int
    allowed: str
    hint: str


def explain(error: MarkedYAMLError, text: str) -> Complaint:
    """Say where a syntax error is and what it is.

    Parameters
    ----------
    error
        The reader's.
    text
        What it read.
    """
    mark = error.problem_mark or error.context_mark
    lines = text.split("\n")
    if mark is not None:
        special = (
            _odd_character(lines, error.context_mark, mark)
            or _unquoted_path(lines, error, mark)
            or _begins_with_a_bracket(lines, mark)
            or _missing_dash(lines, error, mark)
            or _dash_without_blank(lines, mark)
        )
        if special is not None:
            return special
    problem = str(error.problem or error.context or "this is not YAML")
    known = [row for row in _IN_PLAIN_WORDS if row[0] in problem]
    fragment, allowed, hint = known[0] if known else ("", f"this is not YAML: {problem}.", "")
    if fragment in _UNCLOSED:
        mark = error.context_mark or mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    return Complaint(line + 1, column + 1, allowed, hint)


def _unquoted_path(lines: list[str], error: MarkedYAMLError, mark: StreamMark) -> Complaint | None:
    """Explain a path such as ``products[glm-4].price`` within braces or brackets."""
    if "but got '['" not in str(error.problem):
        return None
    line = lines[mark.line]
    before = re.search(rf"{_PATH_CHARACTERS}+\Z", line[: mark.column])
    if before is None:
        return None
    after = re.match(rf"(?:\[[^\[\]]*\]|{_PATH_CHARACTERS})+", line[mark.column :])
    path = before[0] + (after[0] if after else "")
    return Complaint(
        mark.line + 1,
        before.start() + 1,
        "within { } or [ ], text that holds brackets needs quotes.",
        f"Quote the path: '{path}'.",
    )


def _begins_with_a_bracket(lines: list[str], mark: StreamMark) -> Complaint | None:
    """Explain a text such as ``[old].yaml``, of which only the brackets are read."""
    line = _BEGINS_WITH_A_BRACKET.fullmatch(lines[mark.line]) if mark.line < len(lines) else None
    if line is None or mark.column != line.end("brackets"):
        return None
    return Complaint(
        mark.line + 1,
        line.start("text") + 1,
        "text that begins with a bracket needs quotes.",
        f"Quote it: '{line['text']}'.",
    )


def _missing_dash(lines: list[str], error: MarkedYAMLError, mark: StreamMark) -> Complaint | None:
    """Explain a line among the items of a list that does not begin one."""
    begin = error.context_mark
    if "expected <block end>" not in str(error.problem) or begin is None:
        return None
    if "block collection" in str(error.context) and mark.column == begin.column:
        words = lines[mark.line].strip()[:40]
        return Complaint(
            mark.line + 1,
            mark.column + 1,
            "an item of the list above must begin with a dash.",
            f"Write '- {words}', or indent it as a part of the item above.",
        )
    if "block mapping" in str(error.context) and lines[mark.line].lstrip().startswith("- "):
        return Complaint(
            mark.line + 1,
            mark.column + 1,
            "a dash begins an item of a list, and no list stands here.",
            "Remove the dash, or put the list under a key of its own.",
        )
    return None


def _dash_without_blank(lines: list[str], mark: StreamMark) -> Complaint | None:
    for number in range(min(mark.line, len(lines) - 1), max(0, mark.line - 1) - 1, -1):
        match = _DASH_WITHOUT_BLANK.match(lines[number])
        if match:
            words = match["words"].strip()[:40]
            return Complaint(
                number + 1,
                match.start("words"),
                "a dash that begins an item of a list needs a blank after it.",
                f"Put a blank after the dash: '- {words}'.",
            )
    return None


def _odd_character(lines: list[str], begin: StreamMark | None, end: StreamMark) -> Complaint | None:
    """Find a character that looks like one of YAML's signs and is none."""
    first = max(0, end.line - 1) if begin is None else min(begin.line, end.line)
    for number in range(min(end.line, len(lines) - 1), first - 1, -1):
        line = _QUOTED_OR_COMMENT.sub(lambda match: "x" * len(match[0]), lines[number])
        for column, character in enumerate(line):
            look = look_of(character)
            if look is not None and _would_matter(line, column, look):
                return Complaint(
                    number + 1,
                    column + 1,
                    f"{named(character)} is not {look or 'allowed here'!r}.",
                    _AFTERWARDS.get(look, f"Write {look!r} instead." if look else "Remove it."),
                )
    return None


_AFTERWARDS = {
    ":": "Write ':' and a blank instead.",
    " ": "Write an ordinary blank instead.",
}


def _would_matter(line: str, column: int, look: str) -> bool:
    """Return whether the character that it looks like would mean something to YAML there."""
    before = line[:column]
    if look == ":":
        return not _KEY.match(before) or "{" in before
    if look in ",[]{}":
        return look in "[{" or any(bracket in before for bracket in "[{")
    if look in "\"'" or look == " ":
        return before.rstrip()[-1:] in ("", ":", "-", ",", "[", "{")
    return not look
