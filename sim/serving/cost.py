"""What serving a model on an accelerator takes: work, and at a rent its marginal cost.

References
----------
Pope, R., et al. (2022). Efficiently scaling transformer inference. arXiv:2211.05102.
Erdil, E. (2025). Inference economics of language models. arXiv:2506.04645.
DeepSeek-AI (2025). Open-source week, day 6: DeepSeek-V3/R1 inference system overview, whose
published day the default efficiency factors are fitted to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from sim.scenario.supply import Architecture
from sim.serving.precision import Efficiency
from sim.serving.roofline import Chip, Roofline, StoredModel
from sim.tokens import PerToken


@dataclass(frozen=True, slots=True)
class Serving:
    """Work, speed and energy of one model on one kind of accelerator, whatever its rent.

    Attributes
    ----------
    busy_hours_per_mtok
        Accelerator-hours of work, idle time left out.
    utilisation
        Share of rented time that is planned to be busy [util].
    prefill_tok_per_s, cached_tok_per_s, decode_tok_per_s
        Throughput of one busy instance of ``accelerators_per_instance`` accelerators; of cached
        input infinite where it takes no time.
    concurrency
        Sequences decoded together on one instance [B].
    step_s
        Time of one decoding step, that is of one output token of each sequence [t(B)].
    kwh_per_mtok_input, kwh_per_mtok_output
        Energy at the target utilisation, idle boards drawing as much as busy ones.
    bound
        What limits decoding: ``compute`` or ``bandwidth``.
    """

    busy_hours_per_mtok: PerToken
    utilisation: float
    prefill_tok_per_s: float
    cached_tok_per_s: float
    decode_tok_per_s: float
    concurrency: float
    step_s: float
    kwh_per_mtok_input: float
    kwh_per_mtok_output: float
    bound: Literal["compute", "bandwidth"]

    def marginal_cost_usd_per_mtok(self, rent_usd_per_hour: float) -> PerToken:
        """Return the marginal cost at the target utilisation.

        ``busy hours * r / util``, with r the rent of one accelerator, the host's mark-up included.
        """
        usd_per_busy_hour = rent_usd_per_hour / self.utilisation
        busy = self.busy_hours_per_mtok
        return PerToken(
            busy.input * usd_per_busy_hour,
            busy.cache_hit * usd_per_busy_hour,
            busy.output * usd_per_busy_hour,
        )


def serving(
    architecture: Architecture,
    model: StoredModel,
    chip: Chip,
    efficiency: Efficiency,
    utilisation: float,
    *,
    cache_read_bytes_per_s: float | None = None,
    power_usage_effectiveness: float = 1.0,
) -> Serving:
    r"""Return what serving a model on an accelerator takes.

    .. math::
        t_{in} = \frac{2 N_a + a L / 2}{F\,\mathrm{mfu}\,G}, \qquad
        t(B) = \max\left\{\frac{(2 N_a + a L) B}{F\,\mathrm{mfu}\,G},
        \frac{b_w [N_d + N_e (1 - (1 - k/E)^B)]}{BW\,\mathrm{mbu}_w\,G}
        + \frac{B L\,kv}{BW\,\mathrm{mbu}_{kv}\,G}\right\} + t_0,

    with B the largest batch that fits memory, ``B <= (0.9 H G - b_w N) / (L kv)``, and speed,
    ``t(B) <= 1 / minimum speed``. A million tokens take ``1e6 G / (3600 * tokens per second)``
    accelerator-hours. A cached token takes no arithmetic: its part of the cache is read at
    a rate R an accelerator, :math:`t_{hit} = kv / (R\,G)`, and nothing else is done meanwhile, so
    that its cost is an upper bound where reading and computing overlap.

    Parameters
    ----------
    architecture
        The model as it was built: N, N_a, N_e, E, k, kv, a, L and G.
    model
        What compression left of it, and its bits.
    chip
        The accelerator: F (its 8-bit rate if weights and activations have at most 8 bits), BW, H,
        watts.
    efficiency
        Achieved shares of peak FLOP/s and bandwidth when busy [mfu, mbu], and t_0.
    utilisation
        Share of rented time that is busy [util], in (0, 1].
    cache_read_bytes_per_s
        How fast one accelerator reads from storage what is kept of a token, kv bytes; None: in no
        time.
    power_usage_effectiveness
        Energy of the building over energy of the boards.

    Raises
    ------
    ServingError
        If weights and one sequence do not fit the instance, or if even one sequence decodes more
        slowly than the accepted minimum.
    """
    devices = architecture.accelerators_per_instance
    roofline = Roofline.of(architecture, model, chip, efficiency)
    roofline.require_feasible(architecture, chip)
    batch = roofline.batch_within(1.0 / architecture.minimum_decode_tok_per_s)
    step_s = roofline.step_s(batch)
    busy_input = 1e6 * devices / (3600.0 * roofline.prefill_tok_per_s)
    cached_tok_per_s = math.inf
    if cache_read_bytes_per_s is not None:
        cached_tok_per_s = cache_read_bytes_per_s * devices / roofline.kv_bytes_per_token
    busy_hit = 1e6 * devices / (3600.0 * cached_tok_per_s)
    busy_output = 1e6 * devices * step_s / (3600.0 * batch)
    kwh_per_busy_hour = chip.power_w * power_usage_effectiveness / 1e3 / utilisation
    return Serving(
        busy_hours_per_mtok=PerToken(busy_input, busy_hit, busy_output),
        utilisation=utilisation,
        prefill_tok_per_s=roofline.prefill_tok_per_s,
        cached_tok_per_s=cached_tok_per_s,
        decode_tok_per_s=batch / step_s,
        concurrency=batch,
        step_s=step_s,
        kwh_per_mtok_input=busy_input * kwh_per_busy_hour,
        kwh_per_mtok_output=busy_output * kwh_per_busy_hour,
        bound="compute" if roofline.is_compute_bound(batch) else "bandwidth",
    )
