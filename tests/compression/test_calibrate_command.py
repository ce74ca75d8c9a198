"""The command: what it needs, what it refuses, what it says at its end."""

from __future__ import annotations

import pytest

from analysis.compression import calibration
from analysis.compression.agreement import Agreement, compare
from analysis.compression.calibration import Calibration, CalibrationOrders, calibrate
from analysis.compression.errors import CalibrationError
from analysis.compression.measured_rows import read_rows
from analysis.compression.session import Refusal
from pricewar.cli import calibrate_compression as command
from pricewar.cli.main import main
from sim.compression.curves import Estimate
from sim.compression.shipped_curves import shipped_curves
from sim.files.lock import locked


def test_without_the_extra_the_command_says_how_to_install_it(monkeypatch, capsys):
    monkeypatch.setattr(command, "_NEEDED", ("torch", "a_package_that_is_not_there"))
    assert main(["calibrate", "compression"]) == 2
    said = capsys.readouterr().err
    assert "a_package_that_is_not_there" in said
    assert 'pip install "pricewar[compression]"' in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["calibrate"], "{compression,market}"),
        (["calibrate", "demand"], "market"),
        (["calibrate", "compression", "--grid", "no-such.yaml"], "no-such.yaml"),
        (["calibrate", "compression", "--model", "smolm2"], "Did you mean"),
        (["calibrate", "compression", "--quick", "--model", "minilm"], "It measures: smollm2-135m"),
        (["calibrate", "compression", "--grid", "smoke", "--text", "absent.txt"], "absent.txt"),
        (["calibrate", "compression", "--threads", "0"], "at least 1"),
        (["calibrate", "compression", "--grid", "smoke", "--out", "."], "is a folder"),
    ],
)
def test_wrong_arguments_are_refused_without_a_traceback(
    arguments, said, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    complaint = capsys.readouterr().err
    assert said in complaint
    assert "Traceback" not in complaint


def test_a_gpu_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(calibration.torch.cuda, "is_available", lambda: False)
    with pytest.raises(CalibrationError, match="sees no GPU"):
        calibrate(CalibrationOrders(grid="smoke", device="cuda"), lambda _: None)


def test_a_table_that_another_calibration_writes_is_refused(tmp_path):
    with locked(tmp_path / ".t.csv.lock"), pytest.raises(CalibrationError, match="is writing it"):
        calibrate(CalibrationOrders(grid="smoke", out=tmp_path / "t.csv"), lambda _: None)


@pytest.mark.slow
def test_a_grid_of_which_all_is_refused_leaves_no_table(tmp_path, monkeypatch, capsys):
    refusal = Refusal("digits-convnet", "layers:0.5", "it has no list of layers")
    table = tmp_path / "t.csv"
    nothing = Calibration(table, tmp_path / "t_runs.json", (), 0, (refusal,), "no rows")
    monkeypatch.setattr(calibration, "calibrate", lambda *_: nothing)
    assert main(["calibrate", "compression", "--out", str(table)]) == 1
    said = capsys.readouterr()
    assert "Refused: digits-convnet layers:0.5: it has no list of layers" in said.out
    assert "no table is written" in said.err
    assert str(table) not in said.out


def test_the_smoke_grid_is_measured_resumed_and_drawn(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["calibrate", "compression", "--grid", "smoke", "--threads", "1"]) == 0
    said = capsys.readouterr().out
    table = tmp_path / "results" / "compression" / "smoke_measured.csv"
    rows = read_rows(table)
    assert len(rows) == 7
    assert all(row.speed_kind in ("measured", "roofline") for row in rows)
    losses = {row.method: row.delta_nll_nats for row in rows if row.strength == "0.9"}
    assert losses["magnitude_recovered"] < losses["magnitude"]
    assert table.with_name("smoke_runs.json").exists()
    assert "7 rows, 7 measured now" in said
    assert {one.suffix for one in table.with_name("smoke_measured_figures").iterdir()}
    assert "No curves are fitted to this table: " in said
    assert not table.with_name("smoke_curves.yaml").exists()
    before = table.read_bytes()
    assert main(["calibrate", "compression", "--grid", "smoke", "--threads", "1"]) == 0
    assert "7 rows, 0 measured now" in capsys.readouterr().out
    assert table.read_bytes() == before


def test_a_parameter_agrees_if_both_intervals_allow_the_difference():
    shipped = Estimate(best=1.0, low=0.6, high=1.4)
    inside = Agreement("x: shape", Estimate(best=1.49, low=1.19, high=1.79), shipped)
    outside = Agreement("x: shape", Estimate(best=1.51, low=1.21, high=1.81), shipped)
    assert inside.tolerance == pytest.approx(0.5)
    assert inside.agrees
    assert not outside.agrees
    assert "OUTSIDE" in str(outside)


def test_the_shipped_curves_agree_with_themselves():
    compared = list(compare(shipped_curves(), shipped_curves()))
    assert {one.name for one in compared} >= {"quantization: shape", "stacking factor"}
    assert all(one.agrees for one in compared)
