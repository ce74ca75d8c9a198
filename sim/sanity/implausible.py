"""All that is implausible in a scenario."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from sim.errors import ImplausibleWarning, Problem
from sim.sanity.demand import (
    check_adoption,
    check_capabilities,
    check_nests,
    check_portfolios,
    check_privacy,
    check_volumes,
)
from sim.sanity.interventions import check_interventions
from sim.sanity.places import Places
from sim.sanity.prices import check_prices
from sim.sanity.recipes import check_recipes
from sim.sanity.supply import check_campaigns, check_lives, check_markups, check_rents
from sim.scenario.scenario import Scenario


def implausible(scenario: Scenario) -> tuple[Problem, ...]:
    """Return what a valid scenario says that is hardly meant, in the order of its file.

    Parameters
    ----------
    scenario
        As read.

    Returns
    -------
    tuple of Problem
        The place and value of each, what follows from it, and what was probably meant.
    """
    places = Places(scenario)
    check_prices(scenario, places)
    check_volumes(scenario, places)
    check_capabilities(scenario, places)
    check_nests(scenario, places)
    check_privacy(scenario, places)
    check_portfolios(scenario, places)
    check_adoption(scenario, places)
    check_lives(scenario, places)
    check_rents(scenario, places)
    check_markups(scenario, places)
    check_campaigns(scenario, places)
    check_recipes(scenario, places)
    check_interventions(scenario, places)
    return places.found


def warn_of(found: Sequence[Problem], stacklevel: int) -> None:
    """Issue an `ImplausibleWarning` for each of the values that are hardly meant.

    Parameters
    ----------
    found
        As of `implausible`.
    stacklevel
        As of `warnings.warn`, counted from here.
    """
    for problem in found:
        warnings.warn(str(problem), ImplausibleWarning, stacklevel=stacklevel + 1)


def not_in(known: Scenario, found: Sequence[Problem]) -> list[Problem]:
    """Return those of the values that a known scenario does not say itself.

    Parameters
    ----------
    known
        A scenario of whose own values nobody is warned again.
    found
        As of `implausible`, of a variant of it.
    """
    told = {(problem.path, problem.value) for problem in implausible(known)}
    return [problem for problem in found if (problem.path, problem.value) not in told]
