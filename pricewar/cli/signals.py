"""Signals that end a command: what finished is saved first, as after Ctrl-C."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import NoReturn, Self

from sim.batch.signals import ENDING


class Stoppable:
    """Turns the signals by which systems end a process into the `KeyboardInterrupt` of Ctrl-C.

    A context manager; `code` is the exit code of a command that was stopped, 128 and the number of
    the signal. One that whoever started the process had ignored, as ``nohup`` does, stays ignored.
    """

    def __init__(self) -> None:
        self.code = 128 + signal.SIGINT

    def __enter__(self) -> Self:
        """Take the signals."""
        self._before = {
            number: signal.signal(number, self._stop)
            for number in ENDING
            if number != signal.SIGINT and signal.getsignal(number) != signal.SIG_IGN
        }
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Restore the handlers that were there before."""
        for number, handler in self._before.items():
            signal.signal(number, handler or signal.SIG_DFL)

    def _stop(self, number: int, _frame: FrameType | None) -> NoReturn:
        self.code = 128 + number
        raise KeyboardInterrupt
