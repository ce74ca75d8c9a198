"""A terminal shows from the first moment what is being done; a log only what lasts."""

import os
import pty
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pricewar.cli import waiting
from pricewar.cli.waiting import Waiting

ROOT = Path(__file__).parents[3]


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(waiting, "is_terminal", lambda: True)


def test_a_terminal_shows_it_at_once_and_is_left_empty(terminal, capsys):
    with Waiting("loading"):
        assert capsys.readouterr().err == "\r\x1b[2Kloading ..."
    assert capsys.readouterr().err == "\r\x1b[2K"


def test_a_terminal_counts_the_seconds(terminal, capsys, monkeypatch):
    monkeypatch.setattr(waiting, "_TICK_S", 0.01)
    clock = iter(range(1000))
    monkeypatch.setattr(waiting.time, "monotonic", lambda: next(clock))
    with Waiting("loading"):
        time.sleep(0.1)
    assert "loading ... 3 s" in capsys.readouterr().err


def test_what_is_wider_than_the_terminal_is_cut(terminal, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    with Waiting("x" * 50):
        assert capsys.readouterr().err == f"\r\x1b[2K{'x' * 19}"


def test_a_log_gets_one_line_of_what_lasts_and_none_of_what_does_not(capsys, monkeypatch):
    with Waiting("loading"):
        pass
    monkeypatch.setattr(waiting, "_LOGGED_AFTER_S", 0.01)
    with Waiting("drawing"):
        time.sleep(0.1)
    assert capsys.readouterr().err == "drawing ...\n"


def test_what_fails_leaves_the_terminal_empty_too(terminal, capsys):
    with pytest.raises(ValueError, match="x"), Waiting("loading"):
        raise ValueError("x")
    assert capsys.readouterr().err.endswith("\r\x1b[2K")


def test_a_closed_error_stream_stops_nothing(terminal, monkeypatch):
    class Closed:
        def write(self, _):
            raise ValueError("I/O operation on closed file")

    before = set(threading.enumerate())
    monkeypatch.setattr(sys, "stderr", Closed())
    with Waiting("loading"):
        assert set(threading.enumerate()) > before
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("command", ["run minimal", "report nowhere", "sweep minimal", "profile x"])
def test_long_commands_begin_with_a_word_on_the_terminal(command, tmp_path):
    """Before anything heavy is imported, and so within the first second."""
    code = (
        "import sys\n"
        "class Stop(Exception): pass\n"
        "def forbid(name, *_):\n"
        "    if name.partition('.')[0] in ('numba', 'pandas', 'matplotlib', 'pydantic'):\n"
        "        raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, type('F', (), {'find_spec': staticmethod(forbid)}))\n"
        f"from pricewar.cli.main import main; sys.exit(main({command.split()!r}))"
    )
    leader, follower = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    subprocess.run([sys.executable, "-c", code], stderr=follower, cwd=tmp_path, env=environment)
    os.close(follower)
    assert os.read(leader, 1000).startswith(b"\r\x1b[2Kloading ...")
    os.close(leader)
