"""Plain lines on the terminal, for commands that need neither colour nor tables."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Write a line of the answer to standard output."""
    sys.stdout.write(f"{text}\n")


def complain(text: str) -> None:
    """Write a line about what went wrong, or how far things are, to standard error."""
    sys.stderr.write(f"{text}\n")
