"""Where a run was made: versions and memory, for its manifest."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version

_LIBRARIES = ("pricewar", "numpy", "numba", "scipy", "simpy", "pyarrow", "pydantic")


@cache
def versions() -> Mapping[str, str]:
    """Versions of Python, the platform and the libraries that results depend on."""
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        **{library: version(library) for library in _LIBRARIES},
    }


def peak_memory_bytes() -> int | None:
    """Largest resident size of this process or of one of its workers; None where unknown."""
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return unit * max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
