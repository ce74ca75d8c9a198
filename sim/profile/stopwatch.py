"""A stopwatch of exclusive times: whoever is called takes the time over from its caller."""

from __future__ import annotations

import functools
import inspect
import time
from collections import Counter
from collections.abc import Callable, Generator
from functools import partial
from typing import Any


class Stopwatch:
    """Adds up the processor time of what runs, by name.

    One name holds the time at any moment: the one that began last and has not ended. Every
    nanosecond between the first begin and the last end is therefore counted exactly once, and the
    parts add up to the whole.

    Parameters
    ----------
    clock
        Returns nanoseconds. By default those that this thread has had of a processor, which other
        work on the machine and threads that draw progress bars add little to.

    Attributes
    ----------
    spent_ns
        Time of each name, without that of the names that began and ended within it.
    calls
        How often each name began.
    whole_ns
        Time between the first begin and the last end.

    Examples
    --------
    >>> stopwatch = Stopwatch(clock=iter([0, 10, 13, 20]).__next__)
    >>> stopwatch.begin("settlement")
    >>> stopwatch.begin("pricing")
    >>> stopwatch.end()
    >>> stopwatch.end()
    >>> dict(stopwatch.spent_ns), stopwatch.whole_ns
    ({'settlement': 17, 'pricing': 3}, 20)
    """

    def __init__(self, clock: Callable[[], int] = time.thread_time_ns) -> None:
        self.spent_ns: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.whole_ns = 0
        self._clock = clock
        self._open: list[str] = []
        self._began_ns = self._since_ns = 0

    def begin(self, name: str) -> None:
        """Let a name take the time over."""
        now_ns = self._clock()
        if self._open:
            self.spent_ns[self._open[-1]] += now_ns - self._since_ns
        else:
            self._began_ns = now_ns
        self._open.append(name)
        self.calls[name] += 1
        self._since_ns = now_ns

    def end(self) -> None:
        """Hand the time back to the name that had it before.

        Raises
        ------
        IndexError
            If nothing has begun.
        """
        now_ns = self._clock()
        self.spent_ns[self._open.pop()] += now_ns - self._since_ns
        self._since_ns = now_ns
        if not self._open:
            self.whole_ns += now_ns - self._began_ns

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same under a name.

        A process of the calendar, a generator function, holds the time while it acts, and not
        while it waits.

        Parameters
        ----------
        name
            Who the time belongs to.
        function
            What is called.
        """
        call = self._process if inspect.isgeneratorfunction(function) else self._call

        @functools.wraps(function)
        def timed(*arguments: Any, **keywords: Any) -> Any:
            return call(name, partial(function, *arguments, **keywords))

        return timed

    def _call(self, name: str, function: Callable[[], Any]) -> Any:
        self.begin(name)
        try:
            return function()
        finally:
            self.end()

    def _process(
        self, name: str, function: Callable[[], Generator[Any, Any, Any]]
    ) -> Generator[Any, Any, Any]:
        """Run a generator, timing it from each resumption to the next wait."""
        process = function()
        resume: Callable[[], Any] = partial(next, process)
        while True:
            self.begin(name)
            try:
                awaited = resume()
            except StopIteration as stop:
                return stop.value
            finally:
                self.end()
            try:
                resume = partial(process.send, (yield awaited))
            except Exception as error:  # noqa: BLE001 - the process may know what to do
                resume = partial(process.throw, error)
