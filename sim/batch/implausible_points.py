"""What is valid at the points of a design, but hardly meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from sim.batch.constraint import BadConstraintError
from sim.batch.design_file import Space
from sim.batch.designs.axis import Point
from sim.errors import Problem, ScenarioError
from sim.sanity.implausible import implausible

MOST_VALUES: Final = 20
"""Of a parameter whose values are no numbers, so many are looked at."""


def implausible_points(space: Space) -> tuple[Problem, ...]:
    """Return what the points of a design say that is hardly meant, each once.

    Looking at a point takes as long as planning it, so it is done where each parameter is least and
    greatest, and at each of the first values of a parameter whose values are no numbers.

    Parameters
    ----------
    space
        The design.

    Returns
    -------
    tuple of Problem
        As of a scenario; what is not so at all of these points says where it is.
    """
    found: dict[tuple[str, str], Problem] = {}
    points: dict[tuple[str, str], list[Point]] = {}
    looked_at = 0
    for point in _telling_points(space):
        try:
            scenario = space.load(point)
        except ScenarioError:  # planning refuses it with its place, or draws another
            continue
        looked_at += 1
        for problem in implausible(scenario):
            key = problem.path, problem.value
            found.setdefault(key, problem)
            points.setdefault(key, []).append(point)
    return tuple(
        problem if len(points[key]) == looked_at else _placed(problem, points[key][0])
        for key, problem in found.items()
    )


def _telling_points(space: Space) -> Iterator[Point]:
    """Yield the points at which some parameter is at an end of its values, each once."""
    points = list(_points(space))
    met: set[int] = set()
    for axis in space.axes:
        values = [point[axis.name].value for point in points]
        numbers = [it for it in values if isinstance(it, int | float) and not isinstance(it, bool)]
        if len(numbers) == len(values) > 0:
            chosen = [numbers.index(min(numbers)), numbers.index(max(numbers))]
        else:
            first = {str(value): number for number, value in reversed([*enumerate(values)])}
            chosen = sorted(first.values())[:MOST_VALUES]
        for number in chosen:
            if number not in met:
                met.add(number)
                yield points[number]


def _points(space: Space) -> Iterator[Point]:
    """Yield the points that keep the constraints; of a design that redraws, of the first draws."""
    for block in islice(space.design.blocks(space.axes), space.design.wanted()):
        try:
            yield from (point for point in block if space.accepts(point))
        except BadConstraintError:  # planning refuses it
            return


def _placed(problem: Problem, point: Point) -> Problem:
    """Return a problem that says at which point it is one."""
    where = ", ".join(f"{name} = {level.value}" for name, level in point.items())
    return replace(problem, hint=f"{problem.hint}  So it is where {where}.".strip())
