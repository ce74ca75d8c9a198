"""Rows of the weekly tables: every column, declared once with its type, unit, label and meaning.

Those of clouds and chip vendors are in `supply_rows`, those about users in `user_rows`.

An object of one of these classes is a block of rows of one time: each attribute holds the cells of
a column, one a row, or one value that all rows share. To add a column, declare it here and hand it
over in `sim.snapshot`; the schema, the stopping rule, summaries and axes follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from sim.record.column import Flag, Real, Text, Whole, count, flow, key, ratio, stock, text
from sim.record.unit import (
    HHI,
    KG_PER_DAY,
    KWH_PER_DAY,
    LOGIT,
    MTOK,
    MTOK_PER_DAY,
    NUMBER,
    OF_TASKS,
    OF_TIME,
    OF_TOKENS,
    OF_USERS,
    SECONDS,
    USD,
    USD_PER_DAY,
    USD_PER_MTOK,
    Unit,
)

_USERS = Unit("users")
_FIRST_WEEK = Unit("first week = 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRows:
    """The whole market: adoption, tokens, spend, prices, surplus, concentration, energy, carbon."""

    table: ClassVar[str] = "market"
    row: ClassVar[str] = "a week"

    adopters_share: Annotated[
        Real,
        stock(
            "Adopters",
            OF_USERS,
            "users who run at least a minimum of tokens on a product, of all users",
        ),
    ]
    aware_share: Annotated[
        Real, stock("Aware", OF_USERS, "users who know the technology, of all users")
    ]
    tasks_share: Annotated[
        Real, stock("Tasks run", OF_TASKS, "tasks given to a product, of all that users have")
    ]
    tokens_mtok_per_day: Annotated[Real, flow("Tokens", MTOK_PER_DAY, "tokens that users consume")]
    spend_usd_per_day: Annotated[Real, flow("Spend", USD_PER_DAY, "what users pay for them")]
    price_paid_usd_per_mtok: Annotated[
        Real,
        ratio("Price paid", USD_PER_MTOK, "spend over tokens: moves with the mix"),
    ]
    price_index: Annotated[
        Real,
        ratio(
            "Price index",
            _FIRST_WEEK,
            "rolling-window GEKS-Fisher, mean splice: prices of the products sold in both of two "
            "weeks, over 13 weeks; null before week 13, never revised, free tokens left out",
        ),
    ]
    hedonic_price_index: Annotated[
        Real,
        ratio(
            "Hedonic price index",
            _FIRST_WEEK,
            "rolling-window time-dummy hedonic, mean splice: prices at equal capability, so new "
            "products count; null before week 13, never revised, free tokens left out",
        ),
    ]
    free_tokens_share: Annotated[
        Real,
        ratio(
            "Free tokens",
            OF_TOKENS,
            "tokens of products sold at a price of zero, which both price indices leave out",
        ),
    ]
    frontier_price_usd_per_mtok: Annotated[
        Real,
        stock(
            "Frontier price",
            USD_PER_MTOK,
            "cheapest offer as capable as the best of the first day, or within one standard error "
            "of its capability",
        ),
    ]
    gross_surplus_usd_per_day: Annotated[
        Real,
        flow("Gross surplus", USD_PER_DAY, "value of the tasks run less what users pay for tokens"),
    ]
    consumer_surplus_usd_per_day: Annotated[
        Real,
        flow(
            "Consumer surplus",
            USD_PER_DAY,
            "the same, less what users pay to keep, adopt and change products, and for devices",
        ),
    ]
    running_fee_usd_per_day: Annotated[
        Real, flow("Running fees", USD_PER_DAY, "what users spend to keep their products running")
    ]
    setup_cost_usd_per_day: Annotated[
        Real, flow("Setup costs", USD_PER_DAY, "what users spend on their first adoption")
    ]
    switching_cost_usd_per_day: Annotated[
        Real, flow("Switching costs", USD_PER_DAY, "what moving between products, or away, costs")
    ]
    device_cost_usd_per_day: Annotated[
        Real, flow("Devices", USD_PER_DAY, "what the devices cost that users run products on")
    ]
    producer_surplus_usd_per_day: Annotated[
        Real,
        flow(
            "Producer surplus",
            USD_PER_DAY,
            "what providers earn less all that they pay, war budgets left out",
        ),
    ]
    surplus_before_fixed_usd_per_day: Annotated[
        Real,
        flow(
            "Producer surplus before fixed costs",
            USD_PER_DAY,
            "the same, before training, data and staff",
        ),
    ]
    hhi_tokens: Annotated[
        Real, ratio("Concentration of tokens", HHI, "Herfindahl index of providers, 0 to 10,000")
    ]
    hhi_revenue: Annotated[
        Real, ratio("Concentration of revenue", HHI, "Herfindahl index of providers, 0 to 10,000")
    ]
    lerner: Annotated[
        Real, ratio("Lerner index", NUMBER, "revenue less marginal cost, over revenue")
    ]
    products_per_holder: Annotated[
        Real,
        stock(
            "Products per holder",
            Unit("products"),
            "products that a user of any holds at once; null without users",
        ),
    ]
    providers_alive: Annotated[
        Whole, stock("Providers alive", Unit("providers"), "providers that have not left")
    ]
    frontier_capability_logit: Annotated[
        Real, stock("Frontier capability", LOGIT, "of the most capable product on offer")
    ]
    energy_kwh_per_day: Annotated[
        Real, flow("Energy", KWH_PER_DAY, "electricity of the accelerators that serve")
    ]
    co2_kg_per_day: Annotated[
        Real,
        flow(
            "Carbon dioxide",
            KG_PER_DAY,
            "emitted to make that electricity; null where a grid's carbon is not known",
        ),
    ]
    reviews: Annotated[
        Whole, count("Reviews", Unit("reviews"), "reviews that simulated users made")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRows:
    """Products: prices, capability, users, tokens, revenue, cost and what changed it, delay."""

    table: ClassVar[str] = "products"
    row: ClassVar[str] = "a week and product"

    product: Annotated[Text, key("Product", meaning="name of the product")]
    provider: Annotated[Text, key("Provider", meaning="whose it is")]
    listed: Annotated[Flag, text("Listed", meaning="whether it is on offer")]
    price_input_usd_per_mtok: Annotated[
        Real, stock("Input price", USD_PER_MTOK, "list price of input tokens")
    ]
    price_cache_hit_usd_per_mtok: Annotated[
        Real, stock("Cached-input price", USD_PER_MTOK, "list price of input that is cached")
    ]
    price_output_usd_per_mtok: Annotated[
        Real, stock("Output price", USD_PER_MTOK, "list price of output tokens")
    ]
    price_usd_per_mtok: Annotated[
        Real,
        stock(
            "Blended list price", USD_PER_MTOK, "list prices blended at the industry's token mix"
        ),
    ]
    capability_logit: Annotated[Real, stock("Capability", LOGIT, "what it can do")]
    users: Annotated[Real, stock("Users", _USERS, "users who use it")]
    users_share: Annotated[Real, stock("Share of users", OF_USERS, "users, of all users")]
    tokens_mtok_per_day: Annotated[Real, flow("Tokens", MTOK_PER_DAY, "tokens sold")]
    revenue_usd_per_day: Annotated[Real, flow("Revenue", USD_PER_DAY, "what users pay for them")]
    marginal_cost_usd_per_mtok: Annotated[
        Real, stock("Marginal cost", USD_PER_MTOK, "of serving, at the industry's token mix")
    ]
    cost_by_compression_usd_per_mtok: Annotated[
        Real,
        stock("Cost change by compression", USD_PER_MTOK, "of marginal cost, since launch"),
    ]
    cost_by_hardware_usd_per_mtok: Annotated[
        Real, stock("Cost change by hardware", USD_PER_MTOK, "of marginal cost, since launch")
    ]
    cost_by_rent_usd_per_mtok: Annotated[
        Real, stock("Cost change by rent", USD_PER_MTOK, "of marginal cost, since launch")
    ]
    delay_s: Annotated[Real, stock("Delay", SECONDS, "wait for an answer that users see")]
    peak_ratio: Annotated[
        Real,
        ratio("Peak of the day", NUMBER, "tokens of the busiest hour, over those of the mean hour"),
    ]
    satisfaction: Annotated[
        Real,
        stock(
            "Satisfaction", NUMBER, "mean over its users: what is delivered over what is expected"
        ),
    ]
    reputation: Annotated[
        Real,
        stock("Reputation", NUMBER, "satisfaction with it and its provider, as users hear of it"),
    ]
    asked_mtok_per_day: Annotated[
        Real, flow("Tokens asked for", MTOK_PER_DAY, "tokens that users asked for, served or not")
    ]
    refused_share: Annotated[
        Real, ratio("Refused", OF_TOKENS, "tokens refused for want of capacity, of those asked for")
    ]
    utilisation_share: Annotated[
        Real, ratio("Utilisation", OF_TIME, "accelerator time in use, of the time rented")
    ]
    adoptions: Annotated[Real, count("Adoptions", _USERS, "users who came without a product")]
    switches_in: Annotated[Real, count("Switches in", _USERS, "users who came from another")]
    switches_out: Annotated[Real, count("Switches out", _USERS, "users who went to another")]
    leaves: Annotated[Real, count("Leaves", _USERS, "users who left for none")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRows:
    """Providers: cash, revenue, costs by purpose, war budget received and left, shares, state."""

    table: ClassVar[str] = "providers"
    row: ClassVar[str] = "a week and provider"

    provider: Annotated[Text, key("Provider", meaning="name of the provider")]
    state: Annotated[Text, text("State", meaning="active or exited")]
    cash_usd: Annotated[Real, stock("Cash", USD, "balance of its account")]
    revenue_usd_per_day: Annotated[Real, flow("Revenue", USD_PER_DAY, "what users pay it")]
    compute_usd_per_day: Annotated[Real, flow("Compute", USD_PER_DAY, "rent of accelerators")]
    training_usd_per_day: Annotated[Real, flow("Training", USD_PER_DAY, "training of models")]
    data_usd_per_day: Annotated[Real, flow("Data", USD_PER_DAY, "training data")]
    staff_usd_per_day: Annotated[Real, flow("Staff", USD_PER_DAY, "people")]
    compression_usd_per_day: Annotated[
        Real, flow("Compression", USD_PER_DAY, "compression projects")
    ]
    seeding_usd_per_day: Annotated[
        Real, flow("Seeding", USD_PER_DAY, "campaigns that let chosen users hear of it")
    ]
    war_budget_usd_per_day: Annotated[
        Real, flow("War budget", USD_PER_DAY, "losses of the war that its owner makes good")
    ]
    leased_accelerators: Annotated[
        Whole, stock("Leased", Unit("accelerators"), "accelerators that it leases")
    ]
    ordered_accelerators: Annotated[
        Whole,
        stock("Ordered", Unit("accelerators"), "by how many orders and notices will change that"),
    ]
    war_budget_left_usd: Annotated[
        Real, stock("War budget left", USD, "what its owner will still make good")
    ]
    users_share: Annotated[Real, stock("Share of users", OF_USERS, "its users, of all users")]
    tokens_share: Annotated[Real, ratio("Share of tokens", OF_TOKENS, "its tokens, of all tokens")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRows:
    """All money that moved in a replication, and the tokens that went the other way."""

    table: ClassVar[str] = "ledger"
    row: ClassVar[str] = "a payer, payee and purpose"

    payer: Annotated[Text, key("Payer", meaning="account that paid")]
    payee: Annotated[Text, key("Payee", meaning="account that was paid")]
    purpose: Annotated[Text, key("Purpose", meaning="what for")]
    usd: Annotated[Real, count("Paid", USD, "sum over the run, exact to the micro-dollar")]
    mtok: Annotated[Real, count("Tokens", MTOK, "sum over the run, exact to the token")]
