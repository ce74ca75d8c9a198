"""Memory in large pages that are kept: what measuring fills, frees and fills again by the second.

What a model answers to a few windows of text takes hundreds of megabytes. Fetching these anew from
the system each time, in pages of four kilobytes, took a seventh of a calibration.
"""

import ctypes
import os

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Names and numbers of ``malloc.h``."""
_MOST = 2**31 - 1


def keep_large_pages() -> None:
    """Have torch ask for large pages, and the C library keep what is freed; before torch's import.

    Where the C library has no such setting, nothing changes but the speed.
    """
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    # Some versions refuse so high a threshold; the other one alone would make things slower.
    if set_option is not None and set_option(_M_MMAP_THRESHOLD, _MOST):
        set_option(_M_TRIM_THRESHOLD, _MOST)


def give_back_pages() -> None:
    """Return to the system what the C library keeps, where it can be told to."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
