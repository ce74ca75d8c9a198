"""Whether curves fitted to a fresh table agree with those that ship with the package.

Both are measured with a permutation of channels, a calibration text and places in articles of their
own, or may be; intervals hold how far these move a loss (`analysis.compression.fitting.draws`),
with Student's t for the few draws that tell it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from sim.compression.curves import CompressionCurves, Estimate
from sim.compression.shipped_curves import shipped_curves


@dataclass(frozen=True, slots=True)
class Agreement:
    """A parameter fitted here beside the shipped one.

    Attributes
    ----------
    name
        Such as ``quantization: shape``.
    here, shipped
        Both estimates with their 95% intervals.
    """

    name: str
    here: Estimate
    shipped: Estimate

    @property
    def tolerance(self) -> float:
        """Half the 95% interval of their difference."""
        return math.hypot(*(0.5 * (one.high - one.low) for one in (self.here, self.shipped)))

    @property
    def agrees(self) -> bool:
        """Whether the two differ by no more than both intervals allow."""
        return abs(self.here.best - self.shipped.best) <= self.tolerance

    def __str__(self) -> str:
        """One line, for the terminal."""
        verdict = "within" if self.agrees else "OUTSIDE"
        low, high = self.shipped.best - self.tolerance, self.shipped.best + self.tolerance
        return (
            f"{self.name}: {self.here.best:.3g} here, {verdict} {low:.3g} to {high:.3g}, which "
            "another text and permutation may give"
        )


def compare(here: CompressionCurves, shipped: CompressionCurves) -> Iterator[Agreement]:
    """Compare what both have: shapes of groups, offsets of methods, the rule of stacking."""
    groups = {group.name: group for group in shipped.groups}
    for group in here.groups:
        known = groups.get(group.name)
        if known is not None and known.reference == group.reference:
            yield Agreement(f"{group.name}: shape", group.shape, known.shape)
    methods = {method.name: method for method in shipped.methods}
    for method in here.methods:
        same = methods.get(method.name)
        if same is not None and method.offset != same.offset:
            yield Agreement(f"{method.name}: ln offset", method.offset, same.offset)
    yield Agreement("stacking factor", here.stacking, shipped.stacking)


def agreement_with_shipped(curves: CompressionCurves) -> tuple[str, ...]:
    """Return how each parameter of fitted curves compares with the shipped one, a line each."""
    compared = list(compare(curves, shipped_curves()))
    inside = sum(one.agrees for one in compared)
    return (
        *(str(one) for one in compared),
        f"{inside} of {len(compared)} parameters agree with the shipped ones.",
    )
