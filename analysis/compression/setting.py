"""How measurements are run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """How measurements are run.

    Attributes
    ----------
    threads
        Threads that torch may use.
    device
        ``cpu`` or ``cuda``, of language models; others are measured on the processor.
    seed
        Of the order in which recovery sees text or images.
    tell
        Called in training with the model, the step, and the number of steps.
    """

    threads: int
    device: str
    seed: int
    tell: Callable[[str, int, int], None] | None = None

    def teller(self, model: str) -> Callable[[int, int], None] | None:
        """Return what a model's training is to call after each step."""
        tell = self.tell
        return None if tell is None else lambda step, steps: tell(model, step, steps)
