"""Variants of a run: the same market, seed and replications, with one thing changed, run once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.worlds import require_replications
from sim.errors import ResultError
from sim.record.run import Run

if TYPE_CHECKING:
    from sim.batch.progress import Progress
    from sim.scenario.scenario import Scenario
    from sim.scenario.seeding import Seeding
    from sim.scenario.supply import Price, Product, Provider


@dataclass(frozen=True, slots=True)
class WorldVariant:
    """What is changed, and where a run keeps the result.

    Attributes
    ----------
    folder
        Name of the folder, under ``worlds/`` in that of the run.
    scenario
        The changed scenario.
    """

    folder: str
    scenario: Scenario


def no_war(scenario: Scenario) -> WorldVariant:
    """Return the same market with the war policies off, everything else held fixed."""
    factors = scenario.factors.model_copy(update={"competition": False})
    return WorldVariant("no-war", _changed(scenario, "no-war", factors=factors))


def has_record(scenario: Scenario) -> bool:
    """Whether a scenario holds real list prices that some provider does not charge."""
    playing = {p.name for p in scenario.providers if p.price.replays_history}
    return any(p.price_history and p.provider not in playing for p in scenario.products)


def as_happened(scenario: Scenario) -> WorldVariant:
    """Return the same market in which every provider charges the list prices of the record.

    No policy of war acts. An entry of ``price_history`` that is dated on the first day of a product
    becomes its first price.
    """
    from sim.strategies.pricing.replay import Replay

    factors = scenario.factors.model_copy(update={"competition": False})
    replay = Replay(policy="replay")
    providers = tuple(p.model_copy(update={"price": replay}) for p in scenario.providers)
    products = tuple(_from_record(p, scenario) for p in scenario.products)
    changed = _changed(
        scenario, "as-happened", factors=factors, providers=providers, products=products
    )
    return WorldVariant("as-happened", changed)


def has_interventions(scenario: Scenario) -> bool:
    """Whether a scenario has interventions, all of which can be left out again.

    Launches that were moved cannot: list prices of before may have been left out when the file was
    read, so that the market without them is run from the file.
    """
    from sim.interventions.kinds.launch import Launch

    interventions = scenario.interventions
    return bool(interventions) and not any(isinstance(one, Launch) for one in interventions)


def no_intervention(scenario: Scenario) -> WorldVariant:
    """Return the same market in which nobody intervenes: nor does who entered by intervention."""
    from sim.interventions.kinds.entry import Entry

    entries = [one for one in scenario.interventions if isinstance(one, Entry)]
    added = {entry.product for entry in entries}
    entered = {entry.provider for entry in entries if entry.with_provider}
    products = tuple(product for product in scenario.products if product.name not in added)
    providers = tuple(one for one in scenario.providers if one.name not in entered)
    changed = _changed(
        scenario, "no-intervention", interventions=(), products=products, providers=providers
    )
    return WorldVariant("no-intervention", changed)


def has_seeding(scenario: Scenario) -> bool:
    """Whether any provider seeds users in a scenario."""
    return any(provider.seeding for provider in scenario.providers)


def no_seeding(scenario: Scenario) -> WorldVariant:
    """Return the same market without campaigns of seeding."""
    providers = tuple(_seeding(provider, ()) for provider in scenario.providers)
    return WorldVariant("no-seeding", _changed(scenario, "no-seeding", providers=providers))


def seeding_by_lot(scenario: Scenario) -> WorldVariant:
    """Return the same market in which campaigns reach as many users, drawn by lot."""
    providers = tuple(
        _seeding(
            provider,
            tuple(one.model_copy(update={"chosen_by": "random"}) for one in provider.seeding),
        )
        for provider in scenario.providers
    )
    return WorldVariant("seeding-by-lot", _changed(scenario, "seeding-by-lot", providers=providers))


def price_cut_instead(scenario: Scenario, without: Run) -> WorldVariant | None:
    """Return the market in which whoever seeds users cuts its prices for the same money instead.

    Its list prices are cut from the first day, by the share of its revenue without the campaigns
    that they cost: the money is the same if it sells the same tokens.

    Parameters
    ----------
    scenario
        With campaigns.
    without
        The same market without them.

    Returns
    -------
    WorldVariant or None
        None: a provider's campaigns cost more than its revenue.
    """
    shares = {p.name: _campaign_share(p, scenario, without) for p in scenario.providers}
    if any(share >= 1.0 for share in shares.values()):
        return None
    providers = tuple(_seeding(provider, ()) for provider in scenario.providers)
    products = tuple(_cheaper(p, 1.0 - shares[p.provider]) for p in scenario.products)
    changed = _changed(scenario, "price-cut", providers=providers, products=products)
    return WorldVariant("price-cut", changed)


def without_product(scenario: Scenario, name: str) -> WorldVariant:
    """Return the same market in which a product never existed, nor the work to compress it.

    Draws are keyed by product, so all others keep theirs; taste scales and outside constants are
    those of the file as written.

    Raises
    ------
    ResultError
        No such product, or no other is on sale on the first day.
    """
    names = [product.name for product in scenario.products]
    if name not in names:
        raise ResultError(f"there is no product {name!r} in {scenario.name}")
    kept = tuple(product for product in scenario.products if product.name != name)
    first = scenario.start_date
    if not any(scenario.has(product) and product.is_on_sale(first) for product in kept):
        raise ResultError(f"without {name!r} nothing is on sale on the first day, {first}")
    providers = tuple(_not_compressing(provider, name) for provider in scenario.providers)
    folder = f"without-product-{names.index(name) + 1}"  # names of products may hold slashes
    return WorldVariant(folder, _changed(scenario, folder, products=kept, providers=providers))


def finished_variant(run: Run, variant: WorldVariant, *beside: Path) -> Run | None:
    """Return a variant's run if it is there, complete, and still of this run.

    Parameters
    ----------
    run
        A finished run.
    variant
        What was changed.
    beside
        Folders under which to look besides the run's own.
    """
    from sim.batch.run_key import scenario_key

    key = scenario_key(variant.scenario)
    for folder in (run.folder, *beside):
        try:
            world = Run(_home(folder, variant), allow_code=run.allow_code)
        except ResultError:
            continue
        fits = (
            world.manifest.get("scenario_key") == key
            and world.manifest.get("code") == run.manifest.get("code")
            and world.seed == run.seed
            and set(run.replications) <= set(world.replications)
        )
        if fits:
            return world
    return None


def refuse_another_program(run: Run) -> None:
    """Refuse a run of another version of the program: a new variant would differ in that too.

    Raises
    ------
    ResultError
        If the run was not made by this version.
    """
    from sim.batch.run_key import code_version

    if run.manifest.get("code") != code_version():
        raise ResultError(
            f"{run.folder} was made by another version of the program: run it again, to have a "
            "world run beside it."
        )


def run_variant(
    run: Run,
    variant: WorldVariant,
    progress: Progress | None = None,
    workers: int | None = None,
    beside: Path | None = None,
) -> Run:
    """Run a variant, or what is missing of it, or open it where it has been run before.

    It has the run's seed and replications, so that it shares every draw with it. It is kept under
    ``worlds/`` in the run's folder.

    Parameters
    ----------
    run
        A finished run.
    variant
        What to change.
    progress
        Shows how far it is.
    workers
        Processes; None: one a processor.
    beside
        Folder under which it is kept where the run's own cannot be written.

    Raises
    ------
    ResultError
        If it would have to be run, and the run was made by another version of the program.
    """
    from sim.batch.orders import Orders
    from sim.batch.run import run_scenario
    from sim.batch.starting import starter_for_run
    from sim.batch.taking_up import can_be_continued
    from sim.batch.task import Limits
    from sim.record.run_folder import RunFolder

    require_replications(run)
    home = run.folder if beside is None or os.access(run.folder, os.W_OK) else beside
    finished = finished_variant(run, variant, home)
    if finished is not None:
        return finished
    refuse_another_program(run)
    count = max(run.replications) + 1
    scenario = variant.scenario.model_copy(update={"replications": count, "seed": run.seed})
    folder = _home(home, variant)
    resume = can_be_continued(RunFolder(folder), scenario)
    return run_scenario(
        scenario,
        folder,
        starter_for_run(scenario, count, workers, None, Limits()),
        Orders(resume=resume, command=["pricewar", "report", str(run.folder)]),
        progress,
        overwrite=not resume,
    ).complete_run()


def _home(folder: Path, variant: WorldVariant) -> Path:
    return folder / "worlds" / variant.folder


def _changed(scenario: Scenario, suffix: str, **values: object) -> Scenario:
    name = f"{scenario.name[: 79 - len(suffix)]}-{suffix}"
    return scenario.model_copy(update={**values, "name": name})


def _seeding(provider: Provider, campaigns: tuple[Seeding, ...]) -> Provider:
    return provider.model_copy(update={"seeding": campaigns})


def _campaign_share(provider: Provider, scenario: Scenario, without: Run) -> float:
    """Return what a provider's campaigns cost, as a share of its revenue without them."""
    people = scenario.population
    cost_usd = sum(
        people.simulated_users(one.users) * people.users_per_simulated * one.cost_usd_per_user
        for one in provider.seeding
    )
    if cost_usd == 0.0:
        return 0.0
    ledger = without.ledger
    sales = ledger[(ledger.payee == f"provider: {provider.name}") & (ledger.purpose == "tokens")]
    revenue_usd = float(sales.usd.sum()) / len(without.replications)
    return cost_usd / revenue_usd if revenue_usd > 0.0 else 1.0


