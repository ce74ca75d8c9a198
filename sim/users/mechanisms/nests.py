"""Nests: the products of a nest share a part of the noise of their utility.

The noise of product j in nest g is ``lambda (G_j + ln S_g)``, with ``lambda = 1 - rho_g``, G_j
standard Gumbel, and S_g positive stable of index lambda, ``E exp(-t S) = exp(-t**lambda)``. Then

    P(j) = exp(V_j / lambda) / D_g * D_g**lambda / (exp(V_0) + sum over h of D_h**lambda_h),
    D_g  = sum over k in g of exp(V_k / lambda),

a nested logit over whatever is considered, while each product and each nest keeps its own draw
whatever others there are. No product is in no nest, and so may be products: lambda = 1, S = 1.

References
----------
McFadden (1978). Modelling the choice of residential location. In: Spatial Interaction Theory and
Planning Models, 75-96.
Kanter (1975). Stable densities under change of scale and total variation inequalities. Annals of
Probability 3, 697-707: how S is drawn.
"""

import math
from typing import NamedTuple

import numpy as np

from sim.compiled import compiled
from sim.quantities import FloatArray
from sim.scenario.demand import Population


class NestRules(NamedTuple):
    """Parameters of the nests; the first stands for products in none."""

    dissimilarity: FloatArray
    """[G + 1] lambda."""

    @classmethod
    def from_scenario(cls, population: Population) -> "NestRules":
        """Read the parameters of a scenario's population."""
        nests = population.choice.nests
        return cls(np.array([1.0, *(1.0 - nest.correlation for nest in nests)]))


@compiled
def shared_noise(angle: float, log_exponential: float, dissimilarity: float) -> float:
    """Noise that the products of a nest share, lambda ln S.

    ``lambda ln sin(lambda U) - ln sin U + (1 - lambda) (ln sin((1 - lambda) U) - ln E)``.

    Parameters
    ----------
    angle : float
        Uniform strictly between 0 and pi [U].
    log_exponential : float
        Logarithm of an exponential draw [ln E].
    dissimilarity : float
        lambda, above 0 and below 1: at 1 there is no shared noise, and the form is not a number.
    """
    rest = 1.0 - dissimilarity
    inner = math.log(math.sin(rest * angle)) - log_exponential
    outer = dissimilarity * math.log(math.sin(dissimilarity * angle))
    return outer - math.log(math.sin(angle)) + rest * inner
