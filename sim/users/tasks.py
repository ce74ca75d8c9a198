"""The usage problem of each type with each product: which tasks to run, and what that gains."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.quantities import FloatArray
from sim.users.quota import affordable_share, usage_within_quota
from sim.users.usage import surplus_per_mtok, usage_share


@dataclass(frozen=True, slots=True)
class Tasks:
    """Tasks of types (rows) as products (columns) would run them; arrays broadcast.

    Attributes
    ----------
    volume_mtok_per_month
        Work if every task paid [A].
    mean_log_value, log_sd
        Of the log task value [m, s].
    success
        Success share [pi].
    work_price_usd_per_mtok_of_work
        Price of work, tokens included [h + p].
    token_cost_usd_per_mtok_of_work
        Price of its tokens [p], which those of the quota do not cost.
    quota
        Share of the work that the quota pays for [w_Q].
    budget_usd_per_mtok
        Most that a user pays for tokens, over all its work; infinite without a cap.
    """

    volume_mtok_per_month: FloatArray
    mean_log_value: FloatArray
    log_sd: FloatArray
    success: FloatArray
    work_price_usd_per_mtok_of_work: FloatArray
    token_cost_usd_per_mtok_of_work: FloatArray
    quota: FloatArray
    budget_usd_per_mtok: FloatArray

    def of(self, columns: NDArray[np.int64]) -> "Tasks":
        """Return the tasks with some of the products."""
        return replace(
            self,
            success=self.success[:, columns],
            work_price_usd_per_mtok_of_work=self.work_price_usd_per_mtok_of_work[:, columns],
            token_cost_usd_per_mtok_of_work=self.token_cost_usd_per_mtok_of_work[:, columns],
            quota=self.quota[:, columns],
        )

    def worth_running(self, further_usd_per_mtok_of_work: FloatArray | float = 0.0) -> FloatArray:
        """Return the share of tasks worth running within the budget, if work costs more by this."""
        price = self.work_price_usd_per_mtok_of_work + further_usd_per_mtok_of_work
        usage = usage_share(price, self.mean_log_value, self.log_sd, self.success)
        if self.quota.any():
            own = np.maximum(price - self.token_cost_usd_per_mtok_of_work, 0.0)
            free = usage_share(own, self.mean_log_value, self.log_sd, self.success)
            usage = usage_within_quota(usage, free, self.quota)
        return np.asarray(np.minimum(usage, self.affordable()))

    def affordable(self) -> FloatArray:
        """Return the share of tasks that the budget pays for, at most one."""
        most = affordable_share(
            self.budget_usd_per_mtok, self.token_cost_usd_per_mtok_of_work, self.quota
        )
        return np.asarray(np.minimum(most, 1.0))

    def gain_usd_per_month(self, usage: FloatArray) -> FloatArray:
        """Return the surplus of running a share of tasks, devices left aside."""
        surplus = surplus_per_mtok(
            usage,
            self.work_price_usd_per_mtok_of_work,
            self.mean_log_value,
            self.log_sd,
            self.success,
        )
        if self.quota.any():
            surplus = surplus + self.token_cost_usd_per_mtok_of_work * np.minimum(usage, self.quota)
        return np.asarray(self.volume_mtok_per_month * surplus)
