"""Runs on a Dask cluster, given by the address of its scheduler.

Each thread of a Dask worker keeps one worker process of ours, so that limits of time and memory
mean the same as on a laptop, and a run that kills its process does not take the Dask worker along.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sim.batch.execution import version_fault
from sim.batch.executor import Report
from sim.batch.run_key import code_version
from sim.batch.task import Lost, Reached, Task, TaskResult
from sim.errors import ResultError

if TYPE_CHECKING:
    from sim.batch.worker_process import WorkerProcess

_PATIENCE_S = 30
_COUNT_EVERY_S = 5.0


class DaskCluster:
    """Executes tasks on the workers of a Dask cluster; workers may come, go and die.

    Parameters
    ----------
    address
        Address of the scheduler, such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    ResultError
        If Dask is not installed, the cluster cannot be reached, or a worker has another version.
    """

    stores = False

    def __init__(self, address: str) -> None:
        self._address = address
        self._client = _connect(address)
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._under_way: dict[str, tuple[str, Any]] = {}
        self._threads, self._counted = 0, -_COUNT_EVERY_S
        try:
            self._refuse_other_versions()
        except BaseException:
            self._client.close(timeout=1)
            raise

    @property
    def workers(self) -> int:
        """How many threads the cluster's workers have; one if there are none yet."""
        if time.monotonic() - self._counted >= _COUNT_EVERY_S:
            self._counted = time.monotonic()
            workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
            self._threads = sum(worker["nthreads"] for worker in workers)
        return max(1, self._threads)

    @property
    def capacity(self) -> int:
        """Two tasks a thread."""
        return 2 * self.workers

    def submit(self, task: Task) -> None:
        """Take a task."""
        key = f"{task.name}-{uuid4().hex}"  # other clients may name tasks alike
        future = self._client.submit(execute_on_worker, task, key=key, pure=False)
        self._under_way[key] = task.name, future
        future.add_done_callback(self._answers.put)

    def wait(self, seconds: float, report: Report) -> TaskResult | Lost | None:  # noqa: ARG002
        """Return what became of some task; how far runs are is not known here.

        Raises
        ------
        ResultError
            If the scheduler is gone.
        """
        if self._client.status != "running":
            raise ResultError(
                f"{self._address}: the cluster's scheduler is gone; finished runs are stored.\n"
                "  Start a cluster again and continue with --resume."
            )
        try:
            future = self._answers.get(timeout=seconds)
        except queue.Empty:
            return None
        name, _ = self._under_way.pop(str(future.key), ("", None))
        if not name:
            return None
        if future.status == "error":
            return self._broken(name, future)
        if future.status != "finished":  # lost or cancelled with a part of the cluster
            return Lost(name)
        answer: TaskResult | Lost = future.result()
        return answer

    def close(self) -> None:
        """Cancel what is under way and leave the cluster."""
        if self._client.status == "running" and self._under_way:
            futures = [future for _, future in self._under_way.values()]
            self._client.cancel(futures, force=True)
        self._under_way.clear()
        self._client.close(timeout=5)

    def _broken(self, name: str, future: Any) -> Lost:
        """Return `Lost` for a task whose workers died, more than once; raise otherwise."""
        from distributed.scheduler import KilledWorker

        error = future.exception()
        if isinstance(error, KilledWorker):
            return Lost(name)
        raise ResultError(
            f"{self._address}: the cluster cannot execute a task: {type(error).__name__}: {error}"
        ) from error

    def _refuse_other_versions(self) -> None:
        def version_there() -> str:
            try:
                from sim.batch.run_key import code_version as code_version_there
            except ImportError:
                return "nothing"
            return code_version_there()

        for version in self._client.run(version_there).values():
            if version != code_version():
                raise ResultError(version_fault(code_version(), version))


def _connect(address: str) -> Any:
    try:
        import distributed
    except ImportError as error:
        raise ResultError(
            'a cluster needs Dask.\n  Install it with pip install "pricewar[cluster]".'
        ) from error
    try:
        for logger in ("distributed", "distributed.client"):  # we report what matters
            logging.getLogger(logger).setLevel(logging.CRITICAL)
        client: Any = distributed.Client  # its methods carry no types
        return client(address, timeout=_PATIENCE_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ResultError(
            f"{address}: there is no Dask scheduler ({error}).\n"
            "  Start one with `dask scheduler`; it prints its address."
        ) from error


_of_thread = threading.local()


def execute_on_worker(task: Task) -> TaskResult | Lost:
    """Execute a task in this thread's worker process; it is started if there is none."""
    from sim.batch.worker_process import WorkerMessage, WorkerProcess

    answers: queue.SimpleQueue[TaskResult | Lost | None] = queue.SimpleQueue()

    def take(_worker: WorkerProcess, answer: WorkerMessage) -> None:
        if not isinstance(answer, Reached):
            answers.put(answer)

    process: WorkerProcess | None = getattr(_of_thread, "process", None)
    if process is None:
        process = _of_thread.process = WorkerProcess(take)
    else:
        process.answer_to(take)
    process.give(task)
    answer = _awaited(answers, process)
    if isinstance(answer, TaskResult) and not answer.is_last:
        return answer
    words = process.last_words()
    process.kill()
    _of_thread.process = None
    if isinstance(answer, TaskResult):
        return answer
    if not process.is_ready:
        return TaskResult(task.name, {}, fault=f"a worker process cannot start.\n{words}")
    return answer or Lost(task.name)


def _awaited(
    answers: queue.SimpleQueue[TaskResult | Lost | None], process: WorkerProcess
) -> TaskResult | Lost | None:
    """Wait for an answer; None if the process was dead before it was given the task."""
    while True:
        try:
            return answers.get(timeout=1.0)
        except queue.Empty:
            if process.has_ended and answers.empty():
                return None
