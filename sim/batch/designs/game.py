"""A game: every combination of strategies that providers may price by, or those a reduction needs.

A *role* is one provider, or several that are taken to be alike. Of roles of one provider each, the
design is every combination. Of a role of several it has, for each profile of the roles, all its
members at the role's strategy, and each member in turn at every other one: what a member gains by
deviating alone is then simulated, not inferred. That is the deviation-preserving reduction of a
role to two players, one against the rest (Wiedenbeck and Wellman 2012), with the other roles'
members moving together, as in the hierarchical reduction (Wellman, Reeves, Lochner, Cheng and Suri
2005).

References
----------
Wellman, M. P., Reeves, D. M., Lochner, K. M., Cheng, S.-F., Suri, R. (2005). Approximate strategic
reasoning through hierarchical reduction of large symmetric games. AAAI, 502-508.
Wiedenbeck, B., Wellman, M. P. (2012). Scaling simulation-based game analysis through
deviation-preserving reduction. AAMAS, 931-938.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from sim.batch.designs.axis import Axis, Block, Level
from sim.batch.designs.design import Design
from sim.batch.designs.material import Material
from sim.batch.designs.parameter import place_of
from sim.nearest import offer
from sim.reading.frozen import Name
from sim.reading.nodes import Listing, Mapping, Path, Scalar, descend
from sim.reading.overriding import Item, Override
from sim.scenario.outside import strategies_of
from sim.scenario.strategy_finder import Finder
from sim.scenario.strategy_text import strategy_of_text

Assignment: TypeAlias = tuple[str, ...]
"""A strategy for each provider that plays, in the order of the design."""


@dataclass(frozen=True, slots=True)
class Role:
    """Providers that choose among the same strategies, one or several alike.

    Attributes
    ----------
    name
        Of the one provider, or of the group.
    members
        The providers.
    strategies
        What each of them may price by, as texts; see `sim.scenario.strategy_text`.
    """

    name: str
    members: tuple[str, ...]
    strategies: tuple[str, ...]


def profiles(roles: Sequence[Role]) -> Iterator[tuple[str, ...]]:
    """Iterate over all profiles: a strategy for each role, the last role's varying fastest."""
    return product(*(role.strategies for role in roles))


def assignment(
    roles: Sequence[Role], profile: Sequence[str], member: str = "", strategy: str = ""
) -> Assignment:
    """Return who plays what where all members keep to a profile, but for one, if one is named."""
    return tuple(
        strategy if player == member else played
        for role, played in zip(roles, profile, strict=True)
        for player in role.members
    )


def assignments(roles: Sequence[Role]) -> list[Assignment]:
    """Return what is to be run: all profiles, and each deviation of one member of a role."""
    found = [assignment(roles, profile) for profile in profiles(roles)]
    found += [
        assignment(roles, profile, member, strategy)
        for profile in profiles(roles)
        for role in roles
        for member in role.members
        for strategy in role.strategies
    ]
    return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class _PlayerAxis(Axis):
    """An axis whose values are strategies: each sets ``price`` and ``war`` of a provider."""

    def overrides(self, level: Level) -> list[Override]:
        entries = level.node.entries if isinstance(level.node, Mapping) else {}
        (target,) = self.targets
        return [Override((*target, key), node, node.place) for key, node in entries.items()]


class Game(Design):
    """Strategies that providers choose among."""

    kind: Literal["game"]
    players: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Providers, and names of `alike` groups of them."""
    alike: dict[Name, Annotated[tuple[Name, ...], Field(min_length=2)]] = Field(
        default_factory=dict
    )
    """Groups of providers that are taken to be alike, by name."""
    strategies: tuple[str, ...] = ()
    """What each player may price by; the first is what the others are held against."""
    strategies_of: dict[Name, tuple[str, ...]] = Field(default_factory=dict)
    """The same of single players, which then have no part in `strategies`."""

    def roles(self) -> tuple[Role, ...]:
        """Return the players, groups among them."""
        return tuple(
            Role(name, self.alike.get(name, (name,)), self.strategies_of.get(name, self.strategies))
            for name in self.players
        )

    def axes(self, material: Material) -> tuple[Axis, ...]:
        """Return one axis a provider, and note players and strategies that there are none of."""
        self._check_players(material)
        problems = material.problems
        allowed = material.base.origin.allow_code
        finder = Finder(problems, strategies_of(material.base), allow_code=allowed)
        axes = {}
        for role in self.roles():
            levels = self._levels(role, finder, material)
            for member in role.members:  # one that plays twice is noted above
                axes[member] = _PlayerAxis(
                    member,
                    (("providers", Item(member)),),
                    place_of(material, "players"),
                    levels=levels,
                )
        return tuple(axes.values())

    def blocks(self, axes: Sequence[Axis]) -> Iterator[Block]:
        """Yield a point for each combination that the game needs."""
        levels = [{str(level.value): level for level in axis.levels} for axis in axes]
        for one in assignments(self.roles()):
            point = {
                axis.name: known[text] for axis, known, text in zip(axes, levels, one, strict=True)
            }
            yield (point,)

    def _levels(self, role: Role, finder: Finder, material: Material) -> tuple[Level, ...]:
        key: Path = (
            ("strategies_of", role.name) if role.name in self.strategies_of else ("strategies",)
        )
        listing = descend(material.tree, key)
        items = listing.items if isinstance(listing, Listing) else ()
        if len(items) < 2:
            place = listing.place if listing is not None else material.tree.place
            material.problems.add(
                place,
                key,
                f"must list at least two strategies, for {role.name} to choose among.",
                hint="Such as cost_plus, undercut:0.2, loss_leader.",
            )
        levels = []
        for index, item in enumerate(items):
            if isinstance(item, Scalar):
                node = strategy_of_text(item, finder, material.problems, (*key, index))
                if isinstance(node.entries.get("war"), Mapping) and not self._may_war(material):
                    material.problems.add(
                        item.place,
                        (*key, index),
                        "is a strategy of war, and factors.competition is false: nobody answers "
                        "rivals' moves, so that it would come to the same as the price of peace.",
                        node=item,
                        hint="Leave it out, or set factors.competition=true.",
                    )
                levels.append(Level(str(item.value), node))
        return tuple(levels)

    def _may_war(self, material: Material) -> bool:
        """Return whether rivals' moves are answered, in some of the points at least."""
        return material.base.factors.competition or "factors.competition" in self.contrast

    def _check_players(self, material: Material) -> None:
        problems, place = material.problems, place_of(material, "players")
        providers = [provider.name for provider in material.base.providers]
        for name in self.alike.keys() - set(self.players):
            problems.add(place, ("alike", name), "is not one of the players.")
        for name in self.alike.keys() & set(providers):
            problems.add(place, ("alike", name), "is the name of a provider; a group has its own.")
        for name in self.strategies_of.keys() - set(self.players):
            problems.add(
                place_of(material, "strategies_of"),
                ("strategies_of", name),
                "is not one of the players.",
                hint=offer(name, self.players),
            )
        members = [member for role in self.roles() for member in role.members]
        for index, name in enumerate(members):
            if name not in providers:
                hint = offer(name, providers)
                problems.add(place, ("players",), f"{name!r} is not a provider.", hint=hint)
            elif name in members[:index]:
                problems.add(place, ("players",), f"{name!r} plays twice.")
        if len(members) < 2:
            problems.add(place, ("players",), "must be at least two providers.")
