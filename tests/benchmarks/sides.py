"""The two sides of a comparison: the last release, unpacked from history, and the working tree."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RELEASE = "d620702"
"""The last release; ``released.py`` has its calls."""


class Start(NamedTuple):
    """What a command took from its start to its end."""

    wall_s: float
    processor_s: float


class Side:
    """A checkout, and a process that runs its code.

    Parameters
    ----------
    root
        Where its files are.
    driver
        Module beside this one that knows its calls.
    environment
        Variables for its processes besides this one's.

    Notes
    -----
    Python keeps its translation of modules, as it does of an installed program's, whatever this
    process was told: a start would translate some 400 modules again.
    """

    def __init__(self, root: Path, driver: str, environment: dict[str, str]) -> None:
        self.root = root
        self.environment = {**os.environ, **environment, "PYTHONPATH": str(root)}
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), driver],
            env=self.environment,
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        found = Path(self.ask("warm_up")["sim"])
        if found.resolve() != root.resolve():
            raise SystemExit(f"the side of {root} runs the code of {found}")

    def ask(self, command: str, **arguments: object) -> dict[str, Any]:
        """Have the process do something, and wait for its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps([command, arguments]) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise SystemExit(f"the process of {self.root} ended in {command!r}; see above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def start(self, *arguments: str) -> Start:
        """Run the checkout's command ``pricewar`` in a process of its own."""
        scripts = tomllib.loads((self.root / "pyproject.toml").read_text())["project"]["scripts"]
        module, _, function = scripts["pricewar"].partition(":")
        code = f"import sys; from {module} import {function} as main; sys.exit(main())"
        begin = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            env=self.environment,
            cwd=self.root,
            stdout=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"pricewar {' '.join(arguments)} failed in {self.root}")
        return Start(wall_s, usage.ru_utime + usage.ru_stime)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


def unpack(folder: Path) -> None:
    """Write the release's files into a folder.

    Raises
    ------
    SystemExit
        If the clone's history does not reach back to it.
    """
    archive = folder.with_suffix(".zip")
    done = subprocess.run(
        ["git", "archive", "--output", str(archive), RELEASE],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(
            f"{done.stderr.strip()}\nThis clone has no commit {RELEASE}: run git fetch --unshallow."
        )
    shutil.unpack_archive(archive, folder)
