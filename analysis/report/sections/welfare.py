"""Who gains: every party, users by domain and size, and what is lost against prices at cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.amounts import change_of, percent
from analysis.comparison import MORE_THAN_CHANCE, paired_replications
from analysis.inequality import gini_of_means
from analysis.money import BEFORE_FIXED_COSTS, surplus_steps
from analysis.report.paired import PairedRow, paired_table
from analysis.report.section import Block, Bullets, Cell, Folded, Heading, PageTable, section
from analysis.scales import SHARE, SIGNED, Scale, scale_of
from analysis.statistics import flow_mean, short, student
from analysis.welfare import (
    TOTAL,
    USERS,
    active_developers,
    at_the_end,
    by_size,
    capability_gained,
    disagreements,
    gains_by_party,
    log_sum_at_end,
    surplus_at_rented_cost,
    surplus_by_type,
    total_surplus,
    users_by_type,
    value_of_tasks,
    viable_tasks_at_end,
    yearly,
)
from analysis.words import joined
from analysis.worlds import Worlds, others, subject
from sim.record.tables import TABLES
from sim.record.unit import Unit
from sim.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run

CARBON_USD_PER_TONNE: Final = (51.0, 190.0)
"""Social cost of a tonne of CO2: the interim value of the United States government of 2021, and
that of its Environmental Protection Agency of 2023."""
_YEAR, _DAY = Unit("USD/year"), Unit("USD/day")
_MEANINGS: Final = (
    "Industrial value: what the tasks that users run are worth to them, before anything is paid, "
    "net of handling the work and of waiting.",
    "Economic value: total surplus, the industrial value less what society spends on it: running, "
    "setting up, switching and devices at users, and training, data, staff and projects at "
    "providers. What chips, power and buildings cost is not modelled: all rent is a gain of "
    "clouds and chip vendors, so that this is the most it can be, and selling below the cost of "
    "serving raises it. The least is the same with all rent taken as the cost of resources.",
    "Social value: the economic value less the harm of the carbon dioxide emitted, at "
    f"{CARBON_USD_PER_TONNE[1]:g} USD a tonne (EPA 2023; the interim value of 2021 was "
    f"{CARBON_USD_PER_TONNE[0]:g}). A dollar counts the same to whomever it goes; how the gains "
    "are spread stands below.",
    "Log-sum surplus: what the last day's offers are worth over using nothing, if every aware user "
    "reviewed once: within consideration sets, tastes included, net of switching costs, at the "
    "usage wanted (Small and Rosen 1981). What using nothing is worth follows from how many use "
    "something at the scenario's reference. Setup costs, which are paid once, are not in it.",
    "Deadweight loss: that surplus at prices of marginal cost, less the same and the margin at the "
    "last day's prices, for the same products, costs, holdings, attention and eligible users.",
)


@section("welfare", place=46, title="Who gains")
def write(worlds: Worlds) -> Iterator[Block]:
    """Write gains by party, values, market outcomes, and users by domain and size."""
    yield (
        "Means over the run, USD a year, not discounted; of the last day, USD a day. What is "
        "measured is said below the tables."
        + (f" Differences are paired. Bold there: {MORE_THAN_CHANCE}." if others(worlds) else "")
    )
    rows = list(_parties(worlds))
    yield from paired_table(worlds, (Heading("what each party is left with"), _UNIT), rows)
    yield from _adding_up(worlds)
    yield Bullets(_MEANINGS)
    yield Folded("Outcomes of the market", tuple(_outcomes(worlds)))
    if all(len(run.welfare) for run in worlds.values()):
        yield from _spread(worlds)
        yield Folded("Users by domain and size", tuple(_sizes(worlds)))


_UNIT: Final = Heading("unit")


def _row(
    worlds: Worlds,
    label: str,
    measure: Callable[[Run], pd.Series[float]],
    unit: Unit,
    scale: Scale = SIGNED,
    *,
    bold: bool = False,
) -> PairedRow:
    """Return a row of what is measured in every world, in a unit that suits all of them."""
    values = {name: measure(run) for name, run in worlds.items()}
    means = [abs(float(value.mean())) for value in values.values() if value.notna().any()]
    shown = unit.readable(max(means, default=0.0))
    cell = Cell(label, tone="settled") if bold else label
    return PairedRow((cell, shown.words), values, lambda value: short(value * shown.factor), scale)


def _parties(worlds: Worlds) -> Iterator[PairedRow]:
    for cost, label in (
        ("gross_surplus", "users: tasks less tokens"),
        ("running_fee", "users: running fees"),
        ("setup_cost", "users: setting up"),
        ("switching_cost", "users: switching"),
        ("device_cost", "users: devices"),
    ):
        sign = 1.0 if cost == "gross_surplus" else -1.0
        yield _row(worlds, label, lambda run, c=cost, s=sign: s * yearly(run, c), _YEAR)  # type: ignore[misc]
    gains = {name: gains_by_party(run) for name, run in worlds.items()}
    parties = dict.fromkeys(party for own in gains.values() for party in own)
    for party in parties:
        if party == "providers":
            yield _row(
                worlds,
                "providers: before fixed costs",
                lambda run: surplus_steps(run)[BEFORE_FIXED_COSTS],
                _YEAR,
            )
        yield _row(worlds, party, lambda run, p=party: _gain(run, p), _YEAR, bold=True)  # type: ignore[misc]
    yield _row(worlds, f"economic value: {TOTAL}", total_surplus, _YEAR, bold=True)
    yield _row(worlds, "economic value, rent as cost", surplus_at_rented_cost, _YEAR)
    yield _row(worlds, "industrial value: tasks run", value_of_tasks, _YEAR)
    yield _row(worlds, "social value: less carbon", _social_value, _YEAR)


def _gain(run: Run, party: str) -> pd.Series[float]:
    """Return what a party gains; nothing where a world has no such party."""
    gains = gains_by_party(run)
    return gains[party] if party in gains else 0.0 * gains[USERS]


def _social_value(run: Run) -> pd.Series[float]:
    carbon = flow_mean(run.market, "co2_kg_per_day").reindex(run.replications) * DAYS_PER_YEAR
    return total_surplus(run) - CARBON_USD_PER_TONNE[1] * carbon / 1e3


def _adding_up(worlds: Worlds) -> Iterator[str]:
    """Say whether the accounts of every world add up."""
    found = {name: disagreements(run) for name, run in worlds.items()}
    if not any(found.values()):
        yield (
            "The accounts add up in every world and replication: the parties' gains to total "
            "surplus, what users pay to what providers sell, providers' cash to what they took "
            "less what they paid, bills to the revenue of clouds and chip vendors."
        )
    for name, accounts in found.items():
        if accounts:
            yield (
                f"The accounts of \u201c{name}\u201d do not add up: {joined(accounts)}. Its tables "
                "were changed, or are incomplete: run it again."
            )


def _outcomes(worlds: Worlds) -> Iterator[str | PageTable]:
    rows = [
        _end(worlds, "adopters_share", "adoption: users"),
        *_if_valued(worlds, "adoption: viable tasks", viable_tasks_at_end, "tasks_share"),
        _end(worlds, "tasks_share", "adoption: tasks run"),
        _end(worlds, "tokens_mtok_per_day", "adoption: tokens"),
        _end(worlds, "spend_usd_per_day", "adoption: spend"),
        *(
            _row(worlds, label, lambda run, n=name: log_sum_at_end(run)[n], _DAY)  # type: ignore[misc]
            for name, label in (
                ("log_sum_surplus", "log-sum surplus"),
                ("expected_margin", "margin over marginal cost, of the same users"),
                ("deadweight_loss", "deadweight loss"),
            )
            if _valued(worlds)
        ),
        _end(worlds, "consumer_surplus_usd_per_day", "consumer surplus, as realised"),
        _end(worlds, "hhi_tokens", "concentration of tokens"),
        _end(worlds, "hhi_revenue", "concentration of revenue"),
        _end(worlds, "lerner", "Lerner index"),
        _row(worlds, "innovation: best capability gained", capability_gained, Unit("logit")),
        _row(worlds, "innovation: active developers", active_developers, Unit("providers")),
        _end(worlds, "energy_kwh_per_day", "energy"),
        _end(worlds, "co2_kg_per_day", "carbon dioxide"),
    ]
    yield from paired_table(worlds, (Heading("at the end"), _UNIT), rows)
    yield (
        "Active developers launched or improved a product in the last year of the run. Viable "
        "tasks are worth running with the best of the offers."
    )


def _end(worlds: Worlds, column: str, label: str) -> PairedRow:
    declared = TABLES["market"][column]
    scale = scale_of(declared)
    return _row(worlds, label, lambda run: at_the_end(run, column), declared.unit, scale)


def _if_valued(
    worlds: Worlds, label: str, measure: Callable[[Run], pd.Series[float]], like: str
) -> Iterator[PairedRow]:
    if _valued(worlds):
        yield _row(worlds, label, measure, TABLES["market"][like].unit, SHARE)


def _valued(worlds: Worlds) -> bool:
    """Return whether every world has the table of types."""
    return all(len(run.welfare) > 0 for run in worlds.values())


def _sizes(worlds: Worlds) -> Iterator[str | PageTable]:
    """Yield surplus a user, by domain and size."""
    users = by_size(_frame(users_by_type(subject(worlds)))).iloc[0]
    each = {name: by_size(surplus_by_type(run)) / users for name, run in worlds.items()}
    most = max(float(np.abs(own.mean().to_numpy()).max()) for own in each.values())
    unit = Unit("USD/year").readable(most)
    rows = [
        PairedRow(
            (str(domain), str(size)),
            {name: own[domain, size] for name, own in each.items()},
            lambda value: short(value * unit.factor),
        )
        for domain, size in users.index
    ]
    heads = (Heading("domain"), Heading(f"users by volume; {unit.words} and user"))
    yield from paired_table(worlds, heads, rows)


def _frame(series: pd.Series[float]) -> pd.DataFrame:
    return series.to_frame().T


def _spread(worlds: Worlds) -> Iterator[str]:
    """Say how unequal surplus is in each world, and how unequal gains are between them."""
    users = users_by_type(subject(worlds))
    own = {name: surplus_by_type(run)[users.index] for name, run in worlds.items()}
    weights = np.asarray(users, dtype=np.float64)
    levels = [
        f"{gini_of_means(values.to_numpy(), weights).text()} in \u201c{name}\u201d"
        for name, values in own.items()
    ]
    text = (
        f"Gini coefficient of consumer surplus over users: {joined(levels)}. Users of a type count "
        "as equal, so that the coefficient of single users is higher."
    )
    first = next(iter(worlds))
    for name, other in others(worlds).items():
        paired = list(paired_replications(subject(worlds), other))
        gains = own[first].loc[paired] - own[name].loc[paired]
        text += f" {_gains(first, name, gains, weights)}"
    yield text


def _gains(first: str, name: str, gains: pd.DataFrame, users: np.ndarray) -> str:
    """Say how the gains of one world over another are spread over users."""
    pair = f"\u201c{first}\u201d over \u201c{name}\u201d"
    if not gains.to_numpy().any():
        return f"Nobody gains or loses in {pair}."
    whole = student(gains.sum(axis=1).to_numpy())
    thirds = by_size(gains).T.groupby(level=1, sort=False).sum().T
    parts = [
        f"{change_of(student(thirds[size].to_numpy()), _YEAR)} "
        f"{'more' if thirds[size].mean() >= 0.0 else 'less'} for the {size}"
        for size in thirds.columns
    ]
    text = f"In {pair}, of each domain's users by volume: {joined(parts)}."
    if whole.known and not whole.settled:
        return f"{text} Whether users as a whole gain is not told apart from chance."
    mean = gains.to_numpy().mean(axis=0)
    losing = percent(float(users[mean < 0.0].sum() / users.sum()))
    if whole.centre <= 0.0:
        return f"{text} As a whole they lose; {losing} of them are of types that do."
    coefficient = gini_of_means(gains.to_numpy(), users)
    above = ", above one since some lose" if coefficient.centre > 1.0 else ""
    return (
        f"{text} Gini coefficient of the gains: {coefficient.text()}{above}; {losing} of users are "
        "of types that lose."
    )
