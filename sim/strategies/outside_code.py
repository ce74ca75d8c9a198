"""Where a strategy from outside the package comes from, and what identifies it."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass

FOLDER = "code"
"""Folder beside a resolved scenario in which the sources lie that it names."""
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class OutsideCode:
    """A class outside the package, with all that it takes to make it again in another process.

    Attributes
    ----------
    policy
        The name under which a resolved scenario knows it.
    class_name
        The class.
    sha256
        Digest of what it was made from.
    label
        How to call its source in messages: the file as the user named it, or the distribution.
    source
        Content of its file; None: it is part of an installed package.
    """

    policy: str
    class_name: str
    sha256: str
    label: str
    source: bytes | None = None

    @classmethod
    def of_file(cls, name: str, class_name: str, label: str, source: bytes) -> OutsideCode:
        """Return the origin of a class in a file.

        Parameters
        ----------
        name
            Name of the file, without its folder: where it lies is no part of the identity.
        class_name
            The class.
        label
            The file as the user named it.
        source
            Its content.
        """
        sha256 = hashlib.sha256(source).hexdigest()
        return cls(
            f"{FOLDER}/{sha256[:_DIGITS]}/{name}:{class_name}", class_name, sha256, label, source
        )

    @property
    def path(self) -> str:
        """Path of the copy of its source from the resolved scenario."""
        return self.policy.rpartition(":")[0]

    @property
    def shown(self) -> str:
        """How to call it in messages."""
        return f"{self.label}:{self.class_name}" if self.source is not None else self.policy


def module_name(origin: OutsideCode) -> str:
    """Return the name of the module that its source is executed in: equal sources share one."""
    return f"pricewar_code_{origin.sha256}"


def file_of(origin: OutsideCode) -> str:
    """Return the file that tracebacks name: that by which this process first met the source."""
    module = sys.modules.get(module_name(origin))
    return str(getattr(module, "__file__", origin.label))


class BadCodeError(Exception):
    """No strategy can be made from an origin.

    Attributes
    ----------
    hint
        What to do about it; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        self.hint = hint
        super().__init__(message)
