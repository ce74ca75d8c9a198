"""A result is lost to another only once that one has a replication of its own."""

import json
import os
from pathlib import Path

import pytest

import sim
import sim.simulation
from sim.batch.design_file import read_design
from sim.batch.orders import Orders
from sim.batch.run import Interrupted, run_scenario
from sim.batch.serial import Serial
from sim.batch.sweep import run_sweep
from sim.errors import ResultError
from sim.record.run_folder import RunFolder

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def quick():
    return sim.load("minimal", overrides={"population.users": 50, "end_date": "2024-05-20"})


@pytest.fixture
def old(quick, tmp_path):
    """The folder of a finished run with a report."""
    folder = sim.run(quick, replications=1, seed=11, out=tmp_path / "run", workers=1).folder
    (folder / "report.html").write_text("a page", encoding="utf-8")
    return folder


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def overwrite(quick, folder, start=Serial, progress=None, seed=12):
    return run_scenario(quick, folder, start, Orders(seed=seed), progress, overwrite=True)


def no_cluster():
    raise ResultError("tcp://nowhere: cannot be reached")


def full_disk():
    raise OSError(28, "No space left on device")


def ctrl_c():
    raise KeyboardInterrupt


class Stop:
    """Interrupts a run as soon as one replication has finished."""

    def update(self, state):
        if state.phase == "running" and state.done >= 1:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("start", "error"),
    [(no_cluster, ResultError), (full_disk, ResultError), (ctrl_c, Interrupted)],
)
def test_a_result_stays_if_what_was_to_replace_it_cannot_begin(start, error, old, quick):
    before = content(old)
    with pytest.raises(error) as raised:
        overwrite(quick, old, start)
    assert content(old) == before
    assert sim.open_run(old).seed == 11
    if error is Interrupted:
        assert raised.value.is_old


def test_a_result_is_replaced_whole(old, quick):
    run = overwrite(quick, old).run
    assert (run.seed, run.manifest["complete"]) == (12, True)
    assert not (old / "report.html").exists()
    assert not (old / ".replaced").exists()


def test_a_result_is_gone_once_a_replication_of_the_new_one_has_finished(old, quick, monkeypatch):
    monkeypatch.setattr("sim.batch.engine._SHOWN_EVERY_S", 0.0)
    with pytest.raises(Interrupted) as stop:
        overwrite(quick, old, progress=Stop())
    assert not stop.value.is_old
    assert (stop.value.run.seed, stop.value.run.replications) == (12, [0])
    assert not (old / ".replaced").exists()


def test_a_result_is_kept_aside_while_all_replications_of_the_new_one_fail(old, quick, monkeypatch):
    before = content(old)
    with monkeypatch.context() as patch:
        patch.setattr("sim.simulation.Simulation.run", lambda *_: 1 / 0)
        report = overwrite(quick, old)
        assert report.replaced == old / ".replaced"
        overwrite(quick, old)
    assert content(report.replaced) == before
    run_scenario(quick, old, Serial, Orders(seed=12, resume=True))
    assert sim.open_run(old).manifest["complete"]
    assert not report.replaced.exists()


def to_and_fro(folder):
    for _ in range(10):
        folder.set_aside()
        folder.put_back()


@pytest.mark.parametrize("moves", range(12))
def test_a_kill_while_a_result_is_put_aside_or_back_loses_nothing(moves, old, quick, monkeypatch):
    before = content(old)
    renames = iter(range(1000))
    rename = Path.rename

    def until_killed(path, target):
        if next(renames) >= moves:
            raise SystemExit
        return rename(path, target)

    folder = RunFolder(old)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", until_killed)
        with pytest.raises(SystemExit):
            to_and_fro(folder)
    with pytest.raises(ResultError, match="already holds"):
        folder.refuse_taken()
    folder.take_up_aside()
    assert content(old) == before


@pytest.mark.parametrize(
    "files",
    [
        {"manifest.json": '{"name": "My web page", "icons": []}'},
        {"manifest.json": "not json"},
        {"unfinished/novel.txt": "chapter one"},
        {"replications/2024.csv": "a, b"},
        {"code/a.py": "", "figures/one.png": ""},
    ],
)
def test_files_of_others_that_are_called_as_a_run_s_are_not_replaced(files, quick, tmp_path):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    before = content(tmp_path)
    with pytest.raises(ResultError, match="nothing was touched"):
        overwrite(quick, tmp_path)
    assert content(tmp_path) == before


DESIGN = """\
name: two
scenario: minimal
set: {population.users: 50, end_date: 2024-05-20}
replications: 1
kind: grid
parameters:
  rate: {path: war.reaction_per_day, values: [0.1, 0.2]}
"""


