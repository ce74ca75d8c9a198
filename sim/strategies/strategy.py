"""What every strategy is: a record that a scenario fills, and the rule that it parametrises."""

from __future__ import annotations

from sim.reading.frozen import Frozen


class Strategy(Frozen):
    """A record whose methods are the rule: stateless, so that one instance may serve many products.

    What a rule would have to remember is in the view that it is given.
    """

    policy: str
    """Name of the strategy."""
