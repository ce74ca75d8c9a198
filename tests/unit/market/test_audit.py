"""A fault in the accounts fails the run: each is planted here, and each is found in its week.

Every mutation changes one part of the program that the audit does not share, in a market that has
all that may go wrong: cached tokens, a host's mark-up, rents that move within a week, two kinds of
accelerators, an edge product, a war below cost, a provider that leaves.
"""

import datetime as dt
from dataclasses import replace

import pytest

from sim import simulation
from sim.clouds.fleets import Fleets
from sim.clouds.host import Host
from sim.clouds.pools import Pools
from sim.errors import LedgerError
from sim.market.books import Books
from sim.market.ledger import Account, AccountKind, Ledger, Purpose
from sim.market.market import Market
from sim.market.offer_book import OfferBook
from sim.market.week import Week
from sim.providers import cost_book
from sim.providers.hardware import FleetMix
from sim.providers.product import Product
from sim.providers.provider import Provider
from sim.simulation import Simulation
from sim.tokens import PerToken
from sim.users.accounts import Accounts
from sim.users.population import Population

MARKET = """
    war: {reaction_per_day: 1.0}
    domains:
      - name: coding
        tokens: {output_share: 0.3, cache_hit_share: 0.4}
        running_fee_usd_per_month: 0
        setup_cost_usd: 0
        initial_adopter_share: 0.3
      - {name: customer service, running_fee_usd_per_month: 0, setup_cost_usd: 0}
    clouds:
      - name: rented cloud
        markup_share: 0.2
        accelerators:
          - name: H800 SXM5
            rents:
              - {date: 2024-04-01, rent_usd_per_hour: 2.0}
              - {date: 2024-05-08, rent_usd_per_hour: 1.5}
              - {date: 2024-06-13, rent_usd_per_hour: 2.5}
          - name: H20
            rents: [{date: 2024-04-01, rent_usd_per_hour: 1.0}]
    providers:
      - name: Zhipu
        fixed_cost_usd_per_month: 2.0e+5
        war: {policy: loss_leader, depth_share: 0.5, budget_usd: 4.0e+4, campaign_days: 1}
        hardware:
          - {accelerator: H20, order_date: 2024-04-01, delivery_lag_days: 1, ramp_days: 90}
      - name: Late
        cloud: rented cloud
        accelerator: H800 SXM5
        cash_usd: 1000.0
        fixed_cost_usd_per_month: 1.0e+7
        exit_after_days_below_zero_cash: 40
        price: {policy: hold}
    products:
      - {name: glm-4, price_usd_per_mtok: {input: 1.2, output: 1.2}}
      - name: DeepSeek-V2
        price_cny_per_mtok: {input: 1.0, output: 2.0, cache_hit: 0.1}
      - name: pocket model
        provider: DeepSeek
        launch_date: 2024-04-01
        price_usd_per_mtok: {input: 3.0, output: 3.0}
        capability_logit: -1.0
        deployment: edge
        architecture: &small
          parameters_billion: 3
          active_parameters_billion: 3
          kv_bytes_per_token: 20000
      - name: short-lived
        provider: Late
        launch_date: 2024-04-01
        price_usd_per_mtok: {input: 0.3, output: 0.3}
        capability_logit: -1.5
        architecture: *small
"""


@pytest.fixture
def scenario(scenario_of):
    return scenario_of(MARKET, population__users=600)


def changed(monkeypatch, home, name, change):
    """Put a function around one of the program's, which it is given first."""
    honest = getattr(home, name)
    monkeypatch.setattr(home, name, lambda *args, **options: change(honest, *args, **options))


def paid(monkeypatch, purpose, change):
    """Change what is booked for a purpose: ``change`` returns the arguments of each transfer."""

    def pay(honest, self, payer, payee, why, usd, mtok=0.0, product=None):
        made = [(payer, payee, why, usd, mtok, product)]
        for transfer in change(*made[0]) if why is purpose else made:
            honest(self, *transfer)

    changed(monkeypatch, Books, "pay", pay)


