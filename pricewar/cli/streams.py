"""Standard streams that were closed, are full, or have nobody at their other end."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

OUTPUT = "standard output"
"""Stands for a file's name in errors of that stream."""


def prepare() -> None:
    """Make the standard streams usable, whatever the process was started with.

    A closed one is opened to nowhere: otherwise the next file that is opened would get its number,
    and what is printed. Characters that a stream cannot encode are written as escapes. What is
    lost on standard error is no reason to end.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8"))  # noqa: SIM115, PTH123 - for good
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr = Undisturbed(sys.stderr)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = Named(sys.stdout)


def is_of_output(error: OSError) -> bool:
    """Return whether writing to standard output, or flushing it, failed with an error."""
    return bool(error.filename == OUTPUT)


def silence_output() -> None:
    """Send what is still buffered nowhere, so that Python does not complain at exit."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


class Undisturbed:
    """A text stream that loses what cannot be written.

    Parameters
    ----------
    stream
        Where it writes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, if that is possible."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Hand on what is buffered, if that is possible."""
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        """Return anything else of the stream."""
        return getattr(self._stream, name)


class Named:
    """Standard output, whose errors have its name.

    Parameters
    ----------
    stream
        Where it writes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text."""
        with _naming():
            return self._stream.write(text)

    def flush(self) -> None:
        """Hand on what is buffered."""
        with _naming():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        """Return anything else of the stream."""
        return getattr(self._stream, name)


@contextmanager
def _naming() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        error.filename = OUTPUT
        raise
