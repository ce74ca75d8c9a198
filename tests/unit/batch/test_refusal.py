"""What is advised where results cannot be written follows from what the system said."""

import errno
from pathlib import Path

import pytest

from sim.batch.refusal import cannot_be_written


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "Free disk space or choose another folder with --out"),
        (errno.EROFS, "  Choose another folder with --out"),
        (errno.ENOTDIR, "  Choose another folder with --out"),
    ],
)
def test_disk_space_is_advised_only_where_there_is_none(number: int, advice: str):
    told = str(cannot_be_written(OSError(number, "why"), Path("out"), "sweep"))
    assert told.startswith("out: cannot be written (why).")
    assert f"{advice}; --resume continues a sweep." in told
