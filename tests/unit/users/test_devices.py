"""How many devices a user buys, against trying every number of them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.users.devices import best_devices
from sim.users.tasks import Tasks

VOLUME = 120.0


def tasks(energy: float) -> Tasks:
    def one(number: float) -> np.ndarray:
        return np.full((1, 1), number)

    return Tasks(
        one(VOLUME), one(0.2), one(1.5), one(0.7), one(energy), one(0.0), one(0.0), one(np.inf)
    )


@given(st.floats(0.5, 40.0), st.floats(0.01, 500.0), st.floats(0.001, 1.0))
def test_no_number_of_devices_gains_more(capacity: float, cost: float, energy: float) -> None:
    problem = tasks(energy)
    share = capacity / VOLUME
    idle = problem.worth_running()
    usage, paid = best_devices(
        idle, problem.worth_running(cost / capacity), share, cost, problem.gain_usd_per_month
    )
    found = float((problem.gain_usd_per_month(usage) - paid)[0, 0])
    every = [
        float((problem.gain_usd_per_month(np.minimum(idle, n * share)) - n * cost)[0, 0])
        for n in range(1, 300)
    ]
    assert found >= max(every) - 1e-9
    assert np.isclose(paid / cost, np.rint(paid / cost)).all()
    assert (usage <= paid / cost * share * (1.0 + 1e-12)).all()


def test_a_user_with_little_work_buys_one_device_and_leaves_it_idle() -> None:
    problem = tasks(0.01)
    usage, paid = best_devices(
        problem.worth_running(), problem.worth_running(1.0), 50.0, 7.0, problem.gain_usd_per_month
    )
    assert paid[0, 0] == 7.0
    assert usage[0, 0] == problem.worth_running()[0, 0]
