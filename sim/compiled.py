"""Compilation of the user kernel, cached on disk so that only the first run ever pays for it.

Numba's own cache looks at the file of each function alone and would serve a stale kernel when a
function that it calls changes in another file. Here the cache folder is named after all sources of
the kernel, which also makes it cheap to tell whether the kernel has been compiled before.
"""

import os
import platform
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., object])

SOURCES = (
    "streams.py",
    "compiled.py",
    "users/draws.py",
    "users/normal.py",
    "users/records.py",
    "users/meters.py",
    "users/moves.py",
    "users/neighbours.py",
    "users/consideration.py",
    "users/prefetch.py",
    "users/race.py",
    "users/review.py",
    "users/cells.py",
    "users/worth.py",
    "users/kernel.py",
)
"""Files whose text decides the compiled code, relative to this one."""

_READY = "ready"


def compiled(function: Function) -> Function:
    """Compile a function on its first call, from the cache if it is there.

    With ``NUMBA_DISABLE_JIT=1`` the function stays as it is; results are the same.

    Notes
    -----
    The kernel's functions hand some twenty arrays to each other and never make one. Counting the
    references to them took nine tenths of the time, so numba's runtime, which counts them, is left
    out (``_nrt``); a function that made an array would not compile. Inlining saves another third.

    A function outside the kernel may be compiled likewise if it calls none of another file: it is
    not among ``SOURCES``.
    """
    folder = cache_folder()
    settings: dict[str, Any] = vars(numba.config)
    options: dict[str, Any] = {"cache": folder is not None, "forceinline": True, "_nrt": False}
    before = settings["CACHE_DIR"]
    settings["CACHE_DIR"] = str(folder or "")
    try:
        jitted: Function = numba.njit(**options)(function)
    finally:
        settings["CACHE_DIR"] = before
    return jitted


@cache
def cache_folder() -> Path | None:
    """Folder of the compiled kernel; None where no folder can be written and nothing is kept."""
    for base in _candidates():
        folder = base / "pricewar" / fingerprint()
        try:
            base.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK) and _owned(base, folder):
            return folder
    return None


@cache
def fingerprint() -> str:
    """Hash of everything that the compiled code depends on, bar the processor (numba's index)."""
    digest = blake2b(digest_size=8)
    digest.update(f"{numba.__version__} {sys.version} {platform.machine()}".encode())
    for name in SOURCES:
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()


def is_marked() -> bool:
    """Whether an earlier process left word that the whole kernel is in the cache."""
    folder = cache_folder()
    return folder is not None and (folder / _READY).exists()


def mark() -> None:
    """Leave word for later processes that the whole kernel is in the cache."""
    folder = cache_folder()
    if folder is not None:
        (folder / _READY).touch()


def _candidates() -> list[Path]:
    """Places for the cache, best first; the last one survives a read-only home."""
    named = [os.environ.get(name) for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA")]
    home = [Path(os.environ["HOME"]) / ".cache"] if "HOME" in os.environ else []
    shared = Path(tempfile.gettempdir()) / f"pricewar-{_user()}"
    return [*(Path(name) for name in named if name), *home, shared]


def _user() -> int:
    """Return the user's number, since it need not have a name; zero where users have none."""
    return os.getuid() if hasattr(os, "getuid") else 0


def _owned(*folders: Path) -> bool:
    """Whether folders are ours: compiled code from a stranger's folder must not be run."""
    return not hasattr(os, "getuid") or all(f.stat().st_uid == os.getuid() for f in folders)
