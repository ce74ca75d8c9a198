r"""Speculative decoding: a small model drafts tokens, and the large one checks them all at once.

A draft of k tokens, each accepted with probability a, independently, gives per check

.. math:: E = \frac{1 - a^{k+1}}{1 - a}

tokens: those accepted and one more of the large model's own. What is written has exactly the large
model's distribution, so nothing is lost.

References
----------
Leviathan, Y., Kalman, M., Matias, Y. (2023). Fast inference from transformers via speculative
decoding. arXiv:2211.17192, equation 1.
"""

from __future__ import annotations

from dataclasses import dataclass


def expected_tokens(acceptance: float, draft_tokens: int) -> float:
    """Return the tokens that a check of a draft gives on average [E].

    Parameters
    ----------
    acceptance
        Probability that a drafted token is accepted [a], 0 to 1.
    draft_tokens
        Tokens of a draft [k].
    """
    # The sum of a^0 to a^k: the quotient above has no value at a = 1.
    return float(sum(acceptance**token for token in range(draft_tokens + 1)))


@dataclass(frozen=True, slots=True)
class Draft:
    """A small model beside a large one on an instance.

    Attributes
    ----------
    tokens
        Of a draft [k].
    expected_tokens
        That a check of it gives [E].
    flops_per_token, weight_bytes
        Of the small model; its cache, small beside that of the large one, is left out.
    """

    tokens: int
    expected_tokens: float
    flops_per_token: float
    weight_bytes: float
