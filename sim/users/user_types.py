"""User types: what differs between the users of one domain, drawn once per replication."""

from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.scenario.demand import Choice, Domain
from sim.scenario.scenario import Scenario
from sim.streams import Stream, Streams, entity_of
from sim.users.usage import mean_log_value, success_share
from sim.users.volume import stratum_means

Floats = NDArray[np.float64]
Number = TypeVar("Number", np.int64, np.float64)


class Volumes(NamedTuple):
    """How much work the types have, (K,), and what they may pay for it.

    Attributes
    ----------
    volume_mtok_per_month, budget_usd_per_mtok
        As of `UserTypes`.
    """

    volume_mtok_per_month: Floats
    budget_usd_per_mtok: Floats


@dataclass(frozen=True, slots=True)
class UserTypes:
    """All types of all domains in one row, domain by domain: K = domains x types per domain.

    Attributes
    ----------
    domains : int
        Number of domains D.
    domain : ndarray of int64, shape (K,)
        Domain of each type.
    volume_mtok_per_month : ndarray, shape (K,)
        Volume if every task paid [A].
    relative_volume : ndarray, shape (K,)
        The same over the median of the domain.
    difficulty_logit, difficulty_scale_logit : ndarray, shape (K,)
        Difficulty with the type's shift [k], and its scale [tau].
    mean_log_value, log_sd : ndarray, shape (K,)
        Log task value [m, s], ln(USD per Mtok of work).
    handling_cost_usd_per_mtok : ndarray, shape (K,)
        Cost of a Mtok of work beside its tokens.
    delay_cost_usd_per_mtok_second : ndarray, shape (K,)
        Shadow price of queueing.
    patience_s : ndarray, shape (K,)
        Queueing delay at which an answer is worth 1/e of one at once; infinite where none counts.
    privacy_cost : ndarray, shape (K,)
        Cost of a cloud product in units of mu; zero for types without private data.
    setup_cost_usd, setup_cost_log_sd : ndarray, shape (K,)
        Cost of the first adoption: its median, and the spread of its logarithm [h, s_h].
    running_fee_usd_per_month : ndarray, shape (K,)
        Cost of keeping a product [f].
    further_vendor_fee_usd_per_month : ndarray, shape (K,)
        Cost of keeping each provider beyond the first [f_h].
    taste_scale_usd_per_month : ndarray, shape (K,)
        Dollars a month that a unit of utility is worth [mu_k = mu_d (A_k / A_median)^kappa].
    outside_utility : ndarray, shape (K,)
        Utility of no product, in units of mu [a0].
    budget_usd_per_mtok : ndarray, shape (K,)
        Budget over volume; infinite without a cap.
    tokens_per_work : ndarray, shape (K,)
        Tokens per token of work at usual verbosity [n_d].
    quality_taste : ndarray, shape (K,)
        Utility of a logit of capability above the reference [b theta].
    reference_capability_logit : ndarray, shape (K,)
        That reference [q_ref].
    work_share : ndarray, shape (K,)
        Share of a user's work that the row is about: one, but for classes of requests.
    is_blocked : ndarray of bool, shape (K,)
        Whether data may not leave the house at all.
    """

    domains: int
    domain: NDArray[np.int64]
    volume_mtok_per_month: Floats
    relative_volume: Floats
    difficulty_logit: Floats
    difficulty_scale_logit: Floats
    mean_log_value: Floats
    log_sd: Floats
    handling_cost_usd_per_mtok: Floats
    delay_cost_usd_per_mtok_second: Floats
    patience_s: Floats
    privacy_cost: Floats
    setup_cost_usd: Floats
    setup_cost_log_sd: Floats
    running_fee_usd_per_month: Floats
    further_vendor_fee_usd_per_month: Floats
    taste_scale_usd_per_month: Floats
    outside_utility: Floats
    budget_usd_per_mtok: Floats
    tokens_per_work: Floats
    quality_taste: Floats
    reference_capability_logit: Floats
    work_share: Floats
    is_blocked: NDArray[np.bool_]

    @classmethod
    def draw(cls, scenario: Scenario, streams: Streams) -> "UserTypes":
        """Draw the types of a scenario's domains.

        Each type stands for one equally likely stratum of volume, one of difficulty and one of the
        taste for quality, paired at random. A random subset of the types, of the domain's privacy
        share, has private data; a part of it, of the share that is blocked, may not let the data
        leave.
        """
        types, choice = scenario.population.types_per_domain, scenario.population.choice
        drawn = [_domain_rows(domain, types, choice, streams) for domain in scenario.domains]
        rows = [numbers for numbers, _ in drawn]
        return cls(
            len(rows),
            np.repeat(np.arange(len(rows)), types),
            **{name: np.concatenate([row[name] for row in rows]) for name in rows[0]},
            is_blocked=np.concatenate([blocked for _, blocked in drawn]),
        )

    def set_demand(self, factors: Floats, drawn: Volumes) -> None:
        """Set how much work all users have, in place: a factor of what they were drawn with.

        Budgets are of money, so that they pay for a smaller share of more work.

        Parameters
        ----------
        factors : ndarray, shape (D,)
            Of each domain, above 0.
        drawn : Volumes
            As they were drawn.
        """
        of_type = factors[self.domain]
        self.volume_mtok_per_month[:] = drawn.volume_mtok_per_month * of_type
        self.budget_usd_per_mtok[:] = drawn.budget_usd_per_mtok / of_type

    @property
    def volumes(self) -> Volumes:
        """A copy of how much work the types have, and what they may pay for it."""
        return Volumes(self.volume_mtok_per_month.copy(), self.budget_usd_per_mtok.copy())

    @property
    def count(self) -> int:
        """Number of types K."""
        return self.domain.size

    def by_domain(self, values: NDArray[Number]) -> NDArray[Number]:
        """Sum over the types of each domain: shape (K, ...) to (D, ...)."""
        shape = self.domains, -1, *values.shape[1:]
        return np.asarray(values.reshape(shape).sum(axis=1), dtype=values.dtype)


