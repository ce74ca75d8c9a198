"""What is being done before there is anything to count: on a terminal at once, in a log later."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from types import TracebackType
from typing import Self

_LOGGED_AFTER_S = 5.0
"""What takes less time than this leaves no line in a log."""
_TICK_S = 1.0
_ERASED = "\r\x1b[2K"


class Waiting:
    """Says what is being done while it is; a context manager.

    A terminal shows it from the first moment, then with the seconds that have passed, and is left
    as it was. A log gets one line, and only of what takes some seconds. Needs nothing that takes
    time to import, so it is what long commands begin with.

    Parameters
    ----------
    doing
        What is being done: ``loading``.
    """

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        """Say it."""
        self._begin = time.monotonic()
        self._on_terminal = is_terminal()
        if self._on_terminal:
            self._draw()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take it away."""
        self._over.set()
        self._thread.join()
        if self._on_terminal:
            _write(_ERASED)

    def _tick(self) -> None:
        if self._on_terminal:
            while not self._over.wait(_TICK_S):
                self._draw()
        elif not self._over.wait(_LOGGED_AFTER_S):
            _write(f"{self._doing} ...\n")

    def _draw(self) -> None:
        seconds = int(time.monotonic() - self._begin)
        passed = f" {seconds} s" if seconds else ""
        width = shutil.get_terminal_size().columns - 1
        _write(f"{_ERASED}{f'{self._doing} ...{passed}'[:width]}")


def is_terminal() -> bool:
    """Return whether standard error is a terminal that can erase a line."""
    return sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _write(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):  # closed or full: news are worth no error
        pass
