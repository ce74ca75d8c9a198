"""What was observed: moments, and how far the source may be off."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.words import counted
from sim.errors import UsageError
from sim.quantities import FloatArray


@dataclass(frozen=True)
class Targets:
    """Observed moments.

    Attributes
    ----------
    names
        One a moment, m of them.
    observed
        Shape [m], on the scale on which moments are compared.
    source_covariance
        Shape [m, m]: error of the source, on the same scale; zero where it is exact. That one
        history happened and not another comes on top, and is measured in simulation.
    """

    names: tuple[str, ...]
    observed: FloatArray
    source_covariance: FloatArray

    def refuse_too_few(self, parameters: int) -> None:
        """Refuse to estimate as many parameters as there are moments, or more.

        Raises
        ------
        UsageError
            With fewer moments than parameters + 1: nothing would be left to test the model with.
        """
        if len(self.names) < parameters + 1:
            raise UsageError(
                f"{len(self.names)} moments cannot estimate {counted(parameters, 'parameter')} "
                f"and test the model: at least {parameters + 1} are needed.\n"
                "  Add moments, or fix parameters from outside."
            )
