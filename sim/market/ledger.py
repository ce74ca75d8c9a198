"""The double-entry ledger: the only way in which money and tokens move.

Amounts are whole micro-dollars and whole tokens, so that every account, and the sum of all of them,
is exact: rounding happens once, where a transfer is made, and both sides get the same number.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from sim.errors import LedgerError

MICRO_USD_PER_USD = 1_000_000
TOKENS_PER_MTOK = 1_000_000


class AccountKind(StrEnum):
    """Who may hold an account."""

    __hash__ = str.__hash__  # an enumeration's own is three times slower

    USERS = "users"
    PROVIDER = "provider"
    CLOUD = "cloud"
    CHIP_VENDOR = "chip vendor"
    OWNER = "owner"
    """Whoever funds a provider: its opening cash and its war budget."""
    AGENCY = "agency"
    """Whoever brings providers' products to the users that they choose."""
    WORLD = "world"
    """Everyone else: staff, data sellers, whoever trains models."""


class Purpose(StrEnum):
    """What a transfer pays for."""

    __hash__ = str.__hash__

    OPENING_CASH = "opening cash"
    TOKENS = "tokens"
    """Users buy tokens from a provider."""
    COMPUTE = "compute"
    """A provider rents accelerators from a cloud, which serves the tokens; users serve themselves
    on the edge."""
    CHIPS = "chips"
    TRAINING = "training"
    DATA = "data"
    STAFF = "staff"
    COMPRESSION = "compression"
    """A provider's compression project."""
    SEEDING = "seeding"
    """A provider has an agency bring the technology to chosen users."""
    WAR_BUDGET = "war budget"
    """An owner makes good what was sold below cost."""


class Account(NamedTuple):
    """One holder of money: its kind and its name."""

    kind: AccountKind
    name: str

    def __str__(self) -> str:
        """Name for tables, such as ``provider: Baidu``."""
        return f"{self.kind}: {self.name}"


USERS = Account(AccountKind.USERS, "all")
AGENCY = Account(AccountKind.AGENCY, "all")
WORLD = Account(AccountKind.WORLD, "all")


Line: TypeAlias = tuple[Account, Account, Purpose, int | None]
"""Payer, payee, purpose, and number of the product that is paid for, if it is for one."""


@dataclass(slots=True)
class Entry:
    """Sum of all transfers of one line.

    Attributes
    ----------
    place
        Of the line in `Ledger.fresh`.
    micro_usd, tokens
        Whole amounts.
    """

    place: int
    micro_usd: int = 0
    tokens: int = 0


class Fresh(NamedTuple):
    """What was moved since the last audit, line by line, in the order of `Ledger.entries`.

    Attributes
    ----------
    micro_usd, tokens, transfers
        Whole amounts, and how many transfers they are the sums of.
    """

    micro_usd: list[int]
    tokens: list[int]
    transfers: list[int]


