"""Text of users in figures: dollars, any script, long names, and whatever settings they have."""

from __future__ import annotations

import warnings
from pathlib import Path

import matplotlib as mpl
import pytest

from analysis.figures import glyphs
from analysis.figures.glyphs import GlyphWarning
from analysis.figures.style import blank, house_style, save, sheet, shortened, styled


@styled
def written(text: str) -> mpl.figure.Figure:
    figure = sheet(1.0)
    figure.subplots().set_title(text)
    return figure


@pytest.mark.parametrize("text", ["Cut from $0.70 by 80% to $0.14.", "$x_{$", "a_b^c \\alpha", "$"])
def test_dollars_are_dollars(tmp_path: Path, text: str):
    figure = written(text)
    save(figure, tmp_path, "figure")
    assert not figure.axes[0].title.get_parse_math()
    assert not mpl.rcParams["text.usetex"]


SETTINGS = {"text.usetex": True, "lines.marker": "o", "axes.titlepad": 40.0, "font.size": 30.0}


def test_the_users_settings_change_no_figure_and_are_kept(tmp_path: Path):
    first = [path.read_bytes() for path in save(written("a"), tmp_path, "first")]
    with mpl.rc_context(SETTINGS):
        second = [path.read_bytes() for path in save(written("a"), tmp_path, "second")]
        assert {key: mpl.rcParams[key] for key in SETTINGS} == SETTINGS
        with house_style():
            assert mpl.rcParams["lines.marker"] == mpl.rcParamsDefault["lines.marker"]
    assert first == second


def test_characters_that_no_font_has_are_warned_of_once_and_left_to_the_reader_as_text(
    tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(glyphs, "_families_with", lambda _: ())  # whatever is installed here
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _, svg = save(written("智谱 and 智谱"), tmp_path, "figure")
    assert [warning.category for warning in caught] == [GlyphWarning]
    assert "no installed font has 智谱: PNG figures show boxes" in str(caught[0].message)
    assert "智谱 and 智谱" in svg.read_text(encoding="utf-8")


def test_the_font_of_boxes_is_no_font():
    assert not any(name.startswith("Last Resort") for name in glyphs._files())


def test_characters_that_the_font_has_are_outlines_and_warn_of_nothing(tmp_path: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, svg = save(written("Привет, naïve €"), tmp_path, "figure")
        save(blank("Nothing: $1"), tmp_path, "blank")
    assert "<text" not in svg.read_text(encoding="utf-8")


@pytest.mark.parametrize("longest", [8, 9, 24, 30])
def test_a_long_name_is_shortened_in_its_middle(longest: int):
    names = [f"accounts/some-host/models/llama-405b-instruct-{number}" for number in range(9)]
    short = [shortened(name, longest) for name in names]
    assert {len(one) for one in short} == {longest}
    assert len(set(short)) == len(names)
    assert shortened("glm-4", longest) == "glm-4"
