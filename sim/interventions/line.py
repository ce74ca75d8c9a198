"""An intervention in a line of text: ``price ByteDance -50% on 2024-06-01``.

A line is read into the record that a file's keys give, value by value; what is wrong with a value
is said when the record is checked, wherever it comes from.  `line_of` writes a record as such a
line.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Final, NamedTuple, get_args

from sim.interventions.intervention import Intervention
from sim.nearest import nearest, one_of
from sim.reading.nodes import Mapping, Node, Path, Scalar, Value
from sim.reading.problems import Problems
from sim.reading.scalars import BadScalarError, resolve

LONGEST = 300
"""Most characters of a line."""


class BadWordError(ValueError):
    """A word that cannot stand in its slot; the message says what may."""


class Slot(NamedTuple):
    """A type of slots.

    Attributes
    ----------
    pattern
        What it takes; ``%s`` is the part that holds the value.
    shown
        What stands for it in a form that is shown.
    read, write
        From the text of the value to the value, and back.
    """

    pattern: str
    shown: str
    read: Callable[[str], Value]
    write: Callable[[Value], str]


def _plain(text: str) -> Value:
    try:
        return resolve(text)
    except BadScalarError as error:
        raise BadWordError(f"{error}") from error


def _number(value: Value) -> str:
    """Write a number in full, without an exponent or a point that says nothing."""
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _share(text: str) -> Value:
    digits = text.replace("\u2212", "-").strip()
    try:
        share = float(Decimal(digits) / 100)
    except InvalidOperation as error:
        raise BadWordError("must be a change in percent, such as -50% or +20%") from error
    if digits[0] not in "+-" and share != 0.0:
        raise BadWordError(
            f"must say which way, as -{digits}% or +{digits}%; a level is said with 'to'"
        )
    return share + 0.0


def _percent(value: Value) -> str:
    number = _number(float(Decimal(repr(value)) * 100) if isinstance(value, float | int) else value)
    return f"{'' if number.startswith('-') else '+'}{number}%"


def _signed(value: Value) -> str:
    number = _number(value)
    return number if number.startswith("-") else f"+{number}"


def _minus(text: str) -> Value:
    return _plain(text.replace("\u2212", "-"))


SLOTS: Final[dict[str, Slot]] = {
    "name": Slot("%s", "NAME", str, str),
    "date": Slot(
        r"%s",
        "DATE",
        _plain,
        lambda value: f"{value:%Y-%m-%d}" if isinstance(value, dt.date) else str(value),
    ),
    "percent": Slot(r"%s\s*%%", "-50%", _share, _percent),
    "factor": Slot(r"[x\u00d7*]\s*%s", "x1.5", _plain, lambda value: f"x{_number(value)}"),
    "usd": Slot(r"%s(?:\s*(?:usd|\$)(?:\s*(?:/|per)\s*mtok)?)?", "0.5", _plain, _number),
    "logit": Slot(r"%s(?:\s+logits?)?", "+0.3", _minus, _signed),
}
"""Types of slots by name."""
_SINGLE: Final = dict.fromkeys(SLOTS, r"\S+?") | {"name": r".+?"}
_SLOT: Final = re.compile(r"\{(?P<field>\w+):(?P<type>\w+)\}")
_PART: Final = re.compile(r"\[[^\]]*\]|\{[^}]*\}|[^\s\[{]+")
_SAME: Final = {"on": "(?:on|from|as of)", "from": "(?:on|from|as of)", "until": "(?:until|till)"}
"""Words that mean the same before a date."""


class Form(NamedTuple):
    """One way to say a kind of intervention.

    Attributes
    ----------
    text
        As the kind states it.
    pattern
        What fits it.
    types
        Type of each slot, by its field.
    required
        Fields that it always gives.
    """

    text: str
    pattern: re.Pattern[str]
    types: dict[str, str]
    required: frozenset[str]

    @property
    def shown(self) -> str:
        """The form for people: ``price NAME -50% on DATE [until DATE]``."""
        return _SLOT.sub(lambda slot: _shown(slot["field"], slot["type"]), self.text)

    @property
    def verb(self) -> str:
        """Its first word."""
        return self.text.partition(" ")[0]


@cache
def forms_of(kind: type[Intervention]) -> tuple[Form, ...]:
    """Return the forms of a kind, ready to read lines."""
    return tuple(_form(text) for text in kind.forms)


def read_line(
    line: Scalar, kinds: Iterable[type[Intervention]], path: Path, problems: Problems
) -> Mapping | None:
    """Return the record that a line of text stands for; None, with the problem noted, if none.

    Parameters
    ----------
    line
        The text.
    kinds
        The kinds that there are.
    path
        Where it stands.
    problems
        Takes what is wrong with it.
    """
    text = " ".join(str(line.value).split())[:LONGEST]
    verb = text.partition(" ")[0].casefold()
    every = [(kind, form) for kind in kinds for form in forms_of(kind)]
    meant = [(kind, form) for kind, form in every if form.verb == verb]
    for kind, form in meant:
        found = form.pattern.fullmatch(text)
        if found is not None:
            return _mapping(kind, form, found, line, path, problems)
    if meant:
        allowed = "must be like " + " or ".join(f"'{form.shown}'" for _, form in meant) + "."
        problems.add(
            line.place, path, allowed, value=repr(text), hint=f"Such as: {meant[0][0].example}"
        )
        return None
    verbs = list(dict.fromkeys(form.verb for _, form in every))
    near = nearest(verb, verbs) if verb else None
    example = next((kind.example for kind, form in every if form.verb == near), every[0][0].example)
    problems.add(
        line.place,
        path,
        f"must be an intervention: a line that begins with {one_of(verbs)}.",
        value=repr(text),
        hint=(f"Did you mean {near!r}? " if near else "") + f"Such as: {example}",
    )
    return None


def line_of(intervention: Intervention) -> str:
    """Write an intervention as the line of text that says it.

    Examples
    --------
    >>> import datetime as dt
    >>> from sim.interventions.kinds.price import Price
    >>> cut = Price(kind="price", of="ByteDance", share=-0.5, date=dt.date(2024, 6, 1))
    >>> line_of(cut)
    'price ByteDance -50% on 2024-06-01'
    """
    given = {
        field: value
        for field in type(intervention).model_fields
        if field not in {"kind", *intervention.filled_in}
        and (value := getattr(intervention, field)) is not None
    }
    for form in forms_of(type(intervention)):
        if form.required <= given.keys() <= form.types.keys():
            return _written(form, given)
    raise ValueError(f"no form says {intervention!r}")


def _form(text: str) -> Form:
    slots = {slot["field"]: slot["type"] for slot in _SLOT.finditer(text)}
    optional = " ".join(re.findall(r"\[[^\]]*\]", text))
    left_out = {slot["field"] for slot in _SLOT.finditer(optional)}
    pattern = ""
    for number, part in enumerate(_PART.findall(text)):
        if part.startswith("["):
            pattern += rf"(?:\s+{_pattern_of(part[1:-1])})?"
        else:
            pattern += (r"\s+" if number else "") + _pattern_of(part)
    return Form(text, re.compile(pattern, re.IGNORECASE), slots, frozenset(slots.keys() - left_out))


def _pattern_of(text: str) -> str:
    parts = []
    for part in _PART.findall(text):
        slot = _SLOT.fullmatch(part)
        if slot is None:
            parts.append(_SAME.get(part, re.escape(part)))
        else:
            held = f"(?P<{slot['field']}>{_SINGLE[slot['type']]})"
            parts.append(SLOTS[slot["type"]].pattern % held)
    return r"\s+".join(parts)


def _shown(field: str, kind: str) -> str:
    named = SLOTS[kind].shown
    return field.upper() if named == "NAME" and field != "of" else named


def _mapping(
    kind: type[Intervention],
    form: Form,
    found: re.Match[str],
    line: Scalar,
    path: Path,
    problems: Problems,
) -> Mapping:
    (name,) = get_args(kind.model_fields["kind"].annotation)
    entries: dict[str, Node] = {"kind": Scalar(name, name, line.place)}
    for field, text in found.groupdict().items():
        if text is None:
            continue
        value: Value = text
        try:
            value = SLOTS[form.types[field]].read(text)
        except BadWordError as error:
            problems.add(line.place, (*path, field), f"{error}.", value=repr(text))
        shown = f"{text}%" if form.types[field] == "percent" else text
        entries[field] = Scalar(value, shown, line.place)
    return Mapping(entries, dict.fromkeys(entries, line.place), line.place)


def _written(form: Form, given: dict[str, Value]) -> str:
    def fill(text: str) -> str:
        return _SLOT.sub(lambda slot: SLOTS[slot["type"]].write(given[slot["field"]]), text)

    words = []
    for part in _PART.findall(form.text):
        if not part.startswith("["):
            words.append(fill(part))
        elif all(slot["field"] in given for slot in _SLOT.finditer(part)):
            words.append(fill(part[1:-1]))
    return " ".join(words)
