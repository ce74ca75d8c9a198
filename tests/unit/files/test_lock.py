"""One writer at a time; a dead one does not stand in the way."""

import json
import os
import socket
import time
from pathlib import Path

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
