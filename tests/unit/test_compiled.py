"""The compiled kernel is cached where it can be written, and found again by what it is made of."""

from pathlib import Path

import pytest

from sim import compiled

NAMES = ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA")


@pytest.fixture
def only_cache(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No named cache folder, and a home that is a plain file: nothing can be made in it."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/dev/null")
    return monkeypatch


def test_the_kernel_is_kept_in_the_named_cache(
    only_cache: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    only_cache.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = compiled.cache_folder.__wrapped__()
    assert folder == tmp_path / "pricewar" / compiled.fingerprint()
    assert folder.is_dir()


def test_a_home_that_cannot_be_written_is_passed_over(
    only_cache: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    only_cache.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    folder = compiled.cache_folder.__wrapped__()
    private, *_ = tmp_path.iterdir()
    assert folder.is_relative_to(private)
    assert private.stat().st_mode & 0o077 == 0


def test_a_strangers_folder_is_not_trusted(only_cache: pytest.MonkeyPatch, tmp_path: Path) -> None:
    only_cache.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    only_cache.setattr("os.getuid", lambda: 12345)
    assert compiled.cache_folder.__wrapped__() is None


def test_without_a_folder_nothing_is_kept_and_nothing_fails(
    only_cache: pytest.MonkeyPatch,
) -> None:
    only_cache.setattr("tempfile.gettempdir", lambda: "/dev/null")
    assert compiled.cache_folder.__wrapped__() is None
    only_cache.setattr(compiled, "cache_folder", lambda: None)
    compiled.mark()
    assert not compiled.is_marked()


def test_every_source_of_the_kernel_counts_towards_its_fingerprint() -> None:
    folder = Path(compiled.__file__).parent
    decorated = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if "\n@compiled" in path.read_text()
    }
    assert decorated
    assert decorated <= set(compiled.SOURCES)
    assert all((folder / name).exists() for name in compiled.SOURCES)
