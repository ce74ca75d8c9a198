"""Text as a scenario file quotes it."""

from __future__ import annotations

import json


def quoted(text: str) -> str:
    """Return a text in quotes."""
    return json.dumps(text, ensure_ascii=False)
