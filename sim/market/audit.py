"""The audit: every week the books must say what users' meters and accelerators' hours say.

No number is compared with itself. Tokens and revenue come from each user's own meter and the list
prices of the time (`MeteredUse`); what was served from accelerators' hours at the roofline's rates;
fleets, hours and rents are reckoned anew from the metered tokens and the scenario's terms
(`RentedTime`), fixed costs and war budgets from the scenario. The books are the ledger's transfers
one by one, in whole micro-dollars and tokens, and the record that tables are made of.

Sums of the books are whole numbers, and may differ by their rounding: one micro-dollar or token a
transfer, beside 1e-9 of the amount for the order of floating-point sums.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, NoReturn

import numpy as np

from sim.errors import LedgerError
from sim.market.dues import Dues, Owed
from sim.market.ledger import (
    MICRO_USD_PER_USD,
    TOKENS_PER_MTOK,
    AccountKind,
    Fresh,
    Ledger,
    Line,
    Purpose,
)
from sim.market.metered_use import MeteredUse, Used
from sim.market.rented_time import Rented, RentedTime, ServedWeek
from sim.market.tolerance import differences
from sim.market.week import Week as Record
from sim.quantities import FloatArray
from sim.scenario.scenario import Scenario
from sim.serving.service import Served

_SMALL = 1e-6
"""Tokens in millions, hours and USD that no comparison of unrounded sums looks at."""


_WEEKS_TOGETHER = 52
_NOWHERE = -1
_COST = 2
"""Place of the variable cost among what is recorded."""


class _Noted(NamedTuple):
    """What the books say of a week, kept until it is checked."""

    first: int
    last: int
    served: Sequence[Served]
    record: FloatArray
    paid_usd: Mapping[tuple[str, Purpose], float]
    fresh: Fresh
    active: Collection[str]
    missed_users: float
    seeded: Collection[int]


class Audit:
    """Compares the books with a second account of the same week.

    Parameters
    ----------
    scenario
        The rules: who makes what, where it is served, and what fixed costs and budgets are.

    Attributes
    ----------
    use
        The week by users' meters.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.use = MeteredUse(scenario)
        self._time = RentedTime(scenario)
        self._dues = Dues(scenario, self._time.chips)
        self._domains = [domain.name for domain in scenario.domains]
        self._products = [product.name for product in scenario.products]
        self._checked_weeks, self._until_days = 0, 0
        self._noted: list[_Noted] = []
        self._seeded: set[int] = set()
        self._lines: list[Line] = []
        self._rows: list[int] = []
        paid = [
            ((account.name, purpose), row)
            for row, (payer, payee, purpose, _) in enumerate(self._dues.lines)
            for account in (payer, payee)
            if account.kind is AccountKind.PROVIDER
        ]
        self._paid = list(dict.fromkeys(key for key, _ in paid))
        self._place = {key: index for index, key in enumerate(self._paid)}
        self._paid_place = np.array([self._place[key] for key, _ in paid], np.int64)
        self._paid_row = np.array([row for _, row in paid], np.int64)

    def note_seeding(self, campaign: int) -> None:
        """Note that a campaign has reached its users, by the entity of its draws."""
        self._seeded.add(campaign)

    def note(
        self,
        week: Record,
        ledger: Ledger,
        active: Collection[str],
        until_days: float,
        missed_users: float,
    ) -> None:
        """Take over both accounts of the week that ends now, and begin another.

        Several weeks are checked together: it takes a third of the time that one at a time does.

        Parameters
        ----------
        week
            The record of the week.
        ledger
            What was moved until now.
        active
            Names of the providers that are in the market.
        until_days
            Now, in whole days.
        missed_users
            How many users' usage the meters missed; none, unless somebody changed it beside them.

        Raises
        ------
        LedgerError
            As `check` does.
        """
        for line in islice(ledger.entries, len(self._lines), None):
            self._lines.append(line)
        self._noted.append(
            _Noted(
                self._until_days,
                round(until_days),
                list(week.served),
                np.concatenate((week.mtok, week.revenue_usd, week.variable_cost_usd[None])),
                dict(week.paid_usd),
                ledger.take_fresh(),
                active,
                missed_users,
                self._seeded,
            )
        )
        self._seeded = set()
        self.use.end_week()
        self._until_days = round(until_days)
        if len(self._noted) == _WEEKS_TOGETHER:
            self.check()

    def check(self) -> None:
        """Check the weeks that were noted.

        Raises
        ------
        LedgerError
            If two accounts of the same thing differ; with the week, the product, who paid whom, and
            both numbers.
        """
        if not self._noted:
            return
        use, weeks = self.use.take(), [ServedWeek(*one[:3]) for one in self._noted]
        for place, one in enumerate(self._noted):
            if one.missed_users:
                self._fail(
                    place, f"usage of {one.missed_users:.9g} users changed, no meter was told"
                )
        self._check_record(use)
        rented = self._time.reckon(weeks, use.kinds_mtok)
        self._check_service(rented, use.mtok.sum(axis=1))
        by_line = self._by_line()
        micro_usd, count = by_line[0], by_line[2]
        owed = self._dues.owed(
            use,
            rented,
            np.array([[name in one.active for name in self._dues.names] for one in self._noted]),
            np.array([one.first for one in self._noted]),
            np.array([one.last - one.first for one in self._noted]),
            micro_usd[:, self._dues.budgets] / MICRO_USD_PER_USD,
            [one.seeded for one in self._noted],
            first=self._checked_weeks == 0,
        )
        self._check_bills(by_line, owed)
        self._check_paid(micro_usd, count)
        self._checked_weeks += len(self._noted)
        self._noted = []

    def close(self, until_days: float) -> None:
        """Check what is left, and refuse a run whose last weeks nobody noted.

        Raises
        ------
        LedgerError
            As `check` does, or if time has passed since the last week.
        """
        self.check()
        if self._until_days != until_days:
            raise LedgerError(
                f"the books were last checked on day {self._until_days}, and the run ended on day "
                f"{until_days:g}"
            )

    def _check_record(self, use: Used) -> None:
        """Hold the record that tables are made of against the meters."""
        recorded = np.stack([one.record for one in self._noted])
        cost_usd = use.cost_usd.sum(axis=1, keepdims=True)
        metered = np.concatenate((use.mtok, use.revenue_usd, cost_usd), axis=1)
        for week, row, product in differences(recorded, metered, _SMALL):
            amount, domain = divmod(row, len(self._domains))
            what = ("Mtok", "USD of revenue", "USD of variable cost")[amount]
            where = "" if amount == _COST else f"domain {self._domains[domain]}: "
            self._fail(
                week,
                f"{where}{recorded[week, row, product]:.9g} {what} recorded, users' meters say "
                f"{metered[week, row, product]:.9g}",
                product,
            )

    def _check_service(self, rented: Rented, mtok: FloatArray) -> None:
        """Hold hours against whole accelerators, against work, and against tokens."""
        services = [one for noted in self._noted for one in noted.served]
        hours = np.array([one.service.accelerator_hours for one in services])
        for (row,) in differences(hours, rented.hours, _SMALL):
            self._fail_served(
                services[row],
                rented.week[row],
                f"rented out {hours[row]:.9g} hours in the week, {rented.hours[row]:.9g} on its "
                "days",
            )
        whole = np.rint(rented.leased)
        for (row,) in differences(rented.leased, whole, _SMALL):
            self._fail_served(
                services[row],
                rented.week[row],
                f"leased {rented.leased[row]:.9g} accelerators on a day, no whole number",
            )
        possible = np.minimum(rented.busy_hours, hours)
        for (row,) in differences(possible, rented.busy_hours, _SMALL):
            self._fail_served(
                services[row],
                rented.week[row],
                f"rented out {hours[row]:.9g} hours, tokens took {rented.busy_hours[row]:.9g}",
            )
        worked = np.where(self._dues.is_hosted, 0.0, mtok)
        np.add.at(worked, (rented.week, rented.product), rented.mtok)
        for week, product in differences(worked, mtok, _SMALL):
            self._fail(
                week,
                f"accelerators served {worked[week, product]:.9g} Mtok in their hours at the "
                f"roofline's rates, users' meters say {mtok[week, product]:.9g}",
                product,
            )

    def _fail_served(self, served: Served, week: int, what: str) -> NoReturn:
        """Raise the error of what a host rented out."""
        what = f"{served.host}: {served.accelerator.name}: {what}"
        self._fail(int(week), what, served.product)

    def _by_line(self) -> FloatArray:
        """Return the weeks' sums by line, (3, W, L): micro-dollars, tokens, and transfers."""
        for line in self._lines[len(self._rows) :]:
            self._rows.append(self._row_of(line))
        rows = np.array(self._rows, np.int64)
        by_line = np.zeros((3, len(self._noted), len(self._dues.lines)))
        for week, one in enumerate(self._noted):
            by_line[:, week, rows[: len(one.fresh.tokens)]] = one.fresh
        return by_line

    def _row_of(self, line: Line) -> int:
        """Return the place of a line that is new in the books, and refuse one that has none."""
        row = self._dues.row.get(line)
        if row is None:
            payer, payee, purpose, product = line
            week = next(
                week
                for week, one in enumerate(self._noted)
                if len(one.fresh.tokens) > self._lines.index(line)
            )
            self._fail(
                week,
                f"{payer} -> {payee} for {purpose}: in the books, nothing by the audit",
                product,
            )
        return row

    def _check_bills(self, by_line: FloatArray, owed: Owed) -> None:
        """Hold the ledger's transfers against what is owed."""
        *found, count = by_line
        amounts = owed.usd * MICRO_USD_PER_USD, owed.mtok * TOKENS_PER_MTOK
        slack = owed.slack_usd * MICRO_USD_PER_USD, 0.0
        rounding = np.maximum(count, 1.0)
        units = ("USD", MICRO_USD_PER_USD), ("Mtok", TOKENS_PER_MTOK)
        for sums, amount, more, (unit, factor) in zip(found, amounts, slack, units, strict=True):
            for week, row in differences(sums, amount, more + rounding):
                payer, payee, purpose, product = self._dues.lines[row]
                self._fail(
                    week,
                    f"{payer} -> {payee} for {purpose}: {sums[week, row] / factor:.9g} {unit} in "
                    f"the books, {amount[week, row] / factor:.9g} {unit} by the audit",
                    product,
                )

    def _check_paid(self, micro_usd: FloatArray, count: FloatArray) -> None:
        """Hold the record of what each provider paid and received against the ledger."""
        recorded = np.zeros((len(self._noted), len(self._paid)))
        for week, one in enumerate(self._noted):
            columns = [self._place.get(key, _NOWHERE) for key in one.paid_usd]
            if _NOWHERE in columns:
                (name, purpose), usd = list(one.paid_usd.items())[columns.index(_NOWHERE)]
                self._fail(
                    week, f"provider: {name}: {usd:.9g} USD recorded for {purpose}, owed to nobody"
                )
            recorded[week, columns] = list(one.paid_usd.values())
        booked, transfers = np.zeros_like(recorded), np.zeros_like(recorded)
        np.add.at(booked.T, self._paid_place, micro_usd[:, self._paid_row].T)
        np.add.at(transfers.T, self._paid_place, count[:, self._paid_row].T)
        booked /= MICRO_USD_PER_USD
        for week, place in differences(recorded, booked, _SMALL * (1.0 + transfers)):
            name, purpose = self._paid[place]
            self._fail(
                week,
                f"provider: {name}: {recorded[week, place]:.9g} USD recorded for {purpose}, "
                f"{booked[week, place]:.9g} USD in the books",
            )

    def _fail(self, week: int, what: str, product: int | None = None) -> NoReturn:
        """Raise the error of a week, by its place among those that were noted."""
        whose = "" if product is None else f"product {self._products[product]}: "
        one = self._noted[week]
        raise LedgerError(
            f"week {self._checked_weeks + week + 1}, days {one.first} to {one.last}: {whose}{what}"
        )
