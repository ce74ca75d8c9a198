"""What all pages share: their frame and style, and figures within the one file that each is."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from analysis.report.section import Bullets, PageTable
from sim.errors import ResultError

PAGE: Final = "report.html"
"""Name of a page in its folder."""
_HERE: Final = Path(__file__).parent


def rendered(template: str, **content: object) -> str:
    """Return a page.

    Parameters
    ----------
    template
        File beside this one that extends ``frame.html.j2``.
    content
        What it shows; the frame takes ``heading``, ``question`` and ``versions``.
    """
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    return _environment().get_template(template).render(style=style, **content)


def embedded(name: str, title: str, caption: str, svg: Path) -> dict[str, str]:
    """Return a figure as pages show it: drawn within the page, without a file of its own."""
    content = base64.b64encode(svg.read_bytes()).decode("ascii")
    return {
        "name": name,
        "title": title,
        "caption": caption,
        "data": f"data:image/svg+xml;base64,{content}",
    }


@contextmanager
def written_into(folder: Path) -> Iterator[None]:
    """Tell what a user can do where a report cannot be written.

    Raises
    ------
    ResultError
        In place of the system's error.
    """
    try:
        yield
    except OSError as error:
        raise ResultError(
            f"{folder}: the report cannot be written ({error.strerror}).\n"
            "  Choose another folder with --out."
        ) from error


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    environment.tests["listing"] = lambda block: isinstance(block, Bullets)
    environment.tests["table"] = lambda block: isinstance(block, PageTable)
    return environment


def _breakable(identifier: str) -> Markup:
    """Let a long identifier wrap after its dots and underscores."""
    return Markup(re.sub(r"([._\]])", r"\1<wbr>", str(escape(identifier))))  # noqa: S704 - escaped
