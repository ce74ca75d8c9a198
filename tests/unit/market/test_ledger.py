"""The ledger moves money and tokens, and makes or loses none."""

import pytest

from sim.errors import LedgerError
from sim.market.ledger import USERS, WORLD, Account, AccountKind, Ledger, Purpose

SHOP = Account(AccountKind.PROVIDER, "Shop")
CLOUD = Account(AccountKind.CLOUD, "Cloud")


def test_a_transfer_debits_the_payer_and_credits_the_payee_the_same_micro_dollars():
    ledger = Ledger()
    ledger.transfer(USERS, SHOP, Purpose.TOKENS, usd=0.1 + 0.2, mtok=1e-6)
    assert ledger.balance_usd(SHOP) == 0.3
    assert ledger.balance_usd(USERS) == -0.3


def test_the_four_part_cost_of_a_service_adds_up():
    """Cloud 1000, data 500, training 200 and inference 300 CNY a month make 2000."""
    ledger = Ledger()
    ledger.transfer(SHOP, CLOUD, Purpose.COMPUTE, usd=1000.0)
    ledger.transfer(SHOP, WORLD, Purpose.DATA, usd=500.0)
    ledger.transfer(SHOP, WORLD, Purpose.TRAINING, usd=200.0)
    ledger.transfer(SHOP, CLOUD, Purpose.COMPUTE, usd=300.0)
    assert ledger.balance_usd(SHOP) == -2000.0


def test_rows_sum_transfers_by_payer_payee_and_purpose():
    ledger = Ledger()
    for _ in range(10):
        ledger.transfer(USERS, SHOP, Purpose.TOKENS, usd=0.1, mtok=0.5)
    assert ledger.rows() == [("users: all", "provider: Shop", "tokens", 1.0, 5.0)]


@pytest.mark.parametrize("usd", [-1.0, float("nan"), float("inf")])
def test_an_impossible_amount_is_refused_with_payer_payee_and_purpose(usd):
    with pytest.raises(LedgerError, match="users: all -> provider: Shop for tokens"):
        Ledger().transfer(USERS, SHOP, Purpose.TOKENS, usd=usd)


def test_tokens_sold_and_not_served_are_found_out():
    ledger = Ledger()
    ledger.transfer(USERS, SHOP, Purpose.TOKENS, usd=1.0, mtok=2.0)
    ledger.transfer(SHOP, CLOUD, Purpose.COMPUTE, usd=1.0, mtok=1.0)
    with pytest.raises(LedgerError, match="sold 2000000 tokens, clouds served 1000000"):
        ledger.check()


def test_books_that_balance_pass():
    ledger = Ledger()
    ledger.transfer(USERS, SHOP, Purpose.TOKENS, usd=1.0, mtok=2.0)
    ledger.transfer(SHOP, CLOUD, Purpose.COMPUTE, usd=0.5, mtok=2.0)
    ledger.check()
    assert sum(ledger.balance_usd(account) for account in (USERS, SHOP, CLOUD)) == 0.0


def test_a_tampered_balance_is_found_out():
    ledger = Ledger()
    ledger.transfer(USERS, SHOP, Purpose.TOKENS, usd=1.0)
    ledger._balances[SHOP] += 1
    with pytest.raises(LedgerError, match="balances sum to 1 micro-USD"):
        ledger.check()
    ledger._balances[USERS] -= 1
    with pytest.raises(LedgerError, match="differs from what came in"):
        ledger.check()


def test_tokens_sold_and_never_consumed_are_found_out():
    ledger = Ledger()
    ledger.transfer(USERS, SHOP, Purpose.TOKENS, usd=1.0, mtok=2.0)
    ledger.check_sold(2.0)
    with pytest.raises(LedgerError, match="sold 2000000 tokens, users consumed 1000000"):
        ledger.check_sold(1.0)
