"""A session: rows that hold what was measured, resuming, records, full disks, refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

from analysis.compression import benches, session, speeds, workbench
from analysis.compression.benches import Benches, Setting, open_workbench
from analysis.compression.configuration import configuration
from analysis.compression.errors import CalibrationError
from analysis.compression.grid import MeasuredModel, ModelPlan
from analysis.compression.measured_rows import read_rows
from analysis.compression.measures.images import ImageClassification
from analysis.compression.provenance import Provenance
from analysis.compression.registry import MODELS, model_entry
from analysis.compression.subject import Batch, Subject
from analysis.compression.subjects.convnet import Images
from analysis.compression.texts import Texts
from analysis.compression.workbench import Training, Workbench

SETTING = Setting(threads=1, device="cpu", seed=1)
TEXTS = Texts("a text", "0" * 64, ("train",), ("calibrate",), ("evaluate",))
WANTED = ("uniform_per_channel:8", "uniform_per_channel:3", "magnitude:0.5", "neurons:0.5")


def _images() -> Images:
    generator = torch.Generator().manual_seed(1)
    pixels = torch.rand(120, 1, 8, 8, generator=generator)
    labels = (pixels.mean((1, 2, 3)) > pixels.mean()).long()
    return Images(pixels, labels)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Workbenches of a small network in place of the registered model; lists those opened."""
    names: list[str] = []

    def bench(measured: MeasuredModel, texts: Texts, setting: Setting) -> Workbench:
        names.append(measured.model)
        images = _images()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(2)
            network = nn.Sequential(
                nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1),
                nn.ReLU(), nn.Flatten(), nn.Linear(512, 32), nn.ReLU(), nn.Linear(32, 2),
            )  # fmt: skip

        def calibration() -> Iterator[Batch]:
            yield {"input": images.pixels[:64]}

        subject = Subject("digits-convnet", network.eval(), ("2", "5"), calibration)
        task = ImageClassification(images)
        return Workbench(
            entry=MODELS["digits-convnet"],
            base=subject,
            tasks=(task,),
            calibration_tokens=64,
            recovery_tokens=measured.recovery_tokens,
            origin={"licence": "Apache-2.0", "weights_sha256": "1" * 64},
            items={task.name: 120},
            recover=lambda compressed, original, images: Training(images, 0.25),
        )

    monkeypatch.setattr(benches, "open_workbench", bench)
    return names


def plan(*names: str) -> ModelPlan:
    measured = MeasuredModel(model="digits-convnet", tokens=120, recovery_tokens=320)
    return ModelPlan(measured, tuple(configuration(name) for name in names))


def measure(out: Path, *names: str) -> session.SessionResult:
    return session.measure_grid(
        [plan(*names)], Benches(TEXTS, SETTING), out, "pricewar test", lambda _: None
    )


def test_rows_hold_what_was_measured(opened, tmp_path):
    rows = {row.method + row.strength: row for row in measure(tmp_path / "t.csv", *WANTED).rows}
    eight, three = rows["uniform_per_channel8"], rows["uniform_per_channel3"]
    assert abs(eight.delta_nll_nats) < abs(three.delta_nll_nats)
    assert eight.keep_bytes_share > three.keep_bytes_share
    assert eight.keep_flops_share == three.keep_flops_share == 1.0
    pruned = rows["magnitude0.5"]
    assert pruned.sparsity_share == pytest.approx(0.5)
    assert pruned.keep_bytes_share == pytest.approx(0.5 + 1 / 16, abs=0.01)
    assert rows["neurons0.5"].keep_flops_share < 0.7
    assert all(row.cpu_seconds >= row.cost_cpu_seconds > 0.0 for row in rows.values())
    assert all(row.bytes_disk <= row.bytes_memory for row in rows.values())


def test_a_session_goes_on_where_it_stopped(opened, tmp_path):
    out = tmp_path / "t.csv"
    first = measure(out, *WANTED[:2])
    again = measure(out, *WANTED)
    assert first.measured_now == 2
    assert again.measured_now == 2
    assert again.rows[:2] == read_rows(out)[:2]
    assert [row.run_id for row in again.rows[:2]] == [row.run_id for row in first.rows]
    assert len({row.run_id for row in again.rows}) == 4
    opened.clear()
    assert measure(out, *WANTED).measured_now == 0
    assert opened == ["digits-convnet"]  # to know its weights, which are part of identity


