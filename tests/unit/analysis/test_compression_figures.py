"""The figures of compression: what they show, from tables made up here and from the shipped one."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import made_measurements
import matplotlib as mpl
import numpy as np
import pytest
from made_measurements import made_row, made_rows
from matplotlib.figure import Figure

from analysis.compression.fitting.fit import FittedCurves, fit_curves
from analysis.compression.fitting.link import link_pairs
from analysis.compression.fitting.stacking import measured_stacks
from analysis.compression.measured_rows import MeasuredRow, read_rows, write_rows
from analysis.figures.compression import (
    draw_compression,
    frontier,
    link,
    published,
    quality,
    speed,
    stacking,
)
from analysis.figures.compression.looks import method_look, recipe_words, size_words
from analysis.figures.style import save
from sim.compression.frontier import choose
from sim.compression.groups import GROUPS, METHODS, curve_position
from sim.data.published_compression import published_rows
from sim.errors import DataError

PARAMETERS, IN_MATRICES = 135e6, 100e6
ROOFLINE = (0.3, 0.7)
"""Time of a token: fixed, and that of all bytes; both relative to the original."""


def texts(figure: Figure) -> str:
    figure.draw_without_rendering()
    return " ".join(text.get_text() for text in figure.findobj(mpl.text.Text))


def timed_row(method: str, strength: float, keep_bytes: float, **changes: object) -> MeasuredRow:
    """A row with a speed that the roofline gives."""
    compressed, whole = IN_MATRICES * 2 * keep_bytes, (PARAMETERS - IN_MATRICES) * 2
    share = (compressed + whole) / (2 * PARAMETERS)
    row = MeasuredRow(
        **dict.fromkeys((field.name for field in dataclasses.fields(MeasuredRow)), None)
        | {
            "run_id": f"{method} {strength:g}", "model": "smollm2-135m", "parameters": PARAMETERS,
            "task": "language", "draw": 0, "family": METHODS[method].family, "methods": (method,),
            "strengths": (strength,), "recovery_tokens": 0.0, "keep_bytes_share": keep_bytes,
            "keep_flops_share": 1.0, "bytes_disk": compressed + whole,
            "quality_metric": "perplexity", "quality_base": 30.0, "quality_compressed": 31.0,
            "delta_nll_nats": 0.03, "delta_nll_se_nats": 0.005,
            "prefill_tok_per_s": 130.0, "prefill_base_tok_per_s": 130.0,
            "decode_tok_per_s": 42.0 / (ROOFLINE[0] + ROOFLINE[1] * share),
            "decode_base_tok_per_s": 42.0, "speed_kind": "roofline", "speed_engine": "engine",
            "speed_spread": 0.05, "further": "",
        }
    )  # fmt: skip
    return dataclasses.replace(row, **changes)


def timed_rows() -> list[MeasuredRow]:
    return [
        timed_row("uniform_per_group", 4.0, 0.27),
        timed_row("uniform_per_group", 8.0, 0.52),
        timed_row("gguf_q4_0", 4.0, 0.28, speed_kind="measured"),
        timed_row(
            "layers", 0.2, 0.8, keep_flops_share=0.8, speed_kind="measured", prefill_tok_per_s=150.0
        ),
    ]


@pytest.fixture(scope="module")
def fitted() -> FittedCurves:
    return fit_curves(made_rows(), published_rows())


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table with speeds, of too few methods for curves to be fitted."""
    path = tmp_path / "own_measured.csv"
    write_rows(path, timed_rows())
    return path


def test_a_small_table_gives_the_figures_that_it_has_rows_for(table, tmp_path):
    before = dict(mpl.rcParams)
    files = draw_compression(table, tmp_path / "figures")
    assert [file.name for file in files] == [
        f"compression-{name}.{kind}"
        for name in ("quality", "speed", "link")
        for kind in ("png", "svg")
    ]
    assert all(file.stat().st_size > 10_000 for file in files)
    assert dict(mpl.rcParams) == before, "drawing leaves matplotlib's settings alone"


def test_a_damaged_table_is_refused_with_its_line(table, tmp_path):
    table.write_text(table.read_text().replace("layers", "layerz"))
    with pytest.raises(DataError, match=r"own_measured.csv:5.*layerz"):
        draw_compression(table, tmp_path)


def test_figures_are_drawn_without_torch():
    code = "import sys, analysis.figures.compression; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_same_rows_give_the_same_files(tmp_path):
    drawn = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        png, svg = save(link.draw(link_pairs()), folder, "link")
        drawn.append((png.read_bytes(), svg.read_bytes()))
    assert drawn[0] == drawn[1]


def test_quality_has_a_panel_a_model_and_task_and_a_unit():
    rows = made_rows()
    images = dataclasses.replace(rows[0], model="digits-convnet", task="images")
    written = texts(quality.draw([*rows, images]))
    for text in ("made-up-large: next token", "convolutional network: images", "nats per token"):
        assert text in written
    assert "share of 16 bits" in written
    assert "none seen" in written


def test_no_configuration_beats_one_on_the_frontier():
    rows = [row for row in made_rows() if row.model == "made-up-large"]
    edge = quality.frontier_of(rows)
    start, *clear = edge
    assert quality.is_noise(start)
    assert len(clear) > 3
    for one in clear:
        assert not any(
            other.keep_bytes_share <= one.keep_bytes_share
            and other.delta_nll_nats < one.delta_nll_nats
            for other in rows
        )


def test_a_loss_within_two_standard_errors_is_noise():
    model = next(iter(made_measurements.MODELS))
    noisy, clear = (made_row(model, [("nf4", 4.0)], nats, 0.01) for nats in (0.019, 0.021))
    assert quality.is_noise(noisy)
    assert not quality.is_noise(clear)