@pytest.fixture
def design(tmp_path):
    path = tmp_path / "two.yaml"
    path.write_text(DESIGN, encoding="utf-8")
    return read_design(path)


@pytest.mark.parametrize("name", ["design.yaml", "resolved.yaml", "code/a.py", "sweep.json"])
def test_files_of_others_that_are_called_as_a_sweep_s_are_not_replaced(name, design, tmp_path):
    mine = tmp_path / "out" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", encoding="utf-8")
    with pytest.raises(ResultError, match="exists and is not a sweep; nothing was touched"):
        run_sweep(design, tmp_path / "out", Serial, Orders())
    assert content(tmp_path / "out") == {name: b"mine"}


def test_a_sweep_that_was_interrupted_before_its_plan_can_be_begun_again(
    design, tmp_path, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr("sim.record.sweep_folder.SweepFolder.write_plan", lambda *_: ctrl_c())
        with pytest.raises(KeyboardInterrupt):
            run_sweep(design, tmp_path / "out", Serial, Orders())
    assert (tmp_path / "out" / "design.yaml").exists()
    assert run_sweep(design, tmp_path / "out", Serial, Orders(reuse=())).done == 2


def test_two_sweeps_do_not_share_a_folder_of_shards(design, tmp_path):
    shards = str(tmp_path / "shards")
    run_sweep(design, tmp_path / "one", Serial, Orders(shards=shards))
    before = content(tmp_path / "shards")
    with pytest.raises(ResultError, match="holds the shards of another sweep"):
        run_sweep(design, tmp_path / "two", Serial, Orders(shards=shards))
    assert content(tmp_path / "shards") == before
    assert run_sweep(design, tmp_path / "one", Serial, Orders(resume=True)).executed == 0


def test_a_folder_of_shards_may_hold_what_is_somebody_s(design, tmp_path):
    home = tmp_path / "home"
    for name in (".ssh/key", "Documents/2024/thesis.txt"):
        (home / name).parent.mkdir(parents=True)
        (home / name).write_text("mine", encoding="utf-8")
    before = content(home)
    for resume in (False, True):
        run_sweep(design, tmp_path / "one", Serial, Orders(shards=str(home), resume=resume))
    after = content(home)
    assert {name: after.get(name) for name in before} == before


def test_a_folder_that_a_file_system_was_made_in_is_empty(design, quick, tmp_path):
    for name in ("run", "sweep"):
        (tmp_path / name / "lost+found").mkdir(parents=True)
    assert sim.run(quick, replications=1, out=tmp_path / "run", workers=1).manifest["complete"]
    assert run_sweep(design, tmp_path / "sweep", Serial, Orders(reuse=())).done == 2
    assert (tmp_path / "run" / "lost+found").is_dir()


@pytest.mark.skipif(os.name != "posix", reason="modes of groups")
def test_a_prepared_folder_keeps_its_mode_and_hands_its_group_on(quick, tmp_path):
    folder = tmp_path / "group"
    folder.mkdir()
    folder.chmod(0o2775)
    sim.run(quick, replications=1, out=folder, workers=1)
    assert folder.stat().st_mode & 0o7777 == 0o2775
    assert json.loads((folder / "manifest.json").read_text())["complete"]


def test_a_world_beside_a_run_that_was_interrupted_is_continued(quick, tmp_path, monkeypatch):
    from analysis.variants import no_war, run_variant

    monkeypatch.setattr("sim.batch.engine._SHOWN_EVERY_S", 0.0)
    run = sim.run(quick, replications=3, out=tmp_path / "run", workers=1)
    with pytest.raises(Interrupted):
        run_variant(run, no_war(run.scenario), Stop(), workers=1)
    executed = []
    original = sim.simulation.Simulation.run
    monkeypatch.setattr(
        "sim.simulation.Simulation.run",
        lambda self, *report: executed.append(1) or original(self, *report),
    )
    world = run_variant(run, no_war(run.scenario), workers=1)
    assert (len(executed), world.replications) == (2, [0, 1, 2])


def test_a_world_of_another_seed_beside_a_run_is_replaced(quick, tmp_path):
    from analysis.variants import no_war, run_variant

    variant = no_war(quick)
    run = sim.run(quick, replications=1, seed=1, out=tmp_path / "run", workers=1)
    first = run_variant(run, variant, workers=1)
    other = sim.run(quick, replications=1, seed=2, out=tmp_path / "run", workers=1, overwrite=True)
    (tmp_path / "run" / "worlds").mkdir(exist_ok=True)
    assert run_variant(other, variant, workers=1).seed == 2
    assert first.seed == 1
