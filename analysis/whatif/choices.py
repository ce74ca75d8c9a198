"""Options of a decision from lines of text, of which braces write several at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from sim.errors import UsageError

HOLD: Final = "hold"
"""Name of the option of doing nothing."""
MOST: Final = 50
"""Most options of a decision."""
_BRACES: Final = re.compile(r"\{([^{}]*)\}")
_STEPS: Final = re.compile(r"(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?")


def options_of(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the options that lines say, doing nothing first.

    Parameters
    ----------
    texts
        Each one option or, with braces, several: ``price A -{10,20}% on 2024-06-01``. Several
        interventions that make one option together stand in one text, apart by semicolons.

    Returns
    -------
    dict
        Interventions of each option, by the text that says them; `HOLD` has none.

    Raises
    ------
    UsageError
        Braces that do not match, an empty option, one that is given twice, or too many.

    Examples
    --------
    >>> list(options_of(["price A -{10,20}% on 2024-06-01"]))
    ['hold', 'price A -10% on 2024-06-01', 'price A -20% on 2024-06-01']
    """
    found: dict[str, tuple[str, ...]] = {HOLD: ()}
    for text in texts:
        for option in expanded(text):
            lines = tuple(" ".join(line.split()) for line in option.split(";"))
            name = "; ".join(lines)
            if not all(lines):
                raise UsageError(f"--do {text!r}: says an intervention without words.")
            if name in found:
                raise UsageError(f"--do {text!r}: the option {name!r} is given twice.")
            found[name] = lines
    if len(found) > MOST:
        raise UsageError(f"--do: {len(found)} options; a decision has at most {MOST}.")
    return found


def expanded(text: str) -> list[str]:
    """Write out all that a text with braces says, the last braces varying fastest.

    Within braces are parts, apart by commas, or whole numbers with a step: ``{10..50..20}``.

    Raises
    ------
    UsageError
        Braces that do not match or hold one part alone.

    Examples
    --------
    >>> expanded("rents x{1.5,2} from 2024-0{6,9}-01")[:2]
    ['rents x1.5 from 2024-06-01', 'rents x1.5 from 2024-09-01']
    >>> expanded("{10..50..20}")
    ['10', '30', '50']
    """
    braces = _BRACES.search(text)
    if braces is None:
        if "{" in text or "}" in text:
            raise UsageError(
                f"--do {text!r}: its braces do not match.\n"
                "  Write parts apart by commas, as in -{10,20}%."
            )
        return [text]
    parts = _parts(braces[1], text)
    before, after = text[: braces.start()], text[braces.end() :]
    return [f"{before}{part}{rest}" for part in parts for rest in expanded(after)]


def _parts(inside: str, text: str) -> list[str]:
    steps = _STEPS.fullmatch(inside.strip())
    if steps is not None:
        first, last = int(steps[1]), int(steps[2])
        step = abs(int(steps[3] or 1)) or 1
        way = 1 if last >= first else -1
        return [str(number) for number in range(first, last + way, way * step)]
    parts = [part.strip() for part in inside.split(",")]
    if len(parts) < 2:
        raise UsageError(
            f"--do {text!r}: braces hold parts apart by commas, as in -{{10,20}}%, or numbers with "
            "a step, as in -{10..50..10}%."
        )
    return parts