def test_derived_speeds_lie_on_the_line_that_is_written():
    assert "time = 0.30 + 0.70 x share of bytes" in texts(speed.draw(timed_rows()))


def test_speed_is_against_all_bytes_and_all_multiply_adds_of_the_model():
    points = {point.row.method: point for point in speed.decode_points(timed_rows())}
    share = 1.0 - 0.8 * IN_MATRICES / PARAMETERS * 0.25
    assert points["layers"].share == pytest.approx(share)
    read = {point.row.method: point for point in speed.reading_points(timed_rows())}
    assert read["layers"].share == pytest.approx(share)
    assert read["layers"].speed == pytest.approx(150 / 130)
    assert read["uniform_per_group"].share == 1.0


def test_a_table_without_measured_speeds_has_no_figure_of_them():
    rows = timed_rows()
    assert speed.has_speeds(rows)
    assert not speed.has_speeds(rows[:2])
    assert not speed.has_speeds([dataclasses.replace(row, decode_tok_per_s=None) for row in rows])


def test_stacks_are_drawn_with_the_rule_its_interval_and_the_scatter(fitted):
    written = texts(stacking.draw(fitted, measured_stacks(made_rows())))
    gamma = fitted.curves.stacking
    assert f"stack = {gamma.best:.2f} x sum of its parts" in written
    assert f"{gamma.low:.2f} to {gamma.high:.2f}" in written
    assert f"factor {np.exp(fitted.curves.stacking_residual_sd):.2f}" in written
    assert "factors are rounded" not in written
    assert "Wanda 0.5 + GPTQ 3" in written


def test_published_and_ours_stand_in_one_panel_a_group(fitted):
    figure = published.draw(fitted)
    written = texts(figure)
    for panel in published.PANELS.values():
        assert panel.title in written
        assert panel.label in written
    assert "135M" in written
    assert "70B" in written


@pytest.mark.parametrize("group", GROUPS)
def test_what_people_read_as_strength_is_the_strength_of_the_curve(group: str):
    panel = published.PANELS[group]
    for share in (0.1, 0.25, 0.6, 0.9):
        read = published.strength_read(group, curve_position(group, share, share))
        assert read == pytest.approx(panel.start + panel.scale * share, abs=0.1)


def test_a_band_holds_its_curve_and_is_lower_for_a_larger_model_where_size_matters(fitted):
    shipped = next(group for group in fitted.curves.groups if group.name == "quantization")
    group = shipped.model_copy(update={"size_slope": moved(shipped.size_slope, 0.2)})
    x = np.linspace(-6.0, -3.0, 5)
    draws = [group.model_copy(update={"level": moved(group.level, step)}) for step in (-0.5, 0.5)]
    small, large = (published.band(group, draws, x, billion) for billion in (0.135, 70.0))
    assert all(
        np.all(low < middle) and np.all(middle < high) for middle, low, high in (small, large)
    )
    assert np.all(large[0] < small[0])


def moved(estimate, step: float):
    return estimate.model_copy(update={"best": estimate.best + step})


def test_the_link_shows_all_pairs_and_its_slope():
    pairs = link_pairs()
    written = texts(link.draw(pairs))
    assert f"{len(pairs)} pairs" in written
    assert "capability lost, logit" in written


def test_every_weight_of_accuracy_has_its_recipe(fitted):
    outcomes = [
        frontier.outcome_of(recipe) for recipe in frontier.Recipes(fitted.curves).every(8.0)
    ]
    found = frontier.picks(outcomes)
    assert found[0].lowest == 0.0
    assert found[-1].highest == 1.0
    assert len(found) > 2
    for pick in found:
        assert choose(outcomes, pick.lowest).name == pick.outcome.name
        assert choose(outcomes, pick.highest).name == pick.outcome.name
    sizes = [pick.outcome.size_share for pick in found]
    assert sizes == sorted(sizes)


def test_the_frontier_names_what_is_chosen(fitted, monkeypatch):
    monkeypatch.setattr(frontier, "_DRAWS", 5)
    written = texts(frontier.draw(fitted.curves))
    assert "8B parameters" in written
    assert "gptq per group" in written
    assert "bytes kept" in written


def test_names_are_written_for_people():
    assert recipe_words("layers:0.2+gptq_per_group:4") == "layers 0.2 + gptq per group 4"
    assert size_words(0.0034) == "3.4M"
    assert all(method_look(method)[1] for method in METHODS)


def test_rounded_factors_have_a_line_of_their_own(fitted):
    """No stack of made-up rows rounds factors, so one is turned into such a stack."""
    first, *others = fitted.stacks
    methods = ("svd_whitened", "gptq_per_group")
    turned = dataclasses.replace(first, row=dataclasses.replace(first.row, methods=methods))
    stacks = (turned, *others)
    written = texts(stacking.draw(dataclasses.replace(fitted, stacks=stacks), stacks))
    assert f"where factors are rounded: {fitted.curves.stacking_factors.best:.2f}" in written
    assert "stacks: 1)" in written
    assert "factored" in written


def test_a_curve_stays_flat_below_the_mildest_strength_that_supports_it(fitted):
    group = fitted.curves.groups[0].model_copy(update={"mildest_x": -5.0})
    middle, _, _ = published.band(group, [group], np.array([-7.0, -5.0, -4.0]), 70.0)
    assert middle[0] == middle[1] < middle[2]


@pytest.mark.slow
def test_the_shipped_table_gives_every_figure(tmp_path):
    files = draw_compression(None, tmp_path)
    names = ("quality", "speed", "link", "stacking", "published", "frontier")
    assert {file.stem for file in files} == {f"compression-{name}" for name in names}
    assert len({row.model for row in read_rows()}) > 2
