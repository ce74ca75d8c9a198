from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from analysis.compression.errors import CalibrationError  # noqa: E402
from analysis.compression.measures.memory import (  # noqa: E402
    PeakMemory,
    bytes_in_memory,
    bytes_on_disk,
)
from analysis.compression.measures.roofline import derived_speed, fit_roofline  # noqa: E402
from analysis.compression.measures.timing import Speed  # noqa: E402
from analysis.compression.methods.catalogue import method  # noqa: E402
from analysis.compression.subject import Subject  # noqa: E402

SIZES = {"f32": 540e6, "f16": 271e6, "q8_0": 145e6}


def _tokens_per_second(fixed_s: float, bytes_per_s: float) -> dict[str, float]:
    return {name: 1.0 / (fixed_s + size / bytes_per_s) for name, size in SIZES.items()}


def test_known_bandwidth_and_fixed_time_are_found_again() -> None:
    roofline = fit_roofline(SIZES, _tokens_per_second(0.006, 16e9), "engine")
    assert roofline.fixed_s == pytest.approx(0.006)
    assert roofline.bytes_per_s == pytest.approx(16e9)
    assert all(abs(residual) < 1e-9 for residual in roofline.residuals.values())


def test_residuals_say_how_far_a_format_is_off() -> None:
    measured = _tokens_per_second(0.006, 16e9)
    roofline = fit_roofline(SIZES, {**measured, "f16": measured["f16"] / 1.1}, "engine")
    assert roofline.residuals["f16"] > 0.02


def test_a_format_that_is_not_fitted_on_is_checked() -> None:
    measured = _tokens_per_second(0.006, 16e9)
    packed = {"q4_0": (100e6, 1.0 / (1.4 * (0.006 + 100e6 / 16e9)))}
    roofline = fit_roofline(SIZES, measured, "engine", packed)
    assert roofline.residuals["q4_0"] == pytest.approx(0.4)
    assert roofline.bytes_per_s == pytest.approx(16e9)


def test_larger_formats_that_run_no_slower_are_refused() -> None:
    with pytest.raises(CalibrationError, match="no bandwidth"):
        fit_roofline(SIZES, {"f32": 50.0, "f16": 40.0, "q8_0": 30.0}, "engine")
    with pytest.raises(CalibrationError, match="at least two sizes"):
        fit_roofline(SIZES, {"f32": 50.0}, "engine")


def test_derived_speed_follows_bytes_when_writing_and_multiply_adds_when_reading() -> None:
    roofline = fit_roofline(SIZES, _tokens_per_second(0.0, 16e9), "engine")
    base = Speed(100.0, 40.0, 100.0, 40.0, "measured", "engine", 0.01)
    speed = derived_speed(
        roofline, base, bytes_base=271e6, bytes_read=271e6 / 2, keep_multiply_adds=0.8
    )
    assert speed.kind == "roofline"
    assert speed.decode_tok_per_s == pytest.approx(80.0)
    assert speed.prefill_tok_per_s == pytest.approx(125.0)
    assert speed.decode_base_tok_per_s == 40.0


def test_a_model_that_writes_nothing_has_no_decode_speed() -> None:
    base = Speed(100.0, None, 100.0, None, "measured", "engine", 0.01)
    speed = derived_speed(None, base, bytes_base=1.0, bytes_read=1.0, keep_multiply_adds=0.5)
    assert speed.decode_tok_per_s is None
    assert speed.prefill_tok_per_s == pytest.approx(200.0)


def test_bytes_count_masks_on_disk_and_zeros_in_memory(tiny_base: Subject) -> None:
    whole = bytes_on_disk(tiny_base)
    assert whole == tiny_base.parameters * 2
    assert bytes_in_memory(tiny_base) == whole
    subject = tiny_base.copy()
    method("magnitude").apply(subject, 0.5)
    layers = sum(one.weights for one in tiny_base.storage.values()) * 2
    saved = layers * (0.5 - 1 / 16)  # half of the values, less a bit for each place
    assert bytes_on_disk(subject) == pytest.approx(whole - saved, rel=1e-3)
    assert bytes_in_memory(subject) >= whole


def test_removed_layers_are_gone_from_disk_and_memory(tiny_base: Subject) -> None:
    subject = tiny_base.copy()
    method("layers").apply(subject, 0.25)
    assert bytes_on_disk(subject) == pytest.approx(subject.parameters * 2)
    assert bytes_in_memory(subject) == pytest.approx(subject.parameters * 2)


def test_peak_memory_sees_what_was_held_for_a_moment() -> None:
    with PeakMemory() as before:
        pass
    with PeakMemory() as during:
        torch.ones(64 << 20, dtype=torch.uint8).sum()
    if during.since_start:
        assert during.peak_bytes >= before.peak_bytes
    else:
        assert during.peak_bytes - before.peak_bytes > 32 << 20
