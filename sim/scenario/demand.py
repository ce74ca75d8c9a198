"""What a scenario says about users: who they are, what they want, how they come to know and choose.

Every field's unit is its suffix; symbols in brackets are those of the model document.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, field_validator

from sim.quantities import Logit, Money, NonNegative, Positive, PositiveMoney, Share, TokenPrice
from sim.reading.frozen import Frozen, Name
from sim.scenario.deployment import DEPLOYMENTS, Deployment
from sim.scenario.nests import Nest
from sim.scenario.portfolios import MOST_CLASSES, Portfolio, RequestClass
from sim.scenario.satisfaction import Reputation, Satisfaction

HOURS = 24
"""Of a day."""


class Network(Frozen):
    """Who hears from whom: an undirected graph over users."""

    kind: Literal[
        "watts_strogatz",
        "barabasi_albert",
        "lfr",
        "stochastic_block",
        "erdos_renyi",
        "edge_list",
        "complete",
        "none",
    ] = "watts_strogatz"
    mean_degree: Annotated[int, Field(ge=2, le=256)] = 8
    """Without effect on ``edge_list``, ``complete`` and ``none``."""
    rewiring_share: Share = 0.1
    """Share of ring edges that are rewired (Watts-Strogatz only)."""
    mixing_share: Share = 0.2
    """[mu] Share of ties that leave a user's community or block (LFR, stochastic block)."""
    degree_exponent: Annotated[float, Field(ge=1.0, le=10.0)] = 2.5
    """[tau_1] Power law of degrees (LFR); its lower bound follows from the mean degree."""
    largest_degree: Annotated[int, Field(ge=2, le=10_000)] = 64
    """Upper bound of degrees (LFR)."""
    community_size_exponent: Annotated[float, Field(ge=1.0, le=10.0)] = 1.5
    """[tau_2] Power law of the sizes of communities (LFR)."""
    smallest_community: Annotated[int, Field(ge=3)] = 20
    """Fewest users of a community (LFR)."""
    largest_community: Annotated[int, Field(ge=3)] = 1000
    """Most users of a community (LFR); with fewer users, all of them."""
    blocks: Annotated[int, Field(ge=1)] | None = None
    """Blocks of equally many users (stochastic block); None: each domain is one."""
    file: str | None = None
    """File of ties (edge list), by its path from the file that says so: two users a line."""
    file_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """Digest of that file; follows from it."""

    _ties: bytes = PrivateAttr(default=b"")

    @property
    def ties(self) -> bytes:
        """Content of the file of ties."""
        return self._ties

    def with_ties(self, content: bytes) -> Self:
        """Return the same network with the content of its file."""
        same = self.model_copy()
        same._ties = content
        return same


class Contagion(Frozen):
    """How the neighbours who use a product make others hear of it."""

    kind: Literal["simple", "threshold"] = "simple"
    """``simple``: in proportion to their share (Bass); ``threshold``: once their share reaches the
    threshold, as if all did (Watts)."""
    threshold: Annotated[float, Field(gt=0.0, le=1.0)] = 0.18
    """[phi] Share of the neighbours that convinces (threshold only)."""


class Awareness(Frozen):
    """First contact: Bass hazard on the network, ``p_B + q_B * adopting share of neighbours``."""

    innovation_per_day: NonNegative = 0.006 / 30.44
    """Bass ``p_B``: hazard of hearing of the technology from outside."""
    imitation_per_day: NonNegative = 0.04 / 30.44
    """Bass ``q_B``: additional hazard when every neighbour has adopted."""
    initial_share: Share = 0.3
    """Share of users who know the technology on the first day."""
    contagion: Contagion = Contagion()
    news_response_days: NonNegative = 0.0
    """[b] Generalised Bass: while a price falls at the rate ``r`` a day, in small steps, users hear
    ``1 + b r`` times as often; 0: news lets nobody hear of the technology."""


class Consideration(Frozen):
    """Which products come to mind, with probability ``1 - exp(-x)``.

    ``x = (a0 + a1 share) exp(a4 reputation) + a2 peers + a3 news``.
    """

    base: NonNegative = 0.05
    market_share_weight: NonNegative = 2.0
    peer_weight: NonNegative = 1.0
    news_weight: NonNegative = 1.0
    news_half_life_days: Positive = 30.0
    reputation_weight: Annotated[float, Field(ge=0.0, le=50.0)] = 0.0
    """[a4] A product's reputation R scales what of it comes to mind by itself, ``a0 + a1 share``,
    by ``exp(a4 R)``; 0: reputation is without effect, and is not recorded."""


