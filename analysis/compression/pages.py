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
    if set_option is not None:
        set_option(_M_MMAP_THRESHOLD, _MOST)
        set_option(_M_TRIM_THRESHOLD, _MOST)
