"""Whether curves fitted to a fresh table agree with those that ship with the package.

Both are measured with a permutation of channels, a calibration text and places in articles of their
own, or may be; intervals hold how far these move a loss (`analysis.compression.fitting.draws`),
with Student's t for the few draws that tell it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.compression.fitting.draws import shipped_spreads
from analysis.compression.fitting.shapes import GroupShape, fit_shapes
from analysis.compression.measured_rows import MeasuredRow, read_rows
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


Shapes = Mapping[str, GroupShape]


def compare(
    here: CompressionCurves, shipped: CompressionCurves, drawn: Shapes, drawn_shipped: Shapes
) -> Iterator[Agreement]:
    """Compare what both have: shapes of groups, offsets of methods, the rule of stacking.

    Parameters
    ----------
    here, shipped
        The curves.
    drawn, drawn_shipped
        The same fits with the spread between draws: how wide intervals are.
    """
    groups = {group.name: group for group in shipped.groups}
    for group in here.groups:
        known = groups.get(group.name)
        if known is not None and known.reference == group.reference:
            own, theirs = drawn[group.name].shape, drawn_shipped[group.name].shape
            yield Agreement(
                f"{group.name}: shape", _as_wide(group.shape, own), _as_wide(known.shape, theirs)
            )
    methods = {method.name: method for method in shipped.methods}
    for method in here.methods:
        same = methods.get(method.name)
        if same is None or method.offset == same.offset:
            continue
        own_offsets, shipped_offsets = (
            shapes[method.group].offsets for shapes in (drawn, drawn_shipped)
        )
        if method.name in own_offsets and method.name in shipped_offsets:
            yield Agreement(
                f"{method.name}: ln offset",
                _as_wide(method.offset, own_offsets[method.name].estimate),
                _as_wide(same.offset, shipped_offsets[method.name].estimate),
            )
    yield Agreement("stacking factor", here.stacking, shipped.stacking)


def _as_wide(known: Estimate, drawn: Estimate) -> Estimate:
    """Return an estimate with the interval of another around it, if that is wider."""
    return Estimate(
        best=known.best,
        low=min(known.low, known.best - (drawn.best - drawn.low)),
        high=max(known.high, known.best + (drawn.high - drawn.best)),
    )


def agreement_with_shipped(
    curves: CompressionCurves, rows: Sequence[MeasuredRow]
) -> tuple[str, ...]:
    """Return how each parameter of fitted curves compares with the shipped one, a line each.

    Parameters
    ----------
    curves, rows
        The curves, and the measurements that they were fitted to.
    """
    compared = list(compare(curves, shipped_curves(), with_draws(rows), with_draws(read_rows())))
    inside = sum(one.agrees for one in compared)
    return (
        *(str(one) for one in compared),
        f"{inside} of {len(compared)} parameters agree with the shipped ones.",
    )


def with_draws(rows: Sequence[MeasuredRow]) -> Shapes:
    """Fit shapes and offsets with the spread that other permutations and texts give."""
    spreads = {group: one.normal_sd for group, one in shipped_spreads().items()}
    return fit_shapes(rows, spreads)
