"""A worker process: takes tasks on standard input, answers on standard output.

It runs as ``python -m sim.batch.worker``. Messages are pickles, each after its length. When the
other end of standard input closes, because whoever started it is gone, the worker exits at once. It
does so too when it gets another parent, for a process forked meanwhile may hold that end.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import queue
import re
import signal
import struct
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

from sim.batch.execution import execute
from sim.batch.signals import ENDING
from sim.batch.task import Limits, Reached, Task, TaskResult

LENGTH = struct.Struct("<Q")
"""Length of the pickle that follows."""
TIME_IS_UP = 1
"""Exit code of a worker whose run took too long; it is that of `faulthandler`."""
_REPORT_EVERY_S = 0.1
_WATCH_EVERY_S = 1.0


def send(stream: IO[bytes], message: object) -> None:
    """Write a message."""
    content = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(LENGTH.pack(len(content)) + content)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read a message; None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    content = stream.read(length)
    return (
        pickle.loads(content)  # noqa: S301 - from the process that started this one, or which it started
        if len(content) == length
        else None
    )


def main() -> None:
    """Execute tasks until there are no more."""
    for number in ENDING:  # sent to all of a group, they are the parent's business
        signal.signal(number, signal.SIG_IGN)
    faulthandler.enable()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no message
    tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    _warm_up()
    send(answers, "ready")
    limited = False
    while True:
        task = tasks.get()
        fault = "" if limited else _limit_memory(task.limits)
        limited = True
        result = TaskResult(task.name, {}, fault=fault) if fault else _execute(task, answers)
        send(answers, result)
        if result.is_last:
            return


def _execute(task: Task, answers: IO[bytes]) -> TaskResult:
    reported = 0.0

    def report(reached: Reached) -> None:
        nonlocal reported
        begins, now = reached.share == 0.0, time.monotonic()
        if begins or now - reported >= _REPORT_EVERY_S:
            reported = now
            send(answers, reached)
        if begins and task.limits.seconds is not None:
            faulthandler.dump_traceback_later(task.limits.seconds, exit=True)

    try:
        return execute(task, report)
    finally:
        faulthandler.cancel_dump_traceback_later()


def _listen(tasks: queue.SimpleQueue[Task]) -> None:
    while True:
        task = receive(sys.stdin.buffer)
        if task is None:
            os._exit(0)
        tasks.put(task)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_EVERY_S)
    os._exit(0)


def _warm_up() -> None:
    """Import and compile before the first run, so that its time limit is about the run."""
    import sim.simulation  # noqa: F401 - for its effect
    from sim.users import kernel

    if not kernel.is_compiled():
        kernel.warm_up()


def _limit_memory(limits: Limits) -> str:
    """Limit the memory of this process; returns why that leaves nothing to run with, if so."""
    if limits.memory_bytes is None:
        return ""
    import resource

    taken = _data_bytes()
    if taken is not None and limits.memory_bytes <= taken:
        return (
            f"memory limit: {limits.memory_bytes / 1e6:g} MB, but a worker process takes "
            f"{taken / 1e6:.0f} MB before its first run."
        )
    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory_bytes, limits.memory_bytes))
    return ""


def _data_bytes() -> int | None:
    """Return what the limit counts of this process; None where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    found = re.search(r"^VmData:\s*(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


if __name__ == "__main__":
    main()
