"""Who owes whom what for a week, by the scenario's terms and a second account of what was used."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from sim.market.ledger import AGENCY, USERS, WORLD, Account, AccountKind, Line, Purpose
from sim.market.metered_use import Used
from sim.market.rented_time import Rented
from sim.market.tolerance import TOLERANCE_SHARE
from sim.quantities import BoolArray, FloatArray, IntegerArray
from sim.scenario.demand import Population
from sim.scenario.scenario import Scenario
from sim.scenario.seeding import Seeding
from sim.scenario.supply import Provider
from sim.streams import entity_of
from sim.units import DAYS_PER_MONTH

# As `sim.market.week` has it, on purpose: the audit shares nothing with the books that it checks.
_FIXED_COSTS = (Purpose.TRAINING, Purpose.DATA, Purpose.STAFF)


class Owed(NamedTuple):
    """What the lines of the books must say, (W, L).

    Attributes
    ----------
    usd, mtok
        Money, and tokens in millions.
    slack_usd
        By how much more than its own part an amount may be off; infinite: nobody can say.
    """

    usd: FloatArray
    mtok: FloatArray
    slack_usd: FloatArray


class Dues:
    """Reckons every line that the books of a week may have.

    Parameters
    ----------
    scenario
        Who makes what, where it is served, and what fixed costs, cash and budgets are.
    chips
        Hosts and vendors of accelerators, in the order of `Rented.chips`.

    Attributes
    ----------
    lines
        All lines; users' and servers' bills come first, in the order of products.
    row
        Each line's place among them.
    names
        Names of the providers.
    budgets
        Where the lines of the war budgets are, one a provider.
    is_hosted
        (P,): whether a cloud serves the product; users serve themselves otherwise.
    """

    def __init__(self, scenario: Scenario, chips: Sequence[tuple[str, str]]) -> None:
        providers, products = scenario.providers, scenario.products
        accounts = {p.name: Account(AccountKind.PROVIDER, p.name) for p in providers}
        clouds = {p.name: Account(AccountKind.CLOUD, p.cloud) for p in providers}
        number = {name: index for index, name in enumerate(accounts)}
        makers = [accounts[p.provider] for p in products]
        sides = [
            (Account(AccountKind.CLOUD, host), Account(AccountKind.CHIP_VENDOR, vendor))
            for host, vendor in chips
        ]
        self._chips = len(sides)
        self._maker = np.array([number[p.provider] for p in products], np.int64)
        self.is_hosted = np.array([p.is_hosted for p in products])
        self.names = list(accounts)
        self._fixed_usd_per_month = np.array(
            [
                [p.fixed_cost_usd_per_month * p.fixed_cost_split[part] for p in providers]
                for part in range(len(_FIXED_COSTS))
            ]
        )
        self._cash_usd = np.array([abs(p.cash_usd) for p in providers])
        self._left_usd = np.array(
            [0.0 if p.war is None else p.war.war_budget_usd for p in providers]
        )
        server = [clouds[p.provider] if p.is_hosted else USERS for p in products]
        owner = {name: Account(AccountKind.OWNER, name) for name in accounts}
        self.lines: tuple[Line, ...] = (
            *((USERS, maker, Purpose.TOKENS, p) for p, maker in enumerate(makers)),
            *(
                (maker, host, Purpose.COMPUTE, p)
                for p, (maker, host) in enumerate(zip(makers, server, strict=True))
            ),
            *((*pair, Purpose.CHIPS, None) for pair in sides),
            *((one, WORLD, purpose, None) for purpose in _FIXED_COSTS for one in accounts.values()),
            *((owner[name], one, Purpose.WAR_BUDGET, None) for name, one in accounts.items()),
            *(_opening(p, accounts[p.name], owner[p.name]) for p in providers),
            *((one, AGENCY, Purpose.SEEDING, None) for one in accounts.values()),
            *((one, WORLD, Purpose.COMPRESSION, None) for one in accounts.values()),
        )
        self.row = {line: index for index, line in enumerate(self.lines)}
        count = len(providers)
        self.budgets = slice(len(self.lines) - 4 * count, len(self.lines) - 3 * count)
        self._campaigns = [
            (
                number,
                entity_of(f"{provider.name} {place}"),
                scenario.days(seeding.date),
                _campaign_usd(seeding, scenario.population),
            )
            for number, provider in enumerate(providers)
            for place, seeding in enumerate(provider.seeding)
        ]

    def owed(
        self,
        use: Used,
        rented: Rented,
        active: BoolArray,
        first_day: IntegerArray,
        days: IntegerArray,
        given_usd: FloatArray,
        seeded: Sequence[Collection[int]],
        *,
        first: bool,
    ) -> Owed:
        """Return what the lines of weeks must say.

        Parameters
        ----------
        use
            The weeks by users' meters.
        rented
            What serving them must have taken.
        active
            (W, F): providers that are in the market; others pay no fixed costs.
        first_day
            (W,): days before the weeks; a campaign of the run's first day is one of the first week.
        days
            (W,): lengths of the weeks.
        given_usd
            (W, F): what the books say that owners gave for the war, which uses up their budgets.
        seeded
            By week, the campaigns that reached users; who has not the cash for one holds none.
        first
            Whether the run begins with the first of them: then owners pay the opening cash.
        """
        weeks, count, products = len(days), len(self.names), self._maker.size
        months = active * (days[:, None] / DAYS_PER_MONTH)
        opening = np.zeros((weeks, count))
        opening[0] = self._cash_usd * first
        left_usd = self._left_usd - np.cumsum(np.vstack((np.zeros(count), given_usd)), axis=0)
        self._left_usd = np.maximum(left_usd[-1], 0.0)
        usd = np.concatenate(
            (
                use.revenue_usd.sum(axis=1),
                _by_week(rented.week, rented.product, rented.rent_usd, (weeks, products)),
                _by_week(rented.week, rented.chips, rented.chip_usd, (weeks, self._chips)),
                (self._fixed_usd_per_month * months[:, None]).reshape(weeks, -1),
                np.minimum(self._losses(use), np.maximum(left_usd[:-1], 0.0)),
                opening,
                active * self._seeding(first_day, days, seeded),
                np.zeros((weeks, count)),
            ),
            axis=1,
        )
        mtok, slack_usd = np.zeros(usd.shape), np.zeros(usd.shape)
        mtok[:, :products] = mtok[:, products : 2 * products] = use.mtok.sum(axis=1)
        # losses are small differences of large sums
        slack_usd[:, self.budgets] = TOLERANCE_SHARE * use.cost_usd.sum(axis=(1, 2))[:, None]
        # a project is paid when it starts, at what it is planned to cost then
        slack_usd[:, -count:] = np.inf
        return Owed(usd, mtok, slack_usd)

    def _seeding(
        self, first_day: IntegerArray, days: IntegerArray, seeded: Sequence[Collection[int]]
    ) -> FloatArray:
        """Return what each provider's campaigns cost, (W, F)."""
        usd = np.zeros((first_day.size, len(self.names)))
        for number, campaign, day, cost_usd in self._campaigns:
            is_held = np.array([campaign in held for held in seeded])
            is_due = (first_day < max(day, 0.5)) & (day <= first_day + days)
            usd[is_due & is_held, number] += cost_usd
        return usd

    def _losses(self, use: Used) -> FloatArray:
        """Return what each provider lost at war, (W, F); products at a profit make good nothing."""
        lost = np.maximum(use.war_cost_usd.sum(axis=1), 0.0)
        return np.stack([lost[:, self._maker == f].sum(axis=1) for f in range(len(self.names))], 1)


def _campaign_usd(seeding: Seeding, population: Population) -> float:
    users = population.simulated_users(seeding.users) * population.users_per_simulated
    return users * seeding.cost_usd_per_user


def _by_week(
    week: IntegerArray, column: IntegerArray, amounts: FloatArray, shape: tuple[int, int]
) -> FloatArray:
    """Return the sums of amounts by week and column."""
    sums = np.bincount(week * shape[1] + column, amounts, shape[0] * shape[1])
    return np.asarray(sums.reshape(shape))


def _opening(provider: Provider, account: Account, owner: Account) -> Line:
    """Return the line of the opening cash; a provider that begins in debt pays its owner."""
    payer, payee = (owner, account) if provider.cash_usd >= 0.0 else (account, owner)
    return payer, payee, Purpose.OPENING_CASH, None
