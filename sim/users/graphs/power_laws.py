"""Whole numbers with a power law between two bounds."""

import numpy as np

from sim.quantities import FloatArray


def power_law(exponent: float, least: int, most: int) -> FloatArray:
    """Probabilities of ``least``, ..., ``most``, in proportion to their powers -exponent."""
    weight = np.arange(least, most + 1, dtype=float) ** -exponent
    return np.asarray(weight / weight.sum())


def mean_of_power_law(exponent: float, least: int, most: int) -> float:
    """Mean of the whole numbers that `power_law` gives."""
    return float(power_law(exponent, least, most) @ np.arange(least, most + 1))


def power_law_with_mean(exponent: float, mean: float, most: int) -> FloatArray:
    """Probabilities of 1, ..., ``most``: a power law from the bound on that gives the mean.

    No whole bound gives every mean, so two neighbouring ones are mixed.

    Raises
    ------
    ValueError
        If the mean is below that of the power law from 1 on, or above ``most``.
    """
    lowest = mean_of_power_law(exponent, 1, most)
    if not lowest <= mean <= most:
        raise ValueError(f"mean {mean} must lie between {lowest:.3g} and {most}")
    least, above = 1, lowest
    while least < most and above <= mean:
        below = above
        least += 1
        above = mean_of_power_law(exponent, least, most)
    probability = np.zeros(most)
    if least == most and above <= mean:
        probability[-1] = 1.0
        return probability
    share = (above - mean) / (above - below)
    probability[least - 2 :] += share * power_law(exponent, least - 1, most)
    probability[least - 1 :] += (1.0 - share) * power_law(exponent, least, most)
    return probability
