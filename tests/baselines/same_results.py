"""Compare the content of all result tables with what another commit computes on this machine.

    python tests/baselines/same_results.py d620702
    python tests/baselines/same_results.py d620702 --keep before.json   # computes the old one once

The other commit is unpacked from the repository's history and runs in a process of its own. Rows
are compared by key, columns by name, type and value to the last bit; layout, manifests and hashes
are not. What was renamed on purpose stands in ``renames.json``, by table.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
Content = dict[str, dict[str, str]]


def unpack(commit: str, folder: Path) -> None:
    """Write a commit's files into a folder."""
    archive = subprocess.run(
        ["git", "archive", commit], cwd=ROOT, check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder, filter="data")


def content(checkout: Path, renames: Path) -> Content:
    """Return the digests of one checkout."""
    done = subprocess.run(
        [sys.executable, str(HERE / "content.py"), str(renames)],
        env={**os.environ, "PYTHONPATH": str(checkout)},
        cwd=checkout,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: Content = json.loads(done.stdout)
    return found


def differences(before: Content, after: Content) -> list[str]:
    """Say which columns differ, are new or are gone."""
    lines = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key, {}), after.get(key, {})
        for column in sorted(old.keys() | new.keys()):
            if column not in new:
                lines.append(f"{key}.{column}: is gone")
            elif column not in old:
                lines.append(f"{key}.{column}: is new")
            elif old[column] != new[column]:
                lines.append(f"{key}.{column}: differs")
    return lines


def main() -> int:
    """Compare, print what differs, and return 1 if anything does."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("commit")
    parser.add_argument("--keep", type=Path, help="where the commit's digests are, or are kept")
    arguments = parser.parse_args()
    commit, kept = arguments.commit, arguments.keep
    with tempfile.TemporaryDirectory() as folder:
        nothing = Path(folder) / "no-renames.json"
        nothing.write_text("{}", encoding="utf-8")
        if kept is not None and kept.exists():
            before = json.loads(kept.read_text(encoding="utf-8"))
        else:
            unpack(commit, Path(folder) / "before")
            before = content(Path(folder) / "before", HERE / "renames.json")
            if kept is not None:
                kept.write_text(json.dumps(before), encoding="utf-8")
        after = content(ROOT, nothing)
    lines = differences(before, after)
    columns = sum(len(columns) for columns in after.values())
    same = f"{columns} columns of {len(after)} tables: all as at {commit}."
    print("\n".join(lines) or same)  # noqa: T201
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
