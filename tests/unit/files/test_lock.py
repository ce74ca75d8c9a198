"""One writer at a time; a dead one does not stand in the way."""

import errno
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from sim.errors import ResultError
from sim.files import lock
from sim.files.lock import STALE_S, holder_of, locked


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lock"


def test_a_held_lock_names_its_holder_and_refuses_others(path):
    with locked(path):
        assert holder_of(path) == {"pid": os.getpid(), "host": socket.gethostname()}
        with pytest.raises(ResultError, match=f"process {os.getpid()} on"), locked(path):
            pass
    assert holder_of(path) == {}
    with locked(path):
        assert holder_of(path)


def test_a_released_lock_leaves_no_file(path):
    with locked(path):
        assert path.exists()
    assert not path.exists()


def test_a_lock_whose_holder_removed_it_meanwhile_is_taken_anew(path, monkeypatch):
    original, removed = lock.fcntl.flock, []

    def flock(descriptor, operation):
        if not removed:
            removed.append(path.unlink())
        original(descriptor, operation)

    monkeypatch.setattr(lock.fcntl, "flock", flock)
    with locked(path):
        monkeypatch.undo()
        assert path.exists()
        with pytest.raises(ResultError, match="is writing it"), locked(path):
            pass


def test_what_a_dead_process_of_this_machine_left_is_no_lock(path):
    path.write_text(json.dumps({"pid": 2**22 + 1, "host": socket.gethostname()}))
    assert holder_of(path) == {}
    with locked(path):
        assert holder_of(path)["pid"] == os.getpid()


def test_a_holder_on_another_machine_counts_while_it_gives_signs_of_life(path):
    path.write_text(json.dumps({"pid": 1, "host": "another-machine"}))
    assert holder_of(path)["host"] == "another-machine"
    with pytest.raises(ResultError, match="process 1 on another-machine"), locked(path):
        pass
    silent = time.time() - STALE_S - 1
    os.utime(path, (silent, silent))
    assert holder_of(path) == {}
    with locked(path):
        assert holder_of(path)["pid"] == os.getpid()


def test_a_holder_can_say_that_it_lives(path):
    with locked(path) as held:
        os.utime(path, (0, 0))
        held.refresh()
        assert path.stat().st_mtime > time.time() - 60


def test_nobody_holds_what_is_not_there(path):
    assert holder_of(path) == {}


@pytest.fixture(params=["ENOSYS", "ENOLCK", "EOPNOTSUPP"])
def without_locks(request, monkeypatch):
    """A file system that has no locks, as some of clusters."""

    def flock(_descriptor, _operation):
        raise OSError(getattr(errno, request.param), "no locks here")

    monkeypatch.setattr(lock.fcntl, "flock", flock)


def test_where_the_system_has_no_locks_a_living_holder_still_refuses_others(path, without_locks):
    with locked(path):
        assert holder_of(path)["pid"] == os.getpid()
        with pytest.raises(ResultError, match=f"process {os.getpid()} on"), locked(path):
            pass
    assert not path.exists()


def test_where_the_system_has_no_locks_a_dead_holder_refuses_nobody(path, without_locks):
    path.write_text(json.dumps({"pid": 2**22 + 1, "host": socket.gethostname()}))
    assert holder_of(path) == {}
    with locked(path):
        assert holder_of(path)["pid"] == os.getpid()


def test_another_fault_of_the_disk_is_not_taken_for_a_lack_of_locks(path, monkeypatch):
    def flock(_descriptor, _operation):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(lock.fcntl, "flock", flock)
    told = pytest.raises(lock.NoPlaceError, match=r"cannot be written \(Input/output error\)")
    with told, locked(path):
        pass


@pytest.mark.parametrize("call", ["ftruncate", "write", "open"])
def test_a_full_disk_is_told_with_what_to_do(path, monkeypatch, call):
    def full(*_given):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(lock.os, call, full)
    told = pytest.raises(lock.NoPlaceError, match="Free disk space, or name another place")
    with told, locked(path):
        pass


def test_windows_has_a_lock_that_leaves_its_holder_s_name_readable(path, monkeypatch):
    taken = []

    def locking(descriptor, mode, count):
        assert (mode, count) == ("LK_NBLCK", 1)
        assert os.lseek(descriptor, 0, os.SEEK_CUR) > 1000
        if taken:
            raise OSError(errno.EACCES, "Permission denied")
        taken.append(descriptor)

    windows = SimpleNamespace(locking=locking, LK_NBLCK="LK_NBLCK")
    monkeypatch.setattr(lock, "msvcrt", windows, raising=False)
    monkeypatch.setattr(lock, "_PAUSE_S", 0.0)
    monkeypatch.setattr(lock.sys, "platform", "win32")
    with locked(path):
        with pytest.raises(ResultError, match=f"process {os.getpid()} on"), locked(path):
            pass
        assert holder_of(path)["pid"] == os.getpid()


def test_what_runs_and_commands_need_can_be_imported_on_windows():
    code = """
import signal, sys, types
for name in ("SIGHUP", "SIGKILL", "SIGALRM"):
    delattr(signal, name)
sys.modules.update(fcntl=None, resource=None, msvcrt=types.ModuleType("msvcrt"))
import sim.batch.run, sim.batch.sweep, sim.batch.worker, pricewar.cli.run, pricewar.cli.signals
with pricewar.cli.signals.Stoppable(), sim.batch.signals.uninterrupted():
    print("fine")
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.stdout == "fine\n", done.stderr
