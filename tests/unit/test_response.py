"""How users answer to a cut of all prices."""

import numpy as np

from sim.reference import read
from sim.response import HORIZONS_MONTHS, market_response


def test_after_half_a_year_a_deep_cut_moves_tokens_as_much_as_was_published() -> None:
    # Doubao's tokens relative to OpenRouter's, four to seven months after May 2024, after a cut to
    # between a 25th and a 150th: an elasticity of 0.24 to 0.49
    scenario = read("minimal", {"population.users": 10_000})
    response = market_response(scenario, 0.96, 3)
    assert response.months == HORIZONS_MONTHS
    tokens, adopters = response.tokens.mean(axis=0), response.adopters.mean(axis=0)
    assert 0.24 <= tokens[2] <= 0.49
    assert (np.diff(tokens[:3]) > 0.0).all()
    assert 0.0 < adopters[0] < adopters[3] < tokens[3]
