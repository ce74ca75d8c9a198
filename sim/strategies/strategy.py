"""What every strategy is: a record that a scenario fills, and the rule that it parametrises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, TypeAlias

from sim.reading.frozen import Frozen
from sim.strategies.outside_code import OutsideCode

Check: TypeAlias = Callable[[object], str]
"""Takes what a method of a rule returned; returns what it must be, or nothing if it is that."""


class Strategy(Frozen):
    """A record whose methods are the rule: stateless, so that one instance may serve many products.

    What a rule would have to remember is in the view that it is given. The direct subclasses are
    the *kinds* of strategies: each says what a rule of its kind can do.
    """

    decides: ClassVar[str]
    """What a kind of strategy decides, for messages: ``pricing in peace``."""
    entry_points: ClassVar[str]
    """Group of entry points under which installed packages offer strategies of a kind."""
    checks: ClassVar[Mapping[str, Check]]
    """What the methods of a rule of a kind must return, by name."""
    origin: ClassVar[OutsideCode | None] = None
    """Where the class was made from; None: it is part of the package."""

    policy: str
    """Name of the strategy."""
