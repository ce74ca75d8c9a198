"""Curves whose parameters are drawn from their intervals."""

from collections.abc import Callable

from sim.compression.curves import CompressionCurves, Estimate
from sim.compression.groups import METHODS

NORMAL_95 = 1.96

Normal = Callable[[str, int], float]
"""A standard normal by name and ordinal, the same whenever asked for the same."""


def sampled_curves(curves: CompressionCurves, normal: Normal) -> CompressionCurves:
    """Return curves with every parameter drawn, each group and method by its own name.

    A parameter is normal to either side of its best value, with the standard deviation of that
    side of its interval; slopes, shapes and factors do not change sign.

    Parameters
    ----------
    curves
        The curves with their intervals.
    normal
        Gives standard normals.
    """

    def drawn(estimate: Estimate, name: str, ordinal: int, lowest: float = -1e3) -> Estimate:
        deviation = normal(name, ordinal) / NORMAL_95
        side = estimate.high if deviation > 0.0 else estimate.low
        value = max(lowest, estimate.best + abs(deviation) * (side - estimate.best))
        return Estimate(best=value, low=value, high=value)

    return curves.model_copy(
        update={
            "groups": tuple(
                group.model_copy(
                    update={
                        "shape": drawn(group.shape, group.name, 0, 0.0),
                        "level": drawn(group.level, group.name, 1),
                        "size_slope": drawn(group.size_slope, group.name, 2, 0.0),
                    }
                )
                for group in curves.groups
            ),
            "methods": tuple(
                method.model_copy(update={"offset": drawn(method.offset, _whose(method.name), 0)})
                for method in curves.methods
            ),
            "activation_nats": drawn(curves.activation_nats, "activations", 0, 0.0),
            "stacking": drawn(curves.stacking, "stacking", 0, 0.0),
            "stacking_factors": drawn(curves.stacking_factors, "stacking", 1, 0.0),
            "retention_per_nat": drawn(curves.retention_per_nat, "link", 0, 0.0),
        }
    )


def _whose(method: str) -> str:
    """Return whose offset a method has: one that also rounds activations, that of its weights."""
    return METHODS[method].weights_like or method
