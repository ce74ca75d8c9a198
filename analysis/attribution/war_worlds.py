"""The worlds that the effects of a war need beside those of the factors.

*Calm* is the market in which every provider passes costs on, at the margin that its prices had when
they were listed, and nobody goes to war: cost-plus at the same pre-war margins. *News alone* has
the prices of the calm market and the news of the war: users hear of every launch and cut when, and
as loudly as, in the same replication of the war, but nothing is cheaper for it. What the war does
beyond the calm market is its total effect; what news alone does, its direct effect on users, with
prices held where they would have been; the rest went through prices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.attribution.in_play import factors_in_play
from sim.errors import ResultError
from sim.record.event import Cause, EventKind
from sim.scenario.scenario import News, Scenario
from sim.strategies.pricing.cost_plus import CostPlus
from sim.strategies.pricing.marked_up import MarkedUp
from sim.strategies.pricing.peace import ReviewedPricing

if TYPE_CHECKING:
    import pandas as pd

    from sim.batch.executor import Executor
    from sim.batch.progress import Progress
    from sim.record.run import Run
    from sim.record.sweep import Sweep

FOLDER = "worlds"
"""Where these worlds lie in the folder of a sweep."""
CALM, NEWS_ALONE = "calm", "news-alone"


@dataclass(frozen=True)
class Tables:
    """What is read of one world: rows of all replications.

    Attributes
    ----------
    market, products
        As in a run.
    """

    market: pd.DataFrame
    products: pd.DataFrame


@dataclass(frozen=True)
class WarWorlds:
    """The market tables of a war and of what it is held against, of the same replications.

    Attributes
    ----------
    war, calm
        The scenario as it is, and cost-plus at the same pre-war margins.
    news_alone
        The news of the war at the prices of the calm market; None where users heed no news.
    """

    war: Tables
    calm: Tables
    news_alone: Tables | None


def calm(scenario: Scenario) -> Scenario:
    """Return the market without the war, in which everybody passes costs on.

    Margins become those of the listing. What a policy charges besides, gives away, and when it
    reviews its prices stay as they are where it marks costs up; any other policy of reviews becomes
    cost-plus with the same reviews.
    """
    factors = scenario.factors.model_copy(update={"competition": False})
    providers = tuple(
        one.model_copy(update={"price": _passing_costs_on(one.price)}) for one in scenario.providers
    )
    return scenario.model_copy(update={"factors": factors, "providers": providers})


def news_alone(scenario: Scenario, events: pd.DataFrame) -> Scenario:
    """Return the calm market in which users hear the news of a war.

    Parameters
    ----------
    scenario
        With the war.
    events
        Its events, of all replications.
    """
    quiet = calm(scenario)
    silent = quiet.factors.model_copy(update={"attention": False})
    news = (*scenario.news, *news_of(events))
    return quiet.model_copy(update={"factors": silent, "news": news})


def news_of(events: pd.DataFrame) -> tuple[News, ...]:
    """Return the news that launches, cuts and better versions made, replication by replication."""
    import numpy as np

    kind, old, new = events["kind"], events["old"].astype(float), events["new"].astype(float)
    is_cut = (kind == EventKind.PRICE) & (new < old)
    is_new = (kind == EventKind.LAUNCH) | (
        (kind == EventKind.CAPABILITY) & (events["cause"] == Cause.VERSION) & (new > old)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.where(is_new, 1.0, 1.0 - new.to_numpy() / old.to_numpy())
    made = events.assign(level=level)[is_cut | is_new]
    return tuple(
        News(
            product=str(product),
            time_days=float(time_days),
            level=float(level),
            replication=int(replication),
        )
        for product, time_days, level, replication in zip(
            made["subject"], made["time_days"], made["level"], made["replication"], strict=True
        )
    )


def war_worlds(
    sweep: Sweep,
    scenario: Scenario,
    start: Callable[[Scenario, int], Callable[[], Executor]] | None,
    progress: Progress | None = None,
) -> WarWorlds | None:
    """Return the worlds of a war, run where they are missing.

    Parameters
    ----------
    sweep
        Of the factors; its world with all of them on is the war.
    scenario
        That world.
    start
        From a scenario and its replications to what starts an executor; None: nothing is run.
    progress
        Shows how far a run is.

    Returns
    -------
    WarWorlds or None
        None where a world is missing, and nothing may be run.

    Raises
    ------
    ResultError
        If the sweep has not the scenario's own world, or replications of another fail.
    """
    from sim.batch.run_key import scenario_key

    replications = 1 + int(sweep.plan["replication"].max())
    points = {
        str(key): int(point)
        for key, point in zip(sweep.plan["scenario_sha256"], sweep.plan["point"], strict=True)
    }
    war_point = points.get(scenario_key(scenario))
    if war_point is None:
        raise ResultError(f"{sweep.path}: resolved.yaml is none of the worlds that were run.")
    peace = calm(scenario)
    peace_point = points.get(scenario_key(peace))
    if peace_point is None:
        run = _run(sweep, CALM, peace, replications, start, progress)
        if run is None:
            return None
        calm_tables = Tables(run.market, run.products)
    else:
        calm_tables = _of_point(sweep, peace_point)
    heard = None
    if "attention" in factors_in_play(scenario):
        events = sweep.relation("events").filter(f"point = {war_point}").to_df()
        told = news_alone(scenario, events.sort_values(["replication", "time_days"]))
        run = _run(sweep, NEWS_ALONE, told, replications, start, progress)
        if run is None:
            return None
        heard = Tables(run.market, run.products)
    return WarWorlds(_of_point(sweep, war_point), calm_tables, heard)


def _passing_costs_on(policy: object) -> MarkedUp:
    """Return a policy that keeps the margin of the listing, all else as one has it."""
    if isinstance(policy, MarkedUp):
        return policy.model_copy(update={"markup_share": None})
    if isinstance(policy, ReviewedPricing):
        return CostPlus(
            policy="cost_plus",
            review_per_month=policy.review_per_month,
            reviews_on_cost_change=policy.reviews_on_cost_change,
        )
    return CostPlus(policy="cost_plus")


def _of_point(sweep: Sweep, point: int) -> Tables:
    market, products = (
        sweep.relation(name).filter(f"point = {point}").order("replication, row").to_df()
        for name in ("market", "products")
    )
    return Tables(market, products)


def _run(
    sweep: Sweep,
    name: str,
    scenario: Scenario,
    replications: int,
    start: Callable[[Scenario, int], Callable[[], Executor]] | None,
    progress: Progress | None,
) -> Run | None:
    """Run a world, or what is missing of it, or open it where it is complete."""
    from sim.batch.orders import Orders
    from sim.batch.run import run_scenario
    from sim.batch.taking_up import can_be_continued
    from sim.record.run import Run
    from sim.record.run_folder import RunFolder

    folder = Path(sweep.path) / FOLDER / name
    asked = scenario.model_copy(update={"replications": replications, "seed": sweep.seed})
    resume = can_be_continued(RunFolder(folder), asked)
    if start is None:
        return Run(folder) if resume and (folder / "manifest.json").is_file() else None
    return run_scenario(
        asked,
        folder,
        start(asked, replications),
        Orders(resume=resume),
        progress,
        overwrite=not resume,
    ).complete_run()
