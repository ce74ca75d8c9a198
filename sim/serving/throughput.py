"""Output tokens per second over whole requests: prefill and decoding by turns.

``B l_out / (B l_in t_in + l_out t(B))`` tokens per second of an instance, for B requests at once of
l_in input and l_out output tokens each, as benchmarks of engines measure it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.serving.roofline import Roofline


@dataclass(frozen=True, slots=True)
class Requests:
    """The load of a benchmark.

    Attributes
    ----------
    input_tokens, output_tokens
        Of each request.
    batch
        Requests at once; None: as many as fit. Those that do not fit wait.
    largest_batch
        That the engine takes; None: no bound.
    """

    input_tokens: float
    output_tokens: float
    batch: float | None = None
    largest_batch: float | None = None


def output_tok_per_s(roofline: Roofline, requests: Requests) -> float:
    """Return the output tokens per second of one instance; see the module.

    Parameters
    ----------
    roofline
        The model on its instance, whatever its context.
    requests
        The load.
    """
    length = requests.input_tokens + requests.output_tokens
    fitting = max(1.0, roofline.at_context(length).largest_batch)
    bounds = [fitting, requests.batch, requests.largest_batch]
    batch = min(bound for bound in bounds if bound is not None)
    middle = requests.input_tokens + requests.output_tokens / 2.0
    prompts = roofline.at_context(requests.input_tokens)
    prefill_s = batch * requests.input_tokens / prompts.prefill_tok_per_s
    decode_s = requests.output_tokens * roofline.at_context(middle).step_s(batch)
    return batch * requests.output_tokens / (prefill_s + decode_s)
