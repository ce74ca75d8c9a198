"""Compilation of the kernels, cached on disk so that only the first run ever pays for it.

Numba's own cache looks at the file of each function alone and would serve a stale kernel when a
function that it calls changes in another file. Here the cache folder is named after all sources of
the kernel, which also makes it cheap to tell whether the kernel has been compiled before.
"""

import inspect
import json
import os
import pickle
import platform
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite
import numba
import numpy as np
from llvmlite.binding import get_host_cpu_features, get_host_cpu_name
from numba.core.caching import FunctionCache, IndexDataCacheFile

from sim.files.durable import write_whole
from sim.parts import CompiledFunction

Function = TypeVar("Function", bound=Callable[..., object])

SOURCES = (
    "streams.py",
    "compiled.py",
    "parts.py",
    "users/draws.py",
    "users/normal.py",
    "users/mechanisms/adoption.py",
    "users/mechanisms/awareness.py",
    "users/mechanisms/choice.py",
    "users/mechanisms/churn.py",
    "users/mechanisms/consideration.py",
    "users/mechanisms/nests.py",
    "users/mechanisms/portfolios.py",
    "users/mechanisms/privacy.py",
    "users/mechanisms/satisfaction.py",
    "users/mechanisms/usage.py",
    "users/records.py",
    "users/meters.py",
    "users/moves.py",
    "users/neighbours.py",
    "users/shortlist.py",
    "users/prefetch.py",
    "users/race.py",
    "users/nests.py",
    "users/review.py",
    "users/portfolio/choosing.py",
    "users/portfolio/first_day.py",
    "users/portfolio/holdings.py",
    "users/portfolio/moving.py",
    "users/portfolio/reviewing.py",
    "users/portfolio/welfare.py",
    "users/seeding.py",
    "users/graphs/words.py",
    "users/graphs/small_world.py",
    "users/graphs/preferential_attachment.py",
    "users/graphs/matching.py",
    "users/graphs/adjacency.py",
    "users/cells.py",
    "users/worth.py",
    "users/log_sum.py",
    "users/nested_log_sum.py",
    "users/welfare.py",
    "users/kernel.py",
    "users/cohort/arriving.py",
    "users/cohort/binomial.py",
    "users/cohort/climate.py",
    "users/cohort/dividing.py",
    "users/cohort/entering.py",
    "users/cohort/leaving.py",
    "users/cohort/migrating.py",
    "users/cohort/moving.py",
    "users/cohort/race.py",
    "users/cohort/records.py",
    "users/cohort/satisfaction.py",
    "users/cohort/standing.py",
    "users/cohort/step.py",
    "users/cohort/use.py",
    "equilibrium/kernel/records.py",
    "equilibrium/kernel/rows.py",
    "equilibrium/kernel/choosing.py",
    "equilibrium/kernel/conditions.py",
    "equilibrium/kernel/slopes.py",
    "equilibrium/kernel/deviations.py",
)
"""Files whose text decides the compiled code, relative to this one."""

_READY = "ready"
"""File with the sizes of the kernel's compiled files; there once they all are."""
_SEAL_BYTES = 16


class _SealedFiles(IndexDataCacheFile):
    """Numba's files of a function, where compiled code counts only if it is what was written.

    A loss of power or a full disk cuts files short. Numba would raise on most of them, and execute
    code in which a byte has changed. Here damage is as good as nothing there: it is compiled again.

    Numba numbers the files of a function. Processes that compile it for different types at once
    take the same number, and one of them would later execute what the other compiled. Here types
    name the file.
    """

    def save(self, key: Any, data: Any) -> None:
        """Keep what was compiled for a key, types and processor, in a file of that key alone."""
        overloads = self._load_index()
        if key not in overloads:
            digest = blake2b(repr(key).encode(), digest_size=8).hexdigest()
            overloads[key] = f"{self._index_name.removesuffix('.nbi')}.{digest}.nbc"
            self._save_index(overloads)
        self._save_data(overloads[key], data)

    def _load_index(self) -> Any:
        try:
            return super()._load_index()
        except Exception:  # noqa: BLE001 - whatever a damaged pickle raises
            return {}

    def _load_data(self, name: str) -> Any:
        content = Path(self._data_path(name)).read_bytes()
        seal, data = content[:_SEAL_BYTES], content[_SEAL_BYTES:]
        if seal != _seal(data):
            raise OSError(f"{name} is damaged")
        return pickle.loads(data)  # noqa: S301 - from a folder of ours, and sealed

    def _save_data(self, name: str, data: Any) -> None:
        content = self._dump(data)
        with self._open_for_write(self._data_path(name)) as file:
            file.write(_seal(content) + content)


def _seal(content: bytes) -> bytes:
    return blake2b(content, digest_size=_SEAL_BYTES).digest()


