"""Tables lose no word: they are wrapped between words, and within them where there is no room."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.text import Text

from analysis.printable import PrintableTable, fitted_widths

WORDS = st.lists(st.text("abcxyz0189.±", min_size=1, max_size=14), min_size=1, max_size=5)
ROWS = st.lists(st.tuples(WORDS, WORDS, WORDS, WORDS), min_size=1, max_size=3)


def printed(rows, width: int, caption: str = "") -> str:
    """Lay out cells of words, as the tables of the commands are laid out."""
    table = PrintableTable(
        caption=Text(caption), box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True
    )
    for number in range(len(rows[0])):
        table.add_column(f"head{number}", justify="right")
    for row in rows:
        table.add_row(*(Text(" ".join(cell)) for cell in row))
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(table)
    return out.getvalue()


@settings(max_examples=30)
@given(ROWS)
def test_at_80_columns_every_word_of_four_columns_is_whole(rows):
    """Four columns of words of up to 14 characters always have room."""
    text = printed(rows, 80)
    found = text.split()
    assert max(map(len, text.splitlines())) <= 80
    assert all(word in found for row in rows for cell in row for word in cell)


@settings(max_examples=30)
@given(ROWS, st.integers(24, 60))
def test_nothing_is_cut_however_narrow_it_is(rows, width):
    text = printed(rows, width)
    assert "…" not in text
    letters = sorted("".join(word for row in rows for cell in row for word in cell))
    heads = sorted("".join(f"head{number}" for number in range(4)))
    shown = [letter for letter in text if not letter.isspace() and letter not in "─━"]
    assert sorted(shown) == sorted(letters + heads)


def test_the_words_below_a_table_are_whole_where_the_table_was_too_wide():
    rows = [[["long-strategy"], ["1,076.123", "±", "2,844.123"], ["93.1"], ["75%"]] * 2]
    caption = "Monte-Carlo error over replications, at one set of parameters: what chance does"
    text = printed(rows, 80, caption)
    assert " ".join(text.split()).endswith(caption)


@pytest.mark.parametrize("room", range(4, 60))
def test_widths_fit_and_grow_with_the_room(room):
    least, most = [3, 8, 5], [9, 30, 5]
    widths = fitted_widths(least, most, room)
    assert sum(widths) <= room
    assert all(one <= high for one, high in zip(widths, most, strict=True))
    if sum(least) <= room:
        assert all(one >= low for one, low in zip(widths, least, strict=True))
    wider = fitted_widths(least, most, room + 1)
    assert all(a <= b for a, b in zip(widths, wider, strict=True)) or sum(least) == room + 1
