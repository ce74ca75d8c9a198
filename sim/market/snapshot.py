"""Weekly snapshots: rows for the market and for each product, provider, cloud and domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.market.ledger import Purpose
from sim.market.measures import frontier_price, herfindahl, lerner, price_index
from sim.market.slot import Slot
from sim.providers.cost_book import Cause
from sim.users.flow import Snapshot

if TYPE_CHECKING:
    from sim.market.market import Market

FloatArray = NDArray[np.float64]


class Snapshots:
    """Writes the weekly tables.

    Flows (``_per_day``) are means since the last snapshot; on the first day, before any time has
    passed, they are null.

    Parameters
    ----------
    market
        The market that is written down.
    """

    def __init__(self, market: Market) -> None:
        self._market = market
        self._mtok: list[FloatArray] = []
        self._revenue: list[FloatArray] = []
        self._frontier_logit = float("nan")

    def take(self, days: float) -> None:
        """Write all tables of today.

        Parameters
        ----------
        days
            Time since the last snapshot; 0 on the first day.
        """
        market = self._market
        users = market.population.snapshot(market.book.view())
        if days == 0.0:
            book = market.book
            self._frontier_logit = float(book.capability_logit[book.listed].max())
        self._market_row(users, days)
        for slot in market.slots:
            self._product_row(slot, users, days)
        self._provider_rows(users, days)
        self._domain_rows(users, days)
        if days > 0.0:
            self._cloud_rows(days)
            self._chip_rows(days)

    def close(self) -> None:
        """Write the price index, which compares all weeks with each other."""
        mtok, revenue = np.array(self._mtok), np.array(self._revenue)
        price = np.divide(revenue, mtok, out=np.zeros_like(revenue), where=mtok > 0.0)
        self._market.recorder.fill("market", "price_index", price_index(price, mtok).tolist())

    def _market_row(self, users: Snapshot, days: float) -> None:
        market = self._market
        meter = market.meter
        mtok = meter.mtok.sum(axis=0)
        revenue = meter.revenue_usd.sum(axis=0)
        self._mtok.append(mtok)
        self._revenue.append(revenue)
        served = market.settlement.period.served
        population = market.scenario.population.users
        listed = market.book.listed
        market.recorder.add(
            "market",
            market.now,
            adopters_share=users.adopters.sum() / population,
            aware_share=users.aware.sum() / population,
            tasks_share=float(np.average(users.tasks_share, weights=self._potential())),
            tokens_mtok_per_day=_per_day(mtok.sum(), days),
            spend_usd_per_day=_per_day(revenue.sum(), days),
            price_paid_usd_per_mtok=_ratio(revenue.sum(), mtok.sum()),
            frontier_price_usd_per_mtok=frontier_price(
                market.book.all_blended_usd_per_mtok(),
                market.book.capability_logit,
                listed,
                self._frontier_logit,
            ),
            consumer_surplus_usd_per_day=_per_day(meter.surplus_usd.sum(), days),
            producer_surplus_usd_per_day=_per_day(self._producer_surplus(), days),
            hhi_tokens=herfindahl(self._by_provider(mtok)),
            hhi_revenue=herfindahl(self._by_provider(revenue)),
            lerner=lerner(float(revenue.sum()), float(meter.variable_cost_usd.sum())),
            providers_alive=sum(firm.active for firm in market.firms),
            frontier_capability_logit=float(market.book.capability_logit[listed].max())
            if listed.any()
            else None,
            energy_kwh_per_day=_per_day(sum(s.service.energy_kwh for s in served), days),
            co2_kg_per_day=_per_day(sum(s.service.co2_kg for s in served), days),
            reviews=meter.reviews,
        )

    def _potential(self) -> FloatArray:
        """Weights of domains: users times median potential volume, (D,)."""
        domains = self._market.scenario.domains
        return np.array([d.share * d.volume.median_mtok_per_month for d in domains])

    def _producer_surplus(self) -> float:
        """Sum what providers took from users less what they paid, war budgets left out."""
        paid = self._market.settlement.period.paid_usd
        return sum(
            usd if purpose is Purpose.TOKENS else -usd
            for (_, purpose), usd in paid.items()
            if purpose is not Purpose.WAR_BUDGET
        )

    def _by_provider(self, amounts: FloatArray) -> FloatArray:
        totals = np.zeros(len(self._market.firms))
        np.add.at(totals, self._market.book.provider_index, amounts)
        return totals

    def _product_row(self, slot: Slot, users: Snapshot, days: float) -> None:
        market = self._market
        meter = market.meter
        j = slot.index
        held = float(users.users[:, j].sum())
        served = [s.service for s in market.settlement.period.served if s.slot is slot]
        rented = sum(service.accelerator_hours for service in served)
        changed = {
            cause: slot.costs.changed_usd_per_mtok[cause]
            - slot.cost_changed_before_listing_usd_per_mtok[cause]
            for cause in Cause
        }
        market.recorder.add(
            "products",
            market.now,
            product=slot.name,
            provider=slot.firm.name,
            listed=bool(market.book.listed[j]),
            price_input_usd_per_mtok=float(market.book.price_usd_per_mtok[j, 0]),
            price_cache_hit_usd_per_mtok=float(market.book.price_usd_per_mtok[j, 1]),
            price_output_usd_per_mtok=float(market.book.price_usd_per_mtok[j, 2]),
            price_usd_per_mtok=market.book.blended_usd_per_mtok(j),
            capability_logit=float(market.book.capability_logit[j]),
            users=held * market.scale,
            users_share=held / market.scenario.population.users,
            tokens_mtok_per_day=_per_day(meter.mtok[:, j].sum(), days),
            revenue_usd_per_day=_per_day(meter.revenue_usd[:, j].sum(), days),
            marginal_cost_usd_per_mtok=market.blended_cost_usd_per_mtok(slot),
            cost_from_compression_usd_per_mtok=changed[Cause.COMPRESSION],
            cost_from_hardware_usd_per_mtok=changed[Cause.HARDWARE],
            cost_from_rent_usd_per_mtok=changed[Cause.RENT],
            delay_s=float(market.book.delay_s[j]),
            utilisation_share=_ratio(
                sum(s.utilisation_share * s.accelerator_hours for s in served), rented
            ),
            adoptions=float(meter.adoptions[j]),
            switches_in=float(meter.switches_in[j]),
            switches_out=float(meter.switches_out[j]),
            leaves=float(meter.leaves[j]),
        )

    def _provider_rows(self, users: Snapshot, days: float) -> None:
        market = self._market
        paid = market.settlement.period.paid_usd
        held = self._by_provider(users.users.sum(axis=0).astype(np.float64))
        mtok = self._by_provider(market.meter.mtok.sum(axis=0))
        for firm in market.firms:
            flows = {
                f"{column}_usd_per_day": _per_day(paid.get((firm.name, purpose), 0.0), days)
                for column, purpose in _FLOWS.items()
            }
            market.recorder.add(
                "providers",
                market.now,
                provider=firm.name,
                state="active" if firm.active else "exited",
                cash_usd=market.settlement.ledger.balance_usd(firm.account),
                **flows,
                war_budget_left_usd=firm.war_budget_left_usd,
                users_share=held[firm.index] / market.scenario.population.users,
                tokens_share=_ratio(mtok[firm.index], mtok.sum()),
            )

    def _cloud_rows(self, days: float) -> None:
        market = self._market
        for served in market.settlement.period.served:
            host = served.slot.firm.host
            market.recorder.add(
                "clouds",
                market.now,
                cloud=host.name,
                provider=served.slot.firm.name,
                product=served.slot.name,
                accelerator=served.accelerator,
                rent_usd_per_hour=host.rent_usd_per_hour(served.accelerator, market.date),
                fleet_accelerators=served.service.fleet_accelerators,
                utilisation_share=served.service.utilisation_share,
                revenue_usd_per_day=_per_day(served.service.rent_usd, days),
                margin_usd_per_day=_per_day(served.service.margin_usd, days),
                energy_kwh_per_day=_per_day(served.service.energy_kwh, days),
            )

    def _chip_rows(self, days: float) -> None:
        for chip in self._market.settlement.period.chips:
            self._market.recorder.add(
                "chips",
                self._market.now,
                vendor=chip.vendor,
                accelerator=chip.accelerator,
                rented_accelerators=chip.accelerators_rented,
                revenue_usd_per_day=_per_day(chip.revenue_usd, days),
            )

    def _domain_rows(self, users: Snapshot, days: float) -> None:
        market = self._market
        for d, domain in enumerate(market.scenario.domains):
            members = float(users.population[d])
            market.recorder.add(
                "domains",
                market.now,
                domain=domain.name,
                users=members * market.scale,
                aware=float(users.aware[d]) * market.scale,
                adopters=float(users.adopters[d]) * market.scale,
                adopters_share=_ratio(float(users.adopters[d]), members),
                tasks_share=float(users.tasks_share[d]),
                tokens_mtok_per_day=_per_day(market.meter.mtok[d].sum(), days),
                spend_usd_per_day=_per_day(market.meter.revenue_usd[d].sum(), days),
                surplus_usd_per_day=_per_day(market.meter.surplus_usd[d], days),
                satisfaction=float(users.satisfaction_mean[d]),
                privacy_blocked=float(users.privacy_blocked[d]) * market.scale,
                barrier_blocked=float(users.barrier_blocked[d]) * market.scale,
            )


_FLOWS = {
    "revenue": Purpose.TOKENS,
    "compute": Purpose.COMPUTE,
    "training": Purpose.TRAINING,
    "data": Purpose.DATA,
    "staff": Purpose.STAFF,
    "compression": Purpose.COMPRESSION,
    "war_budget": Purpose.WAR_BUDGET,
}


def _per_day(amount: float, days: float) -> float | None:
    """Mean flow; null where no time has passed."""
    return float(amount) / days if days > 0.0 else None


def _ratio(part: float, whole: float) -> float | None:
    """Part over whole; null where there is no whole."""
    return float(part) / float(whole) if whole > 0.0 else None
