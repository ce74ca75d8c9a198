"""From accuracy retained to capability lost.

A model with 70% in MMLU is taken to fall to 70% of what is retained; the link of MMLU on the
capability scale turns both into logits.
"""

import math

from sim.data.capabilities import capability_scale

BASE_ACCURACY = 0.70


def capability_loss_logit(retention: float) -> float:
    """Return the capability that a model loses with a share of its accuracy, at least 0.

    Parameters
    ----------
    retention
        Share of accuracy retained, 0 to 1.
    """
    link = capability_scale().links["MMLU"]

    def capability(accuracy: float) -> float:
        known = min(max((accuracy - link.floor) / (1.0 - link.floor), 0.01), 0.99)
        return (math.log(known / (1.0 - known)) - link.intercept) / link.slope

    return max(0.0, capability(BASE_ACCURACY) - capability(BASE_ACCURACY * retention))