class Ledger:
    """Balances of money by account, and totals by payer, payee and purpose.

    Attributes
    ----------
    entries
        Sums of all transfers by line, in the order of their first.
    fresh
        The same since the last call of `take_fresh`.

    Examples
    --------
    >>> ledger = Ledger()
    >>> shop = Account(AccountKind.PROVIDER, "Shop")
    >>> ledger.transfer(USERS, shop, Purpose.TOKENS, usd=2.5, mtok=1.0)
    >>> ledger.balance_usd(shop), ledger.balance_usd(USERS)
    (2.5, -2.5)
    """

    def __init__(self) -> None:
        self._balances: dict[Account, int] = {}
        self.entries: dict[Line, Entry] = {}
        self.fresh = Fresh([], [], [])
        self._sales = 0

    def transfer(
        self,
        payer: Account,
        payee: Account,
        purpose: Purpose,
        usd: float,
        mtok: float = 0.0,
        product: int | None = None,
    ) -> None:
        """Move money from payer to payee and note the tokens that go the other way.

        Parameters
        ----------
        payer, payee
            Accounts; opened at their first transfer.
        purpose
            What is paid for.
        usd
            Amount in USD, at least zero; rounded to the micro-dollar.
        mtok
            Tokens delivered in return, in millions, at least zero; rounded to the token.
        product
            Number of the product that it is for.

        Raises
        ------
        LedgerError
            If an amount is negative or not finite.
        """
        if not (0.0 <= usd < float("inf") and 0.0 <= mtok < float("inf")):
            raise LedgerError(
                f"{payer} -> {payee} for {purpose}: {usd} USD, {mtok} Mtok; "
                "amounts must be finite and at least 0"
            )
        micro_usd = round(usd * MICRO_USD_PER_USD)
        entry = self.entries.get((payer, payee, purpose, product))
        if entry is None:
            entry = self.entries[payer, payee, purpose, product] = Entry(len(self.entries))
            for sums in self.fresh:
                sums.append(0)
        tokens, place = round(mtok * TOKENS_PER_MTOK), entry.place
        entry.micro_usd += micro_usd
        entry.tokens += tokens
        self.fresh.micro_usd[place] += micro_usd
        self.fresh.tokens[place] += tokens
        self.fresh.transfers[place] += 1
        self._sales += purpose is Purpose.TOKENS
        self._balances[payer] = self._balances.get(payer, 0) - micro_usd
        self._balances[payee] = self._balances.get(payee, 0) + micro_usd

    def take_fresh(self) -> Fresh:
        """Return what was moved since the last call."""
        taken, count = self.fresh, len(self.entries)
        self.fresh = Fresh([0] * count, [0] * count, [0] * count)
        return taken

    def balance_usd(self, account: Account) -> float:
        """Money that an account holds, in USD; 0 if it never had a transfer."""
        return self._balances.get(account, 0) / MICRO_USD_PER_USD

    def rows(self) -> list[tuple[str, str, str, float, float]]:
        """Rows of the ledger table, sorted: payer, payee, purpose, usd, mtok."""
        sums: defaultdict[tuple[Account, Account, Purpose], list[int]] = defaultdict(lambda: [0, 0])
        for (payer, payee, purpose, _), entry in self.entries.items():
            row = sums[payer, payee, purpose]
            row[0] += entry.micro_usd
            row[1] += entry.tokens
        return [
            (
                str(payer),
                str(payee),
                str(purpose),
                micro_usd / MICRO_USD_PER_USD,
                tokens / TOKENS_PER_MTOK,
            )
            for (payer, payee, purpose), (micro_usd, tokens) in sorted(sums.items())
        ]

    def check(self) -> None:
        """Refuse books that do not balance.

        Raises
        ------
        LedgerError
            If balances do not sum to zero, if an account's balance is not what came in minus what
            went out, or if a provider sold another number of tokens than clouds served for it; a
            token a sale is allowed for rounding, beside 1e-9 of all.
        """
        if sum(self._balances.values()) != 0:
            raise LedgerError(f"balances sum to {sum(self._balances.values())} micro-USD, not to 0")
        flows = dict.fromkeys(self._balances, 0)
        sold: dict[Account, int] = {}
        served: dict[Account, int] = {}
        for (payer, payee, purpose, _), entry in self.entries.items():
            flows[payer] -= entry.micro_usd
            flows[payee] += entry.micro_usd
            if purpose is Purpose.TOKENS:
                sold[payee] = sold.get(payee, 0) + entry.tokens
            elif purpose is Purpose.COMPUTE:
                served[payer] = served.get(payer, 0) + entry.tokens
        if flows != self._balances:
            raise LedgerError("an account's balance differs from what came in minus what went out")
        for account in sold.keys() | served.keys():
            difference = abs(sold.get(account, 0) - served.get(account, 0))
            if difference > self._sales + 1e-9 * sold.get(account, 0):
                raise LedgerError(
                    f"{account} sold {sold.get(account, 0)} tokens, "
                    f"clouds served {served.get(account, 0)}"
                )

    def check_sold(self, consumed_mtok: float) -> None:
        """Refuse books that sold other tokens than users consumed by their own count.

        Each transfer rounds to the token: half a token a transfer is allowed, beside 1e-9 of all.

        Parameters
        ----------
        consumed_mtok
            Tokens in millions, from the population.

        Raises
        ------
        LedgerError
            If the two differ by more.
        """
        sold = sum(
            entry.tokens for (_, _, why, _), entry in self.entries.items() if why is Purpose.TOKENS
        )
        consumed = consumed_mtok * TOKENS_PER_MTOK
        if abs(sold - consumed) > 0.5 * self._sales + 1e-9 * consumed:
            raise LedgerError(f"providers sold {sold} tokens, users consumed {consumed:.0f}")
