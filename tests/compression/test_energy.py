from __future__ import annotations

import pytest

from analysis.compression.measures.energy import Prices, energy_proxy_j


def test_watts_times_seconds_and_joules_per_byte_add_up_to_joules() -> None:
    prices = Prices(core_watts=5.0, dram_joules_per_byte=1e-10)
    assert energy_proxy_j(0.02, 0.0, prices) == pytest.approx(0.1)  # 5 W for 20 ms
    assert energy_proxy_j(0.0, 1e9, prices) == pytest.approx(0.1)  # 1 GB at 100 pJ/B
    assert energy_proxy_j(0.02, 1e9, prices) == pytest.approx(0.2)
