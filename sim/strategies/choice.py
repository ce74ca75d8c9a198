"""The open registry: a field of a record that takes any strategy of a kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Annotated, Any, get_args

from pydantic import Field, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from sim.strategies.strategy import Strategy


@dataclass(frozen=True)
class Choice:
    """Marks a field that takes strategies of one kind: built-in ones by name, and any other.

    Other strategies are validated where the context of the validation has their class: a mapping
    of ``policy`` to class. Instances are taken as they are.

    Attributes
    ----------
    kind
        Base of all of them.
    built_in
        Those that come with the package.
    """

    kind: type[Strategy]
    built_in: tuple[type[Strategy], ...]

    @property
    def names(self) -> frozenset[str]:
        """Names of the built-in strategies."""
        return frozenset(
            name
            for strategy in self.built_in
            for name in get_args(strategy.model_fields["policy"].annotation)
        )

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validate by name; write whatever fields the strategy has."""
        union: Any = reduce(or_, self.built_in)  # type: ignore[arg-type] # types unite as values
        named = handler.generate_schema(Annotated[union, Field(discriminator="policy")])
        return core_schema.with_info_wrap_validator_function(
            self._validate,
            named,
            serialization=core_schema.wrap_serializer_function_ser_schema(
                lambda value, write: write(value), schema=core_schema.any_schema()
            ),
        )

    def _validate(
        self,
        value: object,
        named: core_schema.ValidatorFunctionWrapHandler,
        info: core_schema.ValidationInfo,
    ) -> object:
        if isinstance(value, self.kind):
            return value
        outside = info.context or {}
        if isinstance(value, Mapping) and value.get("policy") in outside:
            made: type[Strategy] = outside[value["policy"]]
            try:
                return made.model_validate(value)
            except ValidationError:
                raise
            except Exception as error:
                raise ValueError(
                    f"{made.__name__} raised {type(error).__name__}: {error}"
                ) from error
        return named(value)
