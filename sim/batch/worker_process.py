"""A worker process as seen by the one who started it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from sim.batch.task import Lost, Reached, Task, TaskResult
from sim.batch.worker import TIME_IS_UP, receive, send
from sim.record.failures import Failure

_ROOT = Path(__file__).resolve().parent.parent.parent
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
_LAST_WORDS = 20_000
_NEARLY = 0.95
"""Share of the time limit that this side's clock may see less than the worker's."""


WorkerMessage: TypeAlias = Reached | TaskResult | Lost | None
"""What a worker process answers; see `WorkerProcess`."""
Callback: TypeAlias = Callable[["WorkerProcess", WorkerMessage], None]
"""Called with a worker and its answer."""


class WorkerProcess:
    """A process that executes one task at a time.

    Parameters
    ----------
    answer
        Called, from a thread, with this worker and how far a run of its task is, then with what
        became of the task: a `TaskResult`, or `Lost` if the process died. Called with None if it
        died without a task.
    """

    def __init__(self, answer: Callback) -> None:
        self._answer = answer
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "sim.batch.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **_ONE_THREAD, "PYTHONPATH": path},
        )
        self.pid = self._process.pid
        self.task: Task | None = None
        self.is_ready = False
        self.has_ended = False
        self._begun = ""
        self._begun_at = 0.0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def answer_to(self, answer: Callback) -> None:
        """Answer somebody else from now on."""
        self._answer = answer

    def give(self, task: Task) -> None:
        """Send a task to the worker; it must have none."""
        self.task, self._begun = task, ""
        if self._process.stdin is None:
            raise RuntimeError("a worker has no standard input")
        try:
            send(self._process.stdin, task)
        except BrokenPipeError:
            return  # the reader finds that it has died

    def kill(self) -> None:
        """End the process at once; nothing is answered any more."""
        self._answer = _ignore
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue  # a task was on its way

    def last_words(self) -> str:
        """Return the end of what the process wrote to standard error."""
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - _LAST_WORDS))
        return self._errors.read().decode(errors="replace").strip()

    def _read(self) -> None:
        stream = self._process.stdout
        if stream is None:
            raise RuntimeError("a worker has no standard output")
        while (message := receive(stream)) is not None:
            if message == "ready":
                self.is_ready = True
                continue
            if isinstance(message, TaskResult):
                self.task, self._begun = None, ""
            elif message.share == 0.0:
                self._begun, self._begun_at = message.run_id, time.monotonic()
            self._answer(self, message)
        code = self._process.wait()
        self._answer(self, self._lost(code))
        self.has_ended = True

    def _lost(self, code: int) -> Lost | None:
        task = self.task
        if task is None:
            return None
        if not self._begun:
            return Lost(task.name)
        allowed = task.limits.seconds
        took = time.monotonic() - self._begun_at
        if allowed is not None and code == TIME_IS_UP and took > _NEARLY * allowed:
            message = f"the run took longer than the limit of {allowed:g} s"
            failure = Failure(self._begun, "time limit", message, self.last_words())
            return Lost(task.name, self._begun, failure, is_final=True)
        cause = f"signal {-code}" if code < 0 else f"exit code {code}"
        message = f"the worker process died ({cause}; out of memory?)"
        failure = Failure(self._begun, "worker", message, self.last_words())
        return Lost(task.name, self._begun, failure)


def _ignore(_worker: WorkerProcess, _answer: WorkerMessage) -> None:
    """Do nothing: the process was killed."""
