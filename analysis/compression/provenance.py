"""Where each row comes from: model, text, libraries, processor, command; kept as JSON."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from analysis.compression.errors import CalibrationError

_LIBRARIES = (
    "pricewar", "torch", "transformers", "tokenizers", "safetensors", "gguf", "xllamacpp", "onnx",
    "onnxruntime", "scikit-learn", "mwparserfromhell", "numpy", "scipy",
)  # fmt: skip


def environment(command: str, seed: int, threads: int, device: str) -> dict[str, Any]:
    """Describe what a session of measuring runs on.

    Parameters
    ----------
    command
        The command as it was given.
    seed
        Seed of all draws.
    threads
        Threads that torch may use.
    device
        ``cpu`` or ``cuda``.
    """
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "command": command,
        "seed": seed,
        "threads": threads,
        "device": device,
        "processor": processor(),
        "processors": os.cpu_count(),
        "instructions": _instructions(),
        "load_average": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "libraries": {name: found for name in _LIBRARIES if (found := library_version(name))},
    }


class Provenance:
    """What is known of each row's making, kept in a file beside the table.

    Environments, models and texts are written once each; a run names them.

    Parameters
    ----------
    path
        The JSON file; read if it is there.

    Raises
    ------
    CalibrationError
        The file is there and is not such a file.
    """

    _PARTS = ("environments", "models", "texts", "runs")

    def __init__(self, path: Path) -> None:
        self.path = path
        content: dict[str, Any] = {}
        if path.exists():
            try:
                content = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise CalibrationError(f"{path}: cannot be read ({error}).") from None
            if not isinstance(content, dict) or not set(self._PARTS) <= set(content):
                raise CalibrationError(
                    f"{path}: is not a record of compression runs.  Move it away, or name another "
                    "table with --out."
                )
        self.parts: dict[str, dict[str, Any]] = {
            part: dict(content.get(part, {})) for part in self._PARTS
        }

    def note(self, part: str, key: str, what: Mapping[str, Any]) -> str:
        """Keep an environment, a model or a text under a key; returns the key."""
        self.parts[part][key] = dict(what)
        return key

    def note_environment(self, what: Mapping[str, Any]) -> str:
        """Keep an environment, once however often it is noted; returns its key."""
        same = {key: value for key, value in what.items() if key != "load_average"}
        for key, known in self.parts["environments"].items():
            if same == {name: known.get(name) for name in same}:
                return key
        return self.note("environments", f"e{len(self.parts['environments']) + 1}", what)

    def write(self) -> None:
        """Write the file in one step.

        Raises
        ------
        CalibrationError
            The disk is full or the place cannot be written.
        """
        aside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            text = json.dumps(self.parts, indent=1, sort_keys=True, ensure_ascii=False)
            aside.write_text(f"{text}\n", encoding="utf-8")
            aside.replace(self.path)
        except OSError as error:
            aside.unlink(missing_ok=True)
            raise CalibrationError(
                f"{self.path}: cannot be written ({error.strerror}).  Free disk space and run the "
                "same command again to continue."
            ) from None


def command_line() -> str:
    """Return the command as it was given, without the folders of its program."""
    program = Path(sys.argv[0]).name
    return " ".join(["pricewar" if program == "__main__.py" else program, *sys.argv[1:]])


def library_version(name: str) -> str:
    """Return the version of an installed library; empty if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def processor() -> str:
    """Return the name of this machine's processor."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        return platform.processor() or platform.machine()
    return platform.processor() or platform.machine()


def _instructions() -> list[str]:
    """Name the vector instructions that decide which kernels run."""
    wanted = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimd", "sve")
    try:
        words = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split())
    except OSError:
        return []
    return [name for name in wanted if name in words]
