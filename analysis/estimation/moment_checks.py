"""Checks of moments: that they mean something, were known, and err as errors can."""

from __future__ import annotations

import numpy as np

from analysis.estimation.calibration_file import CalibrationFile
from analysis.estimation.moment_targets import targets_of
from sim.data.dataset import OBSERVED
from sim.nearest import offer
from sim.reading.nodes import Mapping, Place, descend
from sim.reading.problems import Problems
from sim.record.tables import TABLES


def check_moments(file: CalibrationFile, tree: Mapping, problems: Problems) -> None:
    """Note every mistake in the moments.

    Parameters
    ----------
    file, tree
        The record, and where it stands.
    problems
        Takes the mistakes.
    """
    _refuse_unknown(file, tree, problems)
    _refuse_what_was_not_known(file, tree, problems)
    _refuse_shared_errors(file, tree, problems)


def place_in(tree: Mapping, *path: str) -> Place:
    """Return where a value stands, or the whole file where it is not written."""
    node = descend(tree, path)
    return node.place if node is not None else tree.place


def _refuse_unknown(file: CalibrationFile, tree: Mapping, problems: Problems) -> None:
    for name, moment in file.moments.items():
        if moment.world is not None and moment.world not in file.worlds:
            problems.add(
                place_in(tree, "moments", name, "world"),
                ("moments", name, "world"),
                f"{moment.world!r} is none of the worlds.",
                hint=offer(moment.world, list(file.worlds), "Add it under 'worlds'."),
            )
        columns = [it.name for it in TABLES["market"].columns]
        if moment.column is not None and moment.column not in columns:
            problems.add(
                place_in(tree, "moments", name, "column"),
                ("moments", name, "column"),
                f"{moment.column!r} is no column of the market table.",
                hint=offer(moment.column, columns, ""),
            )


def _refuse_what_was_not_known(file: CalibrationFile, tree: Mapping, problems: Problems) -> None:
    """Note moments whose rows nobody knew, and those that name a table but none of its rows."""
    for name, moment in file.used():
        for rows in moment.rows:
            if objection := rows.objection(moment.known_on):
                problems.add(
                    place_in(tree, "moments", name, "rows"),
                    ("moments", name, "rows"),
                    f"not known on {moment.known_on}: {objection}",
                    hint="Leave the moment out, or find a source that says when.",
                )
        checked = {rows.table for rows in moment.rows}
        for table in OBSERVED:
            if f"{table}.csv" in moment.source and table not in checked:
                problems.add(
                    place_in(tree, "moments", name, "source"),
                    ("moments", name, "source"),
                    f"names {table}.csv, whose rows are dated, but none of them.",
                    hint=f"Add them: 'rows: [{{table: {table}, where: {{COLUMN: VALUE}}}}]'.",
                )


def _refuse_shared_errors(file: CalibrationFile, tree: Mapping, problems: Problems) -> None:
    """Note errors shared with no other moment, in two ways, or as no errors can be."""
    clean = len(problems)
    for name, moment in file.moments.items():
        place, path = (
            place_in(tree, "moments", name, "shares_error_with"),
            ("moments", name, "shares_error_with"),
        )
        for other, shared in moment.shares_error_with.items():
            if other == name or other not in file.moments:
                others = [it for it in file.moments if it != name]
                problems.add(
                    place, path, f"{other!r} is no other moment.", hint=offer(other, others)
                )
            elif file.moments[other].shares_error_with.get(name, shared) != shared:
                problems.add(place, path, f"differs from what {other!r} says of {name!r}.")
    used = dict(file.used())
    if len(problems) > clean or not used:
        return
    covariance = targets_of(used).source_covariance
    sizes = np.linalg.eigvalsh(covariance)
    if sizes.min() < -1e-9 * max(sizes.max(), 1e-300):
        problems.add(
            place_in(tree, "moments"),
            ("moments",),
            "no errors are correlated as shares_error_with says: the correlations contradict each "
            "other.",
        )
