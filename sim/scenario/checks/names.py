"""Names: unique where they must be, and referring to something that exists."""

from __future__ import annotations

from sim.compression.names import read_name, strengths_of
from sim.compression.shipped_curves import shipped_curves
from sim.data.accelerators import accelerator as look_up
from sim.data.dataset import Dataset
from sim.data.rents import used_rents
from sim.errors import DataError, UnknownName, as_sentence
from sim.lookalikes import oddity, skeleton
from sim.nearest import offer, one_of, with_article
from sim.reading.view import View


def check_names(scenario: View, dataset: Dataset) -> None:
    """Note names given twice and references to what does not exist."""
    for key in ("domains", "clouds", "providers", "products"):
        _require_unique(scenario.records(key), key[:-1])
    for domain in scenario.records("domains"):
        _require_unique(domain.records("request_classes"), "class of requests of this domain")
    for cloud in scenario.records("clouds"):
        _require_unique(cloud.records("accelerators"), "accelerator of this cloud")
        for accelerator in cloud.records("accelerators"):
            _check_accelerator(accelerator, dataset)
    for provider in scenario.records("providers"):
        _check_provider(scenario, provider)
    _check_recipes(scenario)
    _check_nests(scenario)
    known = scenario.names("providers")
    for product in scenario.records("products"):
        product.require_name("provider", known, "must be one of the providers.")
    for news in scenario.records("news"):
        news.require_name("product", scenario.names("products"), "must be one of the products.")
    for fact in scenario.records("facts"):
        fact.require_name("provider", known, "must be one of the providers.")


def _check_nests(scenario: View) -> None:
    population = scenario.record("population")
    choice = population.record("choice") if population else None
    nests = choice.records("nests") if choice else []
    _require_unique(nests, "nest")
    names = [name for nest in nests if (name := nest.text("name")) is not None]
    models = []
    for product in scenario.records("products"):
        models += [name for key in ("name", "model") if (name := product.text(key)) is not None]
        hint = "" if names else "Add it to population.choice.nests, which are none."
        if (nest := product.text("nest")) is not None and nest not in names:
            product.object_to(
                "nest",
                "must be one of population.choice.nests.",
                hint or offer(nest, names),
            )
    for record in nests:
        record.require_name("model", models, "must be a model that a product serves.")


def _require_unique(records: list[View], kind: str) -> None:
    seen: dict[str, View] = {}
    for record in records:
        name = record.text("name")
        earlier = seen.setdefault(skeleton(name), record) if name is not None else record
        first, place = earlier.text("name"), earlier.place_of("name")
        if earlier is record or name is None or first is None:
            continue
        if first == name:
            record.object_to(
                "name", f"is the name of another {kind}, in {place}; each needs its own."
            )
        else:
            record.object_to(
                "name",
                f"looks like the name of another {kind}, {first!r} in {place}.",
                f"{oddity(name) or oddity(first) or 'Only the blanks differ.'} "
                "Write them so that people can tell them apart.",
            )


def _check_accelerator(accelerator: View, dataset: Dataset) -> None:
    name = accelerator.text("name")
    if name is None:
        return
    try:
        if accelerator.record("specification") is None:
            look_up(name, dataset)
        if not accelerator.node.entries.get("rents"):
            used_rents(name, dataset)
    except UnknownName as error:
        if "rents" in error.kind:
            hint = f"Write its rents, or use one that has them: {one_of(error.known)}."
        else:
            hint = offer(name, error.known)
        accelerator.object_to("name", f"is not {with_article(error.kind)} in the tables.", hint)
    except DataError as error:
        accelerator.object_to("name", as_sentence(error))


def _check_provider(scenario: View, provider: View) -> None:
    provider.require_name("cloud", scenario.names("clouds"), "must be one of the clouds.")
    hosts = [c for c in scenario.records("clouds") if c.text("name") == provider.text("cloud")]
    if hosts:
        chips = hosts[0].names("accelerators")
        allowed = f"must be an accelerator of {provider.text('cloud')}."
        provider.require_name("accelerator", chips, allowed)
        for upgrade in provider.records("hardware"):
            upgrade.require_name("accelerator", chips, allowed)
    others = {*scenario.names("providers")} - {provider.text("name")}
    own = [  # with products of a misspelt provider, which is reported elsewhere
        name
        for product in scenario.records("products")
        if product.text("provider") not in others and (name := product.text("name")) is not None
    ]
    for project in provider.records("compression"):
        project.require_name("product", own, f"must be a product of {provider.text('name')}.")


def _check_recipes(scenario: View) -> None:
    projects = [
        project
        for provider in scenario.records("providers")
        for project in provider.records("compression")
    ]
    named = [project for project in projects if project.text("method")]
    if not projects:
        return
    _check_digest(scenario)
    strengths = _strengths(scenario) if named else {}
    for project in named:
        _check_recipe(project, strengths)


def _check_digest(scenario: View) -> None:
    compression = scenario.record("compression")
    digest = compression.text("shipped_sha256") if compression else None
    if compression is not None and digest is not None and digest != shipped_curves().digest:
        compression.object_to(
            "shipped_sha256",
            "is not the digest of the compression curves that this version ships.",
            "Remove it to run with these, or run with the version that wrote the file.",
        )


def _strengths(scenario: View) -> dict[str, tuple[float, ...]]:
    """Return strengths by method: of the scenario's own curves, else of the shipped ones."""
    compression = scenario.record("compression")
    own = compression.record("curves") if compression else None
    if own is None:
        return strengths_of(shipped_curves())
    return {
        name: tuple(s for size in method.records("sizes") if (s := size.number("strength")))
        for method in own.records("methods")
        if (name := method.text("name"))
    }


def _check_recipe(project: View, strengths: dict[str, tuple[float, ...]]) -> None:
    try:
        read_name(project.text("method") or "", strengths)
    except UnknownName as error:
        project.object_to(
            "method",
            f"{error.name!r} is not {with_article(error.kind)}: methods and strengths must have "
            "been measured.",
            offer(error.name, error.known),
        )
    except DataError as error:
        project.object_to("method", as_sentence(error))
