"""The lock of a sweep's folder: one writer at a time."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.errors import ResultError

STALE_S = 60.0
"""A writer on another machine that has not been heard of for so long is taken to be dead."""
_ATTEMPTS, _PAUSE_S = 5, 0.1


class Lock:
    """A held lock; `refresh` tells other machines that its holder lives."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def refresh(self) -> None:
        """Note that the holder lives."""
        os.utime(self._path)


@contextmanager
def locked(path: Path) -> Iterator[Lock]:
    """Hold the lock of a folder.

    On one machine the system holds it, and lets go when the process ends, however it ends. On file
    systems that several machines share without sharing locks, the name of the holder and the time
    of its last sign of life decide.

    Parameters
    ----------
    path
        The lock's file.

    Raises
    ------
    ResultError
        If another process holds it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(descriptor, path)
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
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path) -> None:
    """Take the system's lock; `holder_of` elsewhere may have it for an instant."""
    for attempt in range(_ATTEMPTS):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if attempt == _ATTEMPTS - 1:
                raise _refusal(path, _holder(descriptor)) from error
            time.sleep(_PAUSE_S)
        else:
            return


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
        f"{path.parent}: {who} is writing this sweep; nothing was touched.\n"
        f"  Look at it with `pricewar status {path.parent}`, or choose another folder with --out."
    )
