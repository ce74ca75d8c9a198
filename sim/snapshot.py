"""Weekly snapshots: rows for the market and for each product, provider, cloud, chip and domain."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from sim.chips.vendor import chip_revenues
from sim.market.ledger import Purpose
from sim.market.market import Market
from sim.market.measures import frontier_bar, frontier_price, herfindahl, lerner
from sim.market.offer_book import tariffs_of
from sim.market.price_comparison import geks, time_hedonic
from sim.market.price_index import Period, SplicedIndex, periods_of_window
from sim.providers.product import Product
from sim.providers.provider import Provider
from sim.quantities import FloatArray
from sim.record.event import Cause
from sim.record.rows import MarketRows, ProductRows, ProviderRows
from sim.record.supply_rows import ChipRows, CloudRows
from sim.record.user_rows import DomainRows
from sim.serving.service import Service
from sim.users.flow import Snapshot
from sim.users.mechanisms.hours import peaks, served_hours


class Snapshots:
    """Writes the weekly tables, a block of rows for each table and week.

    Flows (``_per_day``) are means since the last snapshot; on the first day, before any time has
    passed, they are null.

    Parameters
    ----------
    market
        The market that is written down.
    providers, products
        Its actors, by number.
    """

    def __init__(
        self,
        market: Market,
        providers: Sequence[Provider],
        products: Sequence[Product],
    ) -> None:
        self._market = market
        self._providers = providers
        self._products = products
        window = periods_of_window(market.scenario.snapshot_every_days)
        self._price_index = SplicedIndex(window, geks)
        self._hedonic_price_index = SplicedIndex(window, time_hedonic)
        self._frontier_bar_logit = float("nan")
        self._domain_names = [domain.name for domain in market.scenario.domains]
        self._product_names = [product.name for product in products]
        devices = [product.config.device for product in products]
        self._device_kwh_per_mtok = np.array(
            [0.0 if one is None else one.energy_kwh_per_mtok for one in devices]
        )
        self._device_co2_kg_per_mtok = self._device_kwh_per_mtok * [
            0.0 if one is None else one.carbon_kg_per_kwh for one in devices
        ]
        self._hour_shares = served_hours(market.scenario.domains, tariffs_of(market.scenario))
        self._makers = [product.config.provider for product in products]

    def take(self, days: float) -> None:
        """Write all tables of today.

        Parameters
        ----------
        days
            Time since the last snapshot; 0 on the first day.
        """
        users = self._market.describe()
        if days == 0.0:
            self._frontier_bar_logit = self._bar_of_today()
        self._write_market(users, days)
        self._write_products(users, days)
        self._write_providers(users, days)
        self._write_domains(users, days)
        if days > 0.0:
            self._write_clouds(days)
            self._write_chips(days)
        market = self._market
        if market.welfare.is_due(market.date) or market.now >= market.scenario.duration_days:
            market.write_welfare()

    def _bar_of_today(self) -> float:
        """Capability that is as good as the best of today's offers; NaN if there is none."""
        standard_errors = [p.config.capability_standard_error_logit for p in self._products]
        book = self._market.book
        return frontier_bar(book.capability_logit, np.array(standard_errors), book.listed)

    def _write_market(self, users: Snapshot, days: float) -> None:
        market, week, book = self._market, self._market.week, self._market.book
        mtok, revenue = week.mtok.sum(axis=0), week.revenue_usd.sum(axis=0)
        billed = week.billed_mtok.sum(axis=0)
        free = np.where(revenue > 0.0, mtok - billed, mtok)
        period = Period.of_sales(revenue, billed, book.capability_logit.copy())
        population = market.scenario.population.users
        services = [served.service for served in week.served]
        frontier = float(book.capability_logit[book.listed].max()) if book.listed.any() else None
        market.recorder.extend(
            market.now,
            MarketRows(
                adopters_share=float(users.adopters.sum() / population),
                aware_share=float(users.aware.sum() / population),
                tasks_share=float(
                    np.average(users.tasks_share, weights=users.potential_mtok_per_day)
                ),
                tokens_mtok_per_day=_per_day(mtok.sum(), days),
                spend_usd_per_day=_per_day(revenue.sum(), days),
                price_paid_usd_per_mtok=_ratio(revenue.sum(), mtok.sum()),
                price_index=_known(self._price_index.add(period)),
                hedonic_price_index=_known(self._hedonic_price_index.add(period)),
                free_tokens_share=_ratio(free.sum(), mtok.sum()),
                frontier_price_usd_per_mtok=frontier_price(
                    book.blended_price_usd_per_mtok,
                    book.capability_logit,
                    book.listed,
                    self._frontier_bar_logit,
                ),
                gross_surplus_usd_per_day=_per_day(week.surplus_usd.sum(), days),
                consumer_surplus_usd_per_day=_per_day(week.net_surplus_usd.sum(), days),
                running_fee_usd_per_day=_per_day(week.running_fee_usd.sum(), days),
                setup_cost_usd_per_day=_per_day(week.setup_cost_usd.sum(), days),
                switching_cost_usd_per_day=_per_day(week.switching_cost_usd.sum(), days),
                device_cost_usd_per_day=_per_day(week.device_cost_usd.sum(), days),
                producer_surplus_usd_per_day=_per_day(week.producer_surplus_usd, days),
                surplus_before_fixed_usd_per_day=_per_day(
                    week.producer_surplus_usd + week.fixed_costs_usd, days
                ),
                hhi_tokens=herfindahl(market.by_provider(mtok)),
                hhi_revenue=herfindahl(market.by_provider(revenue)),
                lerner=lerner(float(revenue.sum()), float(week.variable_cost_usd.sum())),
                products_per_holder=_ratio(users.users.sum(), users.holders.sum()),
                providers_alive=sum(provider.active for provider in self._providers),
                frontier_capability_logit=frontier,
                energy_kwh_per_day=_per_day(
                    sum(s.energy_kwh for s in services) + self._device_kwh_per_mtok @ mtok, days
                ),
                co2_kg_per_day=_known_per_day(
                    sum(s.co2_kg for s in services) + self._device_co2_kg_per_mtok @ mtok, days
                ),
                reviews=week.reviews,
            ),
        )

    def _write_products(self, users: Snapshot, days: float) -> None:
        market, week, book = self._market, self._market.week, self._market.book
        held = users.users.sum(axis=0).astype(np.float64)
        price = book.list_price_usd_per_mtok
        market.recorder.extend(
            market.now,
            ProductRows(
                product=self._product_names,
                provider=self._makers,
                listed=book.listed,
                price_input_usd_per_mtok=price[:, 0],
                price_cache_hit_usd_per_mtok=price[:, 1],
                price_output_usd_per_mtok=price[:, 2],
                price_usd_per_mtok=[book.blended_price(p.number) for p in self._products],
                capability_logit=book.capability_logit,
                users=held * market.scale,
                users_share=held / market.scenario.population.users,
                tokens_mtok_per_day=_by_product_per_day(week.mtok, days),
                revenue_usd_per_day=_by_product_per_day(week.revenue_usd, days),
                marginal_cost_usd_per_mtok=[
                    product.costs.marginal_cost_usd_per_mtok for product in self._products
                ],
                cost_by_compression_usd_per_mtok=self._cost_moved_by(Cause.COMPRESSION),
                cost_by_hardware_usd_per_mtok=self._cost_moved_by(Cause.HARDWARE),
                cost_by_rent_usd_per_mtok=self._cost_moved_by(Cause.RENT),
                delay_s=book.delay_s,
                peak_ratio=[_known(one) for one in peaks(week.mtok, self._hour_shares).tolist()],
                satisfaction=[_known(one) for one in users.satisfaction_by_product.tolist()],
                reputation=book.reputation if market.reputation_matters else None,
                asked_mtok_per_day=_all_per_day(week.asked_mtok, days),
                refused_share=[
                    _ratio(refused, asked)
                    for refused, asked in zip(
                        week.refused_mtok.tolist(), week.asked_mtok.tolist(), strict=True
                    )
                ],
                utilisation_share=self._utilisation(),
                adoptions=week.adoptions,
                switches_in=week.switches_in,
                switches_out=week.switches_out,
                leaves=week.leaves,
            ),
        )

    def _cost_moved_by(self, cause: Cause) -> list[float]:
        """By how much a cause has moved each product's cost since it came on offer."""
        return [
            product.costs.changed_usd_per_mtok[cause]
            - product.cost_changed_before_listing_usd_per_mtok[cause]
            for product in self._products
        ]

    def _utilisation(self) -> list[float | None]:
        """Utilisation of each product's accelerators; null where it rented none."""
        services: defaultdict[int, list[Service]] = defaultdict(list)
        for served in self._market.week.served:
            services[served.product].append(served.service)
        return [
            _ratio(
                sum(s.utilisation_share * s.accelerator_hours for s in services[product.number]),
                sum(s.accelerator_hours for s in services[product.number]),
            )
            for product in self._products
        ]

    def _write_providers(self, users: Snapshot, days: float) -> None:
        market = self._market
        held = market.by_provider(users.users.sum(axis=0).astype(np.float64))
        mtok = market.by_provider(market.week.mtok.sum(axis=0))
        total_mtok = mtok.sum()
        market.recorder.extend(
            market.now,
            ProviderRows(
                provider=[provider.name for provider in self._providers],
                state=["active" if one.active else "exited" for one in self._providers],
                cash_usd=[market.balance_usd(provider.account) for provider in self._providers],
                revenue_usd_per_day=self._paid_per_day(Purpose.TOKENS, days),
                compute_usd_per_day=self._paid_per_day(Purpose.COMPUTE, days),
                training_usd_per_day=self._paid_per_day(Purpose.TRAINING, days),
                data_usd_per_day=self._paid_per_day(Purpose.DATA, days),
                staff_usd_per_day=self._paid_per_day(Purpose.STAFF, days),
                compression_usd_per_day=self._paid_per_day(Purpose.COMPRESSION, days),
                seeding_usd_per_day=self._paid_per_day(Purpose.SEEDING, days),
                war_budget_usd_per_day=self._paid_per_day(Purpose.WAR_BUDGET, days),
                leased_accelerators=[
                    one.host.fleets.leases.leased(one.name) for one in self._providers
                ],
                ordered_accelerators=[
                    one.host.fleets.leases.ordered(one.name) for one in self._providers
                ],
                war_budget_left_usd=[one.war_budget_left_usd for one in self._providers],
                users_share=held / market.scenario.population.users,
                tokens_share=[_ratio(part, total_mtok) for part in mtok.tolist()],
            ),
        )

    def _paid_per_day(self, purpose: Purpose, days: float) -> list[float | None]:
        """Amounts that providers received or paid for a purpose."""
        paid = self._market.week.paid_usd
        return [
            _per_day(paid.get((provider.name, purpose), 0.0), days) for provider in self._providers
        ]

    def _write_clouds(self, days: float) -> None:
        market, served = self._market, self._market.week.served
        market.recorder.extend(
            market.now,
            CloudRows(
                cloud=[one.host for one in served],
                provider=[self._makers[one.product] for one in served],
                product=[self._product_names[one.product] for one in served],
                accelerator=[one.accelerator.name for one in served],
                rent_usd_per_hour=[one.rent_usd_per_hour for one in served],
                fleet_accelerators=[one.service.fleet_accelerators for one in served],
                on_demand_accelerators=[one.service.on_demand_accelerators for one in served],
                utilisation_share=[one.service.utilisation_share for one in served],
                revenue_usd_per_day=[one.service.rent_usd / days for one in served],
                margin_usd_per_day=[one.service.margin_usd / days for one in served],
                energy_kwh_per_day=[one.service.energy_kwh / days for one in served],
            ),
        )

    def _write_chips(self, days: float) -> None:
        market = self._market
        chips = chip_revenues((one.accelerator, one.service) for one in market.week.served)
        market.recorder.extend(
            market.now,
            ChipRows(
                vendor=[chip.vendor for chip in chips],
                accelerator=[chip.accelerator for chip in chips],
                rented_accelerators=[chip.accelerators_rented for chip in chips],
                revenue_usd_per_day=[chip.revenue_usd / days for chip in chips],
            ),
        )

    def _write_domains(self, users: Snapshot, days: float) -> None:
        market, week = self._market, self._market.week
        members = users.population.tolist()
        adopters = users.adopters.tolist()
        market.recorder.extend(
            market.now,
            DomainRows(
                domain=self._domain_names,
                users=users.population.astype(np.float64) * market.scale,
                aware=users.aware.astype(np.float64) * market.scale,
                adopters=users.adopters.astype(np.float64) * market.scale,
                adopters_share=[_ratio(*pair) for pair in zip(adopters, members, strict=True)],
                tasks_share=users.tasks_share,
                tokens_mtok_per_day=_all_per_day(week.mtok.sum(axis=1), days),
                spend_usd_per_day=_all_per_day(week.revenue_usd.sum(axis=1), days),
                gross_surplus_usd_per_day=_all_per_day(week.surplus_usd, days),
                surplus_usd_per_day=_all_per_day(week.net_surplus_usd, days),
                running_fee_usd_per_day=_all_per_day(week.running_fee_usd, days),
                setup_cost_usd_per_day=_all_per_day(week.setup_cost_usd, days),
                switching_cost_usd_per_day=_all_per_day(week.switching_cost_usd, days),
                device_cost_usd_per_day=_all_per_day(week.device_cost_usd, days),
                satisfaction=users.satisfaction_mean,
                privacy_blocked=users.privacy_blocked.astype(np.float64) * market.scale,
                barrier_blocked=users.barrier_blocked.astype(np.float64) * market.scale,
            ),
        )


def _per_day(amount: float, days: float) -> float | None:
    """Mean flow; null where no time has passed."""
    return float(amount) / days if days > 0.0 else None


def _known_per_day(amount: float, days: float) -> float | None:
    """Mean flow; null where no time has passed, or the amount is not a number."""
    return None if math.isnan(amount) else _per_day(amount, days)


def _all_per_day(amounts: FloatArray, days: float) -> FloatArray | None:
    """Mean flows; null where no time has passed."""
    return amounts / days if days > 0.0 else None


def _by_product_per_day(amounts: FloatArray, days: float) -> FloatArray | None:
    """Mean flows of products, (P,), over all domains, from amounts by domain and product."""
    return _all_per_day(np.ascontiguousarray(amounts.T).sum(axis=1), days)


def _known(value: float) -> float | None:
    """Return a measure; null where it is not a number."""
    return None if math.isnan(value) else value


def _ratio(part: float, whole: float) -> float | None:
    """Part over whole; null where there is no whole."""
    return float(part) / float(whole) if whole > 0.0 else None
