"""The books of a market: the ledger, the record of the week, and the audit of both."""

from __future__ import annotations

from collections.abc import Collection

from sim.market.audit import Audit
from sim.market.ledger import Account, AccountKind, Ledger, Purpose
from sim.market.week import Week
from sim.record.rows import LedgerRows
from sim.scenario.scenario import Scenario
from sim.serving.service import Served


class Books:
    """All accounts of a run.

    Parameters
    ----------
    scenario
        What is run.

    Attributes
    ----------
    ledger
        All transfers so far.
    week
        The time since the last settlement.
    audit
        What holds both against users' meters and accelerators' hours.
    """

    def __init__(self, scenario: Scenario) -> None:
        scale = scenario.population.users_per_simulated
        self.ledger = Ledger()
        self.week = Week(len(scenario.domains), len(scenario.products), scale)
        self.audit = Audit(scenario)
        self._consumed_mtok = 0.0

    def pay(
        self,
        payer: Account,
        payee: Account,
        purpose: Purpose,
        usd: float,
        mtok: float = 0.0,
        product: int | None = None,
    ) -> None:
        """Move money, and tokens the other way; what a provider has part in is its week's."""
        self.ledger.transfer(payer, payee, purpose, usd, mtok, product)
        for account in (payer, payee):
            if account.kind is AccountKind.PROVIDER:
                self.week.paid_usd[account.name, purpose] += usd

    def note_service(self, served: Served) -> None:
        """Note what serving a product took this week."""
        self.week.served.append(served)

    def note_consumed(self, mtok: float) -> None:
        """Note tokens that the population says it has consumed, in millions."""
        self._consumed_mtok += mtok

    def note_week(self, active: Collection[str], until_days: float, missed_users: float) -> None:
        """Hand the week that ends now to the audit.

        Parameters
        ----------
        active
            Names of the providers that are in the market.
        until_days
            Now.
        missed_users
            How many users' usage the meters missed.

        Raises
        ------
        LedgerError
            If the books say another thing than users' meters and accelerators' hours.
        """
        self.audit.note(self.week, self.ledger, active, until_days, missed_users)

    def close(self, until_days: float) -> LedgerRows:
        """Check the whole run, and return the ledger's table.

        Raises
        ------
        LedgerError
            If the books do not balance, if other tokens were sold than users consumed or clouds
            served, or if a week was not audited.
        """
        self.audit.close(until_days)  # first, for it says in which week
        self.ledger.check()
        self.ledger.check_sold(self._consumed_mtok)
        payers, payees, purposes, usd, mtok = map(list, zip(*self.ledger.rows(), strict=True))
        return LedgerRows(payer=payers, payee=payees, purpose=purposes, usd=usd, mtok=mtok)
