"""The trade-off between size and accuracy: which recipes are worth choosing, and which is chosen.

A recipe is on the Pareto frontier if no other is at least as small and loses at most as much. Of
the frontier, the accuracy weight alpha chooses the least

``alpha loss_accuracy + (1 - alpha) loss_size``

with both losses from 0 to 1 over the frontier: accuracy is the capability lost, relative to the
largest loss; size is what is left of bytes or of the cost of a token, 1 for no change and 0 for the
smallest. A larger alpha never
chooses a recipe that loses more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True)
class TradeOff(Generic[Choice]):
    """What comes of a choice.

    Attributes
    ----------
    size_share
        Bytes, or cost of a token, left, relative to now.
    capability_loss_logit
        Capability lost by it, at least 0.
    name
        Decides between equals.
    """

    choice: Choice
    size_share: float
    capability_loss_logit: float
    name: str


def pareto(outcomes: Sequence[TradeOff[Choice]]) -> list[TradeOff[Choice]]:
    """Return the outcomes that no other beats, from the smallest loss on; equals once."""
    found: list[TradeOff[Choice]] = []
    order = sorted(outcomes, key=lambda o: (o.capability_loss_logit, o.size_share, o.name))
    for outcome in order:
        if not found or outcome.size_share < found[-1].size_share:
            found.append(outcome)
    return found


def choose(outcomes: Sequence[TradeOff[Choice]], accuracy_weight: float) -> TradeOff[Choice]:
    """Return the outcome of the frontier that an accuracy weight chooses; see the module."""
    frontier = pareto(outcomes)
    most_lost = max(outcome.capability_loss_logit for outcome in frontier)
    smallest = min(outcome.size_share for outcome in frontier)

    def loss(outcome: TradeOff[Choice]) -> float:
        accuracy = outcome.capability_loss_logit / most_lost if most_lost > 0.0 else 0.0
        size = (outcome.size_share - smallest) / (1.0 - smallest) if smallest < 1.0 else 0.0
        return accuracy_weight * accuracy + (1.0 - accuracy_weight) * size

    return min(frontier, key=loss)
