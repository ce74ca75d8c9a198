"""Events of products, as the record has them."""

from __future__ import annotations

from collections.abc import Sequence

from sim.market.stage import Answer
from sim.record.event import Cause, Event, EventKind
from sim.scenario.supply import Product


class ProductEvents:
    """Makes events of products from their numbers.

    Parameters
    ----------
    products
        The products of the scenario.
    """

    def __init__(self, products: Sequence[Product]) -> None:
        self._products = products

    def event(
        self,
        time_days: float,
        kind: EventKind,
        product: int,
        field: str,
        old: float | None,
        new: float | None,
        cause: Cause | None,
        answer: Answer | None = None,
    ) -> Event:
        """Return an event.

        Parameters
        ----------
        time_days
            When.
        kind, product, field, old, new, cause
            What changed of which product, from what to what, and why.
        answer
            The rival's move that it answers, if it does.
        """
        own = self._products[product]
        rival = None if answer is None else self._products[answer.product]
        return Event(
            time_days=time_days,
            kind=kind,
            actor=own.provider,
            subject=own.name,
            field=field,
            old=old,
            new=new,
            cause=cause,
            trigger_actor=None if rival is None else rival.provider,
            trigger_subject=None if rival is None else rival.name,
            lag_days=None if answer is None else answer.lag_days,
            tokens_at_risk_share=None if answer is None else answer.tokens_at_risk_share,
        )
