"""Whole instances: how a number of accelerators is divided among the fleets that need them."""

from __future__ import annotations

from collections.abc import Sequence


def allot(needed: Sequence[int], devices: Sequence[int], available: int) -> list[int]:
    """Return how many instances each fleet has.

    Each has one. What is left goes to all in proportion to what else they need, in whole instances,
    and the remainder, an instance at a time, to whoever has the least of its need.

    Parameters
    ----------
    needed
        Instances that each fleet needs, >= 1.
    devices
        Accelerators of an instance of each, >= 1.
    available
        Accelerators; at least one instance for each fleet.

    Returns
    -------
    list of int
        At least one and at most what is needed.

    Raises
    ------
    ValueError
        If there are too few accelerators for one instance each.
    """
    left = available - sum(devices)
    if left < 0:
        raise ValueError(f"{available} accelerators are no instance each of {list(devices)}")
    wanted = sum((need - 1) * size for need, size in zip(needed, devices, strict=True))
    if wanted <= left:
        return list(needed)
    given = [1 + (need - 1) * left // wanted for need in needed]
    left = available - sum(n * size for n, size in zip(given, devices, strict=True))
    while True:
        open_to = [
            (given[i] / needed[i], i)
            for i in range(len(needed))
            if given[i] < needed[i] and devices[i] <= left
        ]
        if not open_to:
            return given
        _, chosen = min(open_to)
        given[chosen] += 1
        left -= devices[chosen]


def ration(wanted: Sequence[int], available: int) -> list[int]:
    """Return what each of several gets of too little: its proportional part, rounded down.

    Parameters
    ----------
    wanted
        What each asks for, >= 0.
    available
        What there is, >= 0.
    """
    total = sum(wanted)
    if total <= available:
        return list(wanted)
    return [one * available // total for one in wanted]
