"""What is said when results cannot be written."""

from __future__ import annotations

import errno
from pathlib import Path

from sim.errors import ResultError


def cannot_be_written(error: OSError, out: Path, what: str) -> ResultError:
    """Return the error that a user is told in place of the system's.

    Parameters
    ----------
    error
        The system's.
    out
        Folder of the results.
    what
        What ``--resume`` continues: a run or a sweep.
    """
    return ResultError(
        f"{error.filename or out}: cannot be written ({error.strerror or error}).\n"
        f"  {_advice(error)}; --resume continues a {what}."
    )


def _advice(error: OSError) -> str:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return f"{'Free disk space or choose' if full else 'Choose'} another folder with --out"
