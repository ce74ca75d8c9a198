"""What a provider decides to spend on it pays from cash that it has, whatever the cash is."""

import pytest

from sim.errors import LedgerError
from sim.market.ledger import AccountKind, Purpose
from sim.market.market import Market

PLANS = """
    end_date: 2024-05-20
    providers:
      - name: Zhipu
        seeding:
          - {date: 2024-04-15, users: 10000, cost_usd_per_user: 5}
          - {date: 2024-04-22, users: 5000, cost_usd_per_user: 4}
        compression:
          - product: glm-4
            start_date: 2024-05-01
            method: "neurons:0.2"
            staff_time_days: 5.0
            staff_cost_usd: 12345.0
"""
DECIDED = (Purpose.SEEDING, Purpose.COMPRESSION)
CAMPAIGNS_USD, PROJECT_USD = (50_000.0, 20_000.0), 12_345.0


@pytest.fixture
def spent(scenario_of, run_market, monkeypatch):
    """Run the market with so much cash; return payments, with what was left, and events."""

    def run(cash_usd: float):
        paid, pay = [], Market.pay

        def noted(self, payer, payee, purpose, usd, *rest):
            pay(self, payer, payee, purpose, usd, *rest)
            if payer.kind is AccountKind.PROVIDER and purpose in DECIDED:
                paid.append((purpose, usd, self.balance_usd(payer)))

        monkeypatch.setattr(Market, "pay", noted)
        scenario = scenario_of(PLANS, **{"providers[Zhipu].cash_usd": cash_usd})
        events = run_market(scenario)["events"]
        return paid, events[events["kind"].isin(["seeding", "project"])]

    return run


@pytest.mark.parametrize("cash_usd", [-1e6, 0.0, 30_000.0, 60_000.0, 1e8])
def test_nothing_is_paid_that_the_cash_does_not_cover(spent, cash_usd: float) -> None:
    paid, events = spent(cash_usd)
    assert all(left >= 0.0 for _, _, left in paid)
    unpaid = events["field"] == "not_paid_for"
    assert len(paid) + unpaid.sum() == len(DECIDED) + 1
    if cash_usd < 0.0:
        assert not paid
    if cash_usd >= 1e8:
        assert [usd for _, usd, _ in paid[:2]] == list(CAMPAIGNS_USD)
        assert paid[2][1] > PROJECT_USD


def test_a_campaign_that_is_not_paid_for_reaches_nobody(scenario_of, run_market) -> None:
    text = PLANS.replace("compression:", "x").partition("        x")[0]
    broke = {"providers[Zhipu].cash_usd": -1e6}
    with_, without = (
        run_market(scenario_of(one, **broke))["market"]["aware_share"].to_numpy()
        for one in (text, "end_date: 2024-05-20\n")
    )
    assert (with_ == without).all()


def test_a_campaign_that_is_held_and_not_paid_fails_the_run(scenario_of, run_market, monkeypatch):
    pay = Market.pay

    def free(self, payer, payee, purpose, usd, *rest):
        pay(self, payer, payee, purpose, 0.0 if purpose is Purpose.SEEDING else usd, *rest)

    monkeypatch.setattr(Market, "pay", free)
    with pytest.raises(LedgerError, match="for seeding: 0 USD in the books, 70000 USD"):
        run_market(scenario_of(PLANS))


def test_a_cheaper_campaign_is_held_where_the_dearer_one_was_not(spent) -> None:
    paid, events = spent(30_000.0)
    first, second = events[events["kind"] == "seeding"].to_dict("records")
    assert (first["field"], first["new"]) == ("not_paid_for", 10_000.0)
    assert (second["field"], second["new"]) == ("seeded_users", 5_000.0)
    assert paid[0][:2] == (Purpose.SEEDING, CAMPAIGNS_USD[1])