class Choice(Frozen):
    """Choice at a review: nested logit with switching cost, in units of the taste scale [mu]."""

    taste_scale_share: Positive = 0.25
    """mu of a domain's median user, as a share of its surplus at the domain's reference price and
    capability."""
    volume_exponent: Share = 0.5
    """[kappa]: ``mu_i = mu (A_i / A_median)^kappa``."""
    switching_cost_vendor: NonNegative = 2.0
    """[sigma] Cost of moving to another provider or to no product, in units of mu."""
    switching_cost_model: NonNegative = 0.5
    """Cost of moving to another model of the same provider, in units of mu."""
    peer_bonus: NonNegative = 0.3
    """[eta] Utility of a product that all neighbours use, in units of mu."""
    satisfaction_weight: NonNegative = 0.5
    """[zeta] Utility of one unit of satisfaction with the present product, in units of mu."""
    quality_utility: NonNegative = 0.0
    """[b] Utility of a logit of capability beyond what it adds to surplus, to the median user, in
    units of mu; counted from the domain's reference capability."""
    quality_taste_log_sd: NonNegative = 0.5
    """[s_theta] Users' tastes for quality, ``b theta``, differ: ``ln theta ~ N(0, s_theta^2)``
    between the types of a domain."""
    nests: tuple[Nest, ...] = ()
    """Groups of closer substitutes, in the order in which their conditions are tried; empty: a
    plain logit."""


class Clocks(Frozen):
    """Independent Poisson clocks of every user."""

    review_per_day: NonNegative = 1.0 / 30.0
    news_review_per_day: NonNegative = 1.0 / 30.0
    """Rate at which a user looks into a product's news of level one or more; in proportion below.
    It compares what it has with the products in the news, and with nothing else."""
    usage_per_day: NonNegative = 1.0 / 30.0
    """Rate at which users adjust how many of their viable tasks they run."""
    usage_adjustment_share: Share = 0.1
    """Share of the gap to the wanted usage that one adjustment closes upwards."""
    usage_reduction_share: Share = 1.0
    """The same downwards, where fewer tasks pay than are run; 1: they are given up at once."""
    churn_per_day: NonNegative = 0.0002
    """[c0] Hazard of dropping the product at zero satisfaction."""
    churn_satisfaction_slope: NonNegative = 2.0
    """[c1] Churn hazard is ``c0 exp(-c1 satisfaction)``."""


class Volume(Frozen):
    """Token volume that a user would buy if every task paid: lognormal with a Pareto tail."""

    median_mtok_per_month: Annotated[float, Field(gt=0.0, le=1e9)]
    """Median of ``A_i``."""
    log_sd: NonNegative = 1.2
    pareto_index: Positive = 1.5
    """Index of the upper tail."""
    pareto_from_quantile: Share = 0.95
    """The tail begins here and is cut at the 99.9th percentile."""


class TaskValue(Frozen):
    """Values of tasks per Mtok of work, lognormal: how far they spread, and how many pay today."""

    log_sd: Positive = 2.4
    """[s_d]"""
    viable_share: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.1
    """[w_ref] Share of the median user's tasks that are worth running at the reference price and
    capability."""
    reference_price_usd_per_mtok: Annotated[float, Field(gt=0.0, le=1e6)]
    reference_capability_logit: Logit


class Tokens(Frozen):
    """How a domain's tokens split: input, cache-hit input and output shares add to one."""

    output_share: Share = 0.25
    cache_hit_share: Share = 0.0