def test_rows_that_were_measured_before_an_interrupt_are_kept(opened, tmp_path, monkeypatch):
    out = tmp_path / "t.csv"
    original = session.measure

    def interrupted(bench, what, ids):
        if what.name == WANTED[2]:
            raise KeyboardInterrupt
        return original(bench, what, ids)

    monkeypatch.setattr(session, "measure", interrupted)
    with pytest.raises(KeyboardInterrupt):
        measure(out, *WANTED)
    assert [row.method for row in read_rows(out)] == ["uniform_per_channel"] * 2
    monkeypatch.setattr(session, "measure", original)
    assert measure(out, *WANTED).measured_now == 2


def test_the_record_names_model_text_libraries_and_command_of_every_row(opened, tmp_path):
    out = tmp_path / "mine_measured.csv"
    rows = measure(out, *WANTED).rows
    record = json.loads((tmp_path / "mine_runs.json").read_text())
    assert set(record["runs"]) == {row.run_id for row in rows}
    for run in record["runs"].values():
        here = record["environments"][run["environment"]]
        assert here["command"] == "pricewar test"
        assert here["seed"] == 1
        assert here["libraries"]["torch"] == torch.__version__
        assert record["models"][run["model"]]["licence"] == "Apache-2.0"
        assert record["texts"][run["text"]]["sha256"] == TEXTS.sha256


def test_a_method_that_the_layers_do_not_allow_is_refused_and_the_grid_goes_on(opened, tmp_path):
    done = measure(tmp_path / "t.csv", "layers:0.5", *WANTED[:1])
    assert [row.method for row in done.rows] == ["uniform_per_channel"]
    (refusal,) = done.refusals
    assert refusal.configuration == "layers:0.5"
    assert "layers" in refusal.reason


def test_calibration_is_charged_once_to_each_that_needs_it(opened, monkeypatch):
    now = [0.0]
    bench = Benches(TEXTS, SETTING).open(plan().measured)
    monkeypatch.setattr(workbench.time, "process_time", lambda: now[0])
    bench.base.calibration = _ten_seconds_a_look(bench.base.calibration, now)
    costs = {
        name: bench.compress(configuration(name)).cost_cpu_seconds
        for name in ("magnitude:0.5", "neurons:0.5", "activation_aware:0.5",
                     "neurons:0.5+activation_aware:0.5")
    }  # fmt: skip
    assert list(costs.values()) == [0.0, 10.0, 10.0, 10.0]
    assert now == [10.0]


def test_each_look_at_the_original_is_taken_once_and_charged_for_itself(tiny_subject, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(workbench.time, "process_time", lambda: now[0])
    read = _ten_seconds_a_look(tiny_subject.calibration, now)
    base = Subject("tiny", tiny_subject.model, tiny_subject.targets, read)
    bench = Workbench(model_entry("smollm2-135m"), base, (), 16_384, 0, {}, {})
    made = [
        bench.compress(configuration(name))
        for name in ("layers:0.33", "layers:0.33", "layers:0.33+activation_aware:0.5")
    ]
    assert [one.cost_cpu_seconds for one in made] == [10.0, 10.0, 20.0]
    assert [one.cost_tokens for one in made] == [4096, 4096, 16_384]
    assert now == [20.0]


def _ten_seconds_a_look(read, now):
    def looked():
        now[0] += 10.0
        return read()

    return looked


def test_the_last_workbench_is_kept_at_hand(opened):
    kept = Benches(TEXTS, SETTING)
    bench = kept.open(plan().measured)
    assert kept.open(plan().measured, "cpu") is bench
    assert kept.open(MeasuredModel(model="digits-convnet", tokens=64)) is not bench
    assert len(opened) == 2


def test_a_table_that_was_measured_otherwise_is_refused(opened, tmp_path):
    out = tmp_path / "t.csv"
    measure(out, *WANTED[:1])
    other = ModelPlan(MeasuredModel(model="digits-convnet", tokens=64), (configuration(WANTED[0]),))
    with pytest.raises(CalibrationError, match="holds digits-convnet uniform_per_channel:8"):
        session.measure_grid([other], Benches(TEXTS, SETTING), out, "test", lambda _: None)


@pytest.mark.parametrize("what", ["weights", "text", "library"])
def test_a_row_is_identified_by_weights_cleaned_text_and_libraries(what: str, monkeypatch):
    one = plan(WANTED[0])
    texts, weights = TEXTS, "1" * 64

    def identity() -> str:
        return session.run_id(one, one.configurations[0], "images", texts, SETTING, weights)

    before = identity()
    assert identity() == before
    if what == "weights":
        weights = "2" * 64
    elif what == "text":  # of the same file, cleaned otherwise
        texts = Texts("a text", "0" * 64, ("train",), ("calibrate",), ("evaluate it",))
    else:
        monkeypatch.setattr(session, "library_version", lambda name: f"{name} 9.9")
    assert identity() != before


def test_a_kill_between_record_and_rows_leaves_no_row_without_a_record(
    opened, tmp_path, monkeypatch
):
    def killed(path, rows):
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "write_rows", killed)
    with pytest.raises(KeyboardInterrupt):
        measure(tmp_path / "t.csv", *WANTED[:1])
    assert not (tmp_path / "t.csv").exists()
    assert len(json.loads((tmp_path / "t_runs.json").read_text())["runs"]) == 1