def _cheaper(product: Product, factor: float) -> Product:
    """Return a product whose list prices, of all dates, are so many times as high."""
    if factor == 1.0:
        return product
    history = tuple(
        entry.model_copy(update={"price_usd_per_mtok": _times(entry.price_usd_per_mtok, factor)})
        for entry in product.price_history
    )
    price = _times(product.price_usd_per_mtok, factor)
    return product.model_copy(update={"price_usd_per_mtok": price, "price_history": history})


def _times(price: Price, factor: float) -> Price:
    hit = None if price.cache_hit is None else price.cache_hit * factor
    changed = {"input": price.input * factor, "output": price.output * factor, "cache_hit": hit}
    return price.model_copy(update=changed)


def _from_record(product: Product, scenario: Scenario) -> Product:
    first = max(product.launch_date, scenario.start_date)
    opening = [entry for entry in product.price_history if entry.date <= first]
    if not opening:
        return product
    later = tuple(entry for entry in product.price_history if entry.date > first)
    price = opening[-1].price_usd_per_mtok
    return product.model_copy(update={"price_usd_per_mtok": price, "price_history": later})


def _not_compressing(provider: Provider, product: str) -> Provider:
    kept = tuple(project for project in provider.compression if project.product != product)
    return provider.model_copy(update={"compression": kept})
