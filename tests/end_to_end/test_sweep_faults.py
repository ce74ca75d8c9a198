"""What goes wrong in a sweep becomes a row, or a clear message; the rest goes on."""

import os
import shutil
import subprocess
import sys
import time

import pytest

from sim.files.lock import holder_of

pytestmark = pytest.mark.slow

WORKERS = ("--workers", "2")


def states(sweep):
    return sweep.plan["state"].value_counts().to_dict()


@pytest.mark.parametrize("executor", [("--serial",), WORKERS], ids=["serial", "processes"])
def test_a_run_that_raises_is_a_row_and_the_sweep_goes_on(executor, sweeper, contents, undisturbed):
    code, said = sweeper.run("out", *executor, fault="raise")
    assert code == 1
    assert "11 of 12 runs are done, 1 failed" in said
    assert "a planted fault" in said
    sweep = sweeper.open("out")
    assert states(sweep) == {"done": 11, "failed": 1}
    rows = sweep.failures
    assert set(rows["stage"]) == {"run"}
    assert set(rows["message"]) == {"ValueError: a planted fault"}
    assert list(zip(rows["point"], rows["replication"], strict=True)) == [(0, 1)]
    assert '"floor_share": 0.5' in rows["parameters"][0]
    trace = (sweep.path / "failures" / rows["traceback"][0]).read_text()
    assert 'raise ValueError("a planted fault")' in trace

    code, said = sweeper.run("out", *executor, "--resume")
    assert code == 0
    assert "12 of 12 runs are done, 1 of them executed now" in said
    assert contents(sweeper.open("out")) == undisturbed(2)
    assert not list((sweep.path / "failures").iterdir())


def test_the_first_failure_ends_the_sweep_if_asked(sweeper):
    code, said = sweeper.run("out", "--serial", "--stop-on-failure", fault="raise")
    assert code == 1
    assert "Stopped at the first failure" in said
    sweep = sweeper.open("out")
    assert states(sweep)["failed"] == 1
    assert states(sweep)["missing"] > 0


def test_a_run_that_never_ends_meets_its_time_limit(sweeper, contents, undisturbed):
    code, _ = sweeper.run("out", *WORKERS, "--time-limit", "8", fault="hang")
    assert code == 1
    sweep = sweeper.open("out")
    assert states(sweep) == {"done": 11, "failed": 1}
    assert set(sweep.failures["stage"]) == {"time limit"}
    assert set(sweep.failures["message"]) == {"the run took longer than the limit of 8 s"}
    trace = (sweep.path / "failures" / sweep.failures["traceback"][0]).read_text()
    assert "sitecustomize.py" in trace
    assert sweeper.run("out", *WORKERS, "--resume")[0] == 0
    assert contents(sweeper.open("out")) == undisturbed(2)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the data of a process")
def test_a_run_that_eats_memory_meets_the_limit_and_the_others_do_not(sweeper):
    code, said = sweeper.run("out", *WORKERS, "--memory-limit", "1GB", fault="eat")
    assert code == 1, said
    sweep = sweeper.open("out")
    assert states(sweep) == {"done": 11, "failed": 1}
    assert set(sweep.failures["stage"]) == {"memory limit"}


def test_a_run_that_kills_its_worker_is_tried_twice_and_then_a_row(sweeper):
    code, said = sweeper.run("out", *WORKERS, fault="die")
    assert code == 1, said
    sweep = sweeper.open("out")
    assert states(sweep) == {"done": 11, "failed": 1}
    assert set(sweep.failures["stage"]) == {"worker"}
    assert "signal 9" in sweep.failures["message"][0]


def test_a_run_that_kills_its_worker_once_succeeds_when_tried_again(sweeper, contents, undisturbed):
    once = str(sweeper.folder / "once")
    code, said = sweeper.run("out", *WORKERS, fault="die", FAULT_ONCE=once)
    assert code == 0, said
    assert contents(sweeper.open("out")) == undisturbed(2)


def test_a_second_writer_is_refused_and_touches_nothing(sweeper, contents, undisturbed):
    process = sweeper.start("out", "--serial", fault="slow:0.5")
    deadline = time.monotonic() + 600
    while not holder_of(sweeper.folder / "out" / "lock") and time.monotonic() < deadline:
        time.sleep(0.02)
    code, said = sweeper.run("out", "--serial", "--resume")
    assert code == 2
    assert f"process {process.pid} on" in said
    assert "nothing was touched" in said
    process.communicate(timeout=600)
    assert process.returncode == 0
    assert contents(sweeper.open("out")) == undisturbed(2)


