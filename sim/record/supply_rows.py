"""Rows of the tables of clouds and chip vendors; see :mod:`sim.record.rows`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from sim.record.column import Real, Text, flow, key, ratio, stock
from sim.record.unit import KWH_PER_DAY, OF_TIME, USD_PER_DAY, USD_PER_HOUR, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudRows:
    """Clouds: rent, fleet, utilisation, revenue, margin, energy of what serves a product."""

    table: ClassVar[str] = "clouds"
    row: ClassVar[str] = "a week, product and accelerator"

    cloud: Annotated[Text, key("Cloud", meaning="name of the cloud")]
    provider: Annotated[Text, key("Provider", meaning="who rents")]
    product: Annotated[Text, key("Product", meaning="what is served")]
    accelerator: Annotated[Text, key("Accelerator", meaning="what serves it")]
    rent_usd_per_hour: Annotated[
        Real, stock("Rent", USD_PER_HOUR, "of one accelerator, for an hour")
    ]
    fleet_accelerators: Annotated[
        Real, ratio("Fleet", Unit("accelerators"), "how many are rented, on average")
    ]
    on_demand_accelerators: Annotated[
        Real,
        ratio("By the hour", Unit("accelerators"), "those of them that are not leased, on average"),
    ]
    utilisation_share: Annotated[
        Real, ratio("Utilisation", OF_TIME, "time in use, of the time rented")
    ]
    revenue_usd_per_day: Annotated[Real, flow("Revenue", USD_PER_DAY, "rent that the cloud earns")]
    margin_usd_per_day: Annotated[
        Real, flow("Margin", USD_PER_DAY, "revenue less what the cloud pays for it")
    ]
    energy_kwh_per_day: Annotated[Real, flow("Energy", KWH_PER_DAY, "electricity used")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipRows:
    """Chips: accelerators rented, and the vendor's part of the rent."""

    table: ClassVar[str] = "chips"
    row: ClassVar[str] = "a week and accelerator"

    vendor: Annotated[Text, key("Vendor", meaning="who makes it")]
    accelerator: Annotated[Text, key("Accelerator", meaning="name of the accelerator")]
    rented_accelerators: Annotated[
        Real, ratio("Rented", Unit("accelerators"), "how many are rented, on average")
    ]
    revenue_usd_per_day: Annotated[
        Real, flow("Revenue", USD_PER_DAY, "the vendor's part of the rent")
    ]
