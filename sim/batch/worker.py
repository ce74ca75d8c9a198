"""A worker process: takes tasks on standard input, answers on standard output.

It runs as ``python -m sim.batch.worker``. Messages are pickles, each after its length. When the
other end of standard input closes, because whoever started it is gone, the worker exits at once.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import queue
import signal
import struct
import sys
import threading
import time
from typing import IO, Any

from sim.batch.execution import execute
from sim.batch.task import Limits, Reached, Task, TaskResult

LENGTH = struct.Struct("<Q")
"""Length of the pickle that follows."""
TIME_IS_UP = 1
"""Exit code of a worker whose run took too long; it is that of `faulthandler`."""
_REPORT_EVERY_S = 0.1


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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    faulthandler.enable()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no message
    tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    _warm_up()
    send(answers, "ready")
    limited = False
    while True:
        task = tasks.get()
        if not limited:
            _limit_memory(task.limits)
            limited = True
        result = _execute(task, answers)
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


def _warm_up() -> None:
    """Import and compile before the first run, so that its time limit is about the run."""
    import sim.simulation  # noqa: F401 - for its effect
    from sim.users import kernel

    if not kernel.is_compiled():
        kernel.warm_up()


def _limit_memory(limits: Limits) -> None:
    if limits.memory_bytes is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (limits.memory_bytes, limits.memory_bytes))


if __name__ == "__main__":
    main()
