"""The valid name that was meant by another one, for error messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sim.lookalikes import oddity, skeleton

_SHOWN = 12
"""Most names in a list of all that are known."""
_COMPARED = 200
"""Most characters of a name that are compared: a misspelt name may be a whole text."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`, or None if none is like it; case is ignored.

    A name that begins with `name`, blanks and punctuation left out, comes before one that differs
    in some letters, and that before one of which `name` is any other part: ``h100`` finds
    ``H100 SXM5 80GB`` and not ``H200``, ``awq`` finds ``4-bit AWQ``. Of several the shortest is
    returned, and of equally long ones the last, the newest where names end with a version.
    """
    from difflib import get_close_matches  # only needed once something went wrong

    wanted = name.casefold()[:_COMPARED]
    by_folded = {candidate.casefold(): candidate for candidate in known}
    begun = _shortest(
        folded for folded in by_folded if _letters(folded).startswith(_letters(wanted))
    )
    if begun and len(_letters(wanted)) > 1:
        return by_folded[begun]
    close = get_close_matches(wanted, by_folded, n=1, cutoff=0.6)
    if close:
        return by_folded[close[0]]
    part = _shortest(folded for folded in by_folded if wanted in folded)
    return by_folded[part] if part and len(wanted) > 1 else None


def offer(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """Say which known name was meant by one that is not known.

    Parameters
    ----------
    name
        The one that is not known.
    known
        Those that are.
    otherwise
        What to say where none is near; None: which are known.
    """
    names = list(known)
    looks = skeleton(name)
    twin = next((one for one in names if skeleton(one) == looks and one != name), None)
    if twin is not None:
        held = oddity(name) or oddity(twin) or "The blanks differ."
        return f"It looks like {twin!r}, and is not: {held}"
    close = nearest(name, names)
    if close is not None:
        return f"Did you mean {close!r}?  {oddity(name)}".rstrip()
    rest = f"Known: {one_of(names)}." if otherwise is None else otherwise
    return f"{rest}  {oddity(name)}".strip()


def _letters(folded: str) -> str:
    return "".join(filter(str.isalnum, folded))


def _shortest(names: Iterable[str]) -> str | None:
    return min(sorted(names, reverse=True), key=len, default=None)


def one_of(names: Sequence[str]) -> str:
    """List names for a sentence, the first dozen if there are more."""
    if not names:
        return "none"
    rest = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {rest} more" if rest > 0 else shown


def with_article(noun: str) -> str:
    """Put the indefinite article before a noun.

    Examples
    --------
    >>> with_article("accelerator"), with_article("provider")
    ('an accelerator', 'a provider')
    """
    return f"{'an' if noun[:1].casefold() in 'aeiou' else 'a'} {noun}"
