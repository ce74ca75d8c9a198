"""The simulation: builds the actors of a scenario, opens, runs the weeks as written down, closes.

Nothing below imports this module: actors know their stage, and the stage knows no actor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from sim.clouds.fleets import Fleets
from sim.clouds.host import Host
from sim.compression.recipe_book import RecipeBook
from sim.levers import MarketLevers, carry_out
from sim.market.market import Market
from sim.market.stage import Process
from sim.providers.engineering import Engineering
from sim.providers.provider import Provider
from sim.record.recorder import Recorder
from sim.scenario.scenario import News, Scenario
from sim.snapshot import Snapshots
from sim.streams import Streams


class Simulation:
    """One replication of a scenario.

    Parameters
    ----------
    scenario
        What to run.
    seed, replication
        Key of all draws.

    Attributes
    ----------
    market
        The stage.
    hosts, providers, products
        The actors, each by its number in the scenario.
    levers
        What the scenario's interventions can do.

    Examples
    --------
    >>> import sim
    >>> simulation = Simulation(sim.load("minimal", {"population.users": 50}), seed=1)
    >>> simulation.run()
    >>> simulation.recorder.tables()["market"].num_rows
    14
    """

    def __init__(self, scenario: Scenario, seed: int, replication: int = 0) -> None:
        self.scenario = scenario
        self.market = Market(scenario, Streams(seed, replication))
        hosts = {cloud.name: Host(cloud) for cloud in scenario.clouds}
        self.hosts = tuple(hosts.values())
        self.providers = tuple(
            Provider(number, config, hosts[config.cloud], self.market)
            for number, config in enumerate(scenario.providers)
        )
        self.products = tuple(
            sorted(
                (product for provider in self.providers for product in provider.products),
                key=lambda product: product.number,
            )
        )
        recipes = RecipeBook(
            scenario.compression.curves,
            self.market.streams if scenario.compression.sampled else None,
        )
        self.engineers = tuple(
            Engineering(provider, recipes, self.market) for provider in self.providers
        )
        self.snapshots = Snapshots(self.market, self.providers, self.products)
        self.market.listeners.extend(self.providers)
        for product in self.products:
            if product.is_served_by_host:
                product.maker.host.tenants.append(product)
        self.fleets = Fleets()
        self.fleets.open(self.market, self.hosts)
        self.market.servers.append(self.fleets)
        self.levers = MarketLevers(
            self.market, self.hosts, self.providers, self.products, self.engineers, self.fleets
        )

    @property
    def recorder(self) -> Recorder:
        """Rows of the results, complete after `run`."""
        return self.market.recorder

    def run(self, report: Callable[[float], None] | None = None) -> None:
        """Run from the first day to the last.

        Parameters
        ----------
        report
            Called at the end of every week with the time in days.

        Raises
        ------
        LedgerError
            If the books do not balance, or say another thing than users' meters and
            accelerators' hours.
        """
        self._open()
        environment = self.market.environment
        environment.run(until=environment.process(self._weeks(report)))
        self.market.close()

    def _open(self) -> None:
        """Let every actor begin: what is on offer first, then users, money, projects, rents."""
        for product in self.products:
            product.open()
        for product in self.products:
            product.pricing.decide_quota()
        self.market.open()
        for provider in self.providers:
            provider.open()
        for engineering in self.engineers:
            engineering.open()
        for host in self.hosts:
            self.market.start(host.follow_rents(self.market))
        self.market.start(self.fleets.publish_daily(self.market))
        carry_out(self.scenario.interventions, self.levers, self.market)
        for news in self.scenario.news:
            if news.replication in (None, self.market.streams.replication):
                self.market.start(self._tell(news))

    def _tell(self, news: News) -> Process:
        number = self.market.book.names.index(news.product)
        yield self.market.wait(news.time_days)
        self.market.make_news(number, news.level)

    def _weeks(self, report: Callable[[float], None] | None) -> Process:
        """Go through the week's steps at equal intervals; the last week ends on the last day."""
        market, scenario = self.market, self.scenario
        self.snapshots.take(0.0)
        while market.now < scenario.duration_days:
            days = min(scenario.snapshot_every_days, scenario.duration_days - market.now)
            yield market.wait(days)
            for step in WEEK:
                step.do(self, days)
            if report is not None:
                report(market.now)

    def _advance(self, _: float) -> None:
        self.market.advance()

    def _settle_products(self, days: float) -> None:
        for product in self.products:
            product.settle(days)

    def _settle_providers(self, days: float) -> None:
        for provider in self.providers:
            provider.settle(days)

    def _order(self, days: float) -> None:
        self.fleets.order(days)

    def _pay_vendors(self, _: float) -> None:
        for host in self.hosts:
            host.pay_vendors(self.market)

    def _audit(self, _: float) -> None:
        active = {provider.name for provider in self.providers if provider.active}
        market = self.market
        market.books.note_week(active, market.now, market.population.missed_by_meters())

    def _publish(self, _: float) -> None:
        self.market.publish()

    def _leave(self, _: float) -> None:
        for provider in self.providers:
            provider.leave_if_insolvent()

    def _snapshot(self, days: float) -> None:
        self.snapshots.take(days)
        self.market.week.clear()

    def _review_phases(self, _: float) -> None:
        for product in self.products:
            product.pricing.review_phase()


class Step(NamedTuple):
    """A step of the week.

    Attributes
    ----------
    what
        What is done.
    do
        Called with the simulation and the length of the week in days.
    """

    what: str
    do: Callable[[Simulation, float], None]


WEEK: Final[tuple[Step, ...]] = (
    Step("users act up to today", Simulation._advance),
    Step(
        "users pay for tokens; providers pay the clouds that served them",
        Simulation._settle_products,
    ),
    Step("providers pay fixed costs; owners make good losses at war", Simulation._settle_providers),
    Step("providers order accelerators", Simulation._order),
    Step("clouds pay chip vendors", Simulation._pay_vendors),
    Step("the books are held against users' meters and accelerators' hours", Simulation._audit),
    Step("the public report appears", Simulation._publish),
    Step("providers that have been in debt for too long leave", Simulation._leave),
    Step("a snapshot is taken, and the week's record cleared", Simulation._snapshot),
    Step("products enter and leave war and recoupment", Simulation._review_phases),
)
"""What happens at the end of every week, in this order."""