def test_a_sweep_that_is_there_is_not_begun_again_without_resume(sweeper):
    assert sweeper.run("out", "--serial")[0] == 0
    code, said = sweeper.run("out", "--serial")
    assert code == 2
    assert "already holds a sweep; nothing was touched" in said
    assert "--resume" in said


def test_a_folder_that_is_no_sweep_is_left_alone(sweeper):
    out = sweeper.folder / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    for options in ((), ("--resume",)):
        code, said = sweeper.run("out", "--serial", *options)
        assert code == 2
        assert "exists and is not a sweep; nothing was touched" in said
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_an_output_folder_that_cannot_be_written_is_said(sweeper):
    code, said = sweeper.run("small.yaml/out", "--serial")
    assert code == 2
    assert "cannot be written (Not a directory)" in said
    if os.geteuid() != 0:  # root may write everywhere
        (sweeper.folder / "readonly").mkdir(mode=0o500)
        code, said = sweeper.run("readonly/out", "--serial")
        assert code == 2
        assert "cannot be written (Permission denied)" in said


@pytest.mark.parametrize("file", ["market.parquet", "done.json"])
def test_a_damaged_shard_is_found_by_its_checksum_and_run_again(
    file, sweeper, contents, undisturbed
):
    assert sweeper.run("out", "--serial")[0] == 0
    (shard,) = (sweeper.folder / "out" / "shards").iterdir()
    content = bytearray((shard / file).read_bytes())
    content[len(content) // 2] ^= 1
    (shard / file).write_bytes(content)
    code, said = sweeper.run("out", "--serial", "--resume")
    assert code == 0
    assert "12 of 12 runs are done." in said
    assert contents(sweeper.open("out")) == undisturbed(2)


def test_files_that_grow_too_large_end_the_sweep_and_lose_nothing(sweeper, contents, undisturbed):
    sweeper.write(replications=8)
    limited = (
        "import resource, sys;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (17_000, 17_000));"
        "from pricewar.cli.main import main; sys.exit(main())"
    )
    command = [
        sys.executable, "-c", limited, "sweep", str(sweeper.design), "--serial", "--no-reuse",
        "--out", str(sweeper.folder / "out"),
    ]  # fmt: skip
    # coverage could not write its own data either, and would say so with a traceback
    unmeasured = {key: text for key, text in sweeper.environment.items() if key[:3] != "COV"}
    done = subprocess.run(command, env=unmeasured, capture_output=True, text=True)
    assert done.returncode == 2
    assert "cannot be written (File too large)" in done.stderr
    assert "--resume" in done.stderr
    assert "Traceback" not in done.stderr
    before = states(sweeper.open("out"))["done"]
    assert before > 0
    code, said = sweeper.run("out", "--serial", "--resume")
    assert code == 0, said
    assert f"48 of 48 runs are done, {48 - before} of them executed now" in said
    assert contents(sweeper.open("out")) == undisturbed(8)


@pytest.fixture
def small_disk(sweeper):
    """Mount a disk of a megabyte, if that is allowed here."""
    mount = shutil.which("mount")
    disk = sweeper.folder / "disk"
    disk.mkdir()
    command = [str(mount), "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if mount is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("executor", [("--serial",), WORKERS], ids=["serial", "processes"])
def test_a_full_disk_ends_the_sweep_with_a_message_and_loses_nothing(
    executor, small_disk, sweeper, contents, undisturbed
):
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * 980_000)
    code, said = sweeper.run("disk/out", *executor)
    assert code == 2, said
    assert "No space left on device" in said
    assert "--resume" in said
    assert "Traceback" not in said
    filler.unlink()
    code, said = sweeper.run("disk/out", *executor, "--resume")
    assert code == 0, said
    assert contents(sweeper.open("disk/out")) == undisturbed(2)


def test_a_disk_that_becomes_read_only_is_said_and_loses_nothing(
    small_disk, sweeper, contents, undisturbed
):
    def remount(option: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{option}", str(small_disk)], check=True)

    remount("ro")
    code, said = sweeper.run("disk/out", "--serial")
    assert code == 2
    assert "cannot be written (Read-only file system)" in said
    remount("rw")
    assert sweeper.run("disk/out", "--serial")[0] == 0
    remount("ro")
    assert contents(sweeper.open("disk/out")) == undisturbed(2)
    code, said = sweeper.run("disk/out", "--serial", "--resume")
    assert code == 2
    assert "cannot be written (Read-only file system)" in said
    assert "Traceback" not in said
    remount("rw")
    assert contents(sweeper.open("disk/out")) == undisturbed(2)
