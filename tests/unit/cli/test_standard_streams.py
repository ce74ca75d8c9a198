"""Commands end as they should whatever their standard streams are."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import sim

ROOT = Path(__file__).parents[3]
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")


def shell(command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a shell command in which ``pricewar`` stands for this program."""
    text = command.replace("pricewar", f"'{sys.executable}' -m pricewar")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(
        ["sh", "-c", text], capture_output=True, text=True, cwd=folder, env=environment
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_no_exit_code(closed, tmp_path):
    done = shell(f"pricewar list {closed}", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    wrong = shell(f"pricewar check nothing.yaml {closed}", tmp_path)
    assert wrong.returncode == 2
    assert "Traceback" not in wrong.stderr


@FULL
def test_a_full_standard_output_is_told_without_a_traceback(tmp_path):
    done = shell("pricewar list >/dev/full", tmp_path)
    assert done.returncode == 2
    assert done.stderr == "standard output: No space left on device.\n"


@FULL
@pytest.mark.parametrize("where", ["2>/dev/full", "<&- >&- 2>&-", "2>/dev/full >&-"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_is_written_wherever_its_news_go(where, workers, tmp_path):
    quick = "--set population.users=50 --set end_date=2024-05-20"
    done = shell(f"pricewar run minimal {quick} --workers {workers} --out run {where}", tmp_path)
    assert done.returncode == 0, done.stderr
    assert sim.open_run(tmp_path / "run").manifest["complete"]


def test_a_reader_that_goes_away_is_no_fault(tmp_path):
    done = shell("(pricewar list; echo $? >code) | true", tmp_path)
    assert done.stderr == ""
    assert (tmp_path / "code").read_text().strip() in ("0", "141")


def test_a_device_that_fails_in_a_command_is_a_message(tmp_path, monkeypatch, capsys):
    from pricewar.cli import check, main

    def fail(_arguments):
        raise OSError(5, "Input/output error", "/mnt/disk/file")

    monkeypatch.setattr(check, "execute", fail)
    assert main.main(["check", "minimal"]) == 2
    assert capsys.readouterr().err == "/mnt/disk/file: Input/output error.\n"


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EPIPE, errno.ENOSPC, errno.EIO])
def test_an_error_without_a_file_is_told_of_the_command_not_of_standard_output(
    number, monkeypatch, capsys
):
    from pricewar.cli import check, main

    def fail(_arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(check, "execute", fail)
    assert main.main(["check", "minimal"]) == 2
    assert capsys.readouterr().err == f"pricewar check: {os.strerror(number)}.\n"


@pytest.mark.parametrize("buffered", [False, True])
@pytest.mark.parametrize(("number", "code"), [(errno.EPIPE, 141), (errno.EIO, 2)])
def test_an_error_of_standard_output_is_told_of_it(number, code, buffered, tmp_path):
    """Of the write where it fails at once, else of the flush at the end."""
    program = (
        "import io, os, sys\n"
        "class Broken(io.RawIOBase):\n"
        "    def writable(self): return True\n"
        f"    def write(self, data): raise OSError({number}, os.strerror({number}))\n"
        "    def fileno(self): return 1\n"
        "buffer = io.BufferedWriter(Broken())\n"
        f"sys.stdout = io.TextIOWrapper(buffer, write_through={not buffered})\n"
        "from pricewar.cli.main import main\n"
        "code = main(['check', 'minimal'])\n"
        "os._exit(code)"
    )
    done = shell('"$PYTHON" -c "$PROGRAM"', tmp_path, PYTHON=sys.executable, PROGRAM=program)
    assert done.returncode == code
    assert done.stderr == ("" if code == 141 else f"standard output: {os.strerror(number)}.\n")


def test_a_lack_of_memory_in_a_command_is_a_message(monkeypatch, capsys):
    from pricewar.cli import check, main

    def fail(_arguments):
        raise MemoryError

    monkeypatch.setattr(check, "execute", fail)
    assert main.main(["check", "minimal"]) == 2
    assert capsys.readouterr().err == "There is not enough memory for this.\n"
