"""The lock of a folder of results: one writer at a time.

`filelock` would replace the few lines that take the system's lock, but neither names the holder nor
judges one on another machine, and importing it took 0.17 s, a seventh of a small run.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.errors import ResultError

STALE_S = 60.0
"""A writer on another machine that gave no sign of life for so long is taken to be dead."""
_ATTEMPTS, _PAUSE_S = 5, 0.1


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
    """
    descriptor = _taken(path)
    try:
        holder = _holder(descriptor)
        if holder.get("host", socket.gethostname()) != socket.gethostname():
            age = time.time() - path.stat().st_mtime
            if age < STALE_S:
                raise _refusal(path, holder)
        me = json.dumps({"pid": os.getpid(), "host": socket.gethostname()})
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, me.encode(), 0)
        try:
            yield Lock(path)
        finally:
            with suppress(OSError):  # one that stays counts for nothing without its holder
                path.unlink()
    finally:
        os.close(descriptor)


def _taken(path: Path) -> int:
    """Open the lock's file and take the system's lock; `holder_of` may have it for an instant."""
    for attempt in range(_ATTEMPTS):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_open(path, descriptor):
                return descriptor
        except BlockingIOError as error:
            if attempt == _ATTEMPTS - 1:
                refusal = _refusal(path, _holder(descriptor))
                os.close(descriptor)
                raise refusal from error
        os.close(descriptor)
        time.sleep(_PAUSE_S)
    raise _refusal(path, {})


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
        if holder.get("host") != socket.gethostname():
            return holder if time.time() - path.stat().st_mtime < STALE_S else {}
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return holder
        return {}
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> dict[str, object]:
    try:
        content = json.loads(os.pread(descriptor, 1000, 0))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _refusal(path: Path, holder: dict[str, object]) -> ResultError:
    who = f"process {holder['pid']} on {holder['host']}" if holder else "another process"
    return ResultError(
        f"{path.parent}: {who} is writing it; nothing was touched.\n"
        f"  `pricewar status {path.parent}` shows how far it is; --out chooses another folder."
    )
