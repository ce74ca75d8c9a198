"""What a scenario says about supply: chips, clouds, providers, products and their cost."""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field

from sim.data.accelerators import AcceleratorSpec, accelerator
from sim.quantities import Logit, Money, NonNegative, Positive, Share, TokenPrice
from sim.reading.frozen import Frozen, Name
from sim.scenario.deployment import CLOUD, Deployment
from sim.scenario.seeding import Seeding
from sim.strategies.pricing.policies import PricePolicy, WarPolicy
from sim.tokens import PerToken
from sim.units import DAYS_PER_MONTH

Efficiency = Annotated[float, Field(gt=0.0, le=3.0)]


class DatedRent(Frozen):
    """Rent of one accelerator from a date on."""

    date: dt.date
    rent_usd_per_hour: Annotated[float, Field(gt=0.0, le=1e6)]


class ChipSpecification(Frozen):
    """What a chip can do, as the accelerator table says it; rates are dense vendor figures."""

    vendor: Name
    release_date: dt.date
    fp16_flop_per_s: Positive
    fp8_flop_per_s: Positive | None = None
    int8_op_per_s: Positive | None = None
    fp4_flop_per_s: Positive | None = None
    memory_bytes: Positive
    bandwidth_bytes_per_s: Positive
    power_w: Positive

    @classmethod
    def of(cls, spec: AcceleratorSpec) -> Self:
        """Return what a row of the table says."""
        return cls(**{name: getattr(spec, name) for name in cls.model_fields})


class Accelerator(Frozen):
    """A chip that clouds rent out; its physics are read from the accelerator table by name."""

    name: Name
    """Name in the accelerator table, such as ``H800 SXM5``."""
    rents: tuple[DatedRent, ...] = ()
    """Rents by date, held until the next; empty: read from the rent table."""
    prefill_efficiency: Efficiency = 1.0
    """What its arithmetic achieves, relative to the share of peak that precision and kind of model
    achieve on most; see `sim.serving.precision`."""
    decode_efficiency: Efficiency = 1.0
    """The same of its memory traffic."""
    cache_read_bytes_per_s: Positive | None = None
    """How fast it reads from storage what it keeps of input that it has met before; its other work
    waits meanwhile. None: in no time, so that cached input costs nothing to serve."""
    idle_power_share: Share = 1.0
    """What it draws when idle, as a share of board power, which it draws when busy."""
    on_demand_accelerators: Annotated[int, Field(ge=0, le=10**9)] = 0
    """How many the host keeps free for demand by the hour, whatever it has leased out."""
    specification: ChipSpecification | None = None
    """Its physics where they are not the shipped table's; None: those."""

    @property
    def spec(self) -> AcceleratorSpec:
        """Its physics."""
        own = self.specification
        if own is None:
            return accelerator(self.name)
        return AcceleratorSpec(
            name=self.name,
            launch_price_usd=None,
            launch_price_known_on=None,
            deployment="cloud",
            notes="",
            source="the scenario",
            **own.model_dump(),
        )


class Cloud(Frozen):
    """A host that rents accelerators to providers."""

    name: Name
    accelerators: tuple[Accelerator, ...] = Field(min_length=1)
    target_utilisation: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.5
    markup_share: NonNegative = 0.0
    """Mark-up over the accelerator's rent that the host charges."""
    lease_share: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    """What its accelerators cost as a share of the rent table, which is of capacity on demand:
    leases are cheaper. It holds for all chips alike, and not for rents that the scenario states."""
    order_lead_time_days: Annotated[float, Field(ge=0.0, le=3650.0)] = 60.0
    """Days from an order of leased accelerators to their arrival, and of notice to end a lease."""
    on_demand_premium_share: NonNegative = 0.32
    """What an accelerator costs by the hour, without a lease, over the leased one's rent. Default:
    one over 0.76, DeepSeek's rent of February 2025 over the rent table's of that day, less one."""
    on_demand_share: NonNegative = 0.25
    """Accelerators that it keeps free for demand by the hour, over those that it has leased out;
    beside those of ``accelerators[].on_demand_accelerators``."""
    chip_cost_share: Share = 0.6
    """Share of the rent that goes on to the chip vendor (depreciation of the chip)."""
    power_usage_effectiveness: Annotated[float, Field(ge=1.0, le=3.0)] = 1.3
    carbon_kg_per_kwh: NonNegative | None = None
    """Carbon dioxide of a kWh of its grid. None: unknown, and so are the market's emissions."""


class Speculation(Frozen):
    """A small model that drafts tokens, which the large one checks: nothing is lost by it."""

    draft_parameters_billion: Positive
    acceptance_share: Share
    """Drafted tokens that the large model accepts [a]."""
    draft_tokens: Annotated[int, Field(ge=1, le=64)] = 4
    """Tokens of a draft [k]."""


