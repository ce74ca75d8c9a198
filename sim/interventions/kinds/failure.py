"""A method of compression that fails: projects that use it end without a smaller model."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.compression.groups import METHODS
from sim.interventions.intervention import Change, Lasting
from sim.interventions.levers import Levers
from sim.nearest import offer
from sim.reading.frozen import Name
from sim.reading.view import View


class Failure(Lasting):
    """Projects of compression that would end from a day on end with nothing: cost and model stay.

    What a project has paid is gone. Models that were compressed before stay so.
    """

    forms: ClassVar = (
        "compression [by {method:name}] [of {product:name}] fails from {date:date} "
        "[until {until_date:date}]",
    )
    example: ClassVar = "compression by gptq_per_group fails from 2024-06-01"

    kind: Literal["failure"]
    method: Name | None = None
    """A method of compression, alone or in a stack; None: all."""
    product: Name | None = None
    """A product whose projects fail; None: all."""

    @property
    def change(self) -> Change:
        """That such projects fail."""
        subject = " of ".join(name for name in (self.method, self.product) if name)
        return Change(subject or "all", "compression_succeeds", 1.0, 0.0)

    @classmethod
    def check(cls, said: View, scenario: View) -> None:
        """Note a method that is none, and a product that nobody compresses."""
        method = said.text("method")
        if method is not None and method not in METHODS:
            said.object_to("method", "must be a method of compression.", offer(method, METHODS))
        projects = [
            name
            for provider in scenario.records("providers")
            for project in provider.records("compression")
            if (name := project.text("product")) is not None
        ]
        said.require_name("product", projects, "must be a product that a project compresses.")

    def begin(self, levers: Levers) -> None:
        """Let such projects fail."""
        levers.fail_compression(self, self.method, self.product, on=True)

    def end(self, levers: Levers) -> None:
        """Let them succeed again."""
        levers.fail_compression(self, self.method, self.product, on=False)
