"""Fonts for text in any script: what the house's font lacks is looked for among those installed."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager, get_font
from matplotlib.text import Text

_PREFERRED = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Hiragino Sans GB",
    "Microsoft YaHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei", "Noto Sans CJK JP",
)  # fmt: skip
"""Fonts without serifs that have Chinese characters, as systems ship them; the first is taken."""
_BOXES = "Last Resort"
"""A font that comes with matplotlib, and has a box for every character that there is."""
_SHOWN = 12


class GlyphWarning(UserWarning):
    """No installed font has characters of a figure: install one, and draw the figure again."""


class Chosen(NamedTuple):
    """What came of the search for fonts.

    Attributes
    ----------
    changed
        Whether any text has another font than before, so that the figure is to be laid out anew.
    lacking
        Characters that no installed font has.
    """

    changed: bool
    lacking: frozenset[str]


def choose_fonts(figure: Figure) -> Chosen:
    """Let each text of a figure fall back on installed fonts for what its own lacks, in place.

    Parameters
    ----------
    figure
        As drawn once, so that its tick labels are there.
    """
    changed, lacking = False, set[str]()
    for text in figure.findobj(Text):
        missing = {one for one in text.get_text() if _is_drawn(one)} - _held_by(text)
        if not missing:
            continue
        families = _families_with(frozenset(missing))
        if families:
            changed = True
            text.set_fontfamily([*text.get_fontfamily(), *families])
        lacking |= missing - {one for one in missing if any(_has(f, one) for f in families)}
    return Chosen(changed, frozenset(lacking))


def warn_of_missing(characters: Iterable[str]) -> None:
    """Issue one `GlyphWarning` for the characters that no font has."""
    shown = "".join(sorted(characters)[:_SHOWN])
    warnings.warn(
        f"no installed font has {shown}: PNG figures show boxes for them, SVG figures and the page "
        "whatever their reader has. Install a font that has them, such as Noto Sans CJK, and draw "
        "the report again.",
        GlyphWarning,
        stacklevel=2,
    )


def _is_drawn(character: str) -> bool:
    return ord(character) > 0x7F and character.isprintable()


def _held_by(text: Text) -> set[str]:
    """Return the characters of a text that the fonts it names have."""
    files = fontManager._find_fonts_by_props(text.get_fontproperties())
    held = set().union(*(_characters(str(file)) for file in files))
    return {one for one in text.get_text() if ord(one) in held}


@cache
def _characters(file: str) -> frozenset[int]:
    return frozenset(get_font(file).get_charmap())


@cache
def _files() -> dict[str, str]:
    """Return a regular font file of each installed family, those preferred first."""
    regular = {
        font.name: font.fname
        for font in fontManager.ttflist
        if font.style == "normal" and not font.name.startswith(_BOXES)
    }
    first = {name: regular[name] for name in _PREFERRED if name in regular}
    return first | {name: regular[name] for name in sorted(regular) if name not in first}


def _has(family: str, character: str) -> bool:
    return ord(character) in _characters(_files()[family])


@cache
def _families_with(characters: frozenset[str]) -> tuple[str, ...]:
    """Return as few installed families as have these characters, as far as any has."""
    missing, families = set(characters), list[str]()
    for family in _files():
        if not missing:
            break
        found = {one for one in missing if _has_safely(family, one)}
        if found:
            families.append(family)
            missing -= found
    return tuple(families)


def _has_safely(family: str, character: str) -> bool:
    try:
        return _has(family, character)
    except (OSError, RuntimeError):  # a font that is damaged, or gone since the list was made
        return False