class Domain(Frozen):
    """An application domain: its size and what its users need."""

    name: Name
    share: Share
    """Share of all users; the shares of all domains add to one."""
    volume: Volume
    task_value: TaskValue
    tokens: Tokens = Tokens()
    difficulty_logit: Logit
    """[k_d] Capability at which half of the tasks succeed."""
    difficulty_spread_logit: NonNegative = 0.5
    """Standard deviation of difficulty between user types of the domain."""
    difficulty_scale_logit: Positive = 1.0
    """[tau_d]"""
    handling_cost_usd_per_mtok: TokenPrice = 0.0
    """What a Mtok of work costs the user beside its tokens: to set up, feed and check. It bounds
    what a free product is used for."""
    delay_cost_usd_per_mtok_second: TokenPrice = 0.0
    """Shadow price of one second of queueing delay."""
    patience_s: Positive | None = None
    """[W_0] Queueing delay at which an answer satisfies 1/e as much as one at once; None: delay is
    paid for by its shadow price, but disappoints nobody."""
    tokens_per_work: Positive = 1.0
    """[n_d] Compute intensity: tokens that a token of work takes at a product of usual verbosity.
    Volumes, task values and handling costs are of work, so that a domain which needs few tokens
    for the same work pays little for them."""
    deployments: Annotated[tuple[Deployment, ...], Field(min_length=1)] = DEPLOYMENTS
    """Where the work may run: products that run elsewhere are not on offer to its users."""
    load_by_hour: (
        Annotated[tuple[NonNegative, ...], Field(min_length=HOURS, max_length=HOURS)] | None
    ) = None
    """[a_dh] Weights of the 24 hours of a day, from midnight, in the domain's tokens; None:
    even."""
    deferrable_share: Share = 0.0
    """[beta_d] Share of the domain's tokens for work that can wait for hours: it goes to the
    cheapest ones, or into batches, where a product has such prices."""
    privacy_share: Share = 0.0
    """Share of user types whose data may not leave the house without the privacy cost."""
    privacy_blocked_share: Share = 0.0
    """Share of user types whose data may not leave the house at all, none but those with private
    data: only trusted products and those that run with the user are on offer to them. It comes in
    whole types."""
    privacy_cost: NonNegative = 0.0
    """[chi_d] Cost to those types of sending data to a cloud product, in units of mu."""
    setup_cost_usd: Money = 0.0
    """[h_d] Median of the one-off cost of the first adoption: the technical barrier."""
    setup_cost_log_sd: NonNegative = 1.0
    """[s_h] Spread of the logarithm of that cost between users."""
    running_fee_usd_per_month: Money = 0.0
    """[f_d] What keeping an integration alive costs: people, monitoring, contracts."""
    further_vendor_fee_usd_per_month: Money = 0.0
    """[f_h] What each provider beyond the first costs to keep, beside the running fee."""
    request_classes: Annotated[tuple[RequestClass, ...], Field(max_length=MOST_CLASSES)] = ()
    """Classes of requests, each served by one product of those held; empty: all are alike."""
    taste_scale_usd_per_month: PositiveMoney | None = None
    """[mu_d] Dollars a month that a unit of utility is worth to the median user; None:
    ``taste_scale_share`` of its surplus at the reference price and capability."""
    outside_utility: Annotated[float, Field(ge=-1e9, le=1e9)] | None = None
    """[a0_d] Utility of using no product, in units of mu; None: such that on the first day of the
    file as written ``initial_adopter_share`` is the market's own stationary state."""
    budget_usd_per_month: PositiveMoney | None = None
    """Most that the median user pays for tokens; scales with volume. None: no cap."""
    initial_adopter_share: Share = 0.1
    """Share of the aware who use a product on the first day of the file as written."""
    initial_usage_share: Share = 1.0
    """Share of the wanted usage that first-day adopters already run, where the start is
    ``declared``; in a settled start they run what the usage clock has brought them to."""

    @field_validator("load_by_hour")
    @classmethod
    def _has_an_hour(cls, weights: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if weights is not None and sum(weights) <= 0.0:
            raise ValueError("must have a weight above 0 in some hour")
        return weights


class Population(Frozen):
    """All users, and the rules that they share."""

    mode: Literal["individuals", "cohorts"] = "individuals"
    """``individuals``: users one by one, exactly; ``cohorts``: counts of users, at a cost that does
    not depend on how many there are."""
    users: Annotated[int, Field(ge=10, le=2_000_000_000)] = 20_000
    """At most 20,000,000 individuals."""
    represents_users: Annotated[float, Field(gt=0.0, le=1e12)] | None = None
    """Real users that the population stands for; None: as many as simulated."""
    types_per_domain: Annotated[int, Field(ge=1, le=4096)] = 32
    network: Network = Network()
    awareness: Awareness = Awareness()
    consideration: Consideration = Consideration()
    choice: Choice = Choice()
    clocks: Clocks = Clocks()
    satisfaction: Satisfaction = Satisfaction()
    reputation: Reputation = Reputation()
    portfolio: Portfolio = Portfolio()
    start: Literal["settled", "declared"] = "settled"
    """``settled``: the first day is the market's own stationary state at its first-day offers;
    ``declared``: it is what the domains say, whatever follows from it."""
    setup_horizon_days: Positive = 365.0
    """[T] Surplus over this horizon, net of the running fee, is held against the setup cost."""
    adopter_minimum_mtok_per_month: NonNegative = 0.001
    """Whoever runs fewer tokens is not counted as an adopter."""

    @property
    def users_represented(self) -> float:
        """Real users that the population stands for."""
        return self.users if self.represents_users is None else self.represents_users

    @property
    def users_per_simulated(self) -> float:
        """Real users that a simulated one stands for."""
        return self.users_represented / self.users

    def simulated_users(self, users: float) -> int:
        """Return how many simulated users stand for a number of users."""
        return round(users / self.users_per_simulated)
