"""Which tests run side by side, each process taking the next as it is free."""

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling


class FilesThatShare(LoadScopeScheduling):
    """Keeps the tests of a file in one process where they share a fixture, or may not meet.

    Those are files with a fixture of the module, which is then made once, and files marked with
    ``xdist_group``; xdist's own ``--dist loadgroup`` groups nothing with pytest 9.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if shares(self.config.rootpath / file) else nodeid


@cache
def shares(file: Path) -> bool:
    """Return whether the tests of a file stay together."""
    text = file.read_text(encoding="utf-8")
    return 'scope="module"' in text or "pytest.mark.xdist_group" in text
