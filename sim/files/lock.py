"""The lock of a folder of results: one writer at a time.

`filelock` would replace the few lines that take the system's lock, but neither names the holder nor
judges one on another machine, and importing it took 0.17 s, a seventh of a small run.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.errors import ResultError

try:
    import fcntl
except ImportError:  # on Windows
    import msvcrt

STALE_S = 60.0
"""A writer on another machine that gave no sign of life for so long is taken to be dead."""
_ATTEMPTS, _PAUSE_S = 5, 0.1
_NO_LOCKS = frozenset(
    getattr(errno, name)
    for name in ("ENOSYS", "EOPNOTSUPP", "ENOTSUP", "ENOLCK")
    if hasattr(errno, name)
)
"""What a file system answers that has no locks."""
_LOCKED_BYTE = 1_000_000
"""Windows locks parts of files, also against reading; this one holds nothing."""


class NoPlaceError(ResultError):
    """The file of a lock cannot be written: no space, no permission."""


class Lock:
    """A held lock; `refresh` shows other machines that its holder lives."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def refresh(self) -> None:
        """Show that the holder is alive."""
        os.utime(self._path)


@contextmanager
def locked(path: Path) -> Iterator[Lock]:
    """Hold the lock of a folder; its file is removed in the end.

    On one machine the system holds it, and releases it when the process ends, however it ends. On
    file systems that several machines share without sharing locks, the name of the holder and the
    time of its last sign of life decide.

    Parameters
    ----------
    path
        The lock's file.

    Raises
    ------
    ResultError
        If another process holds it.
    NoPlaceError
        If its file cannot be written.
    """
    try:
        descriptor, has_lock = _taken(path)
    except OSError as error:
        raise _no_place(path, error) from error
    try:
        holder = _holder(descriptor)
        is_elsewhere = holder.get("host", socket.gethostname()) != socket.gethostname()
        if (is_elsewhere or not has_lock) and _counts(holder, path):
            raise _refusal(path, holder)
        me = json.dumps({"pid": os.getpid(), "host": socket.gethostname()})
        try:
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, me.encode())
        except OSError as error:
            raise _no_place(path, error) from error
        try:
            yield Lock(path)
        finally:
            with suppress(OSError):  # one that stays counts for nothing without its holder
                path.unlink()
    finally:
        os.close(descriptor)


def _taken(path: Path) -> tuple[int, bool]:
    """Open the lock's file and take the system's lock; `holder_of` may have it for an instant.

    Returns
    -------
    int
        Descriptor of the file.
    bool
        Whether the file system has locks.
    """
    for attempt in range(_ATTEMPTS):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            has_lock = _lock(descriptor)
            if _is_open(path, descriptor):
                return descriptor, has_lock
        except BlockingIOError as error:
            if attempt == _ATTEMPTS - 1:
                refusal = _refusal(path, _holder(descriptor))
                os.close(descriptor)
                raise refusal from error
        os.close(descriptor)
        time.sleep(_PAUSE_S)
    raise _refusal(path, {})


def _lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the system's lock of an open file; returns whether its file system has locks.

    Raises
    ------
    BlockingIOError
        If another process has it.
    """
    if sys.platform == "win32":
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(*error.args) from error
        return True
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return False
    return True


def _counts(holder: dict[str, object], path: Path) -> bool:
    """Return whether a holder lives, as far as can be told where no lock of the system tells it."""
    if not holder or time.time() - path.stat().st_mtime >= STALE_S:
        return False
    if holder.get("host") == socket.gethostname() and isinstance(holder.get("pid"), int):
        return _is_process(int(str(holder["pid"])))
    return True


def _is_process(pid: int) -> bool:
    if sys.platform == "win32":  # where asking would end it
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_open(path: Path, descriptor: int) -> bool:
    """Return whether the path still names the open file: a holder removes it in the end."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def holder_of(path: Path) -> dict[str, object]:
    """Return process and host of the living holder of a lock; empty if nobody holds it."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return {}
    try:
        holder = _holder(descriptor)
        if not holder:
            return {}
        try:
            has_lock = holder.get("host") == socket.gethostname() and _lock(descriptor, shared=True)
        except BlockingIOError:
            return holder
        return holder if not has_lock and _counts(holder, path) else {}
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> dict[str, object]:
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        content = json.loads(os.read(descriptor, 1000))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _no_place(path: Path, error: OSError) -> NoPlaceError:
    return NoPlaceError(
        f"{path.parent}: cannot be written ({error.strerror}).  Free disk space, or name another "
        "place with --out; what is there was not touched."
    )


def _refusal(path: Path, holder: dict[str, object]) -> ResultError:
    who = f"process {holder['pid']} on {holder['host']}" if holder else "another process"
    return ResultError(
        f"{path.parent}: {who} is writing it; nothing was touched.\n"
        f"  `pricewar status {path.parent}` shows how far it is; --out chooses another folder."
    )
