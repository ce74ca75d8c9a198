"""A field that takes one of several records told apart by a tag, and others as they come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Annotated, Any, Generic, TypeVar, get_args

from pydantic import Field, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from sim.reading.frozen import Frozen

Kind = TypeVar("Kind", bound=Frozen, covariant=True)


@dataclass(frozen=True)
class OpenChoice(Generic[Kind]):
    """Marks a field that takes records of one kind: known ones by their tag, and any other.

    Others are validated where the context of the validation has their class: a mapping of tag to
    class. Instances are taken as they are.

    Attributes
    ----------
    kind
        Base of all of them.
    known
        Those that every file may name.
    tag
        The key that names one.
    """

    kind: type[Kind]
    known: tuple[type[Kind], ...]
    tag: str = "policy"

    @property
    def names(self) -> frozenset[str]:
        """Tags of the known records."""
        return frozenset(
            name
            for record in self.known
            for name in get_args(record.model_fields[self.tag].annotation)
        )

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validate by tag; write whatever fields the record has."""
        union: Any = reduce(or_, self.known)
        by_tag = handler.generate_schema(Annotated[union, Field(discriminator=self.tag)])
        return core_schema.with_info_wrap_validator_function(
            self._validate,
            by_tag,
            serialization=core_schema.wrap_serializer_function_ser_schema(
                lambda value, write: write(value), schema=core_schema.any_schema()
            ),
        )

    def _validate(
        self,
        value: object,
        by_tag: core_schema.ValidatorFunctionWrapHandler,
        info: core_schema.ValidationInfo,
    ) -> object:
        if isinstance(value, self.kind):
            return value
        others = info.context or {}
        tag = value.get(self.tag) if isinstance(value, Mapping) else None
        if not isinstance(tag, str) or tag not in others:
            return by_tag(value)
        record: type[Frozen] = others[tag]
        try:
            return record.model_validate(value)
        except ValidationError:
            raise
        except Exception as error:
            raise ValueError(f"{record.__name__} raised {type(error).__name__}: {error}") from error
