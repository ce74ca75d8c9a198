"""Chip vendors: rents by who made the chip."""

from sim.chips.vendor import ChipRevenue, chip_revenues
from sim.data.accelerators import accelerator
from sim.serving.service import Service


def service(fleet: float, chip_usd: float) -> Service:
    hours = fleet * 24.0
    return Service(fleet, 0.0, 0.5, hours, 2.0 * chip_usd, chip_usd, 0.0, 0.0, ((0, hours, 0.0),))


def test_revenue_adds_up_by_vendor_and_accelerator() -> None:
    h100, ascend = accelerator("H100 SXM5 80GB"), accelerator("Ascend 910A")
    revenues = chip_revenues(
        [(h100, service(1.0, 10.0)), (ascend, service(2.0, 5.0)), (h100, service(3.0, 30.0))]
    )
    assert revenues == (
        ChipRevenue("Huawei", "Ascend 910A", 2.0, 5.0),
        ChipRevenue("NVIDIA", "H100 SXM5 80GB", 4.0, 40.0),
    )


def test_no_service_is_no_revenue() -> None:
    assert chip_revenues([]) == ()