class Architecture(Frozen):
    """What the roofline needs to know of a model."""

    parameters_billion: Positive
    active_parameters_billion: Positive
    expert_parameters_billion: NonNegative = 0.0
    """Parameters in routed experts [N_e]; 0 for a dense model."""
    experts: Annotated[int, Field(ge=1)] = 1
    active_experts: Annotated[int, Field(ge=1)] = 1
    kv_bytes_per_token: Positive
    """Of the cache at 16 bits."""
    attention_flops_per_pair: NonNegative = 0.0
    """Operations of one token's attention to one other [a]: 4 times layers, heads and size of a
    head. Default: none beside those of the parameters, which the fitted shares of peak absorb."""
    weight_bits: Positive = 8.0
    activation_bits: Annotated[float, Field(ge=1.0, le=32.0)] | None = None
    """Bits that weights are multiplied with. None: 8 with weights of 8 bits, as FP8 and INT8 serve,
    else 16, to which weights of fewer bits are unpacked."""
    series: Name | None = None
    """Its series, such as ``Llama-3``, if published measurements say how much that one loses by
    compression; None: unknown, and such losses have a wider spread."""
    kv_bits: Annotated[float, Field(ge=1.0, le=32.0)] = 16.0
    """Bits of the KV cache."""
    speculation: Speculation | None = None
    """Speculative decoding, where it makes a token cheaper; None: there is none."""
    accelerators_per_instance: Annotated[int, Field(ge=1, le=4096)] = 8
    mean_context_tokens: Positive = 2000.0
    minimum_decode_tok_per_s: Positive = 20.0
    """Slowest decoding speed that the provider accepts for one user [1/t(B)]."""

    @property
    def served_activation_bits(self) -> float:
        """Bits of activations, as given or as they follow from those of weights."""
        if self.activation_bits is not None:
            return self.activation_bits
        return 8.0 if self.weight_bits == 8.0 else 16.0

    @property
    def is_mixture(self) -> bool:
        """Whether it is a mixture of experts."""
        return self.experts > 1


class Price(Frozen):
    """List price in USD per million tokens."""

    input: TokenPrice
    output: TokenPrice
    cache_hit: TokenPrice | None = None
    """None: cached input costs as much as other input."""

    @property
    def per_token(self) -> PerToken:
        """The three prices in the order of all arrays."""
        hit = self.input if self.cache_hit is None else self.cache_hit
        return PerToken(self.input, hit, self.output)


class DatedPrice(Frozen):
    """A list price from a date on, for replayed histories."""

    date: dt.date
    price_usd_per_mtok: Price


class Device(Frozen):
    """A computer that a user buys to run a product: a phone, a board in a machine, a server."""

    cost_usd: Money
    """Paid once; spread evenly over its life."""
    life_days: Positive
    capacity_mtok_per_month: Positive
    """Tokens that one device handles in a month."""
    energy_kwh_per_mtok: NonNegative = 0.0
    electricity_usd_per_kwh: NonNegative = 0.0
    carbon_kg_per_kwh: NonNegative = 0.0

    @property
    def cost_usd_per_month(self) -> float:
        """Cost of a device over its life, per month."""
        return self.cost_usd * DAYS_PER_MONTH / self.life_days

    @property
    def energy_cost_usd_per_mtok(self) -> float:
        """Electricity for a million tokens."""
        return self.energy_kwh_per_mtok * self.electricity_usd_per_kwh


class Version(Frozen):
    """A model that takes a product's name over: whoever has the product has it from that day on."""

    date: dt.date
    capability_logit: Logit


class Capacity(Frozen):
    """What a provider does when more is asked for than it has ordered accelerators for."""

    beyond: Literal["on_demand", "refuse"] = "on_demand"
    """``on_demand``: rent accelerators by the hour, at the host's premium and as far as it has any;
    ``refuse``: do with what is leased. Either way requests then queue, and those for whom there is
    no room are refused."""
    longest_wait_s: Annotated[float, Field(ge=0.0, le=30 * 86_400.0)] = 60.0
    """Who would wait longer than this for an answer to begin is refused."""


