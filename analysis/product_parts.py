"""What one product has to do with the effect of a war on adoption.

For the product with the most tokens of a snapshot in the world with the war, and for the one that
gains the most users by it, two parts of the effect are told apart from the whole:

its users
    Users of the product in this world less those in the other.
    It is read off the tables, and adds up over all products to the effect. It says where the added
    users are, not where they would be if the product were not there: many would use another.
without it
    The effect between the same two worlds run again as if the product had never existed, with the
    same draws. What goes is what hangs on the product. It takes a run of each world; see
    :func:`analysis.effects.largest_products`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from analysis.horizons import Horizon, market_at, products_at
from analysis.significance import FAMILY_ERROR, paired_p_value
from analysis.statistics import Interval, student
from analysis.variants import finished_variant, without_product
from sim.errors import ResultError
from sim.record.run import Run

if TYPE_CHECKING:
    import pandas as pd

Kept: TypeAlias = Callable[[Run], tuple[Path, ...]]
"""From a world to folders, besides its own, that may hold it without a product."""


@dataclass(frozen=True, slots=True)
class Without:
    """The effect on adoption between two worlds that never had a product.

    Attributes
    ----------
    adopters
        The effect that is left, share of users.
    gone
        What goes with the product: the effect less the one that is left, paired.
    gone_p_value
        Of nothing going; adjusted where the effect's is.
    """

    adopters: Interval
    gone: Interval
    gone_p_value: float

    @property
    def settled(self) -> bool:
        """Whether what goes is more than chance."""
        return self.gone_p_value < FAMILY_ERROR


@dataclass(frozen=True, slots=True)
class ProductPart:
    """What one product has to do with the effect on adoption.

    Attributes
    ----------
    product
        Which.
    why
        What it has the most of: ``most tokens``, ``most added users``, or both.
    tokens_share
        Its share of all tokens in the world with the war.
    its_users
        Difference of the share of users that use it.
    without
        The effect without it; None if the worlds have not been run again.
    can_be_left_out
        Whether they can be: something else is on sale on the first day.
    """

    product: str
    why: str
    tokens_share: Interval
    its_users: Interval
    without: Without | None
    can_be_left_out: bool


def parts_of(
    run: Run, peace: Run, time: Horizon, adopters: pd.Series[float], kept: Kept
) -> Iterator[ProductPart]:
    """Yield the parts of an effect: of the largest product, and of the one that gains the most.

    Parameters
    ----------
    run, peace
        Worlds with and without the war, of the same seed and dates.
    time
        When.
    adopters
        The effect on the share of users with a product, a value a paired replication.
    kept
        From a world to the folders, besides its own, where it is looked for without a product.
    """
    paired = list(adopters.index)
    rows = products_at(run, time)
    tokens = rows.pivot_table(
        index="replication", columns="product", values="tokens_mtok_per_day", aggfunc="sum"
    ).reindex(paired)
    gains = _users(run, time, paired).sub(_users(peace, time, paired), fill_value=0.0)
    either = gains.columns.union(tokens.columns)
    gains, tokens = (it.reindex(columns=either, fill_value=0.0) for it in (gains, tokens))
    for product, why in _largest(tokens, gains).items():
        share = tokens[product].fillna(0.0) / tokens.sum(axis=1)
        yield ProductPart(
            product,
            why,
            student(share.to_numpy()),
            student(gains[product].to_numpy()),
            *_without(run, peace, time, product, adopters, kept),
        )


def _largest(tokens: pd.DataFrame, gains: pd.DataFrame) -> dict[str, str]:
    """Return the product with the most tokens and the one that gains the most users, and why.

    None where nothing is sold, and none where no product gains any.
    """
    whys = {}
    if tokens.sum().gt(0.0).any():
        whys[str(tokens.sum().idxmax())] = "most tokens"
    if gains.mean().gt(0.0).any():
        gainer = str(gains.mean().idxmax())
        whys[gainer] = "most tokens and added users" if gainer in whys else "most added users"
    return whys


def _without(
    run: Run, peace: Run, time: Horizon, product: str, adopters: pd.Series[float], kept: Kept
) -> tuple[Without | None, bool]:
    """Return the effect without a product, if it is there, and whether it can be left out."""
    try:
        variants = [(world, without_product(world.scenario, product)) for world in (run, peace)]
    except ResultError:
        return None, False
    again = [finished_variant(world, variant, *kept(world)) for world, variant in variants]
    if again[0] is None or again[1] is None:
        return None, True
    with_war, calm = (
        market_at(world, "adopters_share", time, list(adopters.index))
        for world in (again[0], again[1])
    )
    left = with_war - calm
    gone = student((adopters - left).to_numpy())
    return Without(student(left.to_numpy()), gone, paired_p_value(adopters, left)), True


def _users(run: Run, time: Horizon, paired: list[int]) -> pd.DataFrame:
    """Share of users of each product that is on offer: a row a replication, a column a product."""
    rows = products_at(run, time)
    shares = rows[rows["listed"]].pivot_table(
        index="replication", columns="product", values="users_share", aggfunc="sum"
    )
    return shares.reindex(paired).fillna(0.0)
