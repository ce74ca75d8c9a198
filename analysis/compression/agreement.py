"""Whether curves fitted to a fresh table agree with those that ship with the package."""

from __future__ import annotations

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
    def agrees(self) -> bool:
        """Whether the value fitted here lies in the shipped interval."""
        return self.shipped.low <= self.here.best <= self.shipped.high

    def __str__(self) -> str:
        """One line, for the terminal."""
        verdict = "within" if self.agrees else "OUTSIDE"
        return (
            f"{self.name}: {self.here.best:.3g} here, {verdict} the shipped interval "
            f"{self.shipped.low:.3g} to {self.shipped.high:.3g}"
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
        f"{inside} of {len(compared)} parameters lie within the shipped 95% intervals.",
    )
