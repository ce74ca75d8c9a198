"""The compiled kernel is cached where it can be written, and found again by what it is made of."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import numba
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


@pytest.fixture
def triple(
    only_cache: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[], numba.core.registry.CPUDispatcher]:
    """Return what makes a compiled function as a new process would."""
    only_cache.setattr(compiled, "cache_folder", lambda: tmp_path / "cache")
    only_cache.setattr(sys, "dont_write_bytecode", True)  # or texts of one second were one text
    (tmp_path / "cache").mkdir()
    text = "from sim.compiled import compiled\n\n@compiled\ndef triple(x):\n    return 3.0 * x\n"

    def make(copy: str = "one", text: str = text) -> numba.core.registry.CPUDispatcher:
        source = tmp_path / copy / "program" / "triple.py"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text)
        spec = importlib.util.spec_from_file_location("triple", source)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.triple

    return make


def hits(function: numba.core.registry.CPUDispatcher) -> int:
    return sum(function.stats.cache_hits.values())


DAMAGE = {
    "emptied": lambda _: b"",
    "cut short": lambda content: content[: len(content) // 2],
    "without its end": lambda content: content[:-1],
    "one byte changed": lambda content: (
        content[: len(content) // 2]
        + bytes([content[len(content) // 2] ^ 1])
        + content[len(content) // 2 + 1 :]
    ),
    "of another program": lambda _: b"\x80\x04\x95hello",
    "text": lambda _: b"<html>",
}


@pytest.mark.parametrize("suffix", ["nbc", "nbi"])
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_file_of_the_cache_is_compiled_and_kept_again(damage, suffix, triple, tmp_path):
    if suffix == "nbi" and damage is DAMAGE["one byte changed"]:
        pytest.skip("an index may change without becoming unreadable: it leads to sealed files")
    assert triple()(2.0) == 6.0
    again = triple()
    assert (again(2.0), hits(again)) == (6.0, 1)
    files = list((tmp_path / "cache").rglob(f"*.{suffix}"))
    assert files
    for file in files:
        file.write_bytes(damage(file.read_bytes()))
    damaged = triple()
    assert (damaged(2.0), hits(damaged)) == (6.0, 0)
    healed = triple()
    assert (healed(2.0), hits(healed)) == (6.0, 1)


def test_a_cache_that_cannot_be_written_is_done_without(triple, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(compiled._SealedFiles, "_open_for_write", full)
    assert triple()(2.0) == 6.0
    monkeypatch.setattr("tempfile.TemporaryFile", full)
    assert triple()(2.0) == 6.0


def test_the_mark_counts_only_while_all_that_it_names_is_there_whole(triple, tmp_path):
    assert not compiled.is_marked()
    triple()(2.0)
    compiled.mark()
    assert compiled.is_marked()
    (file,) = (tmp_path / "cache").rglob("*.nbc")
    content = file.read_bytes()
    for damage in (content[:-1], b"", None):
        file.unlink() if damage is None else file.write_bytes(damage)
        assert not compiled.is_marked()
        file.write_bytes(content)
        assert compiled.is_marked()
    for mark in (b"", b"[]", b"{}", b"\xff"):
        (tmp_path / "cache" / "ready").write_bytes(mark)
        assert not compiled.is_marked()


def test_no_home_and_no_temporary_folder_are_no_reason_to_fail(monkeypatch):
    def none() -> str:
        raise FileNotFoundError("no usable temporary directory")

    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("tempfile.gettempdir", none)
    for home in ("", None):
        monkeypatch.setenv("HOME", home) if home is not None else monkeypatch.delenv("HOME")
        assert compiled.cache_folder.__wrapped__() is None


def test_another_processor_or_library_has_a_cache_of_its_own(monkeypatch):
    here = compiled.fingerprint.__wrapped__()
    with monkeypatch.context() as patch:
        patch.setattr(compiled, "get_host_cpu_name", lambda: "another")
        assert compiled.fingerprint.__wrapped__() != here
    with monkeypatch.context() as patch:
        patch.setattr("numpy.__version__", "0.1")
        assert compiled.fingerprint.__wrapped__() != here
    assert compiled.fingerprint.__wrapped__() == here


def test_code_is_kept_under_the_text_that_was_read_though_another_was_installed_since(
    triple, tmp_path
):
    old = triple("one")
    text = "from sim.compiled import compiled\n\n@compiled\ndef triple(x):\n    return x * 4.0\n"
    (tmp_path / "one" / "program" / "triple.py").write_text(text)
    assert old(2.0) == 6.0
    assert triple("one", text)(2.0) == 8.0


def test_copies_of_the_program_share_code_and_another_text_has_its_own(triple):
    assert triple("one")(2.0) == 6.0
    copy = triple("two")
    assert (copy(2.0), hits(copy)) == (6.0, 1)
    text = "from sim.compiled import compiled\n\n@compiled\ndef triple(x):\n    return x * 4.0\n"
    changed = triple("two", text)
    assert (changed(2.0), hits(changed)) == (8.0, 0)
    kept = triple("one")
    assert (kept(2.0), hits(kept)) == (6.0, 1)


def test_processes_that_keep_code_for_different_types_at_once_find_their_own(tmp_path, monkeypatch):
    ours, theirs = (compiled._SealedFiles(str(tmp_path), "function", "text") for _ in range(2))
    keep = ours._save_data

    def keep_after_theirs(name, data):
        with monkeypatch.context() as before:
            before.setattr(theirs, "_load_index", dict)  # read before ours was written
            theirs.save(("float64",), "code for floats")
        keep(name, data)

    monkeypatch.setattr(ours, "_save_data", keep_after_theirs)
    ours.save(("int64",), "code for whole numbers")
    assert ours.load(("float64",)) == "code for floats"
    assert ours.load(("int64",)) in (None, "code for whole numbers")
