"""What several tests of scenarios need."""

from __future__ import annotations

from pathlib import Path

import pytest
from outside_policies import POLICIES


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "policies.py").write_text(POLICIES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path