def posted(monkeypatch, purpose, change):
    """The same in the ledger alone, whatever the week's record says."""

    def transfer(honest, self, payer, payee, why, usd, mtok=0.0, product=None):
        made = [(payer, payee, why, usd, mtok, product)]
        for one in change(*made[0]) if why is purpose else made:
            honest(self, *one)

    changed(monkeypatch, Ledger, "transfer", transfer)


def scaled(part, of_tokens=1.0):
    return lambda payer, payee, why, usd, mtok, product: [
        (payer, payee, why, part * usd, of_tokens * mtok, product)
    ]


def twice(*transfer):
    return [transfer, transfer]


def never(*_transfer):
    return []


def every_other(sent):
    """Of a list that is filled as bills are sent: send the first, the third, ..."""

    def send(*transfer):
        sent.append(transfer)
        return [transfer] if len(sent) % 2 else []

    return send


def to(kind, name):
    return lambda payer, payee, why, usd, mtok, product: [
        (payer, Account(kind, name), why, usd, mtok, product)
    ]


def service(change):
    def serve(honest, self, *args, **options):
        return change(honest(self, *args, **options))

    return lambda patch: changed(patch, Host, "_service", serve)


def flow(change):
    return lambda patch: changed(
        patch, Accounts, "flow", lambda honest, *args: change(honest(*args))
    )


def busy(part):
    return service(lambda made: made._replace(utilisation_share=part * made.utilisation_share))


def week_record(**parts):
    """Multiply arguments of the week's record: tokens, prices or costs."""

    def add(honest, self, flow, price, cost, at_war):
        flow = replace(flow, mtok=parts.get("mtok", 1.0) * flow.mtok)
        honest(self, flow, parts.get("price", 1.0) * price, parts.get("cost", 1.0) * cost, at_war)

    return lambda patch: changed(patch, Week, "add", add)


def skipped(step, which=5):
    """Leave a step out in one week."""

    def leave_out(honest, self, days):
        count = self.__dict__.setdefault("count", 0)
        self.__dict__["count"] = count + 1
        if count != which:
            honest(self, days)

    def patch_in(patch):
        honest = getattr(Simulation, step)
        steps = tuple(
            one._replace(do=lambda self, days: leave_out(honest, self, days))
            if one.do is honest
            else one
            for one in simulation.WEEK
        )
        assert steps != simulation.WEEK
        patch.setattr(simulation, "WEEK", steps)

    return patch_in


def cached_billed_as_input(patch):
    def blend(honest, self):
        honest(self)
        as_input = self.list_price_usd_per_mtok.copy()
        as_input[:, 1] = as_input[:, 0]
        self.domain_price_usd_per_mtok = self.mix_weights @ as_input.T

    changed(patch, OfferBook, "_blend", blend)


def mixes_of_the_first_domain(patch):
    def build(honest, self, scenario):
        honest(self, scenario)
        self.mix_weights = self.mix_weights[[0, 0]]
        self._blend()

    changed(patch, OfferBook, "__init__", build)


def usage_moved_beside_the_totals(patch):
    def advance(honest, self, *args):
        self.users.rows["usage"] //= 2
        return honest(self, *args)

    changed(patch, Population, "advance", advance)


def stretches_lost(patch):
    def advance(honest, self, until_days, offers):
        flow = honest(self, until_days, offers)
        return self._accounts.no_flow if 30.0 < until_days < 40.0 else flow

    changed(patch, Population, "advance", advance)


def rent_of_the_last_day(patch):
    def rent(honest, self, name, date):
        return honest(self, name, date + dt.timedelta(days=6))

    changed(patch, Host, "base_rent_usd_per_hour", rent)


def output_takes_half_the_work(patch):
    def serving(honest, *args, **options):
        made = honest(*args, **options)
        fresh, cached, output = made.busy_hours_per_mtok
        return replace(made, busy_hours_per_mtok=PerToken(fresh, cached, output / 2))

    changed(patch, cost_book, "serving", serving)