def median_type(domain: Domain) -> tuple[float, float]:
    """Success share at the reference capability and mean log value [m] of the median user."""
    value = domain.task_value
    success = float(
        success_share(
            value.reference_capability_logit, domain.difficulty_logit, domain.difficulty_scale_logit
        )
    )
    price = value.reference_price_usd_per_mtok + domain.handling_cost_usd_per_mtok
    return success, mean_log_value(value.viable_share, value.log_sd, price, success)


def _domain_rows(
    domain: Domain, types: int, choice: Choice, streams: Streams
) -> tuple[dict[str, Floats], NDArray[np.bool_]]:
    """Draw the numbers of ``UserTypes`` by their names, and who is blocked, for one domain."""
    if domain.taste_scale_usd_per_month is None or domain.outside_utility is None:
        raise ValueError(
            f"domain {domain.name!r} has no taste scale or no outside utility: read its scenario "
            "with sim.load, which solves them"
        )
    entity, number = entity_of(domain.name), np.arange(types)
    volume = stratum_means(domain.volume, types)
    stratum = np.argsort(streams.uniforms(Stream.TYPE_DIFFICULTY, entity, number), kind="stable")
    shift = domain.difficulty_spread_logit * ndtri((stratum + 0.5) / types)
    fondness = np.argsort(
        streams.uniforms(Stream.TYPE_QUALITY_TASTE, entity, number), kind="stable"
    )
    log_taste = choice.quality_taste_log_sd * ndtri((fondness + 0.5) / types)
    rank = np.argsort(streams.uniforms(Stream.TYPE_PRIVACY, entity, number), kind="stable")
    private = rank < round(domain.privacy_share * types)
    median = domain.volume.median_mtok_per_month
    budget = domain.budget_usd_per_month
    _, mean = median_type(domain)
    same = {
        "difficulty_scale_logit": domain.difficulty_scale_logit,
        "mean_log_value": mean,
        "log_sd": domain.task_value.log_sd,
        "handling_cost_usd_per_mtok": domain.handling_cost_usd_per_mtok,
        "delay_cost_usd_per_mtok_second": domain.delay_cost_usd_per_mtok_second,
        "patience_s": np.inf if domain.patience_s is None else domain.patience_s,
        "setup_cost_usd": domain.setup_cost_usd,
        "setup_cost_log_sd": domain.setup_cost_log_sd,
        "running_fee_usd_per_month": domain.running_fee_usd_per_month,
        "further_vendor_fee_usd_per_month": domain.further_vendor_fee_usd_per_month,
        "outside_utility": domain.outside_utility,
        "budget_usd_per_mtok": np.inf if budget is None else budget / median,
        "tokens_per_work": domain.tokens_per_work,
        "reference_capability_logit": domain.task_value.reference_capability_logit,
        "work_share": 1.0,
    }
    scale = domain.taste_scale_usd_per_month * (volume / median) ** choice.volume_exponent
    numbers = {
        "volume_mtok_per_month": volume,
        "relative_volume": volume / median,
        "difficulty_logit": domain.difficulty_logit + shift,
        "privacy_cost": np.where(private, domain.privacy_cost, 0.0),
        "taste_scale_usd_per_month": scale,
        "quality_taste": choice.quality_utility * np.exp(log_taste),
        **{name: np.full(types, number) for name, number in same.items()},
    }
    return numbers, rank < round(domain.privacy_blocked_share * types)
