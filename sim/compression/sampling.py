"""Curves drawn from their predictive distribution: what another model, of any series, may lose."""

import math
from collections.abc import Callable

from sim.compression.curves import CompressionCurves, Estimate, GroupCurve
from sim.compression.groups import METHODS

NORMAL_95 = 1.96

Normal = Callable[[str, int], float]
"""A standard normal by name and ordinal, the same whenever asked for the same."""


def sampled_curves(curves: CompressionCurves, normal: Normal) -> CompressionCurves:
    """Return curves with every parameter drawn, each group and method by its own name.

    A parameter is normal to either side of its best value, with the standard deviation of that
    side of its interval; slopes, shapes and factors do not change sign. Level and size slope go
    together as in the fit. What a model of an unknown series loses more is drawn by the spread
    between series and models, that of a known one by its interval, and every method deviates from
    its curve by the scatter within models: losses are those of a model not seen yet.

    Parameters
    ----------
    curves
        The curves with their intervals.
    normal
        Gives standard normals.
    """
    scatter = {group.name: group.residual_sd for group in curves.groups}

    def drawn(estimate: Estimate, name: str, ordinal: int, lowest: float = -1e3) -> Estimate:
        return _drawn(estimate, normal(name, ordinal), lowest)

    def moved(offset: Estimate, group: str, method: str) -> Estimate:
        step = scatter[group] * normal(method, 1)
        value = drawn(offset, method, 0).best + step
        return Estimate(best=value, low=value, high=value)

    return curves.model_copy(
        update={
            "groups": tuple(_group(group, normal) for group in curves.groups),
            "methods": tuple(
                method.model_copy(
                    update={"offset": moved(method.offset, method.group, _whose(method.name))}
                )
                for method in curves.methods
            ),
            "activation_nats": drawn(curves.activation_nats, "activations", 0, 0.0),
            "stacking": drawn(curves.stacking, "stacking", 0, 0.0),
            "stacking_factors": drawn(curves.stacking_factors, "stacking", 1, 0.0),
            "capability_per_nat": drawn(curves.capability_per_nat, "link", 0, 0.0),
        }
    )


def _group(group: GroupCurve, normal: Normal) -> GroupCurve:
    own, other = normal(group.name, 1), normal(group.name, 2)
    together = group.level_slope_correlation
    slope = together * own + math.sqrt(1.0 - together**2) * other
    return group.model_copy(
        update={
            "shape": _drawn(group.shape, normal(group.name, 0), 0.0),
            "level": _drawn(group.level, own),
            "size_slope": _drawn(group.size_slope, slope, 0.0),
            "unknown": _drawn(group.unknown, normal(group.name, 3)),
            "series": tuple(
                one.model_copy(
                    update={"effect": _drawn(one.effect, normal(f"{group.name} {one.name}", 0))}
                )
                for one in group.series
            ),
        }
    )


def _drawn(estimate: Estimate, standard: float, lowest: float = -1e3) -> Estimate:
    deviation = standard / NORMAL_95
    side = estimate.high if deviation > 0.0 else estimate.low
    value = max(lowest, estimate.best + abs(deviation) * (side - estimate.best))
    return Estimate(best=value, low=value, high=value)


def _whose(method: str) -> str:
    """Return whose offset a method has: one that also rounds activations, that of its weights."""
    return METHODS[method].weights_like or method
