"""Refusing to continue a study with another: what a folder was begun with, against what is asked.

A sweep's design may grow, and what is missing of it is run. A command that makes a design of its
own, to answer one question about one scenario, has nothing to continue where either is another.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from analysis.differences import differences, in_a_phrase
from sim.batch.plan import Plan
from sim.errors import ResultError

if TYPE_CHECKING:
    from sim.batch.design_file import Space
    from sim.batch.orders import Orders
    from sim.record.sweep_folder import SweepFolder


def refuse_another_study(folder: SweepFolder, space: Space, orders: Orders) -> None:
    """Refuse to continue what was begun with another scenario, seed or question.

    Parameters
    ----------
    folder
        That is to be continued.
    space
        What is asked for.
    orders
        With ``resume``; without it the folder is not looked at.

    Raises
    ------
    ResultError
        With what differs; nothing was touched.
    """
    if not orders.resume or not folder.is_sweep():
        return
    differing = list(_differing(folder, space, orders))
    if differing:
        raise ResultError(
            f"{folder.path}: was begun otherwise; nothing was touched.\n"
            f"  It differs in {'; and in '.join(differing)}.\n"
            f"{how_to_continue(folder)}"
            "  Choose another folder with --out for this."
        )


def how_to_continue(folder: SweepFolder) -> str:
    """Return a line that says how a sweep is continued; empty if what began it is not known."""
    words = [str(word) for word in folder.read_record("sweep.json").get("command") or ()]
    if not words:
        return ""
    again = words if "--resume" in words else [*words, "--resume"]
    return f"  Continue it with `{shlex.join(again)}`.\n"


def _differing(folder: SweepFolder, space: Space, orders: Orders) -> Iterator[str]:
    """Yield in what a sweep and what is asked for differ, in words."""
    from sim.scenario.reader import read

    question = folder.read_record("sweep.json").get("question") or space.design.question
    if question != space.design.question:
        yield f"what it asks: {question!r} against {space.design.question!r}"
    asked = next(it for it in (orders.seed, space.design.seed, space.base.seed) if it is not None)
    seed = Plan.of_table(folder.read_plan()).seed
    if seed != asked:
        yield f"the seed: {seed} against {asked}"
    file = folder.path / "resolved.yaml"
    if not file.is_file():
        return
    held = read(file, allow_code=space.base.origin.allow_code)
    found = [one for one in differences(held, space.base) if one.path != "seed"]
    if held.name != space.base.name:
        yield f"the scenario: {held.name} against {space.base.name}"
    elif found:
        yield in_a_phrase(found)
