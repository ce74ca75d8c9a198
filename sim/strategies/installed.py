"""Strategies that installed packages offer by entry points.

An entry point of the group ``pricewar.pricing`` (peace) or ``pricewar.war_pricing`` makes a class
known by the entry point's name. Whoever installed the package has allowed its code.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType

from sim.errors import as_sentence
from sim.strategies.outside_code import BadCodeError, OutsideCode


@dataclass(frozen=True, slots=True)
class Installed:
    """A strategy that an installed package offers.

    Attributes
    ----------
    entry_point
        Its name, its class, and the distribution.
    """

    entry_point: EntryPoint

    def load(self) -> object:
        """Import the class.

        Raises
        ------
        BadCodeError
            If its module cannot be imported, or has no such class.
        """
        try:
            return self.entry_point.load()
        except Exception as error:
            raise BadCodeError(
                f"{self.entry_point.value} cannot be imported: {type(error).__name__}: "
                f"{as_sentence(error)}",
                "Repair the package that offers it, or remove it.",
            ) from error

    def origin(self) -> OutsideCode:
        """Return its identity: the distribution's name and version, the source of its module."""
        self.load()
        path = getattr(sys.modules[self.entry_point.module], "__file__", None)
        source = Path(path).read_bytes() if path else b""
        distribution = self.entry_point.dist
        label = f"{distribution.name} {distribution.version}" if distribution else "unknown"
        sha256 = hashlib.sha256(label.encode() + b"\n" + source).hexdigest()
        name = self.entry_point.attr.rpartition(".")[2]
        return OutsideCode(
            self.entry_point.name, name, sha256, f"{label} ({self.entry_point.module})"
        )


@cache
def installed(group: str) -> MappingProxyType[str, Installed]:
    """Return what installed packages offer in a group, by name."""
    return MappingProxyType({point.name: Installed(point) for point in entry_points(group=group)})
