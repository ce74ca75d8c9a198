"""Rows of the tables about users, by domain and by size; see :mod:`sim.record.rows`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from sim.record.column import Real, Text, Whole, flow, key, stock
from sim.record.unit import (
    MTOK_PER_DAY,
    MTOK_PER_MONTH,
    NUMBER,
    OF_TASKS,
    OF_USERS,
    USD_PER_DAY,
    Unit,
)

_USERS = Unit("users")


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRows:
    """Application domains: adoption, tokens, spend, surplus, satisfaction, and who is kept out."""

    table: ClassVar[str] = "domains"
    row: ClassVar[str] = "a week and domain"

    domain: Annotated[Text, key("Domain", meaning="name of the application domain")]
    users: Annotated[Real, stock("Users", _USERS, "all who could use the technology")]
    aware: Annotated[Real, stock("Aware", _USERS, "users who know the technology")]
    adopters: Annotated[
        Real,
        stock("Number of adopters", _USERS, "users who run at least a minimum on a product"),
    ]
    adopters_share: Annotated[Real, stock("Adopters", OF_USERS, "of the domain's users")]
    tasks_share: Annotated[
        Real, stock("Tasks run", OF_TASKS, "tasks given to a product, of all that its users have")
    ]
    tokens_mtok_per_day: Annotated[Real, flow("Tokens", MTOK_PER_DAY, "tokens that users consume")]
    spend_usd_per_day: Annotated[Real, flow("Spend", USD_PER_DAY, "what users pay for them")]
    gross_surplus_usd_per_day: Annotated[
        Real,
        flow("Gross surplus", USD_PER_DAY, "value of the tasks run less what users pay for tokens"),
    ]
    surplus_usd_per_day: Annotated[
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
    satisfaction: Annotated[
        Real, stock("Satisfaction", NUMBER, "mean over users of a product, in units of utility")
    ]
    privacy_blocked: Annotated[
        Real, stock("Blocked by privacy", _USERS, "users whose data may not leave their premises")
    ]
    barrier_blocked: Annotated[
        Real,
        stock("Blocked by setup cost", _USERS, "users whose gain is below the cost of setting up"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class WelfareRows:
    """Types of users, smallest first: volume, surplus, and what the offers are worth to them."""

    table: ClassVar[str] = "welfare"
    row: ClassVar[str] = "a quarter's end, domain and type of user"

    domain: Annotated[Text, key("Domain", meaning="name of the application domain")]
    user_type: Annotated[Whole, key("Type", meaning="number in its domain, smallest volume first")]
    volume_mtok_per_month: Annotated[
        Real, stock("Volume", MTOK_PER_MONTH, "work that a user has, if every task paid")
    ]
    users: Annotated[Real, stock("Users", _USERS, "all users of the type")]
    holders: Annotated[Real, stock("Holders", _USERS, "users who have a product")]
    viable_tasks_share: Annotated[
        Real, stock("Viable tasks", OF_TASKS, "tasks worth running with the best of the offers")
    ]
    gross_surplus_usd_per_day: Annotated[
        Real,
        flow("Gross surplus", USD_PER_DAY, "value of the tasks run less what users pay for tokens"),
    ]
    surplus_usd_per_day: Annotated[
        Real,
        flow(
            "Consumer surplus",
            USD_PER_DAY,
            "the same, less what users pay to keep, adopt and change products, and for devices",
        ),
    ]
    log_sum_surplus_usd_per_day: Annotated[
        Real,
        stock(
            "Log-sum surplus",
            USD_PER_DAY,
            "what the offers are worth over using nothing if every aware user reviewed now: within "
            "consideration sets, tastes included, net of switching costs",
        ),
    ]
    expected_margin_usd_per_day: Annotated[
        Real,
        stock(
            "Expected margin",
            USD_PER_DAY,
            "price less marginal cost of what these users would then use",
        ),
    ]
    deadweight_loss_usd_per_day: Annotated[
        Real,
        stock(
            "Deadweight loss",
            USD_PER_DAY,
            "log-sum surplus at prices of marginal cost, less that and the margin now",
        ),
    ]
