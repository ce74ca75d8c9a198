"""The mechanisms of a replication, and the functions through which the time passes to each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from operator import attrgetter
from sys import modules
from typing import Any, Final, NamedTuple

from sim import simulation
from sim.clouds.fleets import Fleets
from sim.clouds.host import Host
from sim.compression.recipe_book import RecipeBook
from sim.market.market import Market
from sim.market.metered_use import MeteredUse
from sim.market.offer_book import OfferBook
from sim.market.week import Week
from sim.providers.cost_book import CostBook
from sim.providers.engineering import Engineering
from sim.providers.pricing import Pricing
from sim.providers.provider import Provider
from sim.record import shard
from sim.record.recorder import Recorder
from sim.record.shelf import LocalShelf
from sim.simulation import Simulation
from sim.snapshot import Snapshots
from sim.users import kernel
from sim.users.accounts import Accounts
from sim.users.appraisal import Appraisal
from sim.users.population import Population

KERNEL: Final = "kernel"
REST: Final = "calendar and rest"

Function = Callable[..., Any]


class Mechanism(NamedTuple):
    """A part of the work of a replication.

    Attributes
    ----------
    meaning
        What it does.
    functions
        Where it takes the time over from whoever calls it. They are few and called some thousand
        times a run at most, so that the timers cost little.
    """

    meaning: str
    functions: tuple[Function, ...]


MECHANISMS: Final[dict[str, Mechanism]] = {
    KERNEL: Mechanism(
        "users hear, review, adjust their usage, give up, move on", (kernel.execute,)
    ),
    "valuation": Mechanism(
        "new offers are valued for every type of user",
        (OfferBook.view, Appraisal.__init__, Appraisal.read),
    ),
    "accounts of users": Mechanism(
        "what users did and hold is summed by domain and product",
        (Population.advance, Accounts.__init__, Accounts.flow, Accounts.snapshot, Week.add),
    ),
    "pricing": Mechanism(
        "providers look at rivals and at their own costs, and set prices",
        (
            Pricing.open,
            Pricing.set_launch_price,
            Pricing.cost_changed,
            Pricing._review_at_times,
            Pricing._replay,
            Pricing._recoup,
            Provider._react,
            Market._spread,
            Simulation._review_phases,
        ),
    ),
    "costs": Mechanism(
        "rents, fleets and compression change what tokens cost",
        (
            CostBook.__init__,
            RecipeBook.__init__,
            Host.follow_rents,
            Engineering._compress,
            Engineering._upgrade,
        ),
    ),
    "fleets": Mechanism(
        "requests are served, queue or are refused, and hours of accelerators are rented",
        (Fleets.serve,),
    ),
    "settlement": Mechanism(
        "the week is served and paid for, fleets are sized, reports appear",
        (
            Simulation._settle_products,
            Simulation._settle_providers,
            Simulation._pay_vendors,
            Simulation._publish,
            Simulation._leave,
            Market.close,
        ),
    ),
    "audit": Mechanism(
        "the books are held against users' meters and accelerators' hours",
        (MeteredUse.add_from, Simulation._audit),
    ),
    "snapshot": Mechanism("the week's rows of the tables are made", (Snapshots.take,)),
    "writing": Mechanism(
        "rows become tables, and tables files",
        (Recorder.tables, shard.shard_files, LocalShelf.put),
    ),
    "building": Mechanism(
        "users, their network and the actors are made, and the first day is set up",
        (Simulation.__init__, Simulation._open),
    ),
    REST: Mechanism("the calendar, and whatever no other mechanism claims", ()),
}
"""Every mechanism by name. Time passes to one when a function of it is called, and back after."""


@contextmanager
def replaced(wrap: Callable[[str, Function], Function]) -> Iterator[None]:
    """Replace the functions of all mechanisms while in the context, and put them back after.

    Parameters
    ----------
    wrap
        Called with a mechanism's name and one of its functions as it is; returns what takes the
        function's place.
    """
    with ExitStack() as stack:
        steps = {}
        for name, mechanism in MECHANISMS.items():
            for function in mechanism.functions:
                home = home_of(function)
                before = vars(home)[function.__name__]
                steps[before] = wrap(name, before)
                _swap(stack, home, function.__name__, steps[before])
        # the week holds its steps themselves, not their names
        week = tuple(step._replace(do=steps.get(step.do, step.do)) for step in simulation.WEEK)
        _swap(stack, simulation, "WEEK", week)
        yield


def _swap(stack: ExitStack, home: Any, name: str, value: object) -> None:
    """Set an attribute until the stack is closed."""
    stack.callback(setattr, home, name, vars(home)[name])
    setattr(home, name, value)


def home_of(function: Function) -> Any:
    """Return the class or module that a function is looked up in."""
    home, _, _ = function.__qualname__.rpartition(".")
    module = modules[function.__module__]
    return attrgetter(home)(module) if home else module