def shares_that_do_not_add_up(patch):
    def first_only(honest, self, accelerator, part):
        return FleetMix(honest(self, accelerator, part).shares[:1])

    changed(patch, FleetMix, "moved", first_only)


def a_share_served_by_nobody(patch):
    changed(patch, Product, "_served_mtok", lambda honest, *args: 0.4 * honest(*args))


def tokens_lost_on_the_way(patch):
    def serve(honest, self, asked, first_days, days, served, refused):
        honest(self, asked, first_days, days, served, refused)
        served *= 0.5

    changed(patch, Fleets, "serve", serve)


def service_not_noted(patch):
    def note(honest, self, served):
        if served.product != 0:
            honest(self, served)

    changed(patch, Books, "note_service", note)


def products_not_billed(patch):
    def settle(honest, self, days):
        if self.number % 2 == 0:
            honest(self, days)

    changed(patch, Product, "settle", settle)


def old_tokens_at_the_new_price(patch):
    def post(honest, self, product, price, *rest):
        old = PerToken(*self.book.list_price_usd_per_mtok[product])
        self.book.set_price(product, price)
        self.advance()
        self.book.set_price(product, old)
        return honest(self, product, price, *rest)

    changed(patch, Market, "post_price", post)


def cuts_on_another_product(patch):
    def set_price(honest, self, product, price):
        honest(self, (product + 1) % len(self.names), price)

    changed(patch, OfferBook, "set_price", set_price)


def a_part_of_an_accelerator(patch):
    def note(honest, self, *rest):
        for lease in self._leases._leases.values():
            lease.accelerators -= 0.25
        honest(self, *rest)
        for lease in self._leases._leases.values():
            lease.accelerators += 0.25

    changed(patch, Pools, "_note_hours", note)


def gone_providers_pay(patch):
    changed(
        patch,
        Provider,
        "settle",
        lambda _, self, days: (self._pay_fixed_costs(days), self._fund_war()),
    )


