"""The sweep that an attribution needs: a design that the command makes, not a file."""

from __future__ import annotations

import os
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.attribution.in_play import factors_in_play
from sim.batch.designs.factors import SWITCHES
from sim.batch.made_design import made_design
from sim.errors import UsageError
from sim.nearest import offer, one_of
from sim.reading.nodes import Mapping, Place
from sim.reading.overriding import parse
from sim.reading.problems import Problems

if TYPE_CHECKING:
    from sim.batch.design_file import Space


def attribution_space(
    scenario: str | os.PathLike[str],
    *,
    factors: Sequence[str] = (),
    further: Sequence[str] = (),
    orders: int | None = None,
    overrides: MappingType[str, object] | Sequence[str] = (),
    do: Sequence[str] = (),
    allow_code: bool = False,
) -> Space:
    """Return the design of an attribution, read and checked.

    Parameters
    ----------
    scenario
        A scenario file, or a shipped scenario by name.
    factors
        Switches to take; none: all that are in play.
    further
        Further factors, ``NAME: PATH=VALUE``, each with a value that switches it off; one that is
        named again gets one more value.
    orders
        Sampled orders; None: as the design decides, see `sim.batch.designs.factors`.
    overrides, do, allow_code
        As for a run.

    Raises
    ------
    UsageError
        If a factor is not in play, or there is none.
    ScenarioError
        With every mistake in the scenario, or in what switches a factor off.
    """
    from sim.batch.design_file import space_of
    from sim.reference import read

    base = read(scenario, overrides, do=do, allow_code=allow_code)
    problems = Problems()
    added = _further(further, problems)
    problems.raise_any()
    in_play = factors_in_play(base)
    chosen = tuple(dict.fromkeys(factors)) or in_play
    _refuse_idle(chosen, in_play)
    if not chosen and not added.entries:
        raise UsageError(
            f"{os.fspath(scenario)}: has no factor to attribute anything to: nobody can go to war, "
            "nothing is compressed or moved to other chips, no product has open weights, and users "
            "heed no news.\n  Name one of your own with --further."
        )
    said = {
        "name": f"attribute-{base.name}"[:80],
        "title": f"What causes what: {base.title}",
        "question": "What is each cause worth, and how far does the order decide?",
        "scenario": os.fspath(scenario),
        "kind": "factors",
        "factors": list(chosen),
        "further": list(further),
        **({} if orders is None else {"orders": orders}),
    }
    document = made_design(
        "pricewar attribute",
        said,
        {
            "scenario": os.fspath(scenario),
            "orders": f"--orders {orders}",
            **({"factors": f"--factors {','.join(factors)}"} if factors else {}),
        },
        {"further": added},
    )
    return space_of(document, overrides, do=do, allow_code=allow_code)


def _further(texts: Sequence[str], problems: Problems) -> Mapping:
    """Read further factors as a design file would hold them."""
    found = Mapping({}, {}, Place("--further"))
    for text in texts:
        name, colon, setting = (part.strip() for part in text.partition(":"))
        place = Place(f"--further '{text}'")
        path = setting.partition("=")[0].strip()
        if not colon or not name or not path:
            problems.add(
                place, (), "must be NAME: PATH=VALUE, such as 'tied users: population.users=50'."
            )
            continue
        if name.casefold() in SWITCHES:
            problems.add(
                place,
                (),
                f"{name!r} is a switch of the scenario: name it with --factors, or call "
                "this factor something else.",
            )
            continue
        for one in parse([setting], problems):
            inside = found.entries.get(name)
            own = inside if isinstance(inside, Mapping) else Mapping({}, {}, place)
            node = replace(one.node, place=place)
            found = found.put(name, own.put(path, node, place), place)
    return found


def _refuse_idle(chosen: Sequence[str], known: Sequence[str]) -> None:
    for name in chosen:
        if name not in known:
            there = f"In play: {one_of(list(known)) or 'none'}."
            hint = there if name in SWITCHES else offer(name, known, there)
            raise UsageError(f"--factors {name}: is not in play in this scenario.  {hint}")
