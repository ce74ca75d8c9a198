"""An entry that no file has: one more product like another, of a provider, or of a new one."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.interventions.intervention import Change, Intervention
from sim.interventions.levers import Levers
from sim.interventions.planning import with_item
from sim.nearest import offer
from sim.reading.frozen import Name
from sim.reading.nodes import Listing, Mapping, Node, Path, Scalar, plain
from sim.reading.problems import Problems
from sim.reading.view import View

PRICE = "price_usd_per_mtok"
OF_PRODUCT = ("retire_date", "price_history", "model", "initial_weight")
"""What a product does not take over from the one that it is like."""
OF_PROVIDER = ("compression", "hardware", "seeding")
"""What a new provider does not take over from the maker of that product."""


class Entry(Intervention):
    """A product like another is launched on a day, at its list price or a share more or less.

    It has the model, the deployment and the terms of the other. A provider that the scenario does
    not have enters with it: like the maker of the other, without its projects and campaigns.
    """

    forms: ClassVar = (
        "add {product:name} by {provider:name} like {like:name} [at {price_share:percent}] "
        "on {date:date}",
    )
    filled_in: ClassVar = frozenset({"with_provider"})
    example: ClassVar = "add new-lite by NewCo like DeepSeek-V2 at -50% on 2024-08-01"

    kind: Literal["entry"]
    product: Name
    """Its name, which no other product has."""
    provider: Name
    """Who launches it: one of the scenario's providers, or a new one."""
    like: Name
    """The product that it is like."""
    price_share: Annotated[float, Field(ge=-1.0, le=1e3)] | None = None
    """How much dearer it is as a share of the first list price of the other; None: not at all."""

    with_provider: bool | None = None
    """Whether the provider enters with it; filled in when a file is read."""

    @property
    def change(self) -> Change:
        """That it is on offer."""
        return Change(self.product, "listed", 0.0, 1.0)

    @classmethod
    def check(cls, said: View, scenario: View) -> None:
        """Note a product to be like that is none."""
        names = scenario.names("products")
        like = said.text("like")
        if like is not None and (like not in names or like == said.text("product")):
            known = [name for name in names if name != said.text("product")]
            said.object_to("like", "must be another product of the scenario.", offer(like, known))

    @classmethod
    def plan(cls, root: Mapping, said: View, path: Path, problems: Problems) -> Mapping:
        """Return the tree with the product, and its provider, unless they are there already."""
        scenario = View(root, (), problems)
        products, providers = scenario.records("products"), scenario.records("providers")
        like = next((one for one in products if one.text("name") == said.text("like")), None)
        name, maker = said.text("product"), said.text("provider")
        if like is None or name is None or maker is None or said.date("date") is None:
            return root  # which is refused
        made = _product(like.node, said)
        there = next((one for one in products if one.text("name") == name), None)
        if there is not None:
            if _told(there.node) != _told(made):
                said.object_to("product", "must not be the name of a product of the scenario.")
            return root
        root = _added(root, "products", made)
        old = next((one for one in providers if one.text("name") == like.text("provider")), None)
        enters = maker not in scenario.names("providers")
        if enters and old is not None:
            entrant = old.node.without(*OF_PROVIDER).put("name", said.node.entries["provider"])
            root = _added(root, "providers", entrant)
        noted = said.node.put("with_provider", Scalar(enters, "", said.node.place))
        return with_item(root, str(path[0]), path[1], noted)

    def prepare(self, levers: Levers) -> None:
        """Keep a new provider out of the market until then."""
        if self.with_provider:
            levers.keep_out(self.provider, self.date)


def _told(product: Mapping) -> object:
    """Return what a product takes over from the one that it is like, and what is its own."""
    return plain(product.without(*OF_PRODUCT))


def _product(like: Mapping, said: View) -> Mapping:
    node = like.without(*OF_PRODUCT)
    for key, field in (("name", "product"), ("provider", "provider"), ("launch_date", "date")):
        node = node.put(key, said.node.entries[field])
    price, share = node.entries.get(PRICE), said.number("price_share", 0.0)
    if isinstance(price, Mapping) and share:
        node = node.put(PRICE, _times(price, 1.0 + share))
    return node


def _times(price: Mapping, factor: float) -> Mapping:
    entries: dict[str, Node] = {}
    for key, node in price.entries.items():
        value = node.value if isinstance(node, Scalar) else None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        entries[key] = Scalar(value * factor, "", node.place) if is_number else node  # type: ignore[operator]
    return Mapping(entries, price.keys, price.place)


def _added(root: Mapping, key: str, item: Mapping) -> Mapping:
    listing = root.entries[key]
    items = listing.items if isinstance(listing, Listing) else ()
    return root.put(key, Listing((*items, item), listing.place))