class Product(Frozen):
    """A model on offer."""

    name: Name
    provider: Name
    model: Name | None = None
    """The model that it serves; None: one of its own, of the product's name. Moving between hosts
    of one model costs users nothing."""
    nest: Name | None = None
    """Its nest; None: the first of ``population.choice.nests`` whose conditions it meets."""
    launch_date: dt.date
    retire_date: dt.date | None = None
    price_usd_per_mtok: Price
    """Price on the later of the launch and the scenario's first day."""
    launch_pricing: Literal["listed", "policy"] = "listed"
    """``policy``: at launch the provider's pricing policy may set another price than listed."""
    price_history: tuple[DatedPrice, ...] = ()
    """The record: list prices really posted from a date on. Only the ``replay`` policy reads them,
    and the report, which holds the prices of a run against them. An entry of the first day says
    that another price was posted then than ``price_usd_per_mtok``, the one that would have been
    without a war."""
    capability_logit: Logit
    capability_standard_error_logit: NonNegative = 0.16
    """How well its capability is known; default: the median of the capability scale. A file that
    says nothing else takes it from the scale, or from the range that it gives the capability."""
    versions: tuple[Version, ...] = ()
    """Later models of the same name, served alike. One that is better is news, as a launch is; what
    compression takes is taken off each."""
    architecture: Architecture
    open_weights: bool = False
    deployment: Deployment = "cloud"
    """Where it runs. With the user there is no queue and no privacy cost."""
    device: Device | None = None
    """What a user needs to run it, unless it runs in a cloud; None: users have it anyway."""
    trusted: bool = False
    """Whether users with private data trust it with them, as an isolated cloud under contract: it
    then bears no privacy cost, and is on offer to those whose data may not leave the house."""
    free_quota_mtok_per_month: NonNegative = 0.0
    """[Q] Tokens that each user has free of charge each month, in millions."""
    fleet: Name | None = None
    """Products of one provider that name the same fleet are served by the same instances: one model
    at several lengths of context, say. None: instances of its own."""
    launch_instances: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Instances that its provider has ready when it is launched during the run. None: as many as an
    equal share of the market's tokens of that day takes."""
    rate_limit_mtok_per_day: Positive | None = None
    """Million tokens that all its users together may have in a day; more is refused. None: as much
    as its instances can serve."""
    brand_utility: Logit = 0.0
    """[xi] Utility that neither price nor capability explains: reputation, tools, relations with
    customers; in units of mu."""
    tokens_per_task: Positive = 1.0
    """[verbosity] Tokens spent on a task relative to the domain's norm."""
    initial_weight: NonNegative = 1.0
    """Weight of the product in the first-day allocation of adopters, beside its utility."""

    @property
    def served_model(self) -> str:
        """The model that it serves."""
        return self.name if self.model is None else self.model

    @property
    def is_hosted(self) -> bool:
        """Whether a cloud serves it; users serve themselves otherwise."""
        return self.deployment == CLOUD

    def is_on_sale(self, day: dt.date) -> bool:
        """Return whether the product is on offer on a day; on its retire date it no longer is."""
        return self.launch_date <= day and (self.retire_date is None or day < self.retire_date)


class CompressionProject(Frozen):
    """A project that compresses one product's model."""

    product: Name
    start_date: dt.date
    method: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    """A recipe, ``gptq_per_group:4``, or a stack, ``activation_aware:0.5+gptq_per_group:4``; if a
    strength or the whole is left out, what minimises the loss below."""
    accuracy_weight: Share = 0.5
    """[alpha] Recipe choice: minimise ``alpha loss_accuracy + (1 - alpha) loss_size``."""
    size: Literal["bytes", "cost"] = "cost"
    """What size means there: bytes of the weights, or what a token costs on the provider's fleet.
    On the edge it is bytes."""
    rounds_cache: bool = False
    """Whether a recipe that is not named may also round the KV cache. One that is named says so
    itself: ``cache_per_token:8``."""
    staff_time_days: Positive = 60.0
    """Median time that staff takes; computing, as the recipe's measured work says, comes on top."""
    staff_time_log_sd: NonNegative = 0.3
    staff_cost_usd: Money = 0.0
    """Staff and all else but computing, which comes on top."""
    accelerators: Annotated[int, Field(ge=1, le=100_000)] = 64
    """Accelerators that compute for the project."""


class HardwareUpgrade(Frozen):
    """A move of a provider's fleet to another accelerator of its cloud."""

    accelerator: Name
    order_date: dt.date
    delivery_lag_days: NonNegative = 90.0
    ramp_days: Positive = 180.0
    """Days in which the fleet moves over, in equal monthly steps."""


class Provider(Frozen):
    """A company that offers products."""

    name: Name
    cloud: Name
    accelerator: Name
    """The accelerator that serves its products on the first day."""
    cash_usd: Annotated[float, Field(ge=-1e15, le=1e15)]
    """Cash on the first day."""
    fixed_cost_usd_per_month: Money = 0.0
    """Staff, training and data, paid whatever is sold [F]."""
    fixed_cost_split: tuple[Share, Share, Share] = (0.4, 0.2, 0.4)
    """How the fixed cost splits into training, data and staff; adds to one."""
    price: PricePolicy
    """How it prices in peace."""
    war: WarPolicy | None = None
    """How it prices once a war has reached it; None: it takes no part."""
    compression: tuple[CompressionProject, ...] = ()
    hardware: tuple[HardwareUpgrade, ...] = ()
    seeding: tuple[Seeding, ...] = ()
    capacity: Capacity = Capacity()
    exit_after_days_below_zero_cash: Positive = 180.0