PLANTED = {
    # served: hours and tokens
    "half the hours of work": busy(0.5),
    "half the hours rented": service(
        lambda made: made._replace(accelerator_hours=made.accelerator_hours / 2)
    ),
    "fewer hours, busier by as much": service(
        lambda made: made._replace(
            accelerator_hours=0.96 * made.accelerator_hours,
            utilisation_share=made.utilisation_share / 0.96,
        )
    ),
    "twice the hours of work": busy(2.0),
    "a quarter of an accelerator not rented": a_part_of_an_accelerator,
    "half the tokens lost on the way": tokens_lost_on_the_way,
    "hours of another week": service(
        lambda made: made._replace(hours_by_day=made.hours_by_day[1:])
    ),
    "60% served by nobody": a_share_served_by_nobody,
    "accelerators lost in a move": shares_that_do_not_add_up,
    "a product that nobody serves": service_not_noted,
    "output for half the work": output_takes_half_the_work,
    # tokens
    "tokens tripled": flow(lambda made: replace(made, mtok=3.0 * made.mtok)),
    "tokens tripled in the record": week_record(mtok=3.0),
    "a tenth of a percent of tokens": week_record(mtok=1.001),
    "stretches of time lost": stretches_lost,
    "usage moved beside the totals": usage_moved_beside_the_totals,
    # bills
    "half of every bill": lambda patch: paid(patch, Purpose.TOKENS, scaled(0.5)),
    "every other bill": lambda patch: paid(patch, Purpose.TOKENS, every_other([])),
    "every other product": products_not_billed,
    "a bill sent twice": lambda patch: paid(patch, Purpose.TOKENS, twice),
    "bills to another provider": lambda patch: paid(
        patch, Purpose.TOKENS, to(AccountKind.PROVIDER, "DeepSeek")
    ),
    "tokens halved on the bill": lambda patch: posted(patch, Purpose.TOKENS, scaled(1.0, 0.5)),
    "cached tokens billed as input": cached_billed_as_input,
    "everybody billed at one domain's mix": mixes_of_the_first_domain,
    "cuts posted on another product": cuts_on_another_product,
    "a price of a tenth more": week_record(price=1.1),
    "old tokens at the new price": old_tokens_at_the_new_price,
    "a week not billed": skipped("_settle_products"),
    # costs
    "rent booked twice": lambda patch: paid(patch, Purpose.COMPUTE, twice),
    "rent paid to another cloud": lambda patch: paid(
        patch, Purpose.COMPUTE, to(AccountKind.CLOUD, "x")
    ),
    "rent not paid": lambda patch: paid(patch, Purpose.COMPUTE, scaled(0.0, 1.0)),
    "rent of the last day": rent_of_the_last_day,
    "rent without the mark-up": service(lambda made: made._replace(rent_usd=made.rent_usd / 1.2)),
    "chips paid twice": lambda patch: paid(patch, Purpose.CHIPS, twice),
    "chips of another vendor": lambda patch: paid(
        patch, Purpose.CHIPS, to(AccountKind.CHIP_VENDOR, "Huawei")
    ),
    "a week's chips not paid": skipped("_pay_vendors"),
    "fixed costs paid twice": lambda patch: paid(patch, Purpose.STAFF, twice),
    "a week's fixed costs not paid": skipped("_settle_providers"),
    "training booked as data": lambda patch: paid(
        patch,
        Purpose.TRAINING,
        lambda payer, payee, _, *rest: [(payer, payee, Purpose.DATA, *rest)],
    ),
    "fixed costs of who has left": gone_providers_pay,
    "marginal cost of half": week_record(cost=0.5),
    "war budgets paid twice": lambda patch: paid(patch, Purpose.WAR_BUDGET, twice),
    "opening cash paid twice": lambda patch: paid(patch, Purpose.OPENING_CASH, twice),
    "war budgets not paid": lambda patch: paid(patch, Purpose.WAR_BUDGET, never),
    # the record
    "rents in the ledger alone": lambda patch: posted(patch, Purpose.COMPUTE, twice),
    "staff in the record alone": lambda patch: posted(patch, Purpose.STAFF, scaled(0.5)),
}
"""What is planted, by what it is."""


def test_books_without_a_fault_pass(scenario):
    honest = Simulation(scenario, seed=1)
    honest.run()
    tables = {name: table.to_pandas() for name, table in honest.recorder.tables().items()}
    ledger = tables["ledger"].groupby("purpose")["usd"].sum()
    assert (ledger[["tokens", "compute", "chips", "training", "war budget"]] > 0.0).all()
    assert "exit" in set(tables["events"]["kind"])
    assert set(tables["clouds"]["accelerator"]) == {"H800 SXM5", "H20"}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_fails_the_run_and_is_told_with_its_week(name, scenario, monkeypatch):
    PLANTED[name](monkeypatch)
    with pytest.raises(LedgerError, match=r"^week \d+, days \d+ to \d+: ") as raised:
        Simulation(scenario, seed=1).run()
    assert any(
        one in str(raised.value) for one in ("product ", "provider: ", "cloud: ", " users changed")
    )


def test_an_error_names_account_week_product_and_both_numbers(scenario, monkeypatch):
    paid(monkeypatch, Purpose.TOKENS, scaled(0.5))
    with pytest.raises(LedgerError) as raised:
        Simulation(scenario, seed=1).run()
    said = str(raised.value)
    assert said.startswith("week 1, days 0 to 7: product ")
    assert "users: all -> provider: " in said
    found, expected = (float(part.split()[0]) for part in said.split(": ")[-1].split(", "))
    assert found == pytest.approx(expected / 2)


def test_a_week_that_nobody_audits_fails_the_run(scenario, monkeypatch):
    unaudited = tuple(step for step in simulation.WEEK if step.do is not Simulation._audit)
    assert len(unaudited) == len(simulation.WEEK) - 1
    monkeypatch.setattr(simulation, "WEEK", unaudited)
    with pytest.raises(LedgerError, match="last checked on day 0, and the run ended on day 91"):
        Simulation(scenario, seed=1).run()