def test_memory_that_runs_out_stops_with_a_message_and_keeps_rows(opened, tmp_path, monkeypatch):
    out = tmp_path / "t.csv"
    measure(out, *WANTED[:1])

    def too_large(self, configuration):
        raise RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes")

    monkeypatch.setattr(Workbench, "compress", too_large)
    with pytest.raises(CalibrationError, match="memory ran out"):
        measure(out, *WANTED)
    assert len(read_rows(out)) == 1


@pytest.mark.parametrize("trained_now", [True, False])
def test_a_student_costs_what_its_training_took_whenever_that_was(opened, monkeypatch, trained_now):
    now = [0.0]

    def student(name: str, share: float) -> tuple[Subject, Training]:
        now[0] += 50.0 if trained_now else 0.0
        return bench.base.copy(), Training(1000, 50.0)

    monkeypatch.setattr(workbench.time, "process_time", lambda: now[0])
    bench = Benches(TEXTS, SETTING).open(plan().measured)
    bench.student = student
    assert bench.compress(configuration("distilled_layers:0.5")).cost_cpu_seconds == 50.0


def test_recovery_is_charged_to_the_row(opened, tmp_path):
    (row,) = measure(tmp_path / "t.csv", "magnitude_recovered:0.5").rows
    assert row.recovery_tokens == 320
    assert row.cost_tokens == 320


def test_the_speed_pass_measures_structure_and_derives_the_rest(opened, tmp_path):
    out = tmp_path / "t.csv"
    measure(out, *WANTED)
    rows = speeds.measure_speeds(out, [plan(*WANTED)], Benches(TEXTS, SETTING), 2, lambda _: None)
    kinds = {row.method: row.speed_kind for row in rows}
    assert kinds == {
        "uniform_per_channel": "roofline", "magnitude": "roofline", "neurons": "measured",
    }  # fmt: skip
    assert all(row.prefill_tok_per_s > 0 and row.energy_proxy_j_per_tok > 0 for row in rows)
    assert [row.run_id for row in read_rows(out)] == [row.run_id for row in rows]
    opened.clear()
    speeds.measure_speeds(out, [plan(*WANTED)], Benches(TEXTS, SETTING), 2, lambda _: None)
    assert opened == []


def test_a_full_disk_stops_with_a_message_and_keeps_the_table(opened, tmp_path, monkeypatch):
    out = tmp_path / "t.csv"
    measure(out, *WANTED[:1])
    before = out.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.files.durable.os.fsync", full)
    with pytest.raises(CalibrationError, match="No space left on device"):
        measure(out, *WANTED[:2])
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_record_that_is_none_is_refused(tmp_path):
    path = tmp_path / "t_runs.json"
    path.write_text("[1, 2]")
    with pytest.raises(CalibrationError, match="is not a record of compression runs"):
        Provenance(path)


def test_environments_are_kept_once(tmp_path):
    record = Provenance(tmp_path / "runs.json")
    here = {"command": "a", "date": "2025-01-01", "load_average": 0.5}
    assert record.note_environment(here) == record.note_environment(here | {"load_average": 2.0})
    assert record.note_environment(here | {"command": "b"}) != record.note_environment(here)


def test_a_model_that_does_not_fit_in_memory_is_refused_with_those_that_do(monkeypatch):
    monkeypatch.setattr("analysis.compression.benches.free_memory_gb", lambda: 1.5)
    with pytest.raises(CalibrationError, match=r"needs some 4.2 GB .* digits-convnet"):
        open_workbench(MeasuredModel(model="smollm2-135m", tokens=512), TEXTS, SETTING)