class _Cache(FunctionCache):
    """Numba's cache of a function, from which compiled code is read as it is.

    Numba's own reading first loads all that numba can compile, and SciPy's linear algebra with it:
    half of what a short run took. What is missing here is compiled, and compiling loads it anyway.
    What cannot be kept, as on a full disk, is not.

    Numba names the folder of a function by the path of its source, and doubts code that is older
    than the source. Here the text of the source names it, so that copies of the program share code.
    """

    def __init__(self, function: Callable[..., object], folder: Path, text: str) -> None:
        super().__init__(function)
        source = Path(inspect.getfile(function))
        path = folder / f"{source.parent.name}.{source.stem}-{text}"
        path.mkdir(exist_ok=True)
        self._cache_path = str(path)
        self._cache_file = _SealedFiles(self._cache_path, self._impl.filename_base, text)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the code compiled for a signature; None if it is not in the cache."""
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code compiled for a signature, if that is possible."""
        with suppress(OSError):
            super().save_overload(sig, data)


def compiled(function: Function) -> Function:
    """Compile a function on its first call, from the cache if it is there.

    With ``NUMBA_DISABLE_JIT=1`` the function stays as it is; results are the same.

    Notes
    -----
    The kernel's functions hand some twenty arrays to each other and never make one. Counting the
    references to them took nine tenths of the time, so numba's runtime, which counts them, is left
    out (``_nrt``); a function that made an array would not compile. Inlining saves another third.
    """
    return _compiled(function, inline=True)


def compiled_apart(function: Function) -> Function:
    """Compile a function as ``compiled`` does, but do not copy it into its callers.

    For long functions of few arguments: copied into each of many callers, they would take minutes
    to compile.
    """
    return _compiled(function, inline=False)


def _compiled(function: Function, *, inline: bool) -> Function:
    if vars(numba.config)["DISABLE_JIT"]:
        return function
    folder = cache_folder()
    # now, since by the time that it is called another version may have been installed
    text = blake2b(Path(inspect.getfile(function)).read_bytes(), digest_size=8).hexdigest()
    find = partial(_cache_of, function, folder, text)
    return cast(Function, CompiledFunction(function, inline=inline, find_cache=find))


def _cache_of(function: Callable[..., object], folder: Path | None, text: str) -> _Cache | None:
    """Return where the code of a function of a text is kept; None where it cannot be."""
    if folder is None:
        return None
    settings: dict[str, Any] = vars(numba.config)
    before = settings["CACHE_DIR"]
    settings["CACHE_DIR"] = str(folder)
    try:
        return _Cache(function, folder, text)
    except (OSError, RuntimeError):  # numba finds no place for it
        return None
    finally:
        settings["CACHE_DIR"] = before


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
    """Hash of everything that the compiled code depends on."""
    digest = blake2b(digest_size=8)
    processor = get_host_cpu_name(), get_host_cpu_features().flatten()
    libraries = numba.__version__, llvmlite.__version__, np.__version__
    digest.update(repr((libraries, sys.version, platform.machine(), processor)).encode())
    for name in SOURCES:
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()


def is_marked() -> bool:
    """Return whether the whole kernel is in the cache, as an earlier process left word."""
    folder = cache_folder()
    if folder is None:
        return False
    try:
        sizes = json.loads((folder / _READY).read_bytes())
        return bool(sizes) and all(
            (folder / name).stat().st_size == size for name, size in sizes.items()
        )
    except (OSError, ValueError, AttributeError):
        return False


def mark() -> None:
    """Leave word for later processes that the whole kernel is in the cache, if that can be kept."""
    folder = cache_folder()
    if folder is not None:
        with suppress(OSError):
            sizes = {
                path.relative_to(folder).as_posix(): path.stat().st_size
                for path in folder.rglob("*.nbc")
            }
            write_whole(folder / _READY, json.dumps(sizes).encode())


def _candidates() -> list[Path]:
    """Places for the cache, best first; the last one survives a read-only home."""
    named = [os.environ.get(name) for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA")]
    home = [Path(os.environ["HOME"]) / ".cache"] if os.environ.get("HOME") else []
    try:
        shared = [Path(tempfile.gettempdir()) / f"pricewar-{_user()}"]
    except FileNotFoundError:  # no temporary folder that can be written
        shared = []
    return [*(Path(name) for name in named if name), *home, *shared]


def _user() -> int:
    """Return the user's number, since it need not have a name; zero where users have none."""
    return os.getuid() if hasattr(os, "getuid") else 0


def _owned(*folders: Path) -> bool:
    """Whether folders are ours: compiled code from a stranger's folder must not be run."""
    return not hasattr(os, "getuid") or all(f.stat().st_uid == os.getuid() for f in folders)
